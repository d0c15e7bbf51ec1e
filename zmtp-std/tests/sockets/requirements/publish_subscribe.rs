//! RFC 29: PUB and SUB.

use std::io::Read;

use super::{awkward, peer, put};
use crate::common::{context, options};
use zmtp_std::{Options, RecvError};

#[test]
fn z29_004_009_what_subscribers_send_is_consumed_and_they_are_served_on() {
    let context = context();
    let publisher = context.publisher();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    let mut subscriber = peer(&endpoint, "SUB", "PUB");
    put(&mut subscriber, b"\0\x05hello\x01\x01\x01\0\x01A\x04\x0B\x09SUBSCRIBEB\0\0");
    publisher.wait_for_subscribers(1).unwrap();
    assert_eq!(publisher.subscribers(), 1);
    // The message of two parts was none of a subscription.
    publisher.send("A").unwrap();
    publisher.send("B").unwrap();
    let mut message = [0; 3];
    subscriber.read_exact(&mut message).unwrap();
    assert_eq!(&message, b"\0\x01B");
}

#[test]
fn z29_005_what_is_in_a_published_message_is_not_changed() {
    let context = context();
    let (publisher, subscriber) = (context.publisher(), context.subscriber());
    subscriber.subscribe([0, 1, 2]).unwrap();
    subscriber.connect(publisher.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    publisher.send(awkward()).unwrap();
    assert!(subscriber.recv().unwrap() == awkward());
}

#[test]
fn z37_073_the_publisher_sends_only_what_was_asked_for() {
    let context = context();
    let publisher = context.publisher();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    let mut subscriber = peer(&endpoint, "SUB", "PUB");
    put(&mut subscriber, b"\x04\x0B\x09SUBSCRIBEA");
    publisher.wait_for_subscribers(1).unwrap();
    for number in 0..1000 {
        publisher.send(format!("B{number}")).unwrap();
    }
    publisher.send(["A", "B"]).unwrap();
    let mut message = [0; 6];
    subscriber.read_exact(&mut message).unwrap();
    assert_eq!(&message, b"\x01\x01A\0\x01B", "nothing was in front of it");
}

#[test]
fn z29_018_020_messages_are_taken_from_the_publishers_in_turn() {
    let context = context();
    let subscriber = context.subscriber();
    subscriber.subscribe("").unwrap();
    let endpoint = subscriber.bind("tcp://127.0.0.1:*").unwrap();
    let mut publishers: Vec<_> = (0..3).map(|_| peer(&endpoint, "PUB", "SUB")).collect();
    for (name, publisher) in (b'a'..).zip(&mut publishers) {
        // Each is told the subscription; it sends three at once, and a PONG says that they are here.
        publisher.read_exact(&mut [0; 12]).unwrap();
        (0..3).for_each(|_| put(publisher, &[0, 1, name]));
        put(publisher, b"\x04\x07\x04PING\0\0");
        publisher.read_exact(&mut [0; 7]).unwrap();
    }
    for _ in 0..3 {
        let mut round: Vec<String> = (0..3).map(|_| subscriber.recv().unwrap().to_text()).collect();
        round.sort();
        assert_eq!(round, ["a", "b", "c"]);
    }
}

#[test]
fn z29_019_a_subscriber_that_is_full_neither_grows_nor_stops_the_publisher() {
    const COUNT: u32 = 300;
    let context = context();
    let publisher = context.with(Options { sndhwm: 2, ..options() }).publisher();
    let subscriber = context.with(Options { rcvhwm: 2, ..options() }).subscriber();
    subscriber.subscribe("").unwrap();
    subscriber.connect(publisher.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    // More than its queue and the system's buffers hold; nobody receives, and every call returns.
    for number in 0..COUNT {
        publisher.send([number.to_string().into(), vec![0; 100_000]]).unwrap();
    }
    let dropped = publisher.dropped();
    assert!(dropped > 0 && dropped < u64::from(COUNT), "{dropped}");
    let mut received = 0;
    let mut last = None;
    while received < u64::from(COUNT) - dropped {
        let number: u32 = subscriber.recv().unwrap().part(0).unwrap().to_text().parse().unwrap();
        assert!(last < Some(number), "in order");
        last = Some(number);
        received += 1;
    }
}

#[test]
fn z29_023_without_a_subscription_nothing_is_received() {
    let context = context();
    let (publisher, subscriber) = (context.publisher(), context.subscriber());
    subscriber.connect(publisher.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    subscriber.wait_for_peers(1).unwrap();
    publisher.send("before").unwrap();
    assert_eq!(subscriber.try_recv(), Err(RecvError::WouldBlock));
    subscriber.subscribe("").unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    publisher.send("after").unwrap();
    assert_eq!(subscriber.recv().unwrap(), "after");
}

#[test]
fn z29_011_012_an_xpub_drops_for_a_slow_subscriber_alone_and_hears_it_all_the_same() {
    const COUNT: u32 = 300;
    let context = context();
    let xpub = context.with(Options { sndhwm: 10, ..options() }).xpub();
    let endpoint = xpub.bind("tcp://127.0.0.1:*").unwrap();
    let mut slow = peer(&endpoint, "XSUB", "XPUB");
    put(&mut slow, b"\x04\x0A\x09SUBSCRIBE");
    assert_eq!(xpub.recv().unwrap(), "\u{1}");
    let fast = context.subscriber();
    fast.subscribe("a").unwrap();
    fast.connect(&endpoint).unwrap();
    assert_eq!(xpub.recv().unwrap(), "\u{1}a");
    for number in 0..COUNT {
        xpub.send([format!("a{number}").into(), vec![7; 100_000]]).unwrap();
        assert_eq!(*fast.recv().unwrap().part(0).unwrap(), format!("a{number}"));
    }
    xpub.send("b is for those who asked for everything").unwrap();
    assert!(xpub.dropped() > 0 && xpub.dropped() <= u64::from(COUNT) + 1, "{}", xpub.dropped());
    // What goes out waits; what comes in does not.
    put(&mut slow, b"\x04\x0B\x09SUBSCRIBEb\0\x05hello");
    assert_eq!(xpub.recv().unwrap(), "\u{1}b");
    assert_eq!(xpub.recv().unwrap(), "hello");
    assert_eq!(fast.try_recv(), Err(RecvError::WouldBlock));
}

#[test]
fn z29_025_028_an_xsub_takes_what_comes_in_turn_and_sends_while_its_queues_are_full() {
    let context = context();
    let xsub = context.with(Options { rcvhwm: 3, ..options() }).xsub();
    let endpoint = xsub.bind("tcp://127.0.0.1:*").unwrap();
    xsub.send("\u{1}a").unwrap();
    let mut publishers: Vec<_> = (0..3).map(|_| peer(&endpoint, "XPUB", "XSUB")).collect();
    for (name, publisher) in (b'1'..).zip(&mut publishers) {
        publisher.read_exact(&mut [0; 13]).unwrap();
        // As libzmq's, it leaves filtering to who is behind it: the one in the middle was not asked for.
        put(publisher, &[0, 2, b'a', name, 0, 2, b'b', name, 0, 2, b'a', name]);
        put(publisher, b"\x04\x07\x04PING\0\0");
        publisher.read_exact(&mut [0; 7]).unwrap();
        // More than it takes in.
        (0..10).for_each(|_| put(publisher, &[0, 2, b'a', name]));
    }
    xsub.send("to all of you").unwrap();
    for publisher in &mut publishers {
        let mut message = [0; 15];
        publisher.read_exact(&mut message).unwrap();
        assert_eq!(&message, b"\0\x0Dto all of you");
    }
    let sorted = |count: usize| {
        let mut messages: Vec<String> = (0..count).map(|_| xsub.recv().unwrap().to_text()).collect();
        messages.sort();
        messages
    };
    for number in 0..3 {
        assert_eq!(sorted(3), if number == 1 { ["b1", "b2", "b3"] } else { ["a1", "a2", "a3"] });
    }
    // What did not fit comes as soon as it is read, of whomever.
    assert_eq!(sorted(30), [["a1"; 10], ["a2"; 10], ["a3"; 10]].concat());
}
