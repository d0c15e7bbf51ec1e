//! What happens, and how it is told to people.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use zmtp_core::{Failure, SocketType};

use super::{Forgotten, Lost};
use crate::Address;
use crate::security::Mechanism;

/// An event in the life of a socket's connections, beside its name of libzmq.
///
/// Five of libzmq's have no event here, because they are told otherwise or tell nothing: `BIND_FAILED` is the error of `bind`, `MONITOR_STOPPED` the
/// `None` of [`Monitor::recv`](crate::Monitor::recv), `CONNECT_DELAYED` comes with every attempt, `CLOSE_FAILED` never; and what
/// `PIPES_STATS` tells is asked for with `statistics`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Peers may come to this endpoint (`ZMQ_EVENT_LISTENING`).
    Listening {
        /// The real endpoint.
        endpoint: String,
    },
    /// A bound endpoint cannot take a peer: for lack of file descriptors perhaps, or because the system refuses an option. It
    /// goes on with others (`ZMQ_EVENT_ACCEPT_FAILED`).
    AcceptFailed {
        /// Where peers come to.
        endpoint: String,
        /// What the system said.
        why: Arc<io::Error>,
    },
    /// A peer came; its handshake begins (`ZMQ_EVENT_ACCEPTED`).
    Accepted {
        /// Where it came to.
        endpoint: String,
        /// Where it comes from.
        address: Address,
    },
    /// A peer was reached; its handshake begins (`ZMQ_EVENT_CONNECTED`).
    Connected {
        /// What the socket connects to.
        endpoint: String,
        /// The address that answered.
        address: Address,
    },
    /// A peer could not be reached, or got lost; it is tried again (`ZMQ_EVENT_CONNECT_RETRIED`).
    ConnectRetried {
        /// What the socket connects to.
        endpoint: String,
        /// The pause before the next attempt.
        after: Duration,
        /// Why the last attempt failed; `None` if a connection was lost, which has an event of its own.
        why: Option<Arc<io::Error>>,
    },
    /// Messages may be exchanged with a peer (`ZMQ_EVENT_HANDSHAKE_SUCCEEDED`).
    HandshakeSucceeded {
        /// Our endpoint, bound or connected.
        endpoint: String,
        /// The peer's address.
        address: Address,
        /// The peer's socket type, if it said.
        socket_type: Option<SocketType>,
        /// What the peer wants to be called; empty if it did not say.
        routing_id: Bytes,
        /// How it has proven who it is.
        mechanism: Mechanism,
        /// Who the application says it is ([`Options::admission`](crate::Options::admission)); empty if it did not say.
        user_id: String,
        /// What else it has said of itself, such as `X-...`, and then what the application says of it.
        metadata: Vec<(String, Bytes)>,
    },
    /// A peer is no peer for us: it speaks something else, its socket type does not fit, it may not come in, or it left
    /// (`ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL`, `_AUTH` and `_NO_DETAIL`).
    HandshakeFailed {
        /// Our endpoint, bound or connected.
        endpoint: String,
        /// The peer's address.
        address: Address,
        /// How the peer was to prove who it is: ours.
        mechanism: Mechanism,
        /// Why.
        why: Lost,
    },
    /// A peer is gone (`ZMQ_EVENT_DISCONNECTED`).
    Disconnected {
        /// Our endpoint, bound or connected.
        endpoint: String,
        /// The peer's address.
        address: Address,
        /// Why.
        why: Lost,
        /// How many messages that waited for it are dropped with it. Those for a peer that we connect to wait on,
        /// for the next connection.
        dropped: u64,
    },
    /// A peer has no room, and messages for it are dropped: told of the first, and again once it has had room meanwhile. How many they are
    /// says [`Statistics::dropped`](crate::Statistics::dropped).
    Dropping {
        /// Our endpoint, bound or connected; empty if the peer is a durable one that is away.
        endpoint: String,
        /// The peer's address; `None` if it has never been reached.
        address: Option<Address>,
        /// What the peer wants to be called; empty if it did not say.
        routing_id: Bytes,
    },
    /// A durable peer that is away is not kept any longer ([`Options::durable`](crate::Options::durable)). Its subscriptions end.
    PeerForgotten {
        /// Its name.
        routing_id: Bytes,
        /// Why.
        why: Forgotten,
        /// How many messages that waited for it are dropped with it.
        dropped: u64,
    },
    /// The file for what waits for durable peers failed (`Durable::swap`): until another one can be begun, what is beyond a mark
    /// is treated as without one.
    SwapFailed {
        /// What the system said.
        why: Arc<io::Error>,
        /// How many messages could not be read, and are lost. Those that could not be written wait in memory.
        dropped: u64,
    },
    /// An endpoint is given up: no more attempts to connect, no more peers accepted (`ZMQ_EVENT_CLOSED`).
    Closed {
        /// The endpoint.
        endpoint: String,
        /// Whether that is because the peer refused us; trying again would be in vain.
        refused: bool,
        /// Why the last attempt to connect failed, if none follows for that reason: see
        /// [`Options::reconnect_ivl`](crate::Options::reconnect_ivl) and [`Options::reconnect_stop`](crate::Options::reconnect_stop).
        why: Option<Arc<io::Error>>,
        /// How many messages that waited for a peer we connect to are dropped with it.
        dropped: u64,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening { endpoint } => write!(f, "listening at {endpoint}"),
            Self::AcceptFailed { endpoint, why } => write!(f, "cannot accept a peer at {endpoint}: {why}"),
            Self::Accepted { endpoint, address } => write!(f, "accepted {address} at {endpoint}"),
            Self::Connected { endpoint, address } => write!(f, "connected to {endpoint} ({address})"),
            Self::ConnectRetried { endpoint, after, why: None } => {
                write!(f, "connecting to {endpoint} again in {:?}", rounded(*after))
            }
            Self::ConnectRetried { endpoint, after, why: Some(why) } => {
                write!(f, "cannot connect to {endpoint}: {why}; again in {:?}", rounded(*after))
            }
            Self::HandshakeSucceeded { endpoint, address, socket_type, mechanism, user_id, .. } => {
                let name = socket_type.map_or("peer of unknown type", SocketType::name);
                write!(f, "{name} {address} is ready at {endpoint} ({mechanism}")?;
                if user_id.is_empty() {
                    f.write_str(")")
                } else {
                    write!(f, ", user \"{}\")", user_id.escape_debug())
                }
            }
            Self::HandshakeFailed { endpoint, address, mechanism, why } => {
                write!(f, "handshake with {address} failed at {endpoint}: {why}")?;
                advise(*mechanism, why, f)
            }
            Self::Disconnected { endpoint, address, why, dropped: 0 } => {
                write!(f, "lost {address} at {endpoint}: {why}")
            }
            Self::Disconnected { endpoint, address, why, dropped } => {
                write!(f, "lost {address} at {endpoint}: {why}; {dropped} messages dropped")
            }
            Self::Dropping { endpoint, address, routing_id } => {
                f.write_str("dropping messages for ")?;
                match address {
                    Some(address) => write!(f, "{address} at {endpoint}")?,
                    None => write!(f, "{endpoint}")?,
                }
                if !routing_id.is_empty() {
                    write!(f, ", called \"{}\"", routing_id.escape_ascii())?;
                }
                f.write_str(": as many wait as the marks allow")
            }
            Self::PeerForgotten { routing_id, why, dropped } => {
                let name = routing_id.escape_ascii();
                write!(f, "forgot the durable peer \"{name}\": {why}; {dropped} messages dropped")
            }
            Self::SwapFailed { why, dropped } => {
                write!(f, "the swap file failed: {why}; {dropped} messages dropped")
            }
            Self::Closed { endpoint, refused, why, dropped } => {
                write!(f, "closed {endpoint}")?;
                match why {
                    _ if *refused => f.write_str(": the peer refused us")?,
                    Some(why) => write!(f, ", which cannot be reached: {why}")?,
                    None => {}
                }
                if *dropped > 0 { write!(f, "; {dropped} messages dropped") } else { Ok(()) }
            }
        }
    }
}

/// What to look at when a handshake failed that way.
fn advise(mechanism: Mechanism, why: &Lost, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match why {
        Lost::Protocol(Failure::Mechanism) => {
            write!(f, "; ours is {mechanism}, and both sides need the same")
        }
        Lost::Protocol(Failure::Box) => {
            f.write_str("; is curve_serverkey of the client the key of this server?")
        }
        // A server that cannot open the HELLO closes without a word (Z26-032).
        Lost::Eof | Lost::Io(_) if mechanism == Mechanism::Curve => {
            f.write_str("; if it is the server, its key is not curve_serverkey")
        }
        // LZ-002: two clients, or two servers, wait for each other.
        Lost::Protocol(Failure::HandshakeTimeout) if mechanism != Mechanism::Null => {
            write!(f, "; with {mechanism} one side has to be the server, the other the client")
        }
        _ => Ok(()),
    }
}

/// To whole milliseconds, for people.
fn rounded(duration: Duration) -> Duration {
    let millis = duration.saturating_add(Duration::from_micros(500)).as_millis();
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_told_in_whole_milliseconds() {
        let retried = |after| Event::ConnectRetried { endpoint: "here".into(), after, why: None }.to_string();
        assert_eq!(retried(Duration::from_nanos(105_512_345)), "connecting to here again in 106ms");
        assert_eq!(retried(Duration::from_micros(1_205_499)), "connecting to here again in 1.205s");
        assert!(retried(Duration::MAX).contains("again in"));
    }
}
