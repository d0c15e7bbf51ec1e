//! Receiving from several peers in turn, frame by frame or in pieces.

use zmtp_core::link::Link;
use zmtp_core::pattern::{OutOfTurn, Turn};
use zmtp_core::store::{TakeError, Taken};

use super::{Pattern, Peers, SocketOf};
use crate::Peer;
use crate::places::Fresh;

/// A frame of a message. The frames of a message follow each other without a gap: when the first can be received, all can,
/// unless the peer's messages may be larger than its storage ([`Oversize::Stream`](crate::Oversize::Stream)).
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'b> {
    /// The octets, at the start of the caller's buffer.
    pub octets: &'b mut [u8],
    /// Whether another frame of the same message follows (`ZMQ_RCVMORE`).
    pub more: bool,
}

/// A piece of a frame.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'b> {
    /// The octets, at the start of the caller's buffer.
    pub octets: &'b mut [u8],
    /// Octets of the frame that are still to come.
    pub left: u64,
    /// Whether another frame of the same message follows this one.
    pub more: bool,
}

/// Why a frame was not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RecvError {
    /// The pattern does not allow it now; it says what to do instead.
    OutOfTurn(OutOfTurn),
    /// The frame is larger than the caller's buffer, or than the storage of the peer. It stays: call again with room for
    /// `needed` octets, take it in pieces, or skip it.
    TooSmall {
        /// Octets in the frame.
        needed: u64,
    },
    /// The peer is gone, and with it the rest of the message that was being received; at a REQ also the reply that was
    /// waited for. The next call begins anew.
    PeerLost,
}

impl core::fmt::Display for RecvError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::OutOfTurn(out_of_turn) => f.write_str(out_of_turn.reason()),
            Self::TooSmall { needed } => write!(f, "the frame has {needed} octets, more than the buffer"),
            Self::PeerLost => f.write_str("the peer is gone, and what it had to say with it"),
        }
    }
}

impl core::error::Error for RecvError {}

impl From<OutOfTurn> for RecvError {
    fn from(out_of_turn: OutOfTurn) -> Self {
        Self::OutOfTurn(out_of_turn)
    }
}

/// A pattern that receives.
pub trait Take: Pattern {
    /// Whose message is being received.
    #[doc(hidden)]
    fn inbox(&mut self) -> &mut Inbox;

    /// The peer whose next frame is the application's.
    #[doc(hidden)]
    fn source<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>) -> nb::Result<usize, RecvError> {
        self.inbox().next(peers).ok_or(nb::Error::WouldBlock)
    }

    /// A frame that comes from no peer, in front of the next one of `peer`: its octets, of which more follow.
    #[doc(hidden)]
    fn label(&mut self, _peer: usize) -> Option<&[u8]> {
        None
    }

    /// Whether an empty frame comes next that is from no peer, behind the label of `peer`: all of a message. It is
    /// received then.
    #[doc(hidden)]
    fn notice<M: Fresh>(&mut self, _peers: &Peers<'_, '_, M>, _peer: usize) -> bool {
        false
    }

    /// Whether a message is wanted that begins with this frame.
    #[doc(hidden)]
    fn wants(&self, _first: &[u8]) -> bool {
        true
    }

    /// A message was received, to its end or to where it was skipped.
    #[doc(hidden)]
    fn received<M: Fresh>(&mut self, _peers: &mut Peers<'_, '_, M>, _peer: usize) {}
}

impl<'s, P: Take, M: Fresh> SocketOf<'_, 's, P, M> {
    /// Receives the next frame into `buffer`.
    ///
    /// # Errors
    /// `WouldBlock` if nothing is there; [`RecvError`].
    pub fn recv<'b>(&mut self, buffer: &'b mut [u8]) -> nb::Result<Frame<'b>, RecvError> {
        let taken = self.take(buffer, |link, buffer| {
            let (octets, more) = link.take_frame(buffer)?;
            Ok(Taken { octets, left: 0, more })
        })?;
        Ok(Frame { octets: buffer.get_mut(..taken.octets).unwrap_or_default(), more: taken.more })
    }

    /// Receives what is there of the next frame into `buffer`, as much as fits. This is how messages are received that are
    /// larger than the peer's storage ([`Oversize::Stream`](crate::Oversize::Stream)), or than the buffer.
    ///
    /// Messages do not mix: one that has been begun is received to its end before any other. A peer that falls silent in the
    /// middle of one holds the others up, until [`skip`](Self::skip) lets them go, or until its connection ends
    /// ([`RecvError::PeerLost`]), which [heartbeats](crate::Heartbeat) see to. What is skipped is dropped as it comes.
    ///
    /// # Errors
    /// `WouldBlock` if nothing is there; [`RecvError`].
    pub fn recv_piece<'b>(&mut self, buffer: &'b mut [u8]) -> nb::Result<Piece<'b>, RecvError> {
        let Taken { octets, left, more } = self.take(buffer, Link::take_piece)?;
        Ok(Piece { octets: buffer.get_mut(..octets).unwrap_or_default(), left, more })
    }

    /// Drops the rest of the message that has been begun, also what is still to come of it, or the next whole one. Does nothing
    /// if there is none.
    pub fn skip(&mut self) {
        if let Ok(peer) = self.pattern.source(&mut self.peers) {
            if self.pattern.notice(&self.peers, peer) {
                self.pattern.inbox().ended(peer);
            } else {
                self.pattern.inbox().skip(&mut self.peers, peer);
            }
            self.pattern.received(&mut self.peers, peer);
        }
    }

    fn take(
        &mut self,
        buffer: &mut [u8],
        from: impl Fn(&mut Link<'s, M>, &mut [u8]) -> Result<Taken, TakeError>,
    ) -> nb::Result<Taken, RecvError> {
        let Self { peers, pattern } = self;
        loop {
            if core::mem::take(&mut pattern.inbox().cut) {
                return Err(nb::Error::Other(RecvError::PeerLost));
            }
            let peer = pattern.source(peers)?;
            if let Some(label) = pattern.label(peer) {
                let (octets, needed) = (label.len(), label.len() as u64);
                let room = buffer.get_mut(..octets);
                let room = room.ok_or(nb::Error::Other(RecvError::TooSmall { needed }))?;
                room.iter_mut().zip(label).for_each(|(to, from)| *to = *from);
                pattern.inbox().labelled(peer);
                return Ok(Taken { octets, left: 0, more: true });
            }
            if pattern.notice(peers, peer) {
                pattern.inbox().ended(peer);
                pattern.received(peers, peer);
                return Ok(Taken { octets: 0, left: 0, more: false });
            }
            let first = pattern.inbox().is_at_first_frame();
            let taken = pattern.inbox().take(peers, peer, |link| from(link, buffer));
            if taken == Err(nb::Error::WouldBlock)
                && pattern.inbox().is_between_messages()
                && pattern.source(peers).is_ok_and(|other| other != peer)
            {
                // Nothing but the head of a frame was there: it is another peer's turn.
                continue;
            }
            let ended = match &taken {
                Ok(taken) => taken.left == 0 && !taken.more,
                Err(error) => *error == nb::Error::Other(RecvError::PeerLost),
            };
            let unwanted = taken.as_ref().is_ok_and(|taken| {
                first && taken.left == 0 && !pattern.wants(buffer.get(..taken.octets).unwrap_or_default())
            });
            if unwanted && !ended {
                pattern.inbox().skip(peers, peer);
            }
            if ended || unwanted {
                pattern.received(peers, peer);
            }
            if !unwanted {
                return taken;
            }
        }
    }
}

/// Whose message comes next, and whose is being received.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Inbox {
    turn: Turn,
    /// The peer whose message has been begun.
    open: Option<usize>,
    /// A frame of it has been taken.
    begun: bool,
    /// What was being received has vanished with its peer: the application does not know yet.
    pub(crate) cut: bool,
}

impl Inbox {
    /// The peer whose message has been begun, else the one whose turn it is.
    pub(crate) fn next<M: Fresh>(&self, peers: &Peers<'_, '_, M>) -> Option<usize> {
        self.next_of(peers, 0)
    }

    /// The same, where it may also be the turn of these.
    pub(crate) fn next_of<M: Fresh>(&self, peers: &Peers<'_, '_, M>, these: u32) -> Option<usize> {
        self.open.or_else(|| self.turn.next(&(peers.mask(Peer::can_receive) | these)))
    }

    /// Whether no message has been begun.
    pub(crate) fn is_between_messages(&self) -> bool {
        self.open.is_none()
    }

    pub(crate) fn is_at_first_frame(&self) -> bool {
        !self.begun
    }

    /// The label in front of the peer's message has been taken.
    pub(crate) fn labelled(&mut self, peer: usize) {
        self.open = Some(peer);
    }

    /// Takes from `peer`, which [`next`](Self::next) has named.
    pub(crate) fn take<'s, M: Fresh>(
        &mut self,
        peers: &mut Peers<'_, 's, M>,
        peer: usize,
        from: impl FnOnce(&mut Link<'s, M>) -> Result<Taken, TakeError>,
    ) -> nb::Result<Taken, RecvError> {
        let link = peers.link(peer).ok_or(nb::Error::WouldBlock)?;
        match from(link) {
            Ok(taken) => {
                if taken.left > 0 || taken.more {
                    (self.open, self.begun) = (Some(peer), true);
                } else {
                    self.ended(peer);
                }
                Ok(taken)
            }
            Err(TakeError::TooSmall { needed }) => Err(nb::Error::Other(RecvError::TooSmall { needed })),
            // What has come is taken, and there will be no more.
            Err(TakeError::Empty) if link.is_streaming() && !peers.is_attached(peer) => {
                self.skip(peers, peer);
                Err(nb::Error::Other(RecvError::PeerLost))
            }
            Err(TakeError::Empty) => Err(nb::Error::WouldBlock),
        }
    }

    /// Drops the rest of the message of `peer` that has been begun, or its next whole one.
    pub(crate) fn skip<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>, peer: usize) {
        if let Some(link) = peers.link(peer) {
            link.skip_message();
        }
        self.ended(peer);
    }

    fn ended(&mut self, peer: usize) {
        (self.open, self.begun) = (None, false);
        self.turn.served(peer);
    }

    /// Nothing is left of what the peer has sent; returns whether its message had been begun.
    pub(crate) fn forget(&mut self, peer: usize) -> bool {
        let open = self.open == Some(peer);
        if open {
            (self.open, self.begun) = (None, false);
        }
        open
    }
}
