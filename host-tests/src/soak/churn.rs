//! Peers that come and are killed, at every stage of their lives.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use zmtp_core::testing::hello;
use zmtp_std::{Context, Event, Monitor, Options, SocketType};

use super::crowd::{shake_hands, stream};
use super::{Seen, resident};
use crate::libzmq::PATIENCE;

const CYCLES: usize = 10_000;
/// Until then, what is kept for good is allocated.
const WARM: usize = 2_000;
/// Octets that an allocator may have kept.
const SLACK: u64 = 1 << 20;

/// Socket types, with that of the peers and the beginning of what these say.
const KINDS: [(SocketType, &str, &[u8]); 3] = [
    (SocketType::Pull, "PUSH", b"\x01\x05begun\x00\xFFnot whole"),
    (SocketType::Router, "DEALER", b"\x01\x05begun\x00\xFFnot whole"),
    (SocketType::XPub, "SUB", b"\x00\x06\x01topic\x00\x06\x01top"),
];

pub(super) fn run() -> Result<Seen> {
    let (mut lines, mut good) = (Vec::new(), true);
    for (kind, peer, octets) in KINDS {
        let grown = cycle(kind, peer, octets)?;
        good &= grown <= SLACK;
        let name = kind.name();
        let cycles = CYCLES - WARM;
        lines.push(format!("{name:<7} {grown:>8} octets more after {cycles} peers (bound {SLACK})"));
    }
    Ok(Seen { lines, good })
}

fn cycle(kind: SocketType, peer: &str, octets: &[u8]) -> Result<u64> {
    let options = Options { linger: Some(Duration::ZERO), ..Options::default() };
    let socket = Context::new().with(options).socket(kind);
    let monitor = socket.monitor();
    let endpoint = socket.bind("tcp://127.0.0.1:*")?.to_string();
    let address = endpoint.strip_prefix("tcp://").context("an address")?;
    let mut before = 0;
    for cycle in 0..CYCLES {
        if cycle == WARM {
            before = resident()?;
        }
        live_and_die(address, cycle, peer, octets)?;
        await_end(&monitor)?;
        while socket.try_recv().is_ok() {}
    }
    Ok(resident()?.saturating_sub(before))
}

/// One peer: dies in its greeting, after its handshake, or in the middle of what it says; one in two with a reset.
fn live_and_die(address: &str, cycle: usize, peer: &str, octets: &[u8]) -> Result<()> {
    let mut stream = stream(address)?;
    match cycle % 3 {
        0 => stream.write_all(&hello(peer)[..cycle % 64])?,
        stage => {
            shake_hands(&mut stream, peer)?;
            if stage == 2 {
                stream.write_all(octets)?;
            }
        }
    }
    if cycle.is_multiple_of(2) {
        reset(&stream)?;
    }
    Ok(())
}

/// Has the end of the stream be a reset instead of an orderly close.
fn reset(stream: &TcpStream) -> Result<()> {
    Ok(socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO))?)
}

fn await_end(monitor: &Monitor) -> Result<()> {
    loop {
        match monitor.recv_timeout(PATIENCE) {
            Some(Event::Disconnected { .. } | Event::HandshakeFailed { .. }) => return Ok(()),
            Some(event) => ensure!(!matches!(event, Event::Closed { .. }), "the socket is closed"),
            None => bail!("the end of a peer was not noticed"),
        }
    }
}
