//! What all sockets have in common.

use std::time::Duration;

use super::{peer, put};
use crate::common::{PATIENCE, await_event, context, free_endpoint, handshake, options};
use zmtp_std::{Closed, Event, Message, Options, Part, Unsent};

/// One message from `$from` to `$to`, whatever the pattern needs for it.
macro_rules! pass {
    (push, pull, $from:expr, $to:expr) => {{
        $from.send("x").unwrap();
        assert_eq!($to.recv().unwrap(), "x");
    }};
    (req, rep, $from:expr, $to:expr) => {{
        $from.send("x").unwrap();
        assert_eq!($to.recv().unwrap(), "x");
        $to.send("y").unwrap();
        assert_eq!($from.recv().unwrap(), "y");
    }};
    (dealer, router, $from:expr, $to:expr) => {{
        $from.send("x").unwrap();
        let mut request = $to.recv().unwrap();
        let routing_id = request.pop_front().unwrap();
        assert_eq!(request, "x");
        $to.send([routing_id, "y".into()]).unwrap();
        assert_eq!($from.recv().unwrap(), "y");
    }};
    (xpub, xsub, $from:expr, $to:expr) => {{
        // The first of the hub's publishers has it subscribe, those after it hear of it by then.
        $to.send("\u{1}x").unwrap();
        assert_eq!($from.recv().unwrap(), "\u{1}x");
        $from.send("x").unwrap();
        assert_eq!($to.recv().unwrap(), "x");
    }};
    (publisher, subscriber, $from:expr, $to:expr) => {{
        $to.subscribe("x").unwrap();
        $from.wait_for_subscribers(1).unwrap();
        $from.send("x").unwrap();
        assert_eq!($to.recv().unwrap(), "x");
    }};
}

/// Either binds, either comes first, and each has several endpoints.
macro_rules! every_way {
    ($from:ident, $to:ident) => {{
        let context = context();
        // The one that connects comes first.
        let (from, to, endpoint) = (context.$from(), context.$to(), free_endpoint());
        from.connect(&endpoint).unwrap();
        to.bind(&endpoint).unwrap();
        pass!($from, $to, from, to);
        let (from, to, endpoint) = (context.$from(), context.$to(), free_endpoint());
        to.connect(&endpoint).unwrap();
        from.bind(&endpoint).unwrap();
        pass!($from, $to, from, to);
        // One socket binds twice and connects twice, and all four peers are there.
        let (hub, peers) = (context.$to(), [(); 4].map(|()| context.$from()));
        for bound in &peers[..2] {
            bound.connect(hub.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
        }
        for connected in &peers[2..] {
            hub.connect(connected.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
        }
        hub.wait_for_peers(4).unwrap();
        for from in &peers {
            pass!($from, $to, from, hub);
        }
    }};
}

#[test]
fn z37_065_z28_010_z29_010_017_024_z30_008_every_socket_binds_and_connects_as_often_as_wanted_in_any_order() {
    every_way!(push, pull);
    every_way!(req, rep);
    every_way!(publisher, subscriber);
    every_way!(dealer, router);
    every_way!(xpub, xsub);
}

#[test]
fn z28_001_z29_001_z30_001_senders_too_have_any_number_of_peers_bound_and_connected() {
    let context = context();
    let (req, reps) = (context.req(), [(); 4].map(|()| context.rep()));
    let endpoint = req.bind("tcp://127.0.0.1:*").unwrap();
    reps[..2].iter().for_each(|rep| rep.connect(&endpoint).unwrap());
    reps[2..].iter().for_each(|rep| req.connect(rep.bind("tcp://127.0.0.1:*").unwrap()).unwrap());
    req.wait_for_peers(4).unwrap();
    let mut asked = [0; 4];
    for _ in 0..8 {
        req.send("who").unwrap();
        let answering = loop {
            if let Some(at) = reps.iter().position(|rep| rep.try_recv().is_ok()) {
                break at;
            }
            std::thread::yield_now();
        };
        asked[answering] += 1;
        reps[answering].send("me").unwrap();
        req.recv().unwrap();
    }
    assert_eq!(asked, [2; 4]);

    let (push, pulls) = (context.push(), [(); 4].map(|()| context.pull()));
    let endpoint = push.bind("tcp://127.0.0.1:*").unwrap();
    pulls[..2].iter().for_each(|pull| pull.connect(&endpoint).unwrap());
    pulls[2..].iter().for_each(|pull| push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap());
    push.wait_for_peers(4).unwrap();
    (0..4).for_each(|_| push.send("one each").unwrap());
    pulls.iter().for_each(|pull| assert_eq!(pull.recv().unwrap(), "one each"));

    let (publisher, subscribers) = (context.publisher(), [(); 4].map(|()| context.subscriber()));
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    subscribers.iter().for_each(|subscriber| subscriber.subscribe("").unwrap());
    subscribers[..2].iter().for_each(|subscriber| subscriber.connect(&endpoint).unwrap());
    for subscriber in &subscribers[2..] {
        publisher.connect(subscriber.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    }
    publisher.wait_for_subscribers(4).unwrap();
    publisher.send("all of you").unwrap();
    subscribers.iter().for_each(|subscriber| assert_eq!(subscriber.recv().unwrap(), "all of you"));
}

#[test]
fn z37_067_of_a_message_that_is_not_accepted_no_part_is_queued() {
    let context = context();
    let push = context.with(Options { sndhwm_bytes: 10, ..options() }).push();
    let pull = context.pull();
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    assert_eq!(push.try_send(["six...", "sixth."]).unwrap_err().why, Unsent::TooLarge);
    push.send("whole").unwrap();
    assert_eq!(pull.recv().unwrap(), "whole");
}

#[test]
fn z37_067_of_a_message_whose_last_part_is_not_here_nothing_is_received() {
    let context = context();
    let pull = context.pull();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut slow = peer(&endpoint, "PUSH", "PULL");
    put(&mut slow, b"\x01\x05first");
    let mut other = peer(&endpoint, "PUSH", "PULL");
    put(&mut other, b"\x00\x05other");
    assert_eq!(pull.recv().unwrap(), "other");
    assert!(pull.try_recv().is_err());
    put(&mut slow, b"\x00\x04last");
    assert_eq!(pull.recv().unwrap(), zmtp_std::Message::from(["first", "last"]));
}

#[test]
fn z37_094_a_peer_that_died_of_silence_is_connected_to_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let beat = Duration::from_millis(20);
    let push = context().with(Options { heartbeat_ivl: beat, ..options() }).push();
    let monitor = push.monitor();
    push.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
    for _ in 0..2 {
        let (mut silent, _) = listener.accept().unwrap();
        crate::common::shake_hands(&mut silent, "PULL", "PUSH");
        await_event(&monitor, handshake);
        await_event(&monitor, crate::common::disconnected);
    }
}

#[test]
fn api_015_a_wildcard_port_has_a_real_endpoint_that_can_be_connected_to() {
    let context = context();
    let (pull, push) = (context.pull(), context.push());
    let endpoints = ["tcp://127.0.0.1:*", "tcp://127.0.0.1:0"].map(|wild| pull.bind(wild).unwrap());
    for endpoint in &endpoints {
        assert!(endpoint.port().is_some_and(|port| port > 0), "{endpoint}");
        push.connect(endpoint.to_string()).unwrap();
    }
    assert_ne!(endpoints[0], endpoints[1]);
    pull.wait_for_peers(2).unwrap();
}

#[test]
fn api_019_linger_waits_as_long_as_it_says_and_zero_drops_what_waits() {
    let context = context();
    let endpoint = free_endpoint();
    // Nobody is there: what lingers goes to the peer that comes.
    let push = context.push();
    push.connect(&endpoint).unwrap();
    push.send("lingers").unwrap();
    drop(push);
    let pull = context.pull();
    pull.bind(&endpoint).unwrap();
    assert_eq!(pull.recv().unwrap(), "lingers");

    let impatient = context.with(Options { linger: Some(Duration::ZERO), ..options() }).push();
    impatient.connect(free_endpoint()).unwrap();
    impatient.send("dropped").unwrap();
    let monitor = impatient.monitor();
    drop(impatient);
    let dropped = await_event(&monitor, |event| match event {
        Event::Closed { dropped, .. } => Some(*dropped),
        _ => None,
    });
    assert_eq!(dropped, 1);

    let patient = context.push();
    patient.connect(free_endpoint()).unwrap();
    patient.send("waits").unwrap();
    assert_eq!(patient.close(Duration::from_millis(1)), Closed { undelivered: 1 });
}

#[test]
fn api_023_events_come_in_the_order_of_what_happens() {
    let context = context();
    let (pull, push) = (context.pull(), context.push());
    let (ours, theirs) = (pull.monitor(), push.monitor());
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    push.send("x").unwrap();
    pull.recv().unwrap();
    let next = |monitor: &zmtp_std::Monitor| monitor.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(next(&ours), Event::Listening { .. }));
    assert!(matches!(next(&ours), Event::Accepted { .. }));
    assert!(matches!(next(&ours), Event::HandshakeSucceeded { .. }));
    assert!(matches!(next(&theirs), Event::Connected { .. }));
    assert!(matches!(next(&theirs), Event::HandshakeSucceeded { .. }));
    drop(pull);
    assert!(matches!(next(&theirs), Event::Disconnected { .. }));
    assert!(matches!(next(&theirs), Event::ConnectRetried { .. }));
}

#[test]
fn z37_081_a_call_carries_a_whole_message_whoever_calls_at_the_same_time() {
    const THREADS: usize = 4;
    const EACH: usize = 500;
    // Of other sizes and more parts each time.
    let message = |thread: usize, number: usize| {
        let part = format!("{thread} {number}").repeat(1 + number % 40);
        (0..=number % 3).map(|_| Part::from(&part[..])).collect::<Message>()
    };
    let context = context();
    let (from, to) = (context.dealer(), context.dealer());
    from.connect(to.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    let mut received = std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let from = &from;
            scope.spawn(move || (0..EACH).for_each(|number| from.send(message(thread, number)).unwrap()));
        }
        let receive = || (0..EACH).map(|_| to.recv().unwrap()).collect::<Vec<_>>();
        let receivers: Vec<_> = (0..THREADS).map(|_| scope.spawn(receive)).collect();
        receivers.into_iter().flat_map(|each| each.join().unwrap()).collect::<Vec<_>>()
    });
    for thread in 0..THREADS {
        for number in 0..EACH {
            let sent = message(thread, number);
            let at = received.iter().position(|message| *message == sent);
            received.swap_remove(at.expect("it comes as it was sent"));
        }
    }
    assert!(received.is_empty());
}
