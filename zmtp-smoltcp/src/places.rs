//! What a socket is lent: places for its peers, and what their security needs.

#[cfg(feature = "curve")]
use zmtp_core::mechanism::{Curve, CurveHandshake, Entropy};
use zmtp_core::mechanism::{Mechanism, Null, Plain};

use crate::peer::Peer;

/// The most peers of a socket: the sets of them are the bits of a number.
pub const MAX_PEERS: usize = 32;

/// A security mechanism that every new connection of a board's socket gets a fresh one of.
///
/// With `Null` and `Plain` there is nothing to lend for it. `Curve` draws randomness, and its handshake has its memory in the
/// peer's place, which takes some 350 octets.
pub trait Fresh: Mechanism {
    /// Where a fresh one comes from.
    type Source<'p>;

    /// For a connection that just opened.
    fn fresh(source: &mut Self::Source<'_>) -> Self;

    /// For a place that nobody has taken yet.
    fn idle() -> Self;
}

impl Fresh for Null {
    type Source<'p> = ();

    fn fresh((): &mut ()) -> Self {
        Self
    }

    fn idle() -> Self {
        Self
    }
}

impl Fresh for Plain {
    type Source<'p> = ();

    fn fresh((): &mut ()) -> Self {
        Self::new()
    }

    fn idle() -> Self {
        Self::new()
    }
}

#[cfg(feature = "curve")]
impl Fresh for Curve {
    type Source<'p> = &'p mut dyn Entropy;

    fn fresh(entropy: &mut &mut dyn Entropy) -> Self {
        Self::new(CurveHandshake::new(), *entropy)
    }

    fn idle() -> Self {
        // Replaced before the first octet: no randomness is spent on it.
        Self::new(CurveHandshake::new(), &mut |_: &mut [u8]| {})
    }
}

/// Places for the peers of one socket, lent to it for its life: as many peers at a time.
///
/// An array of [`Peer`]s becomes one by itself, and more than [`MAX_PEERS`] do not compile; a slice has to be tried:
///
/// ```
/// use zmtp_smoltcp::{Config, Dealer, Peer, Places, SocketType, Storage};
///
/// # let mut octets = [[0; 64]; 3];
/// # let [command, incoming, outgoing] = &mut octets;
/// # let storage = Storage { command, incoming, outgoing, messages: 0 };
/// let mut peers: [Peer<'_>; 1] = [Peer::new(storage)];
/// let places = Places::try_from(&mut peers[..])?;
/// let dealer = Dealer::new(Config::new(SocketType::Dealer), places);
/// # Ok::<(), zmtp_smoltcp::TooManyPeers>(())
/// ```
#[derive(Debug)]
pub struct Places<'p, 's, M: Fresh = Null> {
    pub(crate) all: &'p mut [Peer<'s, M>],
    pub(crate) source: M::Source<'p>,
}

/// A socket has at most [`MAX_PEERS`] peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TooManyPeers;

impl<'p, 's, M: Fresh> Places<'p, 's, M> {
    /// These places, and where their security comes from.
    #[must_use]
    pub fn with_source<const N: usize>(all: &'p mut [Peer<'s, M>; N], source: M::Source<'p>) -> Self {
        const { assert!(N <= MAX_PEERS, "a socket has at most 32 peers") };
        Self { all, source }
    }
}

#[cfg(feature = "curve")]
impl<'p, 's> Places<'p, 's, Curve> {
    /// These places, and randomness for the keys of each connection: from a source made for that.
    #[must_use]
    pub fn with_entropy<const N: usize>(
        all: &'p mut [Peer<'s, Curve>; N],
        entropy: &'p mut dyn Entropy,
    ) -> Self {
        Self::with_source(all, entropy)
    }
}

impl<'p, 's, M: Fresh<Source<'p> = ()>, const N: usize> From<&'p mut [Peer<'s, M>; N]> for Places<'p, 's, M> {
    fn from(all: &'p mut [Peer<'s, M>; N]) -> Self {
        Self::with_source(all, ())
    }
}

impl<'p, 's, M: Fresh<Source<'p> = ()>> TryFrom<&'p mut [Peer<'s, M>]> for Places<'p, 's, M> {
    type Error = TooManyPeers;

    fn try_from(all: &'p mut [Peer<'s, M>]) -> Result<Self, TooManyPeers> {
        if all.len() <= MAX_PEERS { Ok(Self { all, source: () }) } else { Err(TooManyPeers) }
    }
}

impl core::fmt::Display for TooManyPeers {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a socket has at most 32 peers")
    }
}

impl core::error::Error for TooManyPeers {}
