//! Sockets over loopback, and their callers. One program, because each would be linked with everything.

#[path = "../common/mod.rs"]
mod common;

mod adversity;
mod cancel;
mod conflate;
mod dealer_pair;
mod durable;
mod durable_senders;
#[cfg(feature = "swap")]
mod durable_swap;
mod dynamic;
mod ending;
mod endpoints;
mod errors;
mod executors;
mod full;
mod handles;
mod inproc;
#[cfg(unix)]
mod ipc;
mod later_options;
mod lifecycle;
mod limits;
mod live_options;
mod live_patterns;
mod misuse;
mod notice_marks;
mod patterns;
mod poll;
mod properties;
mod proxy;
mod publishers;
mod reconnect;
mod requests;
mod requirements;
mod restarts;
mod router;
mod security;
mod shown_marks;
mod slow_subscriber;
mod socket_marks;
mod split;
mod statistics;
mod stream;
#[cfg(feature = "futures")]
mod streams;
mod tcp_options;
#[cfg(unix)]
mod transports;
#[cfg(feature = "postcard")]
mod typed;
mod wakes;
mod zap;
