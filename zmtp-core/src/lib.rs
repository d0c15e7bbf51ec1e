//! # zmtp-core
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

pub mod connection;
mod fmt;
mod mark;
mod mechanism;
pub mod pattern;
pub mod store;
pub mod subscription;
mod time;
pub mod wire;

pub use connection::{
    Blame, Budget, Config, Connection, Event, Failure, Heartbeat, Limits, Progress, Run, SendError, Step,
};
pub use mark::{Full, HighWater};
pub use time::Instant;
pub use wire::SocketType;
