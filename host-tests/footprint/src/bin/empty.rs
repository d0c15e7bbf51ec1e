//! Nothing but an entry point: what the others are measured over.

#![no_std]
#![no_main]

#[path = "../unsafe_entry.rs"]
mod unsafe_entry;

/// None.
struct Memory;

impl Memory {
    const fn new() -> Self {
        Self
    }
}

fn image(memory: &mut Memory) -> ! {
    loop {
        core::hint::black_box(&mut *memory);
    }
}
