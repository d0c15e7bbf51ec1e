//! What the tests against real peers share.

pub mod built;
pub mod guide;
pub mod libzmq;
pub mod matrix;
pub mod meeting;
pub mod program;
pub mod pyzmq;
pub mod qemu;
pub mod soak;

/// The programs of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The user guide: every block of Rust that it does not include from a program is compiled and run.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../../docs/guide/src/introduction.md")]
    struct Introduction;
    #[doc = include_str!("../../docs/guide/src/chapter1.md")]
    struct Chapter1;
    #[doc = include_str!("../../docs/guide/src/chapter2.md")]
    struct Chapter2;
    #[doc = include_str!("../../docs/guide/src/chapter3.md")]
    struct Chapter3;
    #[doc = include_str!("../../docs/guide/src/service.md")]
    struct Service;
}
