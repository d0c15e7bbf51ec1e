//! ZeroMQ's protocol and socket patterns as state machines that do no input or output.
//!
//! Whoever embeds this crate, a host or a board, owns the sockets, the clock and the storage. The machines in
//! here are told octets and the time, and answer what the octets are and what is owed. No allocation, no `unsafe`,
//! no panic; memory is lent.
//!
//! # The layers
//!
//! ```text
//!  link           one peer in lent storage: a Connection between two queues       for boards
//!  pattern        REQ, ROUTER, XPUB, ...: whose turn, what may be done, where to  for sockets
//!  subscription   who subscribes to what         mark   how much may wait
//!  identity       which routing id is whose
//!  store          rings and queues in lent slices
//!  connection     one peer: greeting, handshake, framing, heartbeats              for hosts
//!  mechanism      security: NULL, PLAIN, CURVE; what is said before the first message
//!  wire           octets and what they say, without any state
//! ```
//!
//! A layer knows those below it. `connection` keeps no payload, `pattern` neither payload nor connection, so hosts put
//! their own queues between the two, and boards take [`link::Link`].
//!
//! # The loop of a driver
//!
//! ```
//! use zmtp_core::wire::{FrameHead, FrameKind};
//! use zmtp_core::{Config, Connection, Event, Failure, Instant, SocketType, Step};
//!
//! /// Takes in `input`; returns the bodies of the messages in it.
//! fn take_in(
//!     connection: &mut Connection,
//!     config: &Config<'_>,
//!     mut input: &[u8],
//!     now: Instant,
//! ) -> Result<Vec<Vec<u8>>, Failure> {
//!     let mut messages = Vec::new();
//!     let mut command = Vec::new();
//!     let mut in_command = false;
//!     loop {
//!         let progress = connection.receive(config, input, now)?;
//!         input = &input[progress.used..];
//!         match progress.step {
//!             // 1. A frame begins: make room for its body.
//!             Step::Frame(head) => {
//!                 in_command = head.kind == FrameKind::Command;
//!                 if in_command { command.clear() } else { messages.push(Vec::new()) }
//!             }
//!             // 2. Store what is here of it, and say so.
//!             Step::Body(octets) => {
//!                 let body = if in_command { &mut command } else { messages.last_mut().unwrap() };
//!                 body.extend_from_slice(&input[..octets]);
//!                 connection.take_body(octets, now)?;
//!                 input = &input[octets..];
//!             }
//!             // 3. Commands go back to the connection.
//!             Step::Command => match connection.handle_command(config, &mut command, now)? {
//!                 Event::Established(peer) => assert_eq!(peer.socket_type, Some(SocketType::Push)),
//!                 _ => {}
//!             },
//!             // 4. Send what `poll_transmit` gives, or read on.
//!             Step::Transmit | Step::Starved => return Ok(messages),
//!             // 5. Never without a mechanism or `Config::admission` that asks who may come in.
//!             Step::Admit => unreachable!(),
//!         }
//!     }
//! }
//!
//! let config = Config::new(SocketType::Pull);
//! let mut connection = Connection::new(&config, Instant::from_millis(0));
//! let octets = b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\x01NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
//!     \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
//!     \x04\x1A\x05READY\x0BSocket-Type\0\0\0\x04PUSH\x00\x05Hello";
//! let messages = take_in(&mut connection, &config, octets, Instant::from_millis(1))?;
//! assert_eq!(messages, [b"Hello"]);
//! # Ok::<(), Failure>(())
//! ```
//!
//! The invariants that a driver can build on are on [`Connection`].

#![cfg_attr(not(any(test, feature = "testing")), no_std)]
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

#[cfg(test)]
mod conformance;
pub mod connection;
mod fmt;
pub mod identity;
pub mod link;
mod mark;
pub mod mechanism;
pub mod pattern;
mod records;
pub mod store;
pub mod subscription;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;
mod time;
pub mod wire;

pub use connection::{
    Blame, Budget, Config, Connection, Event, Failure, Heartbeat, Limits, Progress, Run, SendError, Step,
};
pub use mark::{Full, HighWater};
pub use time::Instant;
pub use wire::{SocketType, Version};
