//! Mistakes of callers, and peers that are none: each is told, and everyone else is served on.

use std::error::Error;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use crate::common::{await_event, context, handshake, hello, options, raw, read_to_end, shake_hands};
use zmtp_std::{BindError, Closed, ConnectError, Event, Failure, Lost, Options, Unsent};

/// Why the next handshake to fail failed.
fn handshake_failure(event: &Event) -> Option<Lost> {
    match event {
        Event::HandshakeFailed { why, .. } => Some(why.clone()),
        _ => None,
    }
}

fn lost(event: &Event) -> Option<Lost> {
    match event {
        Event::Disconnected { why, .. } => Some(why.clone()),
        _ => None,
    }
}

#[test]
fn a_bad_endpoint_is_refused_with_its_text_and_a_hint() {
    let context = context();
    let pull = context.pull();
    for (endpoint, hint) in [
        ("tcp:/127.0.0.1:5555", "begin with the transport"),
        ("pgm://somewhere", "not supported"),
        ("tcp://127.0.0.1:99999", "number from 0 to 65535"),
    ] {
        let error = pull.bind(endpoint).unwrap_err();
        assert!(matches!(error, BindError::BadEndpoint(_)));
        assert!(error.to_string().contains(endpoint) && error.to_string().contains(hint), "{error}");
        let error = pull.connect(endpoint).unwrap_err();
        assert!(error.to_string().contains(endpoint) && error.to_string().contains(hint), "{error}");
    }
    let error = pull.connect("tcp://*:5555").unwrap_err();
    assert!(matches!(error, ConnectError::BadEndpoint(_)));
    assert!(error.to_string().contains("name a host"), "{error}");
}

#[test]
fn api_017_a_port_in_use_is_an_error_that_names_it_and_is_free_again_after_close() {
    let context = context();
    let (first, second) = (context.pull(), context.pull());
    let endpoint = first.bind("tcp://127.0.0.1:*").unwrap();
    let error = second.bind(&endpoint).unwrap_err();
    assert!(matches!(error, BindError::AddrInUse { .. }));
    let text = error.to_string();
    assert!(text.contains(&endpoint.to_string()) && text.contains("in use"), "{text}");
    let _ = first.close(Duration::ZERO);
    second.bind(&endpoint).unwrap();
    drop(second);
    context.pull().bind(&endpoint).unwrap();
}

#[test]
fn binding_to_an_unknown_host_or_a_foreign_address_is_an_error_that_names_it() {
    let context = context();
    let error = context.pull().bind("tcp://no-such-host.invalid:5555").unwrap_err();
    assert!(matches!(error, BindError::UnknownHost { .. }), "{error}");
    assert!(error.to_string().contains("tcp://no-such-host.invalid:5555"), "{error}");
    let error = context.pull().bind("tcp://192.0.2.1:5555").unwrap_err();
    assert!(matches!(error, BindError::Io { .. }) && error.to_string().contains("192.0.2.1"), "{error}");
    assert!(error.source().is_none(), "the text has the cause, which is not told again");
}

#[test]
fn z37_057_a_peer_of_the_wrong_type_is_told_and_an_event_on_both_sides() {
    let context = context();
    let (rep, push) = (context.rep(), context.push());
    let (ours, theirs) = (rep.monitor(), push.monitor());
    let endpoint = rep.bind("tcp://127.0.0.1:*").unwrap();
    push.connect(&endpoint).unwrap();
    // Whoever sees it first tells the other.
    let failures = [&ours, &theirs].map(|monitor| await_event(monitor, handshake_failure));
    let saw = |failure: &Lost| matches!(failure, Lost::Protocol(Failure::SocketType));
    let was_told = |failure: &Lost| matches!(failure, Lost::Refused { reason } if reason == "the peer's socket type does not go with ours");
    assert!(failures.iter().any(saw), "{failures:?}");
    assert!(failures.iter().all(|failure| saw(failure) || was_told(failure)), "{failures:?}");

    let req = context.req();
    req.connect(&endpoint).unwrap();
    req.send("still served").unwrap();
    assert_eq!(rep.recv().unwrap(), "still served");
}

#[test]
fn z37_044_who_is_refused_with_an_error_does_not_try_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let context = context();
    let push = context.push();
    let monitor = push.monitor();
    push.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
    push.send("one").unwrap();
    push.send("two").unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    peer.write_all(&hello("PULL")[..64]).unwrap();
    peer.write_all(b"\x04\x0A\x05ERROR\x03400").unwrap();
    let why = await_event(&monitor, handshake_failure);
    assert!(matches!(why, Lost::Refused { .. }), "{why:?}");
    await_event(&monitor, |event| matches!(event, Event::Closed { refused: true, .. }).then_some(()));
    assert_eq!(push.try_send("nobody").unwrap_err().why, Unsent::WouldBlock);
    assert_eq!(push.close(Duration::ZERO), Closed { undelivered: 2 }, "what waited for the peer is lost");
}

#[test]
fn whatever_a_port_scan_sends_is_an_event_and_the_others_are_served_on() {
    let context = context();
    let pull = context.with(Options { maxmsgsize: Some(1 << 20), ..options() }).pull();
    let monitor = pull.monitor();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let push = context.push();
    push.connect(&endpoint).unwrap();
    await_event(&monitor, handshake);
    let mut round = 0;
    let mut still_served = || {
        round += 1;
        push.send(round.to_string()).unwrap();
        assert_eq!(pull.recv().unwrap(), round.to_string());
    };

    // Silence, and half a greeting, for as long as the test takes.
    let _silent = raw(&endpoint);
    let mut half = raw(&endpoint);
    half.write_all(&hello("PUSH")[..20]).unwrap();
    still_served();

    // What does not begin like a peer.
    for rubbish in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\0\0\0\0",
        b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0",
        &[0x55; 5000],
    ] {
        let mut stream = raw(&endpoint);
        // The peer may be gone before all of it is written.
        let _ = stream.write_all(rubbish);
        let why = await_event(&monitor, handshake_failure);
        assert!(matches!(why, Lost::Protocol(Failure::NotZmtp | Failure::Version)), "{rubbish:?}: {why:?}");
        read_to_end(&mut stream);
        still_served();
    }

    // A peer that leaves in the middle of its greeting.
    half.shutdown(Shutdown::Write).unwrap();
    let why = await_event(&monitor, handshake_failure);
    assert!(matches!(why, Lost::Eof), "{why:?}");
    still_served();

    // Messages instead of a handshake.
    let mut stream = raw(&endpoint);
    stream.write_all(&hello("PUSH")[..64]).unwrap();
    stream.write_all(b"\0\x05Hello").unwrap();
    let why = await_event(&monitor, handshake_failure);
    assert!(matches!(why, Lost::Protocol(Failure::Unexpected)), "{why:?}");
    still_served();

    // Sizes that cannot be meant, reserved flags, more than the limit.
    for (octets, failure) in [
        (&b"\x02\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"[..], Failure::Size),
        (b"\x80\x01x", Failure::Flags),
        (b"\x02\0\0\0\0\0\x10\0\x01", Failure::FrameLimit),
    ] {
        let mut stream = raw(&endpoint);
        shake_hands(&mut stream, "PUSH", "PULL");
        stream.write_all(octets).unwrap();
        let why = await_event(&monitor, lost);
        assert!(matches!(why, Lost::Protocol(found) if found == failure), "{octets:?}: {why:?}");
        assert_eq!(read_to_end(&mut stream), b"");
        still_served();
    }
}

#[test]
fn a_peer_that_drips_its_greeting_is_given_up_when_the_time_for_the_whole_handshake_is_over() {
    let context = context();
    let pull = context.with(Options { handshake_ivl: Duration::from_millis(50), ..options() }).pull();
    let monitor = pull.monitor();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut stream = raw(&endpoint);
    stream.write_all(&hello("PUSH")[..30]).unwrap();
    let why = await_event(&monitor, handshake_failure);
    assert!(matches!(why, Lost::Protocol(Failure::HandshakeTimeout)), "{why:?}");
}

#[test]
fn cve_2020_15166_a_silent_connection_takes_no_message() {
    let context = context();
    let push = context.push();
    let endpoint = push.bind("tcp://127.0.0.1:*").unwrap();
    let monitor = push.monitor();
    let mut silent = raw(&endpoint);
    // The beginning of our greeting shows that the connection was accepted.
    silent.read_exact(&mut [0; 10]).unwrap();
    assert!(push.try_send("not for you").is_err());
    let pull = context.pull();
    pull.connect(&endpoint).unwrap();
    await_event(&monitor, handshake);
    (0..10).for_each(|number| push.send(number.to_string()).unwrap());
    (0..10).for_each(|number| assert_eq!(pull.recv().unwrap(), number.to_string()));
}

#[test]
fn z37_029_api_020_a_message_that_was_cut_off_by_the_loss_of_its_peer_is_never_seen() {
    let context = context();
    let pull = context.pull();
    let monitor = pull.monitor();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut stream = raw(&endpoint);
    shake_hands(&mut stream, "PUSH", "PULL");
    stream.write_all(b"\0\x05whole\x01\x05first\x01\x06second\0\x05thi").unwrap();
    drop(stream);
    await_event(&monitor, lost);
    assert_eq!(pull.recv().unwrap(), "whole");
    assert!(pull.try_recv().is_err());
}

#[test]
fn z28_009_017_requests_and_replies_without_a_delimiter_are_skipped() {
    let context = context();
    let rep = context.rep();
    let endpoint = rep.bind("tcp://127.0.0.1:*").unwrap();
    let mut stream = raw(&endpoint);
    shake_hands(&mut stream, "DEALER", "REP");
    stream.write_all(b"\0\x04none\x01\x01a\0\x01b\x01\x01X\x01\x01Y\x01\0\0\x08question").unwrap();
    assert_eq!(rep.recv().unwrap(), "question");
    rep.send("answer").unwrap();
    let mut reply = [0; 16];
    stream.read_exact(&mut reply).unwrap();
    assert_eq!(&reply, b"\x01\x01X\x01\x01Y\x01\0\0\x06answer");
}

#[test]
fn z37_087_a_ping_is_answered_and_a_subscription_of_a_3_0_peer_is_understood() {
    let context = context();
    let publisher = context.publisher();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    let mut stream = raw(&endpoint);
    shake_hands(&mut stream, "SUB", "PUB");
    stream.write_all(b"\0\x02\x01A\x04\x0A\x04PING\0\0LOL").unwrap();
    let mut pong = [0; 10];
    stream.read_exact(&mut pong).unwrap();
    assert_eq!(&pong, b"\x04\x08\x04PONGLOL");
    publisher.wait_for_subscribers(1).unwrap();
    publisher.send("B").unwrap();
    publisher.send("A").unwrap();
    let mut message = [0; 3];
    stream.read_exact(&mut message).unwrap();
    assert_eq!(&message, b"\0\x01A");
}

#[test]
fn a_peer_that_falls_silent_is_lost_when_heartbeats_are_on() {
    let context = context();
    let beat = Duration::from_millis(20);
    let pull = context.with(Options { heartbeat_ivl: beat, ..options() }).pull();
    let monitor = pull.monitor();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut stream = raw(&endpoint);
    shake_hands(&mut stream, "PUSH", "PULL");
    let why = await_event(&monitor, lost);
    assert!(matches!(why, Lost::Protocol(Failure::Silence)), "{why:?}");
    assert_eq!(read_to_end(&mut stream)[..7], *b"\x04\x07\x04PING");
}

#[test]
fn a_peer_that_subscribes_to_more_topics_than_it_may_is_disconnected_with_the_reason_and_others_are_served_on()
 {
    let context = context();
    let publisher = context.with(Options { max_subscriptions: 3, ..options() }).publisher();
    let monitor = publisher.monitor();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    let modest = context.subscriber();
    for topic in ["a", "b", "c", "c"] {
        modest.subscribe(topic).unwrap();
    }
    modest.connect(&endpoint).unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    // As commands, and as messages. What is there already, or was taken back, does not count.
    let command = |topic: &str| format!("\x04\x0B\x09SUBSCRIBE{topic}").into_bytes();
    let message = |topic: &str| format!("\0\x02\x01{topic}").into_bytes();
    for form in [&command as &dyn Fn(&str) -> Vec<u8>, &message] {
        let mut greedy = raw(&endpoint);
        shake_hands(&mut greedy, "SUB", "PUB");
        for topic in ["1", "2", "2", "2", "2"] {
            greedy.write_all(&form(topic)).unwrap();
        }
        greedy.write_all(b"\0\x02\x002").unwrap();
        for topic in ["3", "4", "5"] {
            greedy.write_all(&form(topic)).unwrap();
        }
        let why = await_event(&monitor, lost);
        assert!(matches!(why, Lost::MaxSubscriptions(3)), "{why:?}");
        assert!(
            why.to_string().contains("more than 3 topics")
                && why.to_string().contains("raise max_subscriptions"),
            "{why}"
        );
        assert_eq!(read_to_end(&mut greedy), b"");
    }
    // A topic longer than a command may be.
    let mut greedy = raw(&endpoint);
    shake_hands(&mut greedy, "SUB", "PUB");
    let mut octets = b"\x02\0\0\0\0\0\x10\0\0".to_vec();
    octets.resize(9 + (1 << 20), 1);
    // The publisher may be gone before all of it is written.
    let _ = greedy.write_all(&octets);
    let why = await_event(&monitor, lost);
    assert!(matches!(why, Lost::Protocol(Failure::TopicLimit)), "{why:?}");
    publisher.send("c").unwrap();
    assert_eq!(modest.recv().unwrap(), "c");
}

#[test]
fn a_subscriber_ends_though_its_publisher_reads_no_subscription() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let context = context();
    let subscriber = context.subscriber();
    let monitor = subscriber.monitor();
    subscriber.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    shake_hands(&mut peer, "PUB", "SUB");
    await_event(&monitor, handshake);
    // More than the system takes from us.
    for number in 0..16_000 {
        subscriber.subscribe(format!("{number:01000}")).unwrap();
    }
    assert_eq!(subscriber.close(Duration::MAX), Closed { undelivered: 0 });
    while monitor.recv().is_some() {}
}
