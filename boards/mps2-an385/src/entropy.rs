//! A number that differs from start to start, on a board without a source of randomness.

use semihosting::sys::arm_compat::{sys_elapsed, sys_time};

/// The host's time: enough for TCP's sequence and port numbers to differ from those before a reset. Never use it for keys.
#[must_use]
pub fn entropy() -> u64 {
    let seconds = sys_time().map_or(0, |seconds| seconds as u64);
    (seconds << 32) ^ sys_elapsed().unwrap_or(0)
}
