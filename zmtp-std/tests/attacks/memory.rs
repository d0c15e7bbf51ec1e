//! Floods against real sockets: memory stays bounded, nobody is starved, and nothing comes through in part.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use crate::common::attacked::{Attacked, flood, within};
use crate::common::{
    await_event, context, disconnected, hello, options, raw, read_to_end, shake_hands, subscriber,
};
use zmtp_std::{Event, Lost, Options};

const MIB: usize = 1 << 20;
/// What buffers of the system's and of ours may take, and what an allocator keeps.
const SLACK: usize = 32 * MIB;
/// What a million topics take, which the allocator may keep when they are gone.
const MILLION_TOPICS: usize = 256 * MIB;

#[test]
fn cve_2021_20236_large_topics_subscribed_and_cancelled_leave_nothing_behind() {
    within(SLACK, || {
        let context = context();
        let publisher = context.publisher();
        let monitor = publisher.monitor();
        let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
        let good = subscriber(&context, &endpoint, "good");
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
        let good = subscriber(&context, &endpoint, "n");
        publisher.wait_for_subscribers(1).unwrap();
        publisher.send("news").unwrap();
        assert_eq!(good.recv().unwrap(), "news");
    });
}

/// Subscribes to the words of zeros and ones of up to 19 letters, each of which begins others, from this number on: 2^20 in all.
fn subscribe(stream: &mut TcpStream, words: std::ops::Range<u32>) {
    let mut octets = Vec::new();
    for number in words {
        // The leading one is where the word begins.
        let word = &format!("{:b}", number + 1)[1..];
        octets.extend([0, word.len() as u8 + 1, 1]);
        octets.extend(word.as_bytes());
    }
    // It may be refused before all of it is written.
    let _ = stream.write_all(&octets);
}

#[test]
fn cve_2021_20236_a_million_topics_nested_in_each_other_are_too_many_for_one_peer() {
    within(64 * MIB, || {
        let context = context();
        let publisher = context.publisher();
        let monitor = publisher.monitor();
        let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
        let good = subscriber(&context, &endpoint, "good");
        publisher.wait_for_subscribers(1).unwrap();
        let mut stream = raw(&endpoint);
        shake_hands(&mut stream, "SUB", "PUB");
        subscribe(&mut stream, 0..1 << 20);
        await_event(&monitor, |event| {
            matches!(event, Event::Disconnected { why: Lost::MaxSubscriptions(100_000), .. }).then_some(())
        });
        publisher.send("good news").unwrap();
        assert_eq!(good.recv().unwrap(), "good news");
    });
}

#[test]
fn cve_2021_20236_a_million_topics_nested_in_each_other_of_many_peers_are_matched_and_removed() {
    within(MILLION_TOPICS, || {
        let context = context();
        let publisher = context.publisher();
        let monitor = publisher.monitor();
        let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
        let share = flood(1 << 16, 1 << 13);
        let mut streams: Vec<_> = (0..16).map(|_| raw(&endpoint)).collect();
        for (peer, stream) in (0..).zip(&mut streams) {
            shake_hands(stream, "SUB", "PUB");
            subscribe(stream, peer * share as u32..(peer + 1) * share as u32);
            stream.write_all(b"\x04\x07\x04PING\0\0").unwrap();
            stream.read_exact(&mut [0; 7]).unwrap();
        }
        // All words of ones only: the last of each length. Whoever has one of them gets it once.
        publisher.send("1".repeat(30)).unwrap();
        let mut message = [0; 32];
        streams[0].read_exact(&mut message).unwrap();
        assert_eq!(message[2..], [b'1'; 30]);
        drop(streams);
        (0..16).for_each(|_| await_event(&monitor, disconnected));
        let good = subscriber(&context, &endpoint, "1");
        publisher.wait_for_subscribers(1).unwrap();
        publisher.send("1 is good").unwrap();
        assert_eq!(good.recv().unwrap(), "1 is good");
    });
}

#[test]
fn cve_2021_20237_a_million_messages_to_a_pub_are_dropped() {
    within(SLACK, || {
        let context = context();
        let publisher = context.publisher();
        let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
        let good = subscriber(&context, &endpoint, "");
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
        for _ in 0..flood(1_000, 50) {
            let streams: Vec<_> = (0..100)
                .map(|_| {
                    let mut stream = attacked.stream();
                    stream.write_all(&[&hello("PUSH"), &part[..]].concat()).unwrap();
                    stream.shutdown(Shutdown::Write).unwrap();
                    stream
                })
                .collect();
            for mut stream in streams {
                read_to_end(&mut stream);
                await_event(&attacked.monitor, disconnected);
            }
        }
        attacked.serves();
    });
}

#[test]
fn cve_2021_20234_servers_that_leave_in_the_middle_of_a_message_leave_nothing_of_it() {
    within(SLACK, || {
        let listeners: Vec<_> = (0..10).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let context = context();
        let pull =
            context.with(Options { reconnect_ivl: Some(Duration::from_millis(1)), ..options() }).pull();
        let monitor = pull.monitor();
        for listener in &listeners {
            pull.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
        }
        let accept = |listener: &TcpListener| {
            let (mut stream, _) = listener.accept().unwrap();
            shake_hands(&mut stream, "PUSH", "PULL");
            stream
        };
        for _ in 0..flood(1_000, 50) {
            for listener in &listeners {
                let mut stream = accept(listener);
                stream.write_all(&[&b"\x01\x40"[..], &[0x41; 64]].concat()).unwrap();
            }
            listeners.iter().for_each(|_| await_event(&monitor, disconnected));
        }
        let mut stream = accept(&listeners[0]);
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
