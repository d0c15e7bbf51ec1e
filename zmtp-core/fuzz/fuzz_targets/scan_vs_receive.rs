//! The fast path against the slow one: `scan` passes over exactly the messages that `receive` would have found.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zmtp_core::mechanism::Null;
use zmtp_core::wire::{FrameHead, FrameKind};
use zmtp_core::{Budget, Config, Limits, SocketType};
use zmtp_core_fuzz::driver::{Driver, Seen};
use zmtp_core_fuzz::{Control, hello};

const LIMITS: Limits = Limits { frame: 100, message: 150, parts: 4, command: 60, ..Limits::new() };

fuzz_target!(|data: &[u8]| {
    let (mut control, mut network) = Control::split(data);
    let version = 3 + control.octet() % 3;
    let driver = || {
        let config = Config { limits: LIMITS, ..Config::new(SocketType::XPub) };
        let mut driver = Driver::new(config, Null);
        driver.feed(&hello(version, "SUB"));
        assert!(driver.connection.is_established());
        driver
    };
    let (mut slow, mut fast) = (driver(), driver());
    slow.feed(network);
    while !network.is_empty() && fast.failure().is_none() {
        let budget = Budget { messages: control.octet().into(), octets: control.size() as u64 * 2 };
        let run = fast.connection.scan(&LIMITS, network, budget, fast.now);
        assert!(run.messages <= budget.messages && run.octets <= budget.octets);
        let (passed, rest) = network.split_at(run.used);
        let (messages, octets) = note(passed, &mut fast.seen);
        assert_eq!((messages, octets), (run.messages, run.octets));
        let (piece, rest) = rest.split_at((control.size() + 1).min(rest.len()));
        fast.feed(piece);
        network = rest;
    }
    assert_eq!(fast.seen, slow.seen);
    assert_eq!((fast.failure(), fast.sent()), (slow.failure(), slow.sent()));
});

/// Writes down the frames in whole messages; returns how many messages, and the octets in their bodies.
fn note(mut passed: &[u8], seen: &mut Vec<Seen>) -> (u64, u64) {
    let (mut messages, mut octets) = (0, 0);
    while !passed.is_empty() {
        let (head, len) = FrameHead::decode(passed).expect("a good head").expect("a whole head");
        let FrameKind::Message { more } = head.kind else { panic!("a command was passed over") };
        let (body, rest) = passed[len..].split_at(head.len as usize);
        seen.push(Seen::Part { more, body: body.to_vec() });
        (messages, octets, passed) = (messages + u64::from(!more), octets + head.len, rest);
    }
    (messages, octets)
}
