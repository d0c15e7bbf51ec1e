//! Boards' sockets over a simulated network, and over lines.

#[macro_use]
mod common;

#[cfg(feature = "conflate")]
mod conflate;
mod endings;
#[cfg(feature = "embedded-io-async")]
mod futures;
#[cfg(feature = "embedded-io")]
mod line;
mod loopback;
mod notices;
mod patterns;
mod pieces;
mod publishing;
mod raw_stream;
mod security;
mod stalls;
mod stream;
#[cfg(feature = "postcard")]
mod typed;
