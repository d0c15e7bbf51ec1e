//! CONFLATE: of what waits the newest message alone, whole, in both directions.

use std::io::{Read, Write};
use std::time::Duration;

use crate::common::{await_event, context, free_endpoint, handshake, options, raw, shake_hands};
use zmtp_std::{Context, Message, Options, RecvError, Unsent};

fn conflating() -> Context {
    context().with(Options { conflate: true, sndhwm: 1, rcvhwm: 1, ..options() })
}

#[test]
fn api_011_who_connects_sends_the_newest_message_with_all_its_parts() {
    let context = conflating();
    for push in [true, false] {
        let endpoint = free_endpoint();
        let send: Box<dyn Fn(Message)> = if push {
            let push = context.push();
            push.connect(&endpoint).unwrap();
            Box::new(move |message| push.send(message).unwrap())
        } else {
            let dealer = context.dealer();
            dealer.connect(&endpoint).unwrap();
            Box::new(move |message| dealer.send(message).unwrap())
        };
        for number in 0..10 {
            send(Message::from([number.to_string(), "whole".into()]));
        }
        // Neither of these conflates.
        let plain = context.with(options());
        let received = if push {
            let pull = plain.pull();
            pull.bind(&endpoint).unwrap();
            pull.recv()
        } else {
            let dealer = plain.dealer();
            dealer.bind(&endpoint).unwrap();
            dealer.recv()
        };
        assert_eq!(received.unwrap(), Message::from(["9", "whole"]));
    }
}

#[test]
fn api_011_who_receives_finds_the_newest_message_of_each_peer_and_no_other() {
    let pull = conflating().pull();
    let monitor = pull.monitor();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut peers: Vec<_> = (0..2)
        .map(|_| {
            let mut stream = raw(&endpoint);
            shake_hands(&mut stream, "PUSH", "PULL");
            await_event(&monitor, handshake);
            stream
        })
        .collect();
    for _ in 0..2 {
        for (peer, stream) in peers.iter_mut().enumerate() {
            for part in 0..3 {
                // The mark of one message holds nobody up: PONG comes when all before it has been read.
                let last = format!("\0\x01{part}\x01\x03new\0\x02{peer}{part}");
                stream.write_all(&[last.as_bytes(), b"\x04\x07\x04PING\0\0"].concat()).unwrap();
                let mut pong = [0; 7];
                stream.read_exact(&mut pong).unwrap();
                assert_eq!(&pong, b"\x04\x05\x04PONG");
            }
        }
        let mut received = [pull.recv().unwrap(), pull.recv().unwrap()];
        received.sort_by_key(|message| message.part(1).unwrap().to_text());
        assert_eq!(received, [["new", "02"], ["new", "12"]].map(Message::from));
        assert_eq!(pull.try_recv(), Err(RecvError::WouldBlock));
    }
}

#[test]
fn api_011_a_slow_subscriber_gets_the_newest_and_the_publisher_neither_waits_nor_counts() {
    const LARGE: usize = 1 << 20;
    let publisher = conflating().publisher();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    let mut stream = raw(&endpoint);
    shake_hands(&mut stream, "SUB", "PUB");
    stream.write_all(b"\x04\x0A\x09SUBSCRIBE").unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    // Far more than the system buffers.
    for number in 0..=99u8 {
        publisher.send(vec![number; LARGE]).unwrap();
    }
    let (mut received, mut frame) = (Vec::new(), vec![0; 9 + LARGE]);
    while received.last() != Some(&99) {
        stream.read_exact(&mut frame).unwrap();
        assert_eq!(frame[..9], [2, 0, 0, 0, 0, 0, 0x10, 0, 0]);
        assert!(frame[10..].iter().all(|octet| *octet == frame[9]), "a message is whole");
        received.push(frame[9]);
    }
    assert!(received.is_sorted() && received.len() < 100, "{received:?}");
    assert_eq!(publisher.dropped(), 0);
}

#[test]
fn api_011_a_message_over_the_mark_on_octets_comes_back() {
    let options = Options { conflate: true, sndhwm_bytes: 5, linger: Some(Duration::ZERO), ..options() };
    let context = context().with(options);
    let push = context.push();
    push.connect(free_endpoint()).unwrap();
    push.send("12345").unwrap();
    push.send("67890").unwrap();
    let error = push.send("123456").unwrap_err();
    assert_eq!(error.why, Unsent::TooLarge);
    assert!(error.to_string().contains("larger than the mark sndhwm_bytes"), "{error}");
}

#[test]
fn api_011_sockets_that_owe_every_message_do_not_conflate() {
    let (left, right) = (conflating().pair(), context().pair());
    assert!(!left.options().conflate && conflating().push().options().conflate);
    let endpoint = free_endpoint();
    left.connect(&endpoint).unwrap();
    left.send("first").unwrap();
    assert_eq!(left.try_send("second").unwrap_err().why, Unsent::WouldBlock);
    right.bind(&endpoint).unwrap();
    assert_eq!(right.recv().unwrap(), "first");
}
