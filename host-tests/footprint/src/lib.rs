//! What the images of `cargo xtask footprint` are made of. The same publisher is measured for its size, and run for its
//! instructions and its stack.
//!
//! ```text
//! publisher.rs          a PUB for one peer, on a connection
//! linked.rs             the same on a link
//! unsafe_entry.rs       where an image begins that is only weighed
//! bin/empty.rs          nothing
//! bin/publisher.rs      the one, bin/linked.rs the other
//! bin/patterns.rs       every pattern and mechanism
//! bin/measure/          counts instructions and stack under QEMU, bin/curve/ the stack of CURVE
//! ```

#![no_std]

pub mod linked;
pub mod publisher;
