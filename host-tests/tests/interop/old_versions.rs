//! Peers that speak ZMTP 1.0 and 2.0, as octets: those of ZeroMQ 2 and 3.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use host_tests::libzmq::PATIENCE;
use zmtp_std::{Context, Event, Lost, Message, Monitor, Options, Version};

const SIGNATURE: &[u8] = b"\xFF\0\0\0\0\0\0\0\x01\x7F";

fn ours() -> Context {
    let (sndtimeo, rcvtimeo) = (Some(PATIENCE), Some(PATIENCE));
    Context::new().with(Options { sndtimeo, rcvtimeo, ..Options::default() })
}

fn stream(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn connect(endpoint: &zmtp_std::Endpoint) -> TcpStream {
    stream(TcpStream::connect(endpoint.to_string().trim_start_matches("tcp://")).unwrap())
}

fn read(stream: &mut TcpStream, expected: &[u8]) {
    let mut octets = vec![0; expected.len()];
    stream.read_exact(&mut octets).unwrap();
    assert_eq!(octets, expected);
}

/// Greets as a peer of `theirs`, in the stages in which ZeroMQ 3 does; `ours` is what is to be answered (RFC 15).
fn greet(stream: &mut TcpStream, theirs: u8, ours: u8) {
    stream.write_all(SIGNATURE).unwrap();
    // LZ-001: the length of our identity and its flags, should it be a 1.0 peer after all.
    read(stream, SIGNATURE);
    stream.write_all(&[1, theirs, 0, 0]).unwrap();
    // Z15-012: our major version is in the place of the revision.
    read(stream, &[3, ours, 0, 0]);
}

fn failure(monitor: &Monitor) -> Lost {
    loop {
        if let Event::HandshakeFailed { why, .. } = monitor.recv_timeout(PATIENCE).expect("an event") {
            return why;
        }
    }
}

#[test]
fn z15_004_messages_go_to_a_2_0_pull_and_come_from_a_2_0_push() {
    let push = ours().push();
    let mut pull = connect(&push.bind("tcp://127.0.0.1:*").unwrap());
    greet(&mut pull, 7, 8);
    push.send(["hello", "world"]).unwrap();
    read(&mut pull, b"\x01\x05hello\x00\x05world");

    let pull = ours().pull();
    let mut push = connect(&pull.bind("tcp://127.0.0.1:*").unwrap());
    greet(&mut push, 8, 7);
    push.write_all(b"\x01\x05hello\x00\x05world").unwrap();
    assert_eq!(pull.recv().unwrap(), Message::from(["hello", "world"]));
}

#[test]
fn z15_009_a_2_0_sub_subscribes_with_messages_and_our_sub_does_so_to_a_2_0_pub() {
    let publisher = ours().publisher();
    let mut sub = connect(&publisher.bind("tcp://127.0.0.1:*").unwrap());
    greet(&mut sub, 2, 1);
    sub.write_all(b"\x00\x02\x01A").unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    publisher.send("B is for others").unwrap();
    publisher.send("A").unwrap();
    read(&mut sub, b"\x00\x01A");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let sub = ours().subscriber();
    sub.subscribe("A").unwrap();
    sub.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
    let mut publisher = stream(listener.accept().unwrap().0);
    greet(&mut publisher, 1, 2);
    read(&mut publisher, b"\x00\x02\x01A");
    publisher.write_all(b"\x00\x02A1").unwrap();
    assert_eq!(sub.recv().unwrap(), "A1");
}

#[test]
fn z15_007_a_2_0_peer_of_the_wrong_type_is_an_event_and_others_are_served() {
    let pull = ours().pull();
    let monitor = pull.monitor();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut rep = connect(&endpoint);
    rep.write_all(SIGNATURE).unwrap();
    rep.write_all(&[1, 4, 0, 0]).unwrap();
    assert!(failure(&monitor).to_string().contains("socket type"));
    let push = ours().push();
    push.connect(&endpoint).unwrap();
    push.send("served").unwrap();
    assert_eq!(pull.recv().unwrap(), "served");
}

/// Greets as a 1.0 peer without a name: an empty frame (Z13-007), which ZeroMQ 2 sends at once. Ours is the signature,
/// which such a peer takes for the head of a long frame, and its flags and body, an empty identity.
fn greet_1_0(stream: &mut TcpStream) {
    stream.write_all(b"\x01\x00").unwrap();
    read(stream, SIGNATURE);
}

#[test]
fn z13_001_007_messages_go_to_a_1_0_pull_and_come_from_a_1_0_push() {
    let push = ours().push();
    let mut pull = connect(&push.bind("tcp://127.0.0.1:*").unwrap());
    greet_1_0(&mut pull);
    push.send(["hello", "world"]).unwrap();
    read(&mut pull, b"\x06\x01hello\x06\x00world");
    push.send(vec![7; 254]).unwrap();
    read(&mut pull, &[&b"\xFF\0\0\0\0\0\0\0\xFF\0"[..], &[7; 254]].concat());
    // More than is translated at a time.
    push.send([vec![8; 200_000], vec![]]).unwrap();
    read(&mut pull, &[&b"\xFF\0\0\0\0\0\x03\x0D\x41\x01"[..], &[8; 200_000], b"\x01\x00"].concat());

    let pull = ours().pull();
    let mut push = connect(&pull.bind("tcp://127.0.0.1:*").unwrap());
    greet_1_0(&mut push);
    push.write_all(b"\x06\x01hello\x06\x00world\x01\x00").unwrap();
    assert_eq!(pull.recv().unwrap(), Message::from(["hello", "world"]));
    assert_eq!(pull.recv().unwrap(), "");
    push.write_all(&[&b"\xFF\0\0\0\0\0\x03\x0D\x41\x00"[..], &[9; 200_000]].concat()).unwrap();
    assert!(pull.recv().unwrap() == vec![9; 200_000]);
}

#[test]
fn z13_012_a_1_0_req_is_answered_and_our_req_asks_a_1_0_rep_that_has_a_name() {
    let rep = ours().rep();
    let mut req = connect(&rep.bind("tcp://127.0.0.1:*").unwrap());
    greet_1_0(&mut req);
    req.write_all(b"\x01\x01\x06\x00hello").unwrap();
    assert_eq!(rep.recv().unwrap(), "hello");
    rep.send("world").unwrap();
    read(&mut req, b"\x01\x01\x06\x00world");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let req = ours().req();
    let monitor = req.monitor();
    req.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
    req.send("hello").unwrap();
    let mut rep = stream(listener.accept().unwrap().0);
    rep.write_all(b"\x04\x00rep").unwrap();
    read(&mut rep, SIGNATURE);
    read(&mut rep, b"\x01\x01\x06\x00hello");
    rep.write_all(b"\x01\x01\x06\x00world").unwrap();
    assert_eq!(req.recv().unwrap(), "world");
    let (socket_type, routing_id) = loop {
        if let Event::HandshakeSucceeded { socket_type, routing_id, .. } =
            monitor.recv_timeout(PATIENCE).unwrap()
        {
            break (socket_type, routing_id);
        }
    };
    // Z13-013: types are not exchanged.
    assert_eq!((socket_type, &routing_id[..]), (None, &b"rep"[..]));
}

#[test]
fn z13_011_lz_006_a_1_0_sub_gets_everything_and_our_sub_filters_what_a_1_0_pub_sends() {
    let publisher = ours().publisher();
    let mut sub = connect(&publisher.bind("tcp://127.0.0.1:*").unwrap());
    greet_1_0(&mut sub);
    publisher.wait_for_subscribers(1).unwrap();
    publisher.send("anything").unwrap();
    read(&mut sub, b"\x09\x00anything");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let sub = ours().subscriber();
    sub.subscribe("A").unwrap();
    sub.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
    let mut publisher = stream(listener.accept().unwrap().0);
    greet_1_0(&mut publisher);
    publisher.write_all(b"\x03\x00B1\x03\x00A1").unwrap();
    assert_eq!(sub.recv().unwrap(), "A1");
    sub.subscribe("B").unwrap();
    publisher.write_all(b"\x03\x00B2").unwrap();
    assert_eq!(sub.recv().unwrap(), "B2");
    // It was told nothing of topics.
    drop(sub);
    let mut rest = Vec::new();
    publisher.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"");
}

#[test]
fn z13_014_with_the_option_old_peers_are_refused_and_the_greeting_leaves_at_once() {
    for (oldest, octets, ours_first) in [
        (Version::V2, &b"\x01\x00\x06\x00hello"[..], 10),
        (Version::V3_0, b"\x01\x00\x06\x00hello", 64),
        (Version::V3_0, b"\xFF\0\0\0\0\0\0\0\x01\x7F\x01\x08\0\0", 64),
    ] {
        let pull = ours().with(Options { oldest, ..ours().options().clone() }).pull();
        let monitor = pull.monitor();
        let mut old = connect(&pull.bind("tcp://127.0.0.1:*").unwrap());
        let mut greeting = vec![0; ours_first];
        old.read_exact(&mut greeting).unwrap();
        old.write_all(octets).unwrap();
        assert!(failure(&monitor).to_string().contains("ZMTP"));
    }
}

#[test]
fn z13_004_a_1_0_peer_that_sends_a_length_of_zero_is_disconnected() {
    let pull = ours().pull();
    let monitor = pull.monitor();
    let mut push = connect(&pull.bind("tcp://127.0.0.1:*").unwrap());
    greet_1_0(&mut push);
    push.write_all(b"\x02\x00a\x00").unwrap();
    assert_eq!(pull.recv().unwrap(), "a");
    loop {
        if let Event::Disconnected { why, .. } = monitor.recv_timeout(PATIENCE).expect("an event") {
            break assert!(why.to_string().contains("size"), "{why}");
        }
    }
}
