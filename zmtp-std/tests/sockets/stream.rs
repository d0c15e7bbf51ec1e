//! STREAM: plain TCP peers, that come or that we connect to.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::time::Duration;

use crate::common::{await_event, disconnected, options, raw, read_to_end};
use zmtp_std::{Context, Endpoint, Event, Message, Options, Part, RecvError, Stream, Unsent};

fn context() -> Context {
    Context::new().with(Options { linger: Some(Duration::ZERO), ..options() })
}

/// The routing id in a message that tells of a connection made or ended.
fn told(stream: &Stream) -> Part {
    let [id, nothing]: [Part; 2] = stream.recv().unwrap().try_into().unwrap();
    assert_eq!(nothing, "");
    id
}

/// Receives from one peer until there are so many octets.
fn receive(stream: &Stream, from: &Part, octets: usize) -> Vec<u8> {
    let mut received = Vec::new();
    while received.len() < octets {
        let [id, body]: [Part; 2] = stream.recv().unwrap().try_into().unwrap();
        assert_eq!(id, *from);
        assert!(!body.is_empty(), "it has gone");
        received.extend_from_slice(&body);
    }
    received
}

#[test]
fn octets_pass_unchanged_in_both_directions_behind_the_id_of_their_connection() {
    let stream = context().stream();
    let endpoint = stream.bind("tcp://127.0.0.1:*").unwrap();
    let (mut peers, mut ids) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let mut peer = raw(&endpoint);
        let id = told(&stream);
        assert_eq!((id.len(), id[0]), (5, 0));
        peer.write_all(b"\xFF\0 no greeting").unwrap();
        let [from, body]: [Part; 2] = stream.recv().unwrap().try_into().unwrap();
        assert_eq!(body, b"\xFF\0 no greeting"[..]);
        assert_eq!(from, id);
        ids.push(id);
        peers.push(peer);
    }
    assert_ne!(ids[0], ids[1]);
    let large: Vec<u8> = (0..3_000_000u32).map(|at| (at % 251) as u8).collect();
    for (id, peer) in ids.iter().zip(&mut peers) {
        let mut echo = vec![0; large.len()];
        std::thread::scope(|scope| {
            let mut writer = peer.try_clone().unwrap();
            let large = &large;
            scope.spawn(move || writer.write_all(large).unwrap());
            scope.spawn(|| peer.read_exact(&mut echo).unwrap());
            let received = receive(&stream, id, large.len());
            assert!(received == *large);
            stream.send([id.clone(), received[..1].into(), received[1..].into()]).unwrap();
        });
        assert!(echo == large);
    }
}

#[test]
fn an_empty_message_closes_the_connection_behind_what_was_sent_and_no_other() {
    let stream = context().stream();
    let endpoint = stream.bind("tcp://127.0.0.1:*").unwrap();
    let mut first = raw(&endpoint);
    let id = told(&stream);
    let mut second = raw(&endpoint);
    let other = told(&stream);
    stream.send([id.clone(), Part::from(vec![7; 1 << 20])]).unwrap();
    stream.send([id.clone(), "".into()]).unwrap();
    assert!(read_to_end(&mut first) == vec![7; 1 << 20]);
    drop(first);
    assert_eq!(told(&stream), id);
    assert_eq!(stream.send([id, "late".into()]).unwrap_err().why, Unsent::HostUnreachable);
    stream.send([other, "still".into()]).unwrap();
    let mut octets = [0; 5];
    second.read_exact(&mut octets).unwrap();
    assert_eq!(&octets, b"still");
}

#[test]
fn who_goes_is_told_behind_its_last_octets_unless_that_is_switched_off() {
    for notify in [true, false] {
        let context = context().with(Options { stream_notify: notify, ..options() });
        let stream = context.stream();
        let monitor = stream.monitor();
        let mut peer = raw(&stream.bind("tcp://127.0.0.1:*").unwrap());
        peer.write_all(b"last words").unwrap();
        peer.shutdown(Shutdown::Write).unwrap();
        await_event(&monitor, disconnected);
        let mut bodies = Vec::new();
        while let Ok(message) = stream.try_recv() {
            bodies.push(message.part(1).unwrap().to_text());
        }
        let expected: &[&str] = if notify { &["", "last words", ""] } else { &["last words"] };
        assert_eq!(bodies, expected);
    }
}

#[test]
fn api_005_a_connection_of_ours_can_be_named_and_closing_it_is_for_good() {
    let stream = context().stream();
    let monitor = stream.monitor();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = Endpoint::from(listener.local_addr().unwrap());
    stream.connect_routing_id(&endpoint, "server").unwrap();
    stream.send(["server", "hello"]).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    let mut octets = [0; 5];
    server.read_exact(&mut octets).unwrap();
    assert_eq!(&octets, b"hello");
    server.write_all(b"welcome").unwrap();
    assert_eq!(told(&stream), "server");
    assert_eq!(stream.recv().unwrap(), Message::from(["server", "welcome"]));
    stream.send(["server", ""]).unwrap();
    assert_eq!(server.read(&mut octets).unwrap(), 0);
    drop(server);
    await_event(&monitor, |event| matches!(event, Event::Closed { refused: false, .. }).then_some(()));
    assert_eq!(stream.send(["server", "late"]).unwrap_err().why, Unsent::HostUnreachable);
}

#[test]
fn a_server_that_comes_back_is_connected_to_again() {
    let stream = context().stream();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    stream.connect(Endpoint::from(listener.local_addr().unwrap())).unwrap();
    for _ in 0..3 {
        let (server, _) = listener.accept().unwrap();
        let id = told(&stream);
        drop(server);
        assert_eq!(told(&stream), id);
    }
}

#[test]
fn a_peer_is_read_from_only_as_far_as_there_is_room_and_marks_are_exact() {
    let context = context().with(Options { rcvhwm_bytes: 1_000, stream_notify: false, ..options() });
    let stream = context.stream();
    let mut peer = raw(&stream.bind("tcp://127.0.0.1:*").unwrap());
    let sent: Vec<u8> = (0..50_000u32).map(|at| (at % 251) as u8).collect();
    peer.write_all(&sent).unwrap();
    let mut received = Vec::new();
    while received.len() < sent.len() {
        let body = stream.recv().unwrap().pop_back().unwrap();
        assert!(body.len() <= 1_000);
        received.extend_from_slice(&body);
    }
    assert!(received == sent);
    assert_eq!(stream.try_recv(), Err(RecvError::WouldBlock));
}

#[test]
fn what_has_no_id_or_no_part_behind_it_or_nobody_to_go_to_comes_back() {
    let context = context().with(Options { sndhwm_bytes: 10, ..options() });
    let stream = context.stream();
    let _peer = raw(&stream.bind("tcp://127.0.0.1:*").unwrap());
    let id = told(&stream);
    for (message, why) in [
        (Message::new(), Unsent::NoRoutingId),
        (Message::from(id.clone()), Unsent::NoRoutingId),
        (Message::from(["nobody", "body"]), Unsent::HostUnreachable),
        (Message::from([id, Part::from(vec![0; 11])]), Unsent::TooLarge),
    ] {
        let error = stream.try_send(message.clone()).unwrap_err();
        assert_eq!((error.why, error.message), (why, message));
    }
}
