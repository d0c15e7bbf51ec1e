//! Peers that mean harm. A program of its own, for the memory of its process is measured.

#[path = "../common/mod.rs"]
mod common;

mod curve;
mod memory;
mod silent;
mod stream;
mod wire;
