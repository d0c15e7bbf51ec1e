//! Coming, going and coming back: connect before bind, restarts, marks, waiting for peers.

use std::io::{Read, Write};
use std::time::Duration;

use crate::common::{
    PATIENCE, await_event, context, disconnected, free_endpoint, handshake, options, raw, shake_hands,
};
use zmtp_std::{Closed, Closing, Context, Event, Message, Options, RecvError, Unsent, WaitError};

#[test]
fn z37_066_clients_may_come_before_the_server() {
    let context = context();
    let endpoint = free_endpoint();
    let (req, push, subscriber) = (context.req(), context.push(), context.subscriber());
    req.connect(&endpoint).unwrap();
    req.send("early").unwrap();
    let rep = context.rep();
    rep.bind(&endpoint).unwrap();
    assert_eq!(rep.recv().unwrap(), "early");
    rep.send("late").unwrap();
    assert_eq!(req.recv().unwrap(), "late");

    let endpoint = free_endpoint();
    push.connect(&endpoint).unwrap();
    push.send("early").unwrap();
    let pull = context.pull();
    pull.bind(&endpoint).unwrap();
    assert_eq!(pull.recv().unwrap(), "early");

    let endpoint = free_endpoint();
    subscriber.subscribe("").unwrap();
    subscriber.connect(&endpoint).unwrap();
    let publisher = context.publisher();
    publisher.bind(&endpoint).unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    publisher.send("early").unwrap();
    assert_eq!(subscriber.recv().unwrap(), "early");
}

#[test]
fn a_connect_that_fails_is_told_and_tried_again() {
    let context = context();
    let endpoint = free_endpoint();
    let push = context.push();
    let monitor = push.monitor();
    push.connect(&endpoint).unwrap();
    let (after, why) = await_event(&monitor, |event| match event {
        Event::ConnectRetried { after, why, .. } => Some((*after, why.clone())),
        _ => None,
    });
    assert!(after >= options().reconnect_ivl.unwrap());
    assert_eq!(why.unwrap().kind(), std::io::ErrorKind::ConnectionRefused);
    let pull = context.pull();
    pull.bind(&endpoint).unwrap();
    await_event(&monitor, handshake);
}

#[test]
fn an_unknown_host_is_an_event_and_tried_again() {
    let context = context();
    let push = context.push();
    let monitor = push.monitor();
    push.connect("tcp://no-such-host.invalid:5555").unwrap();
    let why = await_event(&monitor, |event| match event {
        Event::ConnectRetried { why, endpoint, .. } => Some((endpoint.clone(), why.clone().unwrap())),
        _ => None,
    });
    assert_eq!(why.0, "tcp://no-such-host.invalid:5555");
    assert!(!why.1.to_string().is_empty());
}

#[test]
fn z29_022_a_restarted_publisher_is_told_of_all_subscriptions_and_served_from() {
    let context = context();
    let subscriber = context.subscriber();
    let first = context.publisher();
    let endpoint = first.bind("tcp://127.0.0.1:*").unwrap();
    subscriber.subscribe("a").unwrap();
    subscriber.connect(&endpoint).unwrap();
    first.wait_for_subscribers(1).unwrap();
    first.send("a1").unwrap();
    assert_eq!(subscriber.recv().unwrap(), "a1");
    let _ = first.close(PATIENCE);

    // Made while nobody is connected.
    subscriber.subscribe("b").unwrap();
    subscriber.subscribe("gone").unwrap();
    subscriber.unsubscribe("gone").unwrap();
    let second = context.publisher();
    second.bind(&endpoint).unwrap();
    second.wait_for_subscribers(1).unwrap();
    while subscriber.try_recv() != Ok("b2".into()) {
        second.send("gone").unwrap();
        second.send("b2").unwrap();
    }
    second.send("a2").unwrap();
    while subscriber.recv().unwrap() != "a2" {}
}

#[test]
fn z37_046_066_a_restarted_server_is_found_again_by_its_clients() {
    let context = context();
    let first = context.rep();
    let endpoint = first.bind("tcp://127.0.0.1:*").unwrap();
    let clients: Vec<_> = (0..3).map(|_| context.req()).collect();
    let ask = |server: &zmtp_std::Rep| {
        for client in &clients {
            client.send("question").unwrap();
            let question = server.recv().unwrap();
            server.send(question).unwrap();
            assert_eq!(client.recv().unwrap(), "question");
        }
    };
    clients.iter().for_each(|client| client.connect(&endpoint).unwrap());
    ask(&first);
    let monitors: Vec<_> = clients.iter().map(zmtp_std::Req::monitor).collect();
    drop(first);
    // A request that is sent before the loss is noticed goes with the connection.
    monitors.iter().for_each(|monitor| await_event(monitor, disconnected));
    let second = context.rep();
    second.bind(&endpoint).unwrap();
    ask(&second);
}

#[test]
fn z30_003_what_waits_for_a_peer_that_we_connect_to_survives_the_loss_of_the_connection() {
    let context = context();
    let pull = context.pull();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let push = context.push();
    let monitor = push.monitor();
    push.connect(&endpoint).unwrap();
    push.send("before").unwrap();
    assert_eq!(pull.recv().unwrap(), "before");
    drop(pull);
    await_event(&monitor, disconnected);
    push.send(["while", "away"]).unwrap();
    let pull = context.pull();
    pull.bind(&endpoint).unwrap();
    assert_eq!(pull.recv().unwrap(), Message::from(["while", "away"]));
}

#[test]
fn messages_for_a_peer_that_came_to_us_are_dropped_with_it_and_counted() {
    let context = context();
    let push = context.with(Options { sndhwm: 0, ..options() }).push();
    let monitor = push.monitor();
    let endpoint = push.bind("tcp://127.0.0.1:*").unwrap();
    let mut peer = raw(&endpoint);
    shake_hands(&mut peer, "PULL", "PUSH");
    await_event(&monitor, handshake);
    // More than the system takes from us while the peer does not read.
    let body = vec![7; 1 << 20];
    (0..64).for_each(|_| push.send(body.clone()).unwrap());
    drop(peer);
    let dropped = await_event(&monitor, |event| match event {
        Event::Disconnected { dropped, .. } => Some(*dropped),
        _ => None,
    });
    assert!(dropped > 0 && dropped <= 64, "{dropped}");
    assert_eq!(push.try_send("nobody left").unwrap_err().why, Unsent::WouldBlock);
    assert_eq!(push.close(PATIENCE), Closed { undelivered: dropped });
}

#[test]
fn z30_006_api_026_without_a_peer_nothing_is_accepted_and_the_message_comes_back() {
    let context = context();
    let push = context.push();
    let error = push.try_send("back").unwrap_err();
    assert_eq!((error.message, error.why), ("back".into(), Unsent::WouldBlock));
    let error = push.send_timeout("back", Duration::from_millis(1)).unwrap_err();
    assert_eq!((error.message, error.why), ("back".into(), Unsent::TimedOut));
    assert_eq!(context.pull().recv_timeout(Duration::from_millis(1)), Err(RecvError::TimedOut));
}

#[test]
fn api_008_with_immediate_messages_wait_only_for_connections_that_are_complete() {
    let context = context().with(Options { immediate: true, ..options() });
    let push = context.push();
    let monitor = push.monitor();
    push.connect(free_endpoint()).unwrap();
    assert_eq!(push.try_send("nobody is there").unwrap_err().why, Unsent::WouldBlock);
    let pull = context.pull();
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    await_event(&monitor, handshake);
    for number in 0..10 {
        push.send(number.to_string()).unwrap();
        assert_eq!(pull.recv().unwrap(), number.to_string());
    }
    drop(pull);
    await_event(&monitor, disconnected);
    assert_eq!(push.try_send("nobody is left").unwrap_err().why, Unsent::WouldBlock);
}

#[test]
fn a_context_with_several_threads_serves_peers_on_all_of_them() {
    let context = Context::builder().io_threads(3).build().unwrap().with(options());
    let pull = context.pull();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let pushes: Vec<_> = (0..6).map(|_| context.push()).collect();
    for push in &pushes {
        push.connect(&endpoint).unwrap();
        (0..100).for_each(|_| push.send("x").unwrap());
    }
    (0..600).for_each(|_| assert_eq!(pull.recv().unwrap(), "x"));
}

#[test]
fn z30_004_the_send_mark_is_exact_for_a_peer_that_is_not_there_in_messages_and_octets() {
    let context = context();
    let push = context.with(Options { sndhwm: 10, ..options() }).push();
    push.connect(free_endpoint()).unwrap();
    assert_eq!((0..100).filter(|_| push.try_send("x").is_ok()).count(), 10);
    assert_eq!(push.close(Duration::ZERO), Closed { undelivered: 10 });

    let push = context.with(Options { sndhwm_bytes: 1000, ..options() }).push();
    push.connect(free_endpoint()).unwrap();
    assert_eq!(push.try_send(vec![7; 1001]).unwrap_err().why, Unsent::TooLarge);
    assert_eq!((0..100).filter(|_| push.try_send(vec![7; 300]).is_ok()).count(), 3);
    assert_eq!(push.close(Duration::ZERO), Closed { undelivered: 3 });
}

#[test]
fn the_send_mark_is_never_exceeded_by_what_a_peer_that_stops_reading_leaves_unwritten() {
    const BODY: usize = 100_000;
    let context = context();
    let push = context.with(Options { sndhwm: 8, ..options() }).push();
    let monitor = push.monitor();
    let endpoint = push.bind("tcp://127.0.0.1:*").unwrap();
    let mut peer = raw(&endpoint);
    shake_hands(&mut peer, "PULL", "PUSH");
    await_event(&monitor, handshake);
    // The system takes some; then the mark holds.
    let mut accepted = 0;
    while push.send_timeout(vec![7; BODY], Duration::from_millis(200)).is_ok() {
        accepted += 1;
    }
    // Nobody reads: what is not with the system waits, and is at the mark or, for the next to be accepted, above half.
    let Closed { undelivered } = push.close(Duration::ZERO);
    assert!((5..=8).contains(&undelivered), "{undelivered}");
    let mut octets = 0;
    let mut buffer = vec![0; 1 << 20];
    while let Ok(read) = peer.read(&mut buffer)
        && read > 0
    {
        octets += read;
    }
    let whole = octets / (BODY + 9);
    assert_eq!(whole, accepted - undelivered as usize, "every message is counted once");
}

#[test]
fn z30_009_the_receive_mark_holds_back_a_sender_and_loses_nothing() {
    let context = context().with(Options { rcvhwm: 3, sndhwm: 3, ..options() });
    let (push, pull) = (context.push(), context.pull());
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            (0..500).for_each(|number| push.send([number.to_string().into(), vec![0; 20_000]]).unwrap());
        });
        for number in 0..500 {
            assert_eq!(*pull.recv().unwrap().part(0).unwrap(), number.to_string());
        }
    });
}

#[test]
fn z29_002_003_007_a_slow_subscriber_misses_messages_that_are_counted_and_others_get_all_of_them() {
    const COUNT: u32 = 500;
    let context = context();
    let publisher = context.with(Options { sndhwm: 1000, sndhwm_bytes: 10_000_000, ..options() }).publisher();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    let mut slow = raw(&endpoint);
    shake_hands(&mut slow, "SUB", "PUB");
    slow.write_all(b"\x04\x0A\x09SUBSCRIBE").unwrap();
    let fast = context.subscriber();
    fast.subscribe("").unwrap();
    fast.connect(&endpoint).unwrap();
    publisher.wait_for_subscribers(2).unwrap();
    for number in 0..COUNT {
        publisher.send([number.to_string().into(), vec![7; 100_000]]).unwrap();
        assert_eq!(*fast.recv().unwrap().part(0).unwrap(), number.to_string());
    }
    assert!(publisher.dropped() > 0 && publisher.dropped() < u64::from(COUNT), "{}", publisher.dropped());
}

#[test]
fn every_socket_waits_for_its_peers_and_tells_how_many_came_in_time() {
    let context = context();
    macro_rules! meet {
        ($bound:ident, $connected:ident) => {
            let (bound, first, second) = (context.$bound(), context.$connected(), context.$connected());
            let endpoint = bound.bind("tcp://127.0.0.1:*").unwrap();
            assert_eq!(bound.wait_for_peers(0), Ok(()));
            first.connect(&endpoint).unwrap();
            first.wait_for_peers(1).unwrap();
            bound.wait_for_peers_timeout(1, PATIENCE).unwrap();
            let error = bound.wait_for_peers_timeout(2, Duration::from_millis(1)).unwrap_err();
            assert_eq!(error, WaitError::TimedOut { there: 1, wanted: 2 });
            assert!(error.to_string().starts_with("1 of 2 peers were there in time"), "{error}");
            std::thread::scope(|scope| {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                let waiting = scope.spawn(move || runtime.block_on(bound.wait_for_peers_async(2)));
                second.connect(&endpoint).unwrap();
                assert_eq!(waiting.join().unwrap(), Ok(()));
            });
        };
    }
    meet!(push, pull);
    meet!(pull, push);
    meet!(rep, req);
    meet!(req, rep);

    let (publisher, subscriber) = (context.publisher(), context.subscriber());
    subscriber.connect(publisher.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    subscriber.wait_for_peers(1).unwrap();
    assert_eq!(publisher.subscribers(), 0, "it has subscribed to nothing");
    let error = publisher.wait_for_subscribers_timeout(1, Duration::from_millis(1)).unwrap_err();
    assert_eq!(error, WaitError::TimedOut { there: 0, wanted: 1 });
    subscriber.subscribe("topic").unwrap();
    publisher.wait_for_subscribers_timeout(1, PATIENCE).unwrap();
    assert_eq!(publisher.subscribers(), 1);

    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| subscriber.wait_for_peers_timeout(2, PATIENCE));
        context.terminate();
        assert_eq!(waiting.join().unwrap(), Err(WaitError::Closed(Closing::Terminated)));
    });
    assert_eq!(publisher.wait_for_subscribers(0), Err(Closing::Terminated));
}
