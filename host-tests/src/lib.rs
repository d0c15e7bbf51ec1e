//! What the tests against real peers share.

pub mod libzmq;
pub mod meeting;
pub mod pyzmq;
pub mod qemu;

/// The programs of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
