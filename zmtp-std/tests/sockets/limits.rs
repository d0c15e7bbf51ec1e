//! What a peer may ask of us, and what is told when it asks for more: which option it is that says so.

use std::io::Write;
use std::net::TcpStream;

use crate::common::{PATIENCE, await_event, context, handshake, hello, options, raw, shake_hands};
use zmtp_std::{Blame, Event, Lost, Options, SocketType};

/// Why the next connection ends that does.
fn ended(event: &Event) -> Option<Lost> {
    match event {
        Event::Disconnected { why, .. } | Event::HandshakeFailed { why, .. } => Some(why.clone()),
        _ => None,
    }
}

fn told(why: &Lost, option: &str) {
    assert!(why.to_string().contains(option), "no {option} in {why}");
    assert_eq!(why.blame(), Some(Blame::Limit), "{why}");
}

#[test]
fn a_message_beyond_a_limit_ends_the_connection_over_every_transport_and_the_option_is_named() {
    for (option, limited, message) in [
        ("maxmsgsize", Options { maxmsgsize: Some(9), ..options() }, vec!["12345", "0123456789"]),
        ("max_parts", Options { max_parts: Some(2), ..options() }, vec!["1", "2", "3"]),
        ("rcvhwm_bytes", Options { rcvhwm_bytes: 9, ..options() }, vec!["12345", "67890"]),
        ("socket_rcvhwm_bytes", Options { socket_rcvhwm_bytes: 9, ..options() }, vec!["12345", "67890"]),
    ] {
        for endpoint in ["tcp://127.0.0.1:*", "inproc://limited"] {
            let context = context();
            let (pull, push) = (context.with(limited.clone()).pull(), context.push());
            let monitor = pull.monitor();
            push.connect(pull.bind(endpoint).unwrap()).unwrap();
            push.send(message.iter().map(|part| &part[..1]).take(2).collect::<zmtp_std::Message>()).unwrap();
            push.send(message.iter().copied().collect::<zmtp_std::Message>()).unwrap();
            assert_eq!(pull.recv().unwrap().len(), 2, "{option}: what is within it arrives");
            told(&await_event(&monitor, ended), option);
        }
    }
}

#[test]
fn a_subscription_beyond_a_limit_ends_the_connection_over_every_transport_and_the_option_is_named() {
    for (option, limited, topics) in [
        ("max_topic_size", Options { max_topic_size: 4, ..options() }, ["news", "weather"]),
        ("max_subscription_bytes", Options { max_subscription_bytes: 10, ..options() }, ["news", "weather"]),
        ("max_subscriptions", Options { max_subscriptions: 1, ..options() }, ["a", "b"]),
    ] {
        for endpoint in ["tcp://127.0.0.1:*", "inproc://limited"] {
            let context = context();
            let (publisher, subscriber) = (context.with(limited.clone()).publisher(), context.subscriber());
            let monitor = publisher.monitor();
            subscriber.connect(publisher.bind(endpoint).unwrap()).unwrap();
            subscriber.subscribe(topics[0]).unwrap();
            publisher.wait_for_subscribers(1).unwrap();
            publisher.send(topics[0]).unwrap();
            assert_eq!(subscriber.recv().unwrap(), topics[0], "{option}: what is within it is taken");
            subscriber.subscribe(topics[1]).unwrap();
            told(&await_event(&monitor, ended), option);
        }
    }
}

/// A socket with these options, and a stream to it that has said what it has to up to its READY, or all of it.
fn met(options: Options, established: bool) -> (zmtp_std::Socket, zmtp_std::Monitor, TcpStream) {
    let pull = context().with(options).socket(SocketType::Pull);
    let monitor = pull.monitor();
    let mut stream = raw(&pull.bind("tcp://127.0.0.1:*").unwrap());
    if established {
        shake_hands(&mut stream, "PUSH", "PULL");
        await_event(&monitor, handshake);
    } else {
        stream.write_all(&hello("PUSH")[..64]).unwrap();
    }
    (pull, monitor, stream)
}

#[test]
fn commands_beyond_a_limit_end_the_connection_and_the_option_is_named() {
    let ready = &hello("PUSH")[64..];
    for (size, fits) in [(ready.len() as u64 - 2, true), (ready.len() as u64 - 3, false)] {
        let options = Options { max_handshake_size: size, ..options() };
        let (_pull, monitor, mut stream) = met(options, false);
        stream.write_all(ready).unwrap();
        if fits {
            await_event(&monitor, handshake);
        } else {
            told(&await_event(&monitor, ended), "max_handshake_size");
        }
    }
    let (_pull, monitor, mut stream) = met(Options { max_pings: 3, ..options() }, true);
    stream.write_all(&b"\x04\x07\x04PING\0\0".repeat(9)).unwrap();
    told(&await_event(&monitor, ended), "max_pings");
}

#[test]
fn a_handshake_beyond_its_time_names_the_option_too() {
    let options = Options { handshake_ivl: std::time::Duration::from_millis(1), ..options() };
    let (_pull, monitor, _stream) = met(options, false);
    let why = monitor_text(&monitor);
    assert!(why.contains("the handshake took too long; the time for it is handshake_ivl"), "{why}");
}

fn monitor_text(monitor: &zmtp_std::Monitor) -> String {
    loop {
        let event = monitor.recv_timeout(PATIENCE).expect("an event in time");
        if ended(&event).is_some() {
            return event.to_string();
        }
    }
}
