//! What the programs share. Alone each is as in the ZeroMQ Guide; several at a time, and fast, are for tests.

#![allow(dead_code, reason = "each program uses a part of it")]

use std::env;
use std::time::Duration;

/// An endpoint of the Guide; with `GUIDE_PORTS=123`, port 12355 of this machine for 5555, and so on.
pub(crate) fn at(endpoint: &str) -> String {
    match (env::var("GUIDE_PORTS"), endpoint.get(endpoint.len() - 2..)) {
        (Ok(ports), Some(last)) if endpoint.starts_with("tcp:") => format!("tcp://127.0.0.1:{ports}{last}"),
        _ => endpoint.to_owned(),
    }
}

/// So many milliseconds; with `GUIDE_SPEED=10` they pass ten times as fast.
pub(crate) fn msec(count: u64) -> Duration {
    let speed = env::var("GUIDE_SPEED").ok().and_then(|speed| speed.parse().ok());
    Duration::from_millis(count).div_f64(speed.unwrap_or(1.0))
}

/// The argument at `index`, if there is one; 1 is the first.
pub(crate) fn argument(index: usize) -> Option<String> {
    env::args().nth(index)
}
