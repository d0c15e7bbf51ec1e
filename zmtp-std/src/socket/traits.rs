//! What tells the socket types apart in the hands of their connections: one row each.

use zmtp_core::SocketType;

/// What kind of socket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One that speaks ZMTP.
    Zmtp(SocketType),
    /// One that speaks plain TCP.
    Stream,
}

impl From<SocketType> for Kind {
    fn from(socket_type: SocketType) -> Self {
        Self::Zmtp(socket_type)
    }
}

impl Kind {
    /// What peers are told.
    pub(super) const fn told(self) -> SocketType {
        match self {
            Self::Zmtp(socket_type) => socket_type,
            // Never told to anybody.
            Self::Stream => SocketType::Pair,
        }
    }

    /// Whether a second connection to the same endpoint makes no sense.
    pub(super) const fn connects_once(self) -> bool {
        use SocketType::{Dealer, Pub, Req, Sub};
        matches!(self, Self::Zmtp(Dealer | Sub | Pub | Req))
    }

    pub(crate) const fn publishes(self) -> bool {
        matches!(self, Self::Zmtp(SocketType::Pub | SocketType::XPub))
    }

    /// Whether the newest message of a peer can stand for all of them (`ZMQ_CONFLATE`).
    pub(crate) const fn may_conflate(self) -> bool {
        use SocketType::{Dealer, Pub, Pull, Push, Sub};
        matches!(self, Self::Zmtp(Push | Pull | Pub | Sub | Dealer))
    }

    /// Whether sending waits for a peer's room, or does otherwise (`slow_peer`): a request that was dropped would have no reply.
    pub(super) const fn may_wait(self) -> bool {
        use SocketType::{Dealer, Pair, Push, Router};
        matches!(self, Self::Zmtp(Push | Dealer | Pair | Router))
    }

    /// Whether messages may be kept for peers that are away: those of a SUB or PULL send none, and a REP or REQ waits for its peer.
    pub(super) const fn may_keep(self) -> bool {
        use SocketType::{Dealer, Pub, Push, Router, XPub};
        matches!(self, Self::Zmtp(Pub | XPub | Push | Dealer | Router))
    }
}

/// See the module. What a pattern decides, and has to remember something for, is in
/// [`Pattern`](super::pattern::Pattern) instead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Traits {
    /// What becomes of messages that arrive.
    pub(super) inbound: Inbound,
    /// Whether what is lost with a peer was owed to somebody: work and requests are, while a subscriber or a client that
    /// left wants nothing more.
    pub(super) owes: bool,
    /// Whether a new peer is told of our subscriptions.
    pub(super) subscribes: bool,
}

/// What becomes of messages that arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inbound {
    /// The socket cannot receive.
    Discarded,
    /// The application receives them.
    Received,
    /// As [`Received`](Self::Received), behind the routing id of their peer.
    Named,
    /// They are subscriptions, or meant for the application.
    Upstream,
}

impl Traits {
    pub(super) const fn of(kind: Kind) -> Self {
        use Inbound::{Discarded, Named, Received, Upstream};
        let Kind::Zmtp(socket_type) = kind else {
            return Self { inbound: Named, owes: false, subscribes: false };
        };
        let (inbound, owes, subscribes) = match socket_type {
            SocketType::Push => (Discarded, true, false),
            SocketType::Req | SocketType::Dealer | SocketType::Pair => (Received, true, false),
            SocketType::Rep | SocketType::Pull => (Received, false, false),
            SocketType::Router => (Named, false, false),
            SocketType::Sub | SocketType::XSub => (Received, false, true),
            SocketType::Pub | SocketType::XPub => (Upstream, false, false),
        };
        Self { inbound, owes, subscribes }
    }
}
