//! The sockets: a pattern machine of zmtp-core each, over the peers that the caller lends.
//!
//! What they have in common is here, once: [`SocketOf`] a pattern. A pattern says what it makes of its peers
//! ([`Pattern`]), and if it has that, how it receives (`take.rs`) and deals out (`deal.rs`).

#[cfg(feature = "conflate")]
mod conflate;
mod deal;
mod dealer;
mod matching;
mod named;
mod notice;
mod pair;
mod peers;
mod publish;
mod pull;
mod push;
mod rep;
mod req;
mod router;
mod stream;
mod subscribe;
mod take;
#[cfg(feature = "postcard")]
mod typed;
mod xpub;
mod xsub;

#[cfg(feature = "conflate")]
pub use conflate::{Clear, Conflate};
pub use deal::{Deal, Pieces};
pub use dealer::{Dealer, DealerPattern, ProbingDealer};
pub use matching::{Inverted, Prefix};
pub use notice::{Quiet, Telling};
pub use pair::{Pair, PairPattern};
pub use publish::{Delivery, InvertedPub, Pub, PubPattern};
pub use pull::{Pull, PullPattern};
pub use push::{Push, PushPattern};
pub use rep::{Rep, RepPattern, Replied};
pub use req::{ProbingReq, Req, ReqPattern};
pub use router::{NotifyingRouter, Router, RouterPattern};
pub use stream::{RawStream, RawStreamPattern};
pub use subscribe::{InvertedSub, Sub, SubPattern};
pub use take::{Frame, Piece, RecvError, Take};
#[cfg(feature = "postcard")]
pub use typed::{TypedError, encode};
pub use xpub::{Xpub, XpubPattern};
pub use xsub::{Xsub, XsubPattern};

pub(crate) use peers::Peers;

use zmtp_core::mechanism::{Credentials, Null, Verdict};
use zmtp_core::pattern::{OutOfTurn, Unroutable};
use zmtp_core::subscription::TableFull;
use zmtp_core::{Config, Failure, Instant, SocketType};

use crate::event::{Event, Reason};
use crate::places::{Fresh, Places};
use crate::stream::Stream;

/// What all sockets have in common: peers that streams are attached to.
///
/// [`Tcp`](crate::Tcp) makes these calls for smoltcp's TCP sockets; make them yourself to run over another [`Stream`].
pub trait Socket {
    /// Peers at a time.
    fn peers(&self) -> usize;

    /// A stream to `peer` is open. Returns how many messages that were queued to the peer before it are lost; or `None`,
    /// and does nothing, while messages from the peer before it wait to be received: try again later.
    fn attach(&mut self, peer: usize, now: Instant) -> Option<usize>;

    /// Moves octets between the stream and the queues of `peer`.
    ///
    /// # Errors
    /// Why the stream is over: [`detach`](Self::detach) the peer, and close the stream once what it holds is sent.
    fn drive(
        &mut self,
        peer: usize,
        stream: &mut impl Stream,
        now: Instant,
        report: &mut impl FnMut(Event),
    ) -> Result<(), Reason>;

    /// The stream to `peer` is over.
    fn detach(&mut self, peer: usize);

    /// When to drive the peers again if nothing arrives before; `None` is never.
    fn poll_timeout(&self) -> Option<Instant>;

    /// Whether everything queued is in the streams.
    fn is_flushed(&self) -> bool;
}

/// A pattern, as a socket of it sees its peers. The types that implement it have no call of their own.
pub trait Pattern {
    /// As what it introduces itself.
    #[doc(hidden)]
    const TYPE: SocketType;

    /// Whether what a peer has sent stays to be received when its stream is over: its place is taken until then.
    #[doc(hidden)]
    const KEEPS: bool = true;

    /// Whether peers speak no ZMTP: octets are messages as they come, and a peer is introduced as soon as it is there.
    #[doc(hidden)]
    const PLAIN: bool = false;

    /// Whether the place of a peer stays taken, as there is something left for the application to receive.
    #[doc(hidden)]
    fn keeps<M: Fresh>(&self, peers: &Peers<'_, '_, M>, peer: usize) -> bool {
        Self::KEEPS && peers.has_left(peer)
    }

    /// Whether more may be taken from peers now.
    #[doc(hidden)]
    fn has_room(&self) -> bool {
        true
    }

    /// The handshake with a peer is over; it asks to be called `identity`.
    #[doc(hidden)]
    fn introduced(&mut self, _peer: usize, _identity: &[u8]) -> Result<(), Reason> {
        Ok(())
    }

    /// A peer has said a command.
    #[doc(hidden)]
    fn told(&mut self, _peer: usize, _command: &zmtp_core::Event<'_>, _report: &mut dyn FnMut(Event)) {}

    /// A peer was driven; returns whether there is a reason to drive it once more.
    #[doc(hidden)]
    fn driven<M: Fresh>(
        &mut self,
        _peers: &mut Peers<'_, '_, M>,
        _peer: usize,
        _report: &mut dyn FnMut(Event),
    ) -> Result<bool, Reason> {
        Ok(false)
    }

    /// The stream to a peer is over.
    #[doc(hidden)]
    fn lost<M: Fresh>(&mut self, _peers: &mut Peers<'_, '_, M>, _peer: usize) {}
}

/// A socket of a pattern, over peers with a security mechanism, by default none. Use it by the name of the pattern.
pub struct SocketOf<'p, 's, P, M: Fresh = Null> {
    peers: Peers<'p, 's, M>,
    pattern: P,
}

impl<P, M: Fresh> core::fmt::Debug for SocketOf<'_, '_, P, M> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SocketOf").field("peers", &self.peers.all.len()).finish_non_exhaustive()
    }
}

impl<'p, 's, P: Pattern, M: Fresh> SocketOf<'p, 's, P, M> {
    fn of(config: Config<'p, M::Security<'p>>, places: impl Into<Places<'p, 's, M>>, pattern: P) -> Self {
        let config = Config { socket_type: P::TYPE, ..config };
        Self { peers: Peers::new(config, places.into()), pattern }
    }

    /// Whether everything queued is in the streams.
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.peers.is_flushed()
    }

    /// A peer that wants in, and what it shows: with [`Config::admission`], and for a PLAIN server always, the application
    /// has to [`admit`](Self::admit) each. While it does not, the peer waits, until its handshake is late.
    #[must_use]
    pub fn next_admission(&self) -> Option<(usize, Credentials<'_>)> {
        let mut places = self.peers.all.iter().enumerate().filter(|(_, place)| place.attached);
        places.find_map(|(at, place)| place.link.credentials().map(|credentials| (at, credentials)))
    }

    /// Says whether the peer that [`next_admission`](Self::next_admission) has named comes in. It is told as it is driven.
    ///
    /// # Errors
    /// [`Failure`]: the connection ends with it, as with [`Verdict::Refuse`], or has ended before.
    pub fn admit(&mut self, peer: usize, verdict: Verdict) -> Result<(), Failure> {
        let place = self.peers.all.get_mut(peer).filter(|place| place.attached);
        place.map_or(Err(Failure::Misuse), |place| place.link.admit(verdict))
    }
}

impl<P: Pattern, M: Fresh> Socket for SocketOf<'_, '_, P, M> {
    fn peers(&self) -> usize {
        self.peers.all.len()
    }

    fn attach(&mut self, peer: usize, now: Instant) -> Option<usize> {
        if self.pattern.keeps(&self.peers, peer) { None } else { self.peers.attach(peer, now) }
    }

    fn drive(
        &mut self,
        peer: usize,
        stream: &mut impl Stream,
        now: Instant,
        report: &mut impl FnMut(Event),
    ) -> Result<(), Reason> {
        loop {
            self.peers.drive(peer, &mut self.pattern, stream, now, report)?;
            if !self.pattern.driven(&mut self.peers, peer, report)? {
                return Ok(());
            }
        }
    }

    fn detach(&mut self, peer: usize) {
        self.pattern.lost(&mut self.peers, peer);
        self.peers.detach(peer);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.peers.poll_timeout()
    }

    fn is_flushed(&self) -> bool {
        self.peers.is_flushed()
    }
}

/// Why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SendError {
    /// The pattern does not allow it now; it says what to do instead.
    OutOfTurn(OutOfTurn),
    /// The message is larger than the storage lent for messages to any peer. Lend more, or send it in pieces.
    TooLarge,
    /// A message in pieces is under way: write the rest of it first.
    Unfinished,
    /// No message in pieces is under way, or its frame is complete: begin one first.
    NothingBegun,
    /// The peer that was sent a message in pieces is gone, and the message with it. The next one may be begun.
    PeerLost,
    /// At a ROUTER: nobody is called by the routing id in front.
    Unroutable,
    /// At an XSUB: there is no room for another subscription.
    SubscriptionsFull,
}

impl core::fmt::Display for SendError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::OutOfTurn(out_of_turn) => out_of_turn.reason(),
            Self::TooLarge => "the message is larger than the storage lent to the queue",
            Self::Unfinished => "a message in pieces is under way: write the rest of it first",
            Self::NothingBegun => "no frame in pieces is under way: begin one first",
            Self::PeerLost => "the peer is gone, and the rest of the message with it",
            Self::Unroutable => "no peer has this routing id",
            Self::SubscriptionsFull => "there is no room for another subscription",
        })
    }
}

impl core::error::Error for SendError {}

impl From<OutOfTurn> for SendError {
    fn from(out_of_turn: OutOfTurn) -> Self {
        Self::OutOfTurn(out_of_turn)
    }
}

impl From<TableFull> for SendError {
    fn from(_: TableFull) -> Self {
        Self::SubscriptionsFull
    }
}

/// `Full` waits, unless it cannot be told to whom.
impl From<Unroutable> for SendError {
    fn from(_: Unroutable) -> Self {
        Self::Unroutable
    }
}
