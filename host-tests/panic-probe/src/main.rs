//! An image that drives every public entry point of zmtp-core with values the optimizer cannot know. It is never run: that
//! it links is the proof that no panic is reachable, because its panic handler calls a symbol that exists nowhere.

#![no_std]
#![no_main]

#[cfg(feature = "planted")]
mod planted;
mod unsafe_entry;

/// Called from the image's entry point.
fn drive() {
    #[cfg(feature = "planted")]
    planted::drive();
}
