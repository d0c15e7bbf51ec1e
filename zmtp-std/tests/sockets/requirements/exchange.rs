//! RFC 28 and 31: what is left to say of DEALER, ROUTER and PAIR; more is in `dealer_pair.rs` and `router.rs`.

use std::time::Duration;

use super::{awkward, peer, put};
use crate::common::{context, free_endpoint, options};
use zmtp_std::{Closed, Options, Unsent};

#[test]
fn z28_020_a_dealer_whose_outgoing_queue_is_full_receives_all_the_same() {
    let context = context();
    let dealer = context.with(Options { sndhwm: 5, ..options() }).dealer();
    let endpoint = dealer.bind("tcp://127.0.0.1:*").unwrap();
    let mut peer = peer(&endpoint, "DEALER", "DEALER");
    dealer.wait_for_peers(1).unwrap();
    // It does not read.
    let full = |message: Vec<u8>| dealer.send_timeout(message, Duration::from_millis(100)).is_err();
    while !full(vec![7; 1 << 20]) {}
    put(&mut peer, b"\0\x05still");
    assert_eq!(dealer.recv().unwrap(), "still");
    assert_eq!(dealer.try_send("no").unwrap_err().why, Unsent::WouldBlock);
}

#[test]
fn z28_023_z31_005_the_marks_of_dealer_and_pair_are_exact() {
    let context = context().with(Options { sndhwm: 10, ..options() });
    let (dealer, pair) = (context.dealer(), context.pair());
    dealer.connect(free_endpoint()).unwrap();
    pair.connect(free_endpoint()).unwrap();
    assert_eq!((0..100).filter(|_| dealer.try_send("x").is_ok()).count(), 10);
    assert_eq!((0..100).filter(|_| pair.try_send("x").is_ok()).count(), 10);
    assert_eq!(dealer.close(Duration::ZERO), Closed { undelivered: 10 });
    assert_eq!(pair.close(Duration::ZERO), Closed { undelivered: 10 });
}

#[test]
fn z28_019_030_031_z31_003_what_is_in_a_message_is_not_changed() {
    let context = context();
    let (dealer, router) = (context.dealer(), context.router());
    dealer.connect(router.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    dealer.send(awkward()).unwrap();
    let mut message = router.recv().unwrap();
    let routing_id = message.pop_front().unwrap();
    assert!(message == awkward());
    message.push_front(routing_id);
    router.send(message).unwrap();
    assert!(dealer.recv().unwrap() == awkward());

    let (one, other) = (context.pair(), context.pair());
    one.connect(other.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    one.send(awkward()).unwrap();
    assert!(other.recv().unwrap() == awkward());
}
