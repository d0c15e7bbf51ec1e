//! DEALER and PAIR: both directions at any time, over TCP on loopback.

use crate::common::{PATIENCE, await_event, context, disconnected, free_endpoint, handshake, options};
use zmtp_std::{Closed, ConnectError, Context, Event, Failure, Lost, Message, Options, RecvError, Unsent};

#[test]
fn z28_019_a_dealer_passes_frames_unchanged_in_both_directions_at_any_time() {
    let context = context();
    let (left, right) = (context.dealer(), context.dealer());
    left.connect(right.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    let messages = [Message::from(""), Message::from(["", "", "body", ""]), Message::from(vec![7; 100_000])];
    for message in &messages {
        left.send(message.clone()).unwrap();
        right.send(message.clone()).unwrap();
    }
    for message in &messages {
        assert_eq!(right.recv().unwrap(), *message);
        assert_eq!(left.recv().unwrap(), *message);
    }
}

#[test]
fn z28_024_026_a_dealer_shares_out_in_turn_and_takes_in_from_all() {
    let context = context();
    let dealer = context.dealer();
    let others = [context.dealer(), context.dealer(), context.dealer()];
    for other in &others {
        dealer.connect(other.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    }
    for number in 0..30 {
        dealer.send(number.to_string()).unwrap();
    }
    for (place, other) in others.iter().enumerate() {
        for round in 0..10 {
            let message = other.recv().unwrap();
            assert_eq!(message, (round * 3 + place).to_string());
            other.send(message).unwrap();
        }
    }
    let mut got: Vec<u32> = (0..30).map(|_| dealer.recv().unwrap().to_text().parse().unwrap()).collect();
    got.sort_unstable();
    assert!(got.into_iter().eq(0..30));
}

#[test]
fn z28_021_025_a_dealer_queues_for_a_peer_it_connects_to_and_waits_beyond_the_mark() {
    let context = context().with(Options { sndhwm: 3, ..options() });
    let (dealer, endpoint) = (context.dealer(), free_endpoint());
    assert_eq!(dealer.try_send("nobody").unwrap_err().why, Unsent::WouldBlock);
    dealer.connect(&endpoint).unwrap();
    for number in 0..3 {
        dealer.try_send(number.to_string()).unwrap();
    }
    let error = dealer.try_send("too many").unwrap_err();
    assert_eq!((error.why, error.message), (Unsent::WouldBlock, "too many".into()));
    let late = context.dealer();
    late.bind(&endpoint).unwrap();
    for number in 0..3 {
        assert_eq!(late.recv().unwrap(), number.to_string());
    }
}

#[test]
fn z28_022_what_waits_for_a_peer_that_came_and_went_is_dropped_and_reported() {
    let context = Context::new().with(Options { sndhwm: 5, rcvhwm: 1, ..options() });
    let dealer = context.dealer();
    let monitor = dealer.monitor();
    let endpoint = dealer.bind("tcp://127.0.0.1:*").unwrap();
    let peer = context.dealer();
    peer.connect(&endpoint).unwrap();
    await_event(&monitor, handshake);
    // More than sockets of the system hold; it does not read.
    let mut sent = 0;
    while dealer.try_send(vec![0; 4 << 20]).is_ok() {
        sent += 1;
    }
    assert!(sent >= 5);
    drop(peer);
    let dropped = await_event(&monitor, |event| match event {
        Event::Disconnected { dropped, .. } => Some(*dropped),
        _ => None,
    });
    assert!(dropped > 0);
    assert_eq!(dealer.close(PATIENCE), Closed { undelivered: dropped });
}

#[test]
fn api_008_with_immediate_a_dealer_queues_only_for_peers_that_are_there() {
    let context = context().with(Options { immediate: true, ..options() });
    let (dealer, there) = (context.dealer(), context.dealer());
    dealer.connect(free_endpoint()).unwrap();
    dealer.connect(there.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    dealer.wait_for_peers(1).unwrap();
    for number in 0..10 {
        dealer.send(number.to_string()).unwrap();
    }
    for number in 0..10 {
        assert_eq!(there.recv().unwrap(), number.to_string());
    }
}

#[test]
fn z31_001_003_a_pair_exchanges_messages_in_both_directions_at_any_time() {
    let context = context();
    let (left, right) = (context.pair(), context.pair());
    right.connect(left.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    for number in 0..1_000u32 {
        left.send([number.to_string(), String::new()]).unwrap();
        right.send(number.to_string()).unwrap();
    }
    for number in 0..1_000u32 {
        assert_eq!(right.recv().unwrap(), Message::from([number.to_string(), String::new()]));
        assert_eq!(left.recv().unwrap(), number.to_string());
    }
}

#[test]
fn z31_002_007_a_second_peer_is_refused_with_an_event_and_does_not_disturb_the_first() {
    let context = context();
    let pair = context.pair();
    let monitor = pair.monitor();
    let endpoint = pair.bind("tcp://127.0.0.1:*").unwrap();
    let first = context.pair();
    first.connect(&endpoint).unwrap();
    await_event(&monitor, handshake);

    let second = context.pair();
    second.connect(&endpoint).unwrap();
    second.send("not to be seen").unwrap();
    let (why, text) = await_event(&monitor, |event| match event {
        Event::HandshakeFailed { why, .. } => Some((why.clone(), event.to_string())),
        _ => None,
    });
    assert!(matches!(why, Lost::Occupied), "{why:?}");
    assert!(text.contains("a PAIR has one peer, and it is there"), "{text}");

    first.send("undisturbed").unwrap();
    assert_eq!(pair.recv().unwrap(), "undisturbed");
    pair.send("for the first").unwrap();
    assert_eq!(first.recv().unwrap(), "for the first");
    assert_eq!(second.try_recv(), Err(RecvError::WouldBlock));

    // When the first has gone, the second, which tries again and again, takes its place.
    drop(first);
    await_event(&monitor, disconnected);
    assert_eq!(pair.recv().unwrap(), "not to be seen");
    pair.send("welcome").unwrap();
    assert_eq!(second.recv().unwrap(), "welcome");
}

#[test]
fn z31_002_a_pair_connects_to_one_peer_and_a_second_connect_says_so() {
    let context = context();
    let pair = context.pair();
    pair.connect(free_endpoint()).unwrap();
    let error = pair.connect(free_endpoint()).unwrap_err();
    assert_eq!(error, ConnectError::Occupied);
    assert_eq!(
        error.to_string(),
        "cannot connect: a PAIR has one peer, and it is there; disconnect first, or take a DEALER for several"
    );
}

#[test]
fn z31_004_006_a_pair_queues_for_the_peer_it_connects_to_and_waits_without_one() {
    let context = context().with(Options { sndhwm: 2, ..options() });
    let (pair, endpoint) = (context.pair(), free_endpoint());
    assert_eq!(pair.try_send("nobody").unwrap_err().why, Unsent::WouldBlock);
    pair.connect(&endpoint).unwrap();
    pair.try_send("1").unwrap();
    pair.try_send("2").unwrap();
    assert_eq!(pair.try_send("3").unwrap_err().why, Unsent::WouldBlock);
    let peer = context.pair();
    peer.bind(&endpoint).unwrap();
    pair.send("3").unwrap();
    assert_eq!([(); 3].map(|()| peer.recv().unwrap().to_text()), ["1", "2", "3"]);
}

#[test]
fn z37_057_a_pair_and_a_dealer_are_no_peers() {
    let context = context();
    let (pair, dealer) = (context.pair(), context.dealer());
    let monitor = pair.monitor();
    dealer.connect(pair.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    // Both see it; who says so first ends the connection.
    let why = await_event(&monitor, |event| match event {
        Event::HandshakeSucceeded { .. } => panic!("{event}"),
        Event::HandshakeFailed { why, .. } => Some(why.clone()),
        _ => None,
    });
    assert!(matches!(why, Lost::Protocol(Failure::SocketType) | Lost::Refused { .. }), "{why}");
}
