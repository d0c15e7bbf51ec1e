//! What the specifications say of sockets, over TCP on loopback; `docs/conformance.md` has the list.

mod exchange;
mod handshake;
mod pipeline;
mod publish_subscribe;
mod request_reply;
mod sockets;

use std::io::Write;
use std::net::TcpStream;

use zmtp_std::{Endpoint, Message};

/// A raw peer of a bound socket, behind its handshake.
fn peer(endpoint: &Endpoint, ours: &str, theirs: &str) -> TcpStream {
    let mut stream = crate::common::raw(endpoint);
    crate::common::shake_hands(&mut stream, ours, theirs);
    stream
}

/// Sends octets, whole frames or not.
fn put(stream: &mut TcpStream, octets: &[u8]) {
    stream.write_all(octets).unwrap();
}

/// Parts that would show any change: every octet, none, and sizes on both sides of what is kept in place.
fn awkward() -> Message {
    let every: Vec<u8> = (0..=255).collect();
    Message::from([every, vec![], vec![0], vec![0xFF; 70_000], vec![]])
}
