//! What happens to the peers of a socket, for whoever wants to know.

use zmtp_core::Failure;
use zmtp_core::pattern::Refused;

/// Something happened to a peer. Peers are numbered as in the slice lent to the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Event {
    /// The handshake is over: messages may pass.
    Connected {
        /// Which peer.
        peer: usize,
    },
    /// The stream to the peer is over. Its place is free for another one, or for the same to come back.
    Disconnected {
        /// Which peer.
        peer: usize,
        /// Why.
        reason: Reason,
    },
    /// Messages queued to the peer had not left when its stream was over: they are lost. Told when the next stream begins.
    Lost {
        /// Which peer.
        peer: usize,
        /// How many.
        messages: usize,
    },
    /// A message from the peer was larger than the storage lent for incoming messages, and was dropped.
    Oversize {
        /// Which peer.
        peer: usize,
    },
    /// A subscription is not in force, as the storage lent for it is full: at a PUB and XPUB that for subscriptions, at a
    /// SUB and XSUB that for messages to this peer. At a PUB and XPUB also if it is over the `Limits` of what one peer may
    /// subscribe to.
    SubscriptionRefused {
        /// Which peer.
        peer: usize,
    },
}

/// Why a stream is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Reason {
    /// The peer has closed it, or the network has given up; at a STREAM, or our application has closed it.
    Closed,
    /// The connection has failed: [`Failure::blame`] says who has to change something.
    Failed(Failure),
    /// Our application has given up a message to the peer half way.
    Abandoned,
    /// A PAIR has another peer.
    Occupied,
    /// A ROUTER or STREAM cannot call it by the name it asks for, or has no room for one.
    Nameless(Refused),
    /// A ROUTER has given its name to a newer connection.
    TakenOver,
}

impl Reason {
    /// One line for people.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Closed => "the peer is gone",
            Self::Failed(failure) => failure.reason(),
            Self::Abandoned => "a message to the peer was given up half way",
            Self::Occupied => "a PAIR has one peer, and it is there",
            Self::Nameless(Refused::Full) => "there is no room for another routing id",
            Self::Nameless(_) => "another peer has this routing id",
            Self::TakenOver => "a newer connection has taken the routing id over",
        }
    }
}

impl core::fmt::Display for Reason {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.reason())
    }
}
