//! Socket types and who may talk to whom (RFC 37, "The Socket-Type Property").

use super::names;

/// The type of a socket, as announced in the `Socket-Type` property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SocketType {
    /// Exactly one peer, both directions.
    Pair,
    /// Publishes; knows subscriptions, receives no messages.
    Pub,
    /// Subscribes; receives only.
    Sub,
    /// Asks, and waits for the answer.
    Req,
    /// Answers.
    Rep,
    /// Asks and answers without waiting; shares out over its peers.
    Dealer,
    /// Addresses each peer by its routing id.
    Router,
    /// Takes work in.
    Pull,
    /// Shares work out.
    Push,
    /// A publisher that shows its subscriptions to the application.
    XPub,
    /// A subscriber that sends its subscriptions as messages.
    XSub,
}

impl SocketType {
    const ALL: [Self; 11] = [
        Self::Pair,
        Self::Pub,
        Self::Sub,
        Self::Req,
        Self::Rep,
        Self::Dealer,
        Self::Router,
        Self::Pull,
        Self::Push,
        Self::XPub,
        Self::XSub,
    ];

    /// The names of all, in the same order.
    const NAMES: &'static [u8] =
        b"\x04PAIR\x03PUB\x03SUB\x03REQ\x03REP\x06DEALER\x06ROUTER\x04PULL\x04PUSH\x04XPUB\x04XSUB";

    /// The name on the wire, such as `DEALER`.
    #[must_use]
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 11] =
            ["PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB"];
        NAMES.get(self as usize).copied().unwrap_or_default()
    }

    /// The type with this name on the wire; names are upper case.
    #[must_use]
    pub fn from_name(name: &[u8]) -> Option<Self> {
        Self::ALL.get(names::position(Self::NAMES, name)?).copied()
    }

    /// The octet that announces the type to a ZMTP 2.0 peer (RFC 15). It knows no XPUB and XSUB (Z15-008).
    #[must_use]
    pub fn octet(self) -> u8 {
        match self {
            Self::Pair => 0,
            Self::Pub | Self::XPub => 1,
            Self::Sub | Self::XSub => 2,
            Self::Req => 3,
            Self::Rep => 4,
            Self::Dealer => 5,
            Self::Router => 6,
            Self::Pull => 7,
            Self::Push => 8,
        }
    }

    /// The type that a ZMTP 2.0 peer announces with this octet; deployed ones also send 9 and 10 (LZ-005).
    #[must_use]
    pub fn from_octet(octet: u8) -> Option<Self> {
        match octet {
            9 => Some(Self::XPub),
            10 => Some(Self::XSub),
            _ => Self::ALL.into_iter().find(|each| each.octet() == octet),
        }
    }

    /// Whether a socket of this type may talk to one of type `peer` (the relation is symmetric).
    ///
    /// ```
    /// use zmtp_core::wire::SocketType::*;
    ///
    /// assert!(Req.accepts(Rep) && Req.accepts(Router));
    /// assert!(!Req.accepts(Req) && !Pub.accepts(Pull));
    /// ```
    #[must_use]
    pub fn accepts(self, peer: Self) -> bool {
        use SocketType::{Dealer, Pair, Pub, Pull, Push, Rep, Req, Router, Sub, XPub, XSub};
        match self {
            Req => matches!(peer, Rep | Router),
            Rep => matches!(peer, Req | Dealer),
            Dealer => matches!(peer, Rep | Dealer | Router),
            Router => matches!(peer, Req | Dealer | Router),
            Pub | XPub => matches!(peer, Sub | XSub),
            Sub | XSub => matches!(peer, Pub | XPub),
            Push => peer == Pull,
            Pull => peer == Push,
            Pair => peer == Pair,
        }
    }

    /// Whether peers of this socket send it subscriptions.
    #[must_use]
    pub fn publishes(self) -> bool {
        matches!(self, Self::Pub | Self::XPub)
    }

    /// Whether the socket announces an identity even if it is empty: a ROUTER uses it (RFC 37, "The Identity Property").
    #[must_use]
    pub fn has_identity(self) -> bool {
        matches!(self, Self::Req | Self::Dealer | Self::Router)
    }
}

impl core::fmt::Display for SocketType {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn z37_052_every_name_leads_back_to_its_type() {
        for socket_type in SocketType::ALL {
            assert_eq!(SocketType::from_name(socket_type.name().as_bytes()), Some(socket_type));
        }
        assert_eq!(SocketType::from_name(b"req"), None);
        assert_eq!(SocketType::from_name(b""), None);
    }

    #[test]
    fn z15_002_008_lz_005_octets_of_zmtp_2() {
        for (octet, name) in
            ["PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB"]
                .iter()
                .enumerate()
        {
            assert_eq!(SocketType::from_octet(octet as u8).map(SocketType::name), Some(*name));
        }
        assert_eq!(SocketType::from_octet(11), None);
        assert_eq!((SocketType::XPub.octet(), SocketType::XSub.octet()), (1, 2));
    }

    #[test]
    fn z37_053_to_055_legal_pairs_are_symmetric_and_number_twenty_one() {
        let mut legal = 0;
        for ours in SocketType::ALL {
            for theirs in SocketType::ALL {
                assert_eq!(ours.accepts(theirs), theirs.accepts(ours), "{ours} {theirs}");
                legal += usize::from(ours.accepts(theirs));
            }
        }
        // REQ 2, REP 2, DEALER 3, ROUTER 3, PUB XPUB SUB XSUB 2 each, PUSH PULL PAIR 1 each.
        assert_eq!(legal, 21);
    }
}
