//! What a publisher does for a subscriber that does not read.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::common::{PATIENCE, await_event, context, handshake, options, raw, shake_hands};
use zmtp_std::{Event, Lost, Options, Pub, SlowSubscriber};

const COUNT: u32 = 300;
/// Far more in all than the buffers of the system hold.
const SIZE: usize = 100_000;
const MARK: u32 = 12;

fn publisher(slow_subscriber: SlowSubscriber) -> Pub {
    context().with(Options { sndhwm: MARK, slow_subscriber, sndbuf: Some(64 << 10), ..options() }).publisher()
}

fn subscribed(publisher: &Pub) -> TcpStream {
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    let before = publisher.subscribers();
    let mut stream = raw(&endpoint);
    shake_hands(&mut stream, "SUB", "PUB");
    stream.write_all(b"\x00\x01\x01").unwrap();
    publisher.wait_for_subscribers(before + 1).unwrap();
    stream
}

fn publish(publisher: &Pub) {
    let mut body = vec![0; SIZE];
    for number in 0..COUNT {
        body[..4].copy_from_slice(&number.to_be_bytes());
        publisher.send(body.clone()).unwrap();
    }
}

/// The numbers of the messages, until those are `all`.
fn numbers(mut stream: TcpStream, all: impl Fn(&[u32]) -> bool) -> Vec<u32> {
    let mut numbers = Vec::new();
    loop {
        let (mut head, mut body) = ([0; 9], vec![0; SIZE]);
        stream.read_exact(&mut head).unwrap();
        assert_eq!(head, [&[2][..], &(SIZE as u64).to_be_bytes()].concat()[..]);
        stream.read_exact(&mut body).unwrap();
        numbers.push(u32::from_be_bytes(body[..4].try_into().unwrap()));
        if all(&numbers) {
            return numbers;
        }
    }
}

#[test]
fn the_oldest_messages_make_room_and_the_newest_all_arrive_whole_and_in_order() {
    let publisher = publisher(SlowSubscriber::DropOldest);
    let stream = subscribed(&publisher);
    publish(&publisher);
    let dropped = publisher.dropped();
    let received = numbers(stream, |numbers| numbers.ends_with(&[COUNT - 1]));
    assert!(received.is_sorted_by(|one, next| one < next), "{received:?}");
    assert_eq!(received.len() as u64 + dropped, u64::from(COUNT), "each is received, or counted");
    assert!(dropped > 0);
    // A quarter of the mark is on its way at most, and one message begun.
    let newest: Vec<u32> = (COUNT - MARK * 3 / 4 + 1..COUNT).collect();
    assert!(received.ends_with(&newest), "{received:?}");
}

#[test]
fn the_newest_messages_are_missed_by_default_and_counted() {
    let publisher = publisher(SlowSubscriber::default());
    let stream = subscribed(&publisher);
    publish(&publisher);
    let dropped = publisher.dropped();
    assert!(dropped > 0);
    // Which ones is up to the system: it takes some over now and then, and makes room for another.
    let kept = COUNT as usize - usize::try_from(dropped).unwrap();
    let received = numbers(stream, |numbers| numbers.len() == kept);
    assert!(received.is_sorted_by(|one, next| one < next), "{received:?}");
    let first: Vec<u32> = (0..MARK).collect();
    assert!(received.starts_with(&first), "{received:?}");
}

#[test]
fn a_subscriber_that_is_too_slow_is_disconnected_with_the_reason_and_a_fast_one_is_not() {
    let publisher = publisher(SlowSubscriber::Disconnect);
    let monitor = publisher.monitor();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    let fast = context().subscriber();
    fast.subscribe("").unwrap();
    fast.connect(&endpoint).unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    let mut stream = subscribed(&publisher);
    for _ in 0..2 {
        await_event(&monitor, handshake);
    }
    for number in 0..COUNT {
        publisher.send(vec![number as u8; SIZE]).unwrap();
        assert_eq!(fast.recv_timeout(PATIENCE).unwrap(), &vec![number as u8; SIZE][..]);
    }
    let why = |event: &Event| match event {
        Event::Disconnected { why, dropped, .. } => {
            Some((why.to_string(), *dropped, matches!(why, Lost::TooSlow)))
        }
        _ => None,
    };
    let (text, dropped, slow) = await_event(&monitor, why);
    assert!(slow, "{text}");
    assert_eq!(text, "the peer is too slow: more messages waited for it than sndhwm allows");
    assert!((1..=u64::from(MARK)).contains(&dropped), "{dropped}");
    assert_eq!(publisher.subscribers(), 1);
    let mut rest = Vec::new();
    // The end of the stream, or a reset: but not silence.
    if let Err(error) = stream.read_to_end(&mut rest) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
}
