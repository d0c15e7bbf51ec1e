//! Options that are changed while the socket is in use.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use crate::common::{PATIENCE, await_event, context, free_endpoint, handshake, options, raw, shake_hands};
use zmtp_std::{
    Closed, Context, Durable, Event, Lost, OptionError, Options, RecvError, SlowPeer, SlowSubscriber, Unsent,
};

const HERE: &str = "inproc://here";

/// How many messages there is room for.
fn room(push: &zmtp_std::Push) -> usize {
    (0..1000).take_while(|_| push.try_send("x").is_ok()).count()
}

#[test]
fn api_010_the_mark_on_what_is_sent_changes_for_connections_there_are_and_drops_nothing() {
    let push = context().with(Options { sndhwm: 4, ..options() }).push();
    let endpoint = free_endpoint();
    push.connect(&endpoint).unwrap();
    assert_eq!(room(&push), 4);
    push.set_options(|options| options.sndhwm = 10).unwrap();
    assert_eq!(room(&push), 6);
    push.set_options(|options| options.sndhwm = 3).unwrap();
    assert_eq!(push.try_send("none").unwrap_err().why, Unsent::WouldBlock);
    // One that comes later has it from the beginning.
    push.connect(free_endpoint()).unwrap();
    assert_eq!(room(&push), 3);
    push.set_options(|options| options.linger = Some(Duration::ZERO)).unwrap();
    let pull = context().pull();
    pull.bind(&endpoint).unwrap();
    for _ in 0..10 {
        assert_eq!(pull.recv().unwrap(), "x");
    }
}

#[test]
fn api_010_a_sender_that_waits_for_room_goes_on_when_the_mark_is_raised() {
    let push = context().with(Options { sndhwm: 1, linger: Some(Duration::ZERO), ..options() }).push();
    push.connect(free_endpoint()).unwrap();
    push.send("first").unwrap();
    std::thread::scope(|scope| {
        let blocked = scope.spawn(|| push.send("second"));
        push.set_options(|options| options.sndhwm = 2).unwrap();
        blocked.join().unwrap().unwrap();
    });
    assert_eq!(push.close(Duration::ZERO), Closed { undelivered: 2 });
}

#[test]
fn api_010_more_is_read_from_a_peer_when_the_mark_on_what_is_received_is_raised() {
    let pull = context().with(Options { rcvhwm: 1, ..options() }).pull();
    let monitor = pull.monitor();
    let mut stream = raw(&pull.bind("tcp://127.0.0.1:*").unwrap());
    shake_hands(&mut stream, "PUSH", "PULL");
    await_event(&monitor, handshake);
    // The PING behind the third message is read when that has room.
    stream.write_all(b"\0\x01a\0\x01b\0\x01c\x04\x07\x04PING\0\0").unwrap();
    pull.set_options(|options| options.rcvhwm = 3).unwrap();
    let mut pong = [0; 7];
    stream.read_exact(&mut pong).unwrap();
    assert_eq!(&pong, b"\x04\x05\x04PONG");
    pull.set_options(|options| options.rcvhwm = 1).unwrap();
    for text in ["a", "b", "c"] {
        assert_eq!(pull.recv().unwrap(), text);
    }
    stream.write_all(b"\0\x01d\0\x01e").unwrap();
    for text in ["d", "e"] {
        assert_eq!(pull.recv().unwrap(), text);
    }
}

#[test]
fn api_019_linger_may_be_changed_before_the_socket_is_dropped() {
    let context = context().with(Options { linger: None, ..options() });
    let push = context.push();
    push.connect(free_endpoint()).unwrap();
    push.send("never delivered").unwrap();
    push.set_options(|options| options.linger = Some(Duration::ZERO)).unwrap();
    // With the linger time it was made with, this would wait for ever.
    drop((push, context));
}

#[test]
fn a_conflating_socket_has_no_marks_on_messages_to_change() {
    let push = context().with(Options { conflate: true, ..options() }).push();
    let endpoint = free_endpoint();
    push.connect(&endpoint).unwrap();
    push.set_options(|options| options.sndhwm = 5).unwrap();
    (0..10).for_each(|number| push.send(number.to_string()).unwrap());
    let pull = context().pull();
    pull.bind(&endpoint).unwrap();
    assert_eq!(pull.recv_timeout(PATIENCE).unwrap(), "9");
}

#[test]
fn a_conflating_socket_may_have_another_mark_on_octets() {
    let push = context().with(Options { conflate: true, sndhwm_bytes: 3, ..options() }).push();
    push.set_options(|options| options.linger = Some(Duration::ZERO)).unwrap();
    push.connect(free_endpoint()).unwrap();
    assert_eq!(push.send("long").unwrap_err().why, Unsent::TooLarge);
    push.set_options(|options| options.sndhwm_bytes = 4).unwrap();
    push.send("long").unwrap();
    push.send("next").unwrap();
}

#[test]
fn api_010_a_call_waits_for_as_long_as_the_options_say_when_it_is_made() {
    let soon = Some(Duration::from_millis(1));
    let dealer = Context::new().dealer();
    dealer.set_options(|options| (options.sndtimeo, options.rcvtimeo) = (soon, soon)).unwrap();
    // With what the socket was made with, these would wait for ever.
    assert_eq!(dealer.send("nobody").unwrap_err().why, Unsent::TimedOut);
    assert_eq!(dealer.recv(), Err(RecvError::TimedOut));
    assert_eq!(dealer.recv_from().unwrap_err(), RecvError::TimedOut);
    assert_eq!(dealer.options().sndtimeo, soon);
}

#[test]
fn api_002_a_router_drops_what_nobody_is_there_for_from_the_moment_it_may() {
    let router = context().router();
    assert_eq!(router.send(["nobody", "a"]).unwrap_err().why, Unsent::HostUnreachable);
    router.set_options(|options| options.router_mandatory = false).unwrap();
    router.send(["nobody", "b"]).unwrap();
    router.set_options(|options| options.router_mandatory = true).unwrap();
    assert_eq!(router.send(["nobody", "c"]).unwrap_err().why, Unsent::HostUnreachable);
}

#[test]
fn a_router_that_waits_for_room_drops_the_message_when_it_may() {
    let context = context().with(Options { sndhwm: 1, linger: Some(Duration::ZERO), ..options() });
    let router = context.router();
    router.connect_routing_id(free_endpoint(), "away").unwrap();
    router.send(["away", "waits"]).unwrap();
    thread::scope(|scope| {
        let blocked = scope.spawn(|| router.send(["away", "has no room"]));
        router.set_options(|options| options.router_mandatory = false).unwrap();
        blocked.join().unwrap().unwrap();
    });
    assert_eq!(router.dropped(), 1);
}

#[test]
fn api_003_a_second_peer_of_a_name_takes_the_place_of_the_first_from_the_moment_it_may() {
    let context = context();
    let router = context.router();
    let events = router.monitor();
    let endpoint = router.bind("tcp://127.0.0.1:*").unwrap();
    let twin = || {
        let dealer = context.named("twin").dealer();
        dealer.connect(&endpoint).unwrap();
        dealer
    };
    let first = twin();
    await_event(&events, handshake);
    let _second = twin();
    let taken = |event: &Event| {
        matches!(event, Event::HandshakeFailed { why: Lost::RoutingIdTaken(_), .. }).then_some(())
    };
    await_event(&events, taken);
    router.set_options(|options| options.router_handover = true).unwrap();
    let handed =
        |event: &Event| matches!(event, Event::Disconnected { why: Lost::HandedOver, .. }).then_some(());
    await_event(&events, handed);
    drop(first);
}

#[test]
fn an_xpub_shows_every_subscription_from_the_moment_it_is_to() {
    let context = context();
    let xpub = context.xpub();
    xpub.bind(HERE).unwrap();
    let subscriber = || {
        let subscriber = context.subscriber();
        subscriber.subscribe("a").unwrap();
        subscriber.connect(HERE).unwrap();
        subscriber
    };
    let _first = subscriber();
    assert_eq!(xpub.recv().unwrap(), "\x01a");
    let _second = subscriber();
    xpub.wait_for_subscribers(2).unwrap();
    assert_eq!(xpub.try_recv(), Err(RecvError::WouldBlock));
    xpub.set_options(|options| options.xpub_verbose = true).unwrap();
    let _third = subscriber();
    assert_eq!(xpub.recv().unwrap(), "\x01a");
}

#[test]
fn a_publisher_treats_slow_subscribers_as_it_is_told_now() {
    let context = context().with(Options { sndhwm: 4, rcvhwm: 1, ..options() });
    let publisher = context.publisher();
    publisher.bind(HERE).unwrap();
    let subscriber = context.subscriber();
    subscriber.subscribe("").unwrap();
    subscriber.connect(HERE).unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    let publish = |text: &str| publisher.send(text).unwrap();
    ["0", "1", "2", "3", "4", "missed"].into_iter().for_each(publish);
    assert_eq!(publisher.dropped(), 1);
    publisher.set_options(|options| options.slow_subscriber = SlowSubscriber::DropOldest).unwrap();
    publish("5");
    assert_eq!(publisher.dropped(), 2);
    publisher.set_options(|options| options.xpub_nodrop = true).unwrap();
    assert_eq!(publisher.try_send("waits").unwrap_err().why, Unsent::WouldBlock);
    for expected in ["0", "2", "3", "4", "5"] {
        assert_eq!(subscriber.recv().unwrap(), expected);
    }
}

#[test]
fn a_sender_that_waits_for_room_drops_instead_from_the_moment_it_is_to() {
    let push = context().with(Options { sndhwm: 1, linger: Some(Duration::ZERO), ..options() }).push();
    push.connect(free_endpoint()).unwrap();
    push.send("waits").unwrap();
    thread::scope(|scope| {
        let blocked = scope.spawn(|| push.send("dropped"));
        push.set_options(|options| options.slow_peer = SlowPeer::DropNewest).unwrap();
        blocked.join().unwrap().unwrap();
    });
    assert_eq!(push.statistics().dropped, 1);
}

#[test]
fn a_publisher_lets_peers_subscribe_to_as_much_as_it_is_told_now() {
    let context = context();
    let xpub = context.xpub();
    let events = xpub.monitor();
    xpub.bind(HERE).unwrap();
    let subscriber = context.subscriber();
    subscriber.subscribe("a").unwrap();
    subscriber.connect(HERE).unwrap();
    assert_eq!(xpub.recv().unwrap(), "\x01a");
    xpub.set_options(|options| options.max_subscriptions = 1).unwrap();
    subscriber.subscribe("b").unwrap();
    let why = await_event(&events, |event| match event {
        Event::Disconnected { why, .. } => Some(why.clone()),
        _ => None,
    });
    assert!(matches!(why, Lost::MaxSubscriptions(1)), "{why}");
}

#[test]
fn an_option_that_cannot_be_changed_is_named_and_none_is_changed() {
    type Change = fn(&mut Options);
    let changes: [(&str, Change); 7] = [
        ("conflate", |options| options.conflate = true),
        ("rcvhwm_bytes", |options| options.rcvhwm_bytes = 1),
        ("socket_sndhwm", |options| options.socket_sndhwm = 1),
        ("socket_sndhwm_bytes", |options| options.socket_sndhwm_bytes = 1),
        ("socket_rcvhwm", |options| options.socket_rcvhwm = 1),
        ("socket_rcvhwm_bytes", |options| options.socket_rcvhwm_bytes = 1),
        ("durable", |options| options.durable = Some(Durable::default())),
    ];
    let push = context().push();
    for (name, change) in changes {
        let error = push.set_options(|options| {
            options.sndhwm = 7;
            change(options);
        });
        assert_eq!(error, Err(OptionError::Fixed { option: name }));
        assert_eq!(push.options().sndhwm, 1000);
    }
}

#[test]
fn threads_that_change_options_together_lose_no_change() {
    let push = context().push();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..100).for_each(|_| push.set_options(|options| options.sndhwm += 1).unwrap()));
        }
    });
    assert_eq!(push.options().sndhwm, 1400);
}

#[test]
fn a_change_that_panics_changes_nothing_and_others_may_follow() {
    let push = context().push();
    let change = |options: &mut Options| {
        options.sndhwm = 1;
        panic!("in the middle");
    };
    assert!(thread::scope(|scope| scope.spawn(|| push.set_options(change)).join()).is_err());
    assert_eq!(push.options().sndhwm, 1000);
    push.set_options(|options| options.sndhwm = 2).unwrap();
    assert_eq!(push.options().sndhwm, 2);
}
