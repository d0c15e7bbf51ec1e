//! What is beyond the mark of a durable peer waits in a file.

use std::io::{Read, Write};
use std::time::Duration;

use crate::common::{PATIENCE, options, raw};
use crate::durable::{Durapub, come_and_go, updates};
use crate::durable_senders::puller;
use zmtp_std::{BindError, Context, Durable, Options, Swap, Unsent};

const SIZE: usize = 100_000;

fn swapping(sndhwm: u32, octets: u64) -> Options {
    let swap = Some(Swap { octets, ..Swap::default() });
    Options {
        sndhwm,
        durable: Some(Durable { swap, ..Durable::default() }),
        linger: Some(Duration::ZERO),
        ..options()
    }
}

fn numbered(number: u32) -> Vec<u8> {
    let mut body = vec![0; SIZE];
    body[..4].copy_from_slice(&number.to_be_bytes());
    body
}

#[test]
fn z13_010_with_a_mark_of_one_and_a_swap_file_nothing_is_missed() {
    let mut durapub = Durapub::new(swapping(1, 25_000_000));
    let first = durapub.durasub("Hello");
    assert_eq!(durapub.output(&first, 0, 3), updates(0..3, &[]));
    durapub.interrupt(first);
    (3..6).for_each(|_| durapub.publish());
    let second = durapub.durasub("Hello");
    assert_eq!(durapub.output(&second, 3, 2), updates(3..8, &[]));
    durapub.interrupt(second);
    (8..11).for_each(|_| durapub.publish());
    let third = durapub.durasub("Hello");
    assert_eq!(durapub.output(&third, 3, 0), updates(8..10, &["END"]));
    assert_eq!(durapub.publisher.dropped(), 0);
}

#[test]
fn far_more_than_is_kept_in_memory_comes_back_in_order_and_whole() {
    let push = Context::new().with(swapping(2, 64_000_000)).push();
    let monitor = push.monitor();
    let endpoint = push.bind("tcp://127.0.0.1:*").unwrap();
    come_and_go(&monitor, puller("worker", &endpoint));
    for number in 0..300 {
        push.send(numbered(number)).unwrap();
    }
    let worker = puller("worker", &endpoint);
    for number in 0..300 {
        assert!(worker.recv().unwrap() == numbered(number)[..], "{number}");
        if number == 100 {
            push.send(numbered(300)).unwrap();
        }
    }
    assert!(worker.recv().unwrap() == numbered(300)[..]);
}

#[test]
fn a_full_file_is_as_a_full_queue_and_what_waits_in_it_is_counted_when_the_socket_closes() {
    // Ten messages fit, as each counts 16 octets beside its parts.
    let push = Context::new().with(swapping(2, 10 * (SIZE as u64 + 16))).push();
    let monitor = push.monitor();
    let endpoint = push.bind("tcp://127.0.0.1:*").unwrap();
    come_and_go(&monitor, puller("worker", &endpoint));
    for number in 0..12 {
        push.send(numbered(number)).unwrap();
    }
    assert_eq!(push.try_send(numbered(12)).unwrap_err().why, Unsent::WouldBlock);
    let worker = puller("worker", &endpoint);
    for number in 0..12 {
        assert!(worker.recv().unwrap() == numbered(number)[..], "{number}");
    }
    push.send(numbered(12)).unwrap();
    assert!(worker.recv().unwrap() == numbered(12)[..]);
    drop(worker);
    crate::common::await_event(&monitor, crate::common::disconnected);
    for number in 0..12 {
        push.send(numbered(number)).unwrap();
    }
    assert_eq!(push.close(PATIENCE).undelivered, 12);
}

#[test]
fn a_peer_that_is_there_and_does_not_read_finds_all_in_order_when_it_does() {
    let publisher = Context::new().with(Options { xpub_nodrop: true, ..swapping(2, 64_000_000) }).publisher();
    let mut stream = raw(&publisher.bind("tcp://127.0.0.1:*").unwrap());
    stream.write_all(&zmtp_core::testing::hello("SUB")[..64]).unwrap();
    let ready = b"\x04\x2B\x05READY\x0BSocket-Type\0\0\0\x03SUB\x08Identity\0\0\0\x05Hello\x00\x01\x01";
    stream.write_all(ready).unwrap();
    let mut hello = vec![0; zmtp_core::testing::hello("PUB").len()];
    stream.read_exact(&mut hello).unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    for number in 0..200 {
        publisher.send(numbered(number)).unwrap();
    }
    for number in 0..200 {
        let mut frame = vec![0; 9 + SIZE];
        stream.read_exact(&mut frame).unwrap();
        assert!(frame[9..] == numbered(number)[..], "{number}");
    }
    assert_eq!(publisher.dropped(), 0);
}

#[test]
fn without_its_folder_a_socket_is_not_bound_and_the_error_says_where_it_was_looked_for() {
    let swap = Some(Swap { folder: "/nowhere/at/all".into(), ..Swap::default() });
    let durable = Some(Durable { swap, ..Durable::default() });
    let publisher = Context::new().with(Options { durable, ..options() }).publisher();
    let error = publisher.bind("tcp://127.0.0.1:*").unwrap_err();
    assert!(matches!(error, BindError::Swap { .. }));
    assert!(error.to_string().starts_with("cannot bind: no swap file in /nowhere/at/all: "), "{error}");
}
