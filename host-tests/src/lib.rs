//! What the tests against real peers share.

pub mod libzmq;
pub mod qemu;
