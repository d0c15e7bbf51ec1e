//! An image that drives every public entry point of zmtp-core with values the optimizer cannot know. It is never run: that
//! it links is the proof that no panic is reachable, because its panic handler calls a symbol that exists nowhere.

#![no_std]
#![no_main]

mod connection;
#[cfg(feature = "curve")]
mod curve;
mod link;
mod mechanism;
mod pattern;
#[cfg(feature = "planted")]
mod planted;
mod size_of;
mod store;
mod unsafe_entry;
mod wire;

use core::hint::black_box;

use zmtp_core::Instant;

/// Called from the image's entry point.
fn drive() {
    wire::drive();
    connection::drive();
    pattern::drive();
    store::drive();
    link::drive();
    mechanism::drive();
    #[cfg(feature = "curve")]
    curve::drive();
    size_of::keep();
    #[cfg(feature = "planted")]
    planted::drive();
}

/// Octets of any content and number.
fn octets() -> &'static [u8] {
    static OCTETS: [u8; 64] = [1; 64];
    black_box(&OCTETS)
}

/// Room for any number of octets, up to 64.
fn room(storage: &mut [u8; 64]) -> &mut [u8] {
    let most = storage.len();
    let length = number::<usize>().min(most);
    black_box(storage.get_mut(..length).unwrap_or_default())
}

/// Any number.
fn number<N: From<u8>>() -> N {
    black_box(N::from(1))
}

/// Any time.
fn now() -> Instant {
    Instant::from_micros(number())
}
