//! Why connections end, and peers are not kept.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use zmtp_core::{Blame, Failure};

use crate::security::Refusal;

/// Why a durable peer is not kept any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Forgotten {
    /// It left when as many were away as [`Durable::peers`](crate::Durable::peers) allows.
    #[error("as many are away as durable.peers allows")]
    TooMany,
    /// It was away for longer than [`Durable::absence`](crate::Durable::absence).
    #[error("it was away for longer than durable.absence")]
    TooLong,
}

/// Why a connection ended.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Lost {
    /// The peer closed the connection.
    #[error("the peer closed the connection")]
    Eof,
    /// The stream failed.
    #[error(transparent)]
    Io(Arc<io::Error>),
    /// The protocol forbids to go on, or a limit of ours.
    #[error("{failure}{next}", failure = .0, next = raised(*.0))]
    Protocol(Failure),
    /// The peer refused us with an ERROR command. The socket does not connect to this endpoint again: with the same
    /// credentials that would be in vain (Z37-044).
    #[error("the peer refused us, saying \"{reason}\"{}", explained(reason))]
    Refused {
        /// What the peer said, for people; of RFC 27, `400` is for credentials that are not good, `500` for a peer that
        /// could not say.
        reason: String,
    },
    /// The application did not let the peer in ([`Options::admission`](crate::Options::admission)).
    #[error("{} was not admitted ({})", if who.is_empty() { "the peer" } else { who }, refusal.status())]
    NotAdmitted {
        /// Who the peer claims to be; empty with NULL.
        who: String,
        /// For how long.
        refusal: Refusal,
    },
    /// A peer has sent name and password, and nobody is there to judge them.
    #[error(
        "nobody is there to judge names and passwords; set the option admission of the PLAIN server, or bind a ZAP handler"
    )]
    NoAdmission,
    /// The peer subscribed to more topics than [`Options::max_subscriptions`](crate::Options::max_subscriptions), which
    /// is here, or to longer ones together than [`Options::max_subscription_bytes`](crate::Options).
    #[error(
        "the peer subscribed to more than {0} topics, or to longer ones together than max_subscription_bytes; raise max_subscriptions, or the latter, if it may"
    )]
    MaxSubscriptions(u32),
    /// A peer has not read for so long that [`Options::sndhwm`](crate::Options::sndhwm) messages waited for it, and
    /// [`Options::slow_subscriber`](crate::Options::slow_subscriber) or [`Options::slow_peer`](crate::Options::slow_peer) says to disconnect it.
    #[error("the peer is too slow: more messages waited for it than sndhwm allows")]
    TooSlow,
    /// A PAIR has its peer; no other one is taken.
    #[error("a PAIR has one peer, and it is there")]
    Occupied,
    /// A ROUTER has a peer with this routing id; set `router_handover` if the second of a name shall replace the first.
    #[error("another peer has the routing id \"{}\"", .0.escape_ascii())]
    RoutingIdTaken(Bytes),
    /// A second peer with the same routing id has taken it over ([`Options::router_handover`](crate::Options)).
    #[error("another peer with the same routing id has taken its place")]
    HandedOver,
    /// This side closed the socket, or a STREAM the connection.
    #[error("this side closed the connection")]
    Closed,
}

impl Lost {
    /// Who has to change something; `None` if all is as it should be.
    #[must_use]
    pub const fn blame(&self) -> Option<Blame> {
        Some(match self {
            Self::Eof | Self::Io(_) => Blame::Network,
            Self::Protocol(failure) => failure.blame(),
            // Our credentials, or our options.
            Self::Refused { .. } | Self::NoAdmission => Blame::Caller,
            Self::NotAdmitted { .. } | Self::Occupied | Self::RoutingIdTaken(_) => Blame::Peer,
            Self::MaxSubscriptions(_) | Self::TooSlow => Blame::Limit,
            Self::HandedOver | Self::Closed => return None,
        })
    }
}

/// Which option is the limit, for people.
fn raised(failure: Failure) -> &'static str {
    match failure {
        Failure::FrameLimit => "; raise maxmsgsize if it may be",
        Failure::MessageLimit => "; raise rcvhwm_bytes or socket_rcvhwm_bytes if it may be",
        Failure::PartsLimit => "; raise max_parts if it may",
        Failure::HandshakeLimit => "; raise max_handshake_size if it may be",
        Failure::TopicLimit => "; raise max_topic_size if it may be",
        Failure::PingLimit => "; raise max_pings if it may",
        Failure::HandshakeTimeout => "; the time for it is handshake_ivl",
        _ => "",
    }
}

/// What statuses of RFC 27 mean. For people only: nothing else depends on what a peer says (Z37-043).
fn explained(reason: &str) -> &'static str {
    match reason {
        "400" => ": it does not know us; correct name, password or key",
        "500" => ": it cannot judge who we are; look into its logs",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn z37_043_what_a_peer_says_is_explained_to_people_and_decides_nothing() {
        let refused = |reason: &str| Lost::Refused { reason: reason.into() };
        assert_eq!(
            refused("400").to_string(),
            "the peer refused us, saying \"400\": it does not know us; correct name, password or key"
        );
        assert_eq!(refused("go away").to_string(), "the peer refused us, saying \"go away\"");
        assert_eq!(refused("400").blame(), refused("go away").blame());
    }

    #[test]
    fn every_end_says_who_has_to_change_something() {
        let denied = Lost::NotAdmitted { who: "user \"eve\"".into(), refusal: Refusal::Denied };
        assert_eq!(denied.to_string(), "user \"eve\" was not admitted (400)");
        for (lost, blame) in [
            (denied, Some(Blame::Peer)),
            (Lost::Protocol(Failure::FrameLimit), Some(Blame::Limit)),
            (Lost::NoAdmission, Some(Blame::Caller)),
            (Lost::Eof, Some(Blame::Network)),
            (Lost::Closed, None),
        ] {
            assert_eq!(lost.blame(), blame, "{lost}");
        }
    }
}
