//! Tests of what the specifications say of octets, one for each requirement that no other test is for. What holds which is in
//! `docs/conformance.md`.

mod frames;
mod greeting;
mod handshake;
mod limits;
mod old_peers;
mod security;
mod traffic;

use crate::mechanism::Null;
use crate::mechanism::testing::{Seen, Side, talk};
use crate::{Config, Failure, SocketType, Version};

/// One side without security.
fn side(socket_type: SocketType) -> Side<'static, Null> {
    Side::new(Config::new(socket_type), Null)
}

/// What a peer says up to its first message, all at once.
fn hello(socket_type: SocketType) -> Vec<u8> {
    let mut peer = Side::new(Config { oldest: Version::V3_0, ..Config::new(socket_type) }, Null);
    let mut octets = peer.sent();
    peer.feed(&octets.clone());
    octets.extend(peer.sent());
    octets
}

/// The greeting alone.
fn greeting() -> Vec<u8> {
    hello(SocketType::Push)[..64].to_vec()
}

/// Behind the handshake with a peer of this type.
fn established(ours: SocketType, theirs: SocketType) -> Side<'static, Null> {
    let mut ours = side(ours);
    ours.feed(&hello(theirs));
    assert!(matches!(ours.seen[..], [Seen::Established { .. }]), "{:?}", ours.seen);
    ours.sent();
    ours.seen.clear();
    ours
}

/// The failure of a fresh PULL that has read a greeting and these.
fn failure_in_handshake(octets: &[u8]) -> Option<Failure> {
    let mut pull = side(SocketType::Pull);
    pull.feed(&[&greeting()[..], octets].concat());
    pull.failure()
}

fn message(more: bool, body: &[u8]) -> Seen {
    Seen::Message(more, body.to_vec())
}
