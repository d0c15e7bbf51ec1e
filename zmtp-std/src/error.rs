//! What can go wrong, one type an operation. Each says who is at fault and what to do next.

use std::fmt;
use std::io;
use std::sync::Arc;

use zmtp_core::pattern::OutOfTurn;

use crate::security::BadSecurity;
use crate::{BadEndpoint, Endpoint, Message};

/// A socket could not be bound.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The endpoint cannot be understood.
    #[error(transparent)]
    BadEndpoint(#[from] BadEndpoint),
    /// Somebody else listens there.
    #[error("cannot bind {endpoint}: the address is in use; choose another {}", instead_of(endpoint))]
    AddrInUse {
        /// Where it was tried.
        endpoint: String,
    },
    /// The name of the host cannot be resolved.
    #[error(
        "cannot bind {endpoint}: the host is unknown ({why}), and no interface has the name; bind to an address or * instead"
    )]
    UnknownHost {
        /// Where it was tried.
        endpoint: String,
        /// What the resolver said.
        why: Arc<io::Error>,
    },
    /// The system refuses.
    #[error("cannot bind {endpoint}: {why}{}", advice(why.kind()))]
    Io {
        /// Where it was tried.
        endpoint: String,
        /// What the system said.
        why: Arc<io::Error>,
    },
    /// The options of the socket make no mechanism.
    #[error("cannot bind: {0}")]
    Security(BadSecurity),
    /// The file for what waits for durable peers cannot be made (`Durable::swap`).
    #[error(
        "cannot bind: no swap file in {folder}: {why}; set the folder of durable.swap to one in which we may write"
    )]
    Swap {
        /// Where it was tried.
        folder: String,
        /// What the system said.
        why: Arc<io::Error>,
    },
    /// An option is set to what cannot be.
    #[error("cannot bind: {0}")]
    Option(OptionError),
    /// What waits for durable peers would have no bound ([`Options::durable`](crate::Options::durable)).
    #[error("cannot bind: what waits for durable peers needs a bound; set sndhwm")]
    NoHighWaterMark,
    /// The socket or its context is closed.
    #[error("cannot bind: {0}")]
    Closed(Closing),
}

// By hand: the text has the cause already, and it is not told again as the source.
impl From<Closing> for BindError {
    fn from(closing: Closing) -> Self {
        Self::Closed(closing)
    }
}

/// A socket cannot be connected. That a peer is not there is no error: it is tried until it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The endpoint cannot be understood.
    #[error(transparent)]
    BadEndpoint(#[from] BadEndpoint),
    /// A PAIR has its peer already.
    #[error(
        "cannot connect: a PAIR has one peer, and it is there; disconnect first, or take a DEALER for several"
    )]
    Occupied,
    /// A ROUTER cannot call the peer so.
    #[error("cannot connect: {0}")]
    RoutingId(#[from] zmtp_core::pattern::Refused),
    /// A dynamic socket is of a type that does not call its peers by names (`connect_routing_id`).
    #[error(
        "cannot connect: only a ROUTER or STREAM calls its peers by names; take one, or connect without a name"
    )]
    NotSupported,
    /// An option is set to what cannot be.
    #[error("cannot connect: {0}")]
    Option(OptionError),
    /// The options of the socket make no mechanism.
    #[error("cannot connect: {0}")]
    Security(BadSecurity),
    /// The socket or its context is closed.
    #[error("cannot connect: {0}")]
    Closed(Closing),
}

impl From<Closing> for ConnectError {
    fn from(closing: Closing) -> Self {
        Self::Closed(closing)
    }
}

/// A socket cannot be unbound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnbindError {
    /// The endpoint cannot be understood.
    #[error(transparent)]
    BadEndpoint(#[from] BadEndpoint),
    /// The socket is not bound there (`ENOENT`).
    #[error("not bound to {endpoint}; the socket is {}", listed("bound to", bound))]
    NotBound {
        /// Where it is not bound.
        endpoint: Endpoint,
        /// Where it is.
        bound: Vec<Endpoint>,
    },
    /// The socket or its context is closed.
    #[error("cannot unbind: {0}")]
    Closed(Closing),
}

impl From<Closing> for UnbindError {
    fn from(closing: Closing) -> Self {
        Self::Closed(closing)
    }
}

/// A socket cannot be disconnected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DisconnectError {
    /// The endpoint cannot be understood.
    #[error(transparent)]
    BadEndpoint(#[from] BadEndpoint),
    /// The socket is not connected there (`ENOENT`), or not any more: a peer that refuses us is given up.
    #[error("not connected to {endpoint}; the socket is {}", listed("connected to", connected))]
    NotConnected {
        /// Where it is not connected.
        endpoint: Endpoint,
        /// Where it is.
        connected: Vec<Endpoint>,
    },
    /// The socket or its context is closed.
    #[error("cannot disconnect: {0}")]
    Closed(Closing),
}

impl From<Closing> for DisconnectError {
    fn from(closing: Closing) -> Self {
        Self::Closed(closing)
    }
}

/// What could be bound instead of an address in use.
fn instead_of(endpoint: &str) -> &'static str {
    match endpoint.split_once(':') {
        Some(("inproc", _)) => "name",
        Some(("ipc", _)) => "path, or * for any that is free",
        Some((scheme, _)) if scheme != "tcp" => "address",
        _ => "port, or * for any that is free",
    }
}

/// What to do when the system refuses to bind.
fn advice(why: io::ErrorKind) -> &'static str {
    match why {
        io::ErrorKind::AddrNotAvailable => "; bind to an address of this machine, or to * for all of them",
        io::ErrorKind::PermissionDenied => "; take a port from 1024 on, or a folder in which we may write",
        io::ErrorKind::NotFound => "; make the folder of the path first",
        _ => "",
    }
}

/// Endpoints, for people.
fn listed(relation: &str, endpoints: &[Endpoint]) -> String {
    let texts: Vec<_> = endpoints.iter().map(Endpoint::to_string).collect();
    format!("{relation} {}", if texts.is_empty() { "nothing".to_owned() } else { texts.join(", ") })
}

/// Nothing can be done with the socket any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closing {
    /// [`close`](crate::Push::close) has been called.
    #[error("the socket is closed; make another one")]
    Closed,
    /// The context was terminated.
    #[error("the context was terminated; drop the socket, and make others of a new context")]
    Terminated,
}

/// Not as many peers came as were waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// They did not come in time.
    #[error("{there} of {wanted} peers were there in time; look at the events of a monitor, or wait longer")]
    TimedOut {
        /// How many were there at the end.
        there: usize,
        /// How many were waited for.
        wanted: usize,
    },
    /// The socket or its context is closed.
    #[error(transparent)]
    Closed(#[from] Closing),
}

/// An option cannot be set so. All options of a socket in use are as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionError {
    /// What the socket does with messages that are there already would contradict it.
    #[error(
        "{option} cannot be changed while the socket is in use; set it with Context::with, and make another socket"
    )]
    Fixed {
        /// The name of the option.
        option: &'static str,
    },
    /// What waits for durable peers would have no bound ([`Options::durable`](crate::Options::durable)).
    #[error("what waits for durable peers needs a bound; set sndhwm to more than 0")]
    NoHighWaterMark,
    /// The name of the socket is none ([`Options::routing_id`](crate::Options::routing_id)).
    #[error("routing_id has up to 255 octets, and the first is not 0; choose another, or leave it empty")]
    RoutingId,
}

/// A message was not sent; here it is back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendError {
    /// The message, unchanged.
    pub message: Message,
    /// Why it was not sent.
    pub why: Unsent,
}

impl std::error::Error for SendError {}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.why, self.message.part(0)) {
            (Unsent::HostUnreachable, Some(id)) => {
                write!(
                    f,
                    "message not sent: no peer has the routing id {id:?}, not yet or not any more; wait for it, or set router_mandatory to false"
                )
            }
            (why, _) => write!(f, "message not sent: {why}"),
        }
    }
}

/// Why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsent {
    /// No peer has room for it now (`EAGAIN`): there is none, or all are at their high-water mark.
    #[error("no peer has room for it now; try again, wait with send, or raise sndhwm")]
    WouldBlock,
    /// No peer had room for it in time.
    #[error(
        "no peer had room for it in time; is a peer connected, and does it receive? Else raise sndtimeo or sndhwm"
    )]
    TimedOut,
    /// The message alone is larger than [`Options::sndhwm_bytes`](crate::Options::sndhwm_bytes), or
    /// [`Options::socket_sndhwm_bytes`](crate::Options::socket_sndhwm_bytes); with `xpub_nodrop` that counts for all subscribers.
    #[error(
        "the message alone is larger than the mark sndhwm_bytes, or socket_sndhwm_bytes; raise the mark or send less at once"
    )]
    TooLarge,
    /// ROUTER: no peer has the routing id that is the first part (`EHOSTUNREACH`).
    #[error(
        "no peer has the routing id in front, not yet or not any more; wait for the peer, or set router_mandatory to false"
    )]
    HostUnreachable,
    /// ROUTER: the message is not a routing id and something behind it.
    #[error("a message to a peer has its routing id in front, and at least one part behind it")]
    NoRoutingId,
    /// A dynamic socket is of a type that cannot send (`ENOTSUP`).
    #[error("a socket of this type cannot send; take one that can, such as PUSH, PUB or DEALER")]
    NotSupported,
    /// REQ: the reply to the last request is still to be received. REP: there is no request to reply to (`EFSM`).
    #[error(transparent)]
    OutOfTurn(#[from] OutOfTurn),
    /// The socket or its context is closed.
    #[error(transparent)]
    Closed(#[from] Closing),
}

/// No message was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecvError {
    /// There is none now (`EAGAIN`).
    #[error("there is no message now; try again, or wait with recv")]
    WouldBlock,
    /// None came in time.
    #[error("no message came in time; has a peer connected, and has it sent? Else raise rcvtimeo")]
    TimedOut,
    /// A dynamic socket is of a type that cannot receive (`ENOTSUP`).
    #[error("a socket of this type cannot receive; take one that can, such as PULL, SUB or DEALER")]
    NotSupported,
    /// REQ: no request has been sent. REP: the last request is still to be replied to (`EFSM`).
    #[error(transparent)]
    OutOfTurn(#[from] OutOfTurn),
    /// The socket or its context is closed.
    #[error(transparent)]
    Closed(#[from] Closing),
}
