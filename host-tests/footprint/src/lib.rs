//! What the images of `cargo xtask footprint` are made of. The same publisher is measured for its size, and run for its
//! instructions and its stack.
//!
//! ```text
//! publisher.rs          a PUB for one peer, as a board would write it
//! unsafe_entry.rs       where an image begins that is only weighed
//! bin/empty.rs          nothing
//! bin/publisher.rs      the publisher
//! bin/patterns.rs       every pattern and mechanism
//! bin/measure/          counts instructions and stack under QEMU
//! ```

#![no_std]

pub mod publisher;
