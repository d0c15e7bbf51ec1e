//! Floods against real sockets: memory stays bounded, nobody is starved, and nothing comes through in part.

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use common::attacked::{Attacked, within};
use common::{await_event, context, disconnected, handshake, hello, options, raw, shake_hands};
use zmtp_std::{Endpoint, Event, Options};

const MIB: usize = 1 << 20;
/// What buffers of the system's and of ours may take, and what an allocator keeps.
const SLACK: usize = 32 * MIB;

/// Connections that say nothing, and ones that say half a greeting.
fn besiege(endpoint: &Endpoint, count: usize) -> Vec<TcpStream> {
    let mut streams: Vec<_> = (0..count).map(|_| raw(endpoint)).collect();
    for (at, stream) in streams.iter_mut().enumerate() {
        // The beginning of the socket's greeting shows that it was accepted.
        stream.read_exact(&mut [0; 10]).unwrap();
        stream.write_all(&hello("PULL")[..at % 64]).unwrap();
    }
    streams
}

#[test]
fn cve_2020_15166_silent_connections_take_nothing_from_the_peers_of_a_push() {
    within(SLACK, || {
        let context = context();
        let push = context.push();
        let monitor = push.monitor();
        let endpoint = push.bind("tcp://127.0.0.1:*").unwrap();
        let _silent = besiege(&endpoint, 200);
        let pull = context.pull();
        pull.connect(&endpoint).unwrap();
        await_event(&monitor, handshake);
        for number in 0..1000 {
            push.send(number.to_string()).unwrap();
            assert_eq!(pull.recv().unwrap(), number.to_string());
        }
    });
}

#[test]
fn cve_2020_15166_silent_connections_take_nothing_from_the_subscribers_of_a_pub() {
    within(SLACK, || {
        let context = context();
        let publisher = context.publisher();
        let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
        let _silent = besiege(&endpoint, 200);
        let subscriber = context.subscriber();
        subscriber.subscribe("").unwrap();
        subscriber.connect(&endpoint).unwrap();
        publisher.wait_for_subscribers(1).unwrap();
        for number in 0..1000 {
            publisher.send(number.to_string()).unwrap();
            assert_eq!(subscriber.recv().unwrap(), number.to_string());
        }
    });
}

#[test]
fn cve_2020_15166_silent_connections_take_nothing_from_the_clients_of_a_rep() {
    within(SLACK, || {
        let context = context();
        let rep = context.rep();
        let endpoint = rep.bind("tcp://127.0.0.1:*").unwrap();
        let _silent = besiege(&endpoint, 200);
        let req = context.req();
        req.connect(&endpoint).unwrap();
        for number in 0..200 {
            req.send(number.to_string()).unwrap();
            rep.send(rep.recv().unwrap()).unwrap();
            assert_eq!(req.recv().unwrap(), number.to_string());
        }
    });
}

#[test]
fn cve_2021_20236_large_topics_subscribed_and_cancelled_leave_nothing_behind() {
    within(SLACK, || {
        let context = context();
        let publisher = context.publisher();
        let monitor = publisher.monitor();
        let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
        let good = context.subscriber();
        good.subscribe("good").unwrap();
        good.connect(&endpoint).unwrap();
        publisher.wait_for_subscribers(1).unwrap();
        // As large as a subscription may be; one octet more ends the connection, as 16 MiB do, of which one is sent.
        for (len, borne) in [(4096, true), (4097, false), (16 * MIB, false)] {
            let mut stream = raw(&endpoint);
            shake_hands(&mut stream, "SUB", "PUB");
            for first in [1, 0] {
                let head = [&[2], &(len as u64 + 1).to_be_bytes()[..], &[first]].concat();
                // The publisher may be gone before all of it is written.
                let _ = stream.write_all(&[&head, &vec![b't'; len.min(MIB)][..]].concat());
            }
            if borne {
                stream.write_all(b"\x04\x07\x04PING\0\0").unwrap();
                stream.read_exact(&mut [0; 7]).unwrap();
            }
            drop(stream);
            await_event(&monitor, disconnected);
        }
        publisher.send("good news").unwrap();
        assert_eq!(good.recv().unwrap(), "good news");
    });
}

#[test]
fn cve_2021_20236_topics_nested_in_each_other_are_matched_and_removed_without_recursion() {
    within(64 * MIB, || {
        let context = context();
        let publisher = context.publisher();
        let monitor = publisher.monitor();
        let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
        let mut stream = raw(&endpoint);
        shake_hands(&mut stream, "SUB", "PUB");
        for len in 0..4000u16 {
            let head = [&[2], &u64::from(len + 1).to_be_bytes()[..], &[1]].concat();
            stream.write_all(&[&head, &vec![b'n'; len.into()][..]].concat()).unwrap();
        }
        stream.write_all(b"\x04\x07\x04PING\0\0").unwrap();
        stream.read_exact(&mut [0; 7]).unwrap();
        publisher.send("n".repeat(5000)).unwrap();
        let mut message = [0; 5009];
        stream.read_exact(&mut message).unwrap();
        assert_eq!(message[9..], [b'n'; 5000], "once, however many of its topics match");
        drop(stream);
        await_event(&monitor, disconnected);
        let good = context.subscriber();
        good.subscribe("n").unwrap();
        good.connect(&endpoint).unwrap();
        publisher.wait_for_subscribers(1).unwrap();
        publisher.send("news").unwrap();
        assert_eq!(good.recv().unwrap(), "news");
    });
}

#[test]
fn cve_2021_20237_a_million_messages_to_a_pub_are_dropped() {
    within(SLACK, || {
        let context = context();
        let publisher = context.publisher();
        let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
        let good = context.subscriber();
        good.subscribe("").unwrap();
        good.connect(&endpoint).unwrap();
        publisher.wait_for_subscribers(1).unwrap();
        let mut stream = raw(&endpoint);
        shake_hands(&mut stream, "SUB", "PUB");
        let thousand = b"\0\x08unwanted".repeat(1000);
        for _ in 0..1000 {
            stream.write_all(&thousand).unwrap();
        }
        stream.write_all(b"\x04\x07\x04PING\0\0").unwrap();
        stream.read_exact(&mut [0; 7]).unwrap();
        publisher.send("still here").unwrap();
        assert_eq!(good.recv().unwrap(), "still here");
    });
}

#[test]
fn cve_2021_20234_peers_that_leave_in_the_middle_of_a_message_leave_nothing_of_it() {
    within(SLACK, || {
        let mut attacked = Attacked::new();
        let part = [&b"\x01\x40"[..], &[0x41; 64]].concat();
        for _ in 0..500 {
            let mut stream = attacked.stream();
            shake_hands(&mut stream, "PUSH", "PULL");
            stream.write_all(&part).unwrap();
            drop(stream);
            await_event(&attacked.monitor, disconnected);
        }
        attacked.serves();
    });
}

#[test]
fn cve_2021_20234_a_server_that_leaves_in_the_middle_of_a_message_leaves_nothing_of_it() {
    within(SLACK, || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let context = context();
        let pull =
            context.with(Options { reconnect_ivl: Some(Duration::from_millis(1)), ..options() }).pull();
        let monitor = pull.monitor();
        pull.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
        for _ in 0..100 {
            let (mut stream, _) = listener.accept().unwrap();
            shake_hands(&mut stream, "PUSH", "PULL");
            stream.write_all(&[&b"\x01\x40"[..], &[0x41; 64]].concat()).unwrap();
            drop(stream);
            await_event(&monitor, disconnected);
        }
        let (mut stream, _) = listener.accept().unwrap();
        shake_hands(&mut stream, "PUSH", "PULL");
        stream.write_all(b"\0\x05whole").unwrap();
        assert_eq!(pull.recv().unwrap(), "whole");
    });
}

#[test]
fn a_size_that_is_only_claimed_takes_no_memory() {
    within(SLACK, || {
        // No limit on the size of a message, as is the default.
        let mut attacked = Attacked::with(options());
        let mut streams = Vec::new();
        for _ in 0..20 {
            let mut stream = attacked.stream();
            shake_hands(&mut stream, "PUSH", "PULL");
            stream.write_all(&[&[2], &(1u64 << 40).to_be_bytes()[..], &[0x41; 1000]].concat()).unwrap();
            streams.push(stream);
        }
        attacked.serves();
        drop(streams);
        for _ in 0..20 {
            await_event(&attacked.monitor, |event| matches!(event, Event::Disconnected { .. }).then_some(()));
        }
        attacked.serves();
    });
}

#[test]
fn a_flood_of_pings_is_answered_one_by_one_and_stores_nothing() {
    within(SLACK, || {
        // Without a limit of them; with one, it ends the connection.
        let mut attacked = Attacked::with(Options { max_pings: u16::MAX, ..options() });
        let mut stream = attacked.established();
        let hundred = b"\x04\x07\x04PING\0\0".repeat(100);
        let mut pongs = [0; 700];
        for _ in 0..200 {
            stream.write_all(&hundred).unwrap();
            stream.read_exact(&mut pongs).unwrap();
            assert!(pongs.chunks(7).all(|pong| pong == b"\x04\x05\x04PONG"));
        }
        attacked.serves();
    });
}

#[test]
fn more_subscriptions_than_messages_may_wait_are_all_read() {
    within(SLACK, || {
        let context = context();
        let publisher = context.with(Options { rcvhwm: 10, ..options() }).publisher();
        let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
        let mut stream = raw(&endpoint);
        shake_hands(&mut stream, "SUB", "PUB");
        for number in 0..100 {
            stream.write_all(format!("\0\x04\x01{number:03}").as_bytes()).unwrap();
            stream.write_all(format!("\x04\x0D\x09SUBSCRIBE{number:03}").as_bytes()).unwrap();
        }
        stream.write_all(b"\x04\x07\x04PING\0\0").unwrap();
        stream.read_exact(&mut [0; 7]).unwrap();
        publisher.send("099").unwrap();
        let mut message = [0; 5];
        stream.read_exact(&mut message).unwrap();
        assert_eq!(&message, b"\0\x03099");
    });
}
