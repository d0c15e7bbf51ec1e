//! Peers that are kept while they are away. The first tests are the Guide's, "(Semi-)Durable Subscribers": what its durasub prints.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use crate::common::{PATIENCE, await_event, context, disconnected, handshake, options, raw};
use zmtp_std::{
    BindError, Context, Durable, Endpoint, Event, Forgotten, Lost, Message, Monitor, OptionError, Options,
    Pub, Sub, Unsent, XPub,
};

pub(crate) fn durable() -> Options {
    // What a test leaves undelivered is not waited for.
    Options { durable: Some(Durable::default()), linger: Some(Duration::ZERO), ..options() }
}

pub(crate) fn named(name: &'static str) -> Context {
    context().with(Options { routing_id: name.into(), linger: Some(Duration::ZERO), ..options() })
}

fn subscriber(name: &'static str, endpoint: &Endpoint, topic: &str) -> Sub {
    crate::common::subscriber(&named(name), endpoint, topic)
}

/// A peer is there, and away.
pub(crate) fn come_and_go<S>(monitor: &Monitor, peer: S) {
    await_event(monitor, handshake);
    drop(peer);
    await_event(monitor, disconnected);
}

pub(crate) fn forgotten(event: &Event) -> Option<(String, Forgotten, u64)> {
    match event {
        Event::PeerForgotten { routing_id, why, dropped } => {
            Some((routing_id.escape_ascii().to_string(), *why, *dropped))
        }
        _ => None,
    }
}

/// The Guide's durapub, whose updates leave when the test says so, and one durasub after the other.
pub(crate) struct Durapub {
    pub(crate) publisher: Pub,
    monitor: Monitor,
    endpoint: Endpoint,
    next: usize,
}

impl Durapub {
    pub(crate) fn new(options: Options) -> Self {
        let publisher = context().with(options).publisher();
        let monitor = publisher.monitor();
        let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
        Self { publisher, monitor, endpoint, next: 0 }
    }

    /// A durasub that has subscribed.
    pub(crate) fn durasub(&self, name: &'static str) -> Sub {
        let subscriber = subscriber(name, &self.endpoint, "");
        await_event(&self.monitor, handshake);
        self.publisher.wait_for_subscribers(1).unwrap();
        subscriber
    }

    /// Ten updates, and the end.
    pub(crate) fn publish(&mut self) {
        let text = if self.next < 10 { format!("Update {}", self.next) } else { "END".to_owned() };
        self.publisher.send(text).unwrap();
        self.next += 1;
    }

    /// What a durasub prints until it is interrupted: so many updates that wait, and so many that come while it is there.
    pub(crate) fn output(&mut self, subscriber: &Sub, waiting: usize, coming: usize) -> Vec<String> {
        let line = || subscriber.recv().unwrap().to_text();
        let mut lines: Vec<_> = (0..waiting).map(|_| line()).collect();
        for _ in 0..coming {
            self.all_is_out();
            self.publish();
            lines.push(line());
        }
        lines
    }

    /// Nothing counts against a mark any more: a subscriber may have a message before its publisher knows that it is out.
    fn all_is_out(&self) {
        let since = Instant::now();
        while self.publisher.statistics().to_send.messages > 0 {
            assert!(since.elapsed() < PATIENCE, "{:?}", self.publisher.statistics());
            std::thread::yield_now();
        }
    }

    pub(crate) fn interrupt(&self, subscriber: Sub) {
        drop(subscriber);
        await_event(&self.monitor, disconnected);
    }
}

pub(crate) fn updates(numbers: impl IntoIterator<Item = usize>, end: &[&str]) -> Vec<String> {
    let updates = numbers.into_iter().map(|number| format!("Update {number}"));
    updates.chain(end.iter().map(|line| (*line).to_owned())).collect()
}

#[test]
fn z13_010_a_subscriber_with_a_name_misses_nothing_however_often_it_is_interrupted() {
    let mut durapub = Durapub::new(durable());
    let first = durapub.durasub("Hello");
    assert_eq!(durapub.output(&first, 0, 3), updates(0..3, &[]));
    durapub.interrupt(first);
    durapub.publish();
    durapub.publish();
    let second = durapub.durasub("Hello");
    assert_eq!(durapub.output(&second, 2, 3), updates(3..8, &[]));
    durapub.interrupt(second);
    durapub.publish();
    let third = durapub.durasub("Hello");
    assert_eq!(durapub.output(&third, 1, 2), updates(8..10, &["END"]));
    assert_eq!(durapub.publisher.dropped(), 0);
}

#[test]
fn z13_010_without_a_name_what_is_published_meanwhile_is_missed() {
    let mut durapub = Durapub::new(durable());
    let first = durapub.durasub("");
    assert_eq!(durapub.output(&first, 0, 3), updates(0..3, &[]));
    durapub.interrupt(first);
    durapub.publish();
    durapub.publish();
    let second = durapub.durasub("");
    assert_eq!(durapub.output(&second, 0, 3), updates(5..8, &[]));
    durapub.interrupt(second);
    durapub.publish();
    let third = durapub.durasub("");
    assert_eq!(durapub.output(&third, 0, 2), updates([9], &["END"]));
}

#[test]
fn z13_010_nothing_is_kept_unless_the_option_says_so() {
    let mut durapub = Durapub::new(options());
    let first = durapub.durasub("Hello");
    assert_eq!(durapub.output(&first, 0, 3), updates(0..3, &[]));
    durapub.interrupt(first);
    assert_eq!(durapub.publisher.subscribers(), 0);
    durapub.publish();
    let second = durapub.durasub("Hello");
    assert_eq!(durapub.output(&second, 0, 1), updates([4], &[]));
}

#[test]
fn z13_010_with_a_mark_of_two_the_first_two_wait_and_the_rest_is_dropped_and_counted() {
    let mut durapub = Durapub::new(Options { sndhwm: 2, ..durable() });
    let first = durapub.durasub("Hello");
    assert_eq!(durapub.output(&first, 0, 2), updates(0..2, &[]));
    durapub.interrupt(first);
    (2..7).for_each(|_| durapub.publish());
    assert_eq!(durapub.publisher.dropped(), 3);
    let second = durapub.durasub("Hello");
    assert_eq!(durapub.output(&second, 2, 4), updates([2, 3, 7, 8, 9], &["END"]));
    assert_eq!(durapub.publisher.dropped(), 3);
}

#[test]
fn what_is_newer_takes_the_place_of_what_waits_if_so_wanted_and_nobody_is_too_slow_who_is_away() {
    use zmtp_std::SlowSubscriber::{Disconnect, DropOldest};
    for (slow_subscriber, waits) in [(DropOldest, 3..5), (Disconnect, 1..3)] {
        let mut durapub = Durapub::new(Options { sndhwm: 2, slow_subscriber, ..durable() });
        let first = durapub.durasub("Hello");
        assert_eq!(durapub.output(&first, 0, 1), updates(0..1, &[]));
        durapub.interrupt(first);
        (1..5).for_each(|_| durapub.publish());
        assert_eq!(durapub.publisher.dropped(), 2);
        let second = durapub.durasub("Hello");
        assert_eq!(durapub.output(&second, 2, 1), updates(waits.chain([5]), &[]));
    }
}

#[test]
fn with_no_drop_a_publisher_waits_for_a_peer_that_is_away_and_the_message_comes_back() {
    let mut durapub = Durapub::new(Options { sndhwm: 1, xpub_nodrop: true, ..durable() });
    let first = durapub.durasub("Hello");
    durapub.interrupt(first);
    durapub.publish();
    assert_eq!(durapub.publisher.try_send("Update 1").unwrap_err().why, Unsent::WouldBlock);
    let second = durapub.durasub("Hello");
    assert_eq!(durapub.output(&second, 1, 1), updates(0..2, &[]));
}

#[test]
fn z13_010_a_peer_of_zmtp_1_is_kept_by_the_name_it_has_always_sent() {
    let publisher = context().with(durable()).publisher();
    let monitor = publisher.monitor();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    let arrive = || {
        let mut stream = raw(&endpoint);
        stream.write_all(b"\x06\0Hello").unwrap();
        let mut greeting = [0; 10];
        stream.read_exact(&mut greeting).unwrap();
        await_event(&monitor, handshake);
        stream
    };
    let expect = |stream: &mut std::net::TcpStream, frame: &[u8]| {
        let mut octets = vec![0; frame.len()];
        stream.read_exact(&mut octets).unwrap();
        assert_eq!(octets, frame);
    };
    let mut stream = arrive();
    publisher.wait_for_subscribers(1).unwrap();
    publisher.send("a").unwrap();
    expect(&mut stream, b"\x02\0a");
    drop(stream);
    await_event(&monitor, disconnected);
    publisher.send("b").unwrap();
    expect(&mut arrive(), b"\x02\0b");
}

#[test]
fn without_a_mark_nobody_can_come_and_the_error_says_what_to_set() {
    let publisher = context().with(Options { sndhwm: 0, ..durable() }).publisher();
    let error = publisher.bind("tcp://127.0.0.1:*").unwrap_err();
    assert!(matches!(error, BindError::NoHighWaterMark));
    assert_eq!(error.to_string(), "cannot bind: what waits for durable peers needs a bound; set sndhwm");
    publisher.set_options(|options| options.sndhwm = 1).unwrap();
    publisher.bind("tcp://127.0.0.1:*").unwrap();
    let error = publisher.set_options(|options| options.sndhwm = 0).unwrap_err();
    assert_eq!(error, OptionError::NoHighWaterMark);
    publisher.bind("tcp://127.0.0.1:*").expect("the mark is as it was");
}

#[test]
fn a_subscription_is_shown_once_while_its_peer_comes_and_goes_and_its_end_when_it_is_forgotten() {
    let absence = Some(Duration::from_millis(20));
    let publisher = context()
        .with(Options { durable: Some(Durable { absence, ..Durable::default() }), ..durable() })
        .xpub();
    let monitor = publisher.monitor();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    let subscriber = subscriber("Hello", &endpoint, "weather");
    assert_eq!(publisher.recv().unwrap(), "\u{1}weather");
    drop(subscriber);
    await_event(&monitor, disconnected);
    assert_eq!(await_event(&monitor, forgotten), ("Hello".to_owned(), Forgotten::TooLong, 0));
    assert_eq!(publisher.recv().unwrap(), "\0weather");
    assert_eq!(publisher.subscribers(), 0);
}

/// What an XPUB is told until the topic `end` is subscribed to, which this does.
fn shown(publisher: &XPub, endpoint: &Endpoint) -> Vec<String> {
    let _last = crate::common::subscriber(&context(), endpoint, "end");
    let all = std::iter::from_fn(|| Some(publisher.recv().unwrap().to_text()));
    all.take_while(|shown| shown != "\u{1}end").collect()
}

#[test]
fn what_a_peer_does_not_subscribe_to_again_ends_with_its_next_connection() {
    let publisher = context().with(durable()).xpub();
    let monitor = publisher.monitor();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    for topic in ["old", "new"] {
        let subscriber = subscriber("Hello", &endpoint, topic);
        await_event(&monitor, handshake);
        assert_eq!(publisher.recv().unwrap(), format!("\u{1}{topic}"));
        drop(subscriber);
        await_event(&monitor, disconnected);
    }
    assert_eq!(shown(&publisher, &endpoint), ["\0old"]);
    publisher.send("old news").unwrap();
    publisher.send("new news").unwrap();
    let subscriber = subscriber("Hello", &endpoint, "");
    assert_eq!(subscriber.recv().unwrap(), "new news");
}

#[test]
fn more_peers_than_are_kept_are_forgotten_and_told_and_the_first_are_not_disturbed() {
    let durable_peers = Some(Durable { peers: 1, ..Durable::default() });
    let mut durapub = Durapub::new(Options { durable: durable_peers, ..durable() });
    for name in ["first", "second"] {
        let subscriber = durapub.durasub(name);
        durapub.interrupt(subscriber);
        durapub.publish();
    }
    drop(durapub.monitor);
    let monitor = durapub.publisher.monitor();
    assert_eq!(durapub.publisher.subscribers(), 1);
    let third = subscriber("third", &durapub.endpoint, "");
    await_event(&monitor, handshake);
    drop(third);
    let event = await_event(&monitor, |event| forgotten(event).map(|told| (told, event.to_string())));
    assert_eq!(event.0, ("third".to_owned(), Forgotten::TooMany, 0));
    assert_eq!(
        event.1,
        "forgot the durable peer \"third\": as many are away as durable.peers allows; 0 messages dropped"
    );
    let first = subscriber("first", &durapub.endpoint, "");
    for number in 0..2 {
        assert_eq!(first.recv().unwrap(), format!("Update {number}"));
    }
}

#[test]
fn a_second_peer_of_a_name_is_refused_while_the_first_is_there() {
    let durapub = Durapub::new(durable());
    let first = durapub.durasub("Hello");
    let _second = subscriber("Hello", &durapub.endpoint, "");
    let refused = |event: &Event| {
        matches!(event, Event::HandshakeFailed { why: Lost::RoutingIdTaken(name), .. } if name == "Hello")
            .then_some(())
    };
    await_event(&durapub.monitor, refused);
    durapub.publisher.send("for the first").unwrap();
    assert_eq!(first.recv().unwrap(), "for the first");
}

#[test]
fn with_handover_the_second_peer_of_a_name_gets_what_waits_for_the_first() {
    let mut durapub = Durapub::new(Options { router_handover: true, sndbuf: Some(64 << 10), ..durable() });
    let mut silent = raw(&durapub.endpoint);
    // It subscribes, and does not read.
    silent.write_all(&zmtp_core::testing::hello("SUB")[..64]).unwrap();
    silent
        .write_all(b"\x04\x2B\x05READY\x0BSocket-Type\0\0\0\x03SUB\x08Identity\0\0\0\x05Hello\x00\x01\x01")
        .unwrap();
    durapub.publisher.wait_for_subscribers(1).unwrap();
    let large = vec![0; 8 << 20];
    for _ in 0..4 {
        durapub.publisher.send(large.clone()).unwrap();
    }
    durapub.next = 9;
    durapub.publish();
    let second = subscriber("Hello", &durapub.endpoint, "");
    let handed_over = |event: &Event| {
        matches!(event, Event::Disconnected { why: Lost::HandedOver, dropped: 0, .. }).then_some(())
    };
    await_event(&durapub.monitor, handed_over);
    // What the system had not taken of the first connection, whole, and then the rest.
    let mut received: Vec<Message> = Vec::new();
    while received.last().is_none_or(|last| *last != "Update 9") {
        received.push(second.recv_timeout(PATIENCE).unwrap());
    }
    assert!(received.len() > 1);
    assert!(received[..received.len() - 1].iter().all(|message| *message == large[..]));
}

#[test]
fn a_peer_may_come_back_to_another_endpoint_of_the_socket() {
    let mut durapub = Durapub::new(durable());
    let first = durapub.durasub("Hello");
    durapub.interrupt(first);
    durapub.publisher.unbind(&durapub.endpoint).unwrap();
    durapub.publish();
    durapub.endpoint = durapub.publisher.bind("tcp://127.0.0.1:*").unwrap();
    let second = durapub.durasub("Hello");
    assert_eq!(durapub.output(&second, 1, 1), updates(0..2, &[]));
}

#[test]
fn peers_are_kept_over_inproc_as_well() {
    let here = context();
    let publisher = here.with(durable()).publisher();
    publisher.bind("inproc://durable").unwrap();
    let monitor = publisher.monitor();
    let named = here.with(Options { routing_id: "Hello".into(), ..options() });
    let first = crate::common::subscriber(&named, &"inproc://durable".parse().unwrap(), "");
    publisher.send("0").unwrap();
    assert_eq!(first.recv().unwrap(), "0");
    drop(first);
    await_event(&monitor, disconnected);
    publisher.send("1").unwrap();
    let second = crate::common::subscriber(&named, &"inproc://durable".parse().unwrap(), "");
    publisher.send("2").unwrap();
    for text in ["1", "2"] {
        assert_eq!(second.recv().unwrap(), text);
    }
}
