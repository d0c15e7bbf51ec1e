//! Randomness on a board without a source of it: the host's, through semihosting. A product has a source of its own.

use semihosting::fd::AsFd;
use semihosting::sys::arm_compat::{OpenMode, sys_elapsed, sys_open, sys_read_orig, sys_time};

/// The host's time: enough for TCP's sequence and port numbers to differ from those before a reset. Never use it for keys.
#[must_use]
pub fn entropy() -> u64 {
    let seconds = sys_time().map_or(0, |seconds| seconds as u64);
    (seconds << 32) ^ sys_elapsed().unwrap_or(0)
}

/// Fills `octets` with randomness of the host's operating system: good for keys only as far as one trusts who runs the
/// emulator, which is enough for tests.
///
/// # Panics
/// If the host gives none: there must be no key without.
pub fn random_of_host(octets: &mut [u8]) {
    let device = sys_open(c"/dev/urandom", OpenMode::RDONLY_BINARY).expect("the host's random device");
    let left = sys_read_orig(device.as_fd(), octets).expect("octets of it");
    assert_eq!(left, 0, "all of them");
}
