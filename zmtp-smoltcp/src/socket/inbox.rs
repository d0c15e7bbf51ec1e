//! Receiving from several peers in turn, frame by frame.

use zmtp_core::pattern::{OutOfTurn, Turn};
use zmtp_core::store::TakeError;

use super::Peers;

/// A frame of a message. The frames of a message follow each other without a gap: when the first can be received, all can.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'b> {
    /// The octets, at the start of the caller's buffer.
    pub octets: &'b mut [u8],
    /// Whether another frame of the same message follows (`ZMQ_RCVMORE`).
    pub more: bool,
}

impl<'b> Frame<'b> {
    pub(crate) fn new(buffer: &'b mut [u8], (len, more): (usize, bool)) -> Self {
        Self { octets: buffer.get_mut(..len).unwrap_or_default(), more }
    }
}

/// Why a frame was not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RecvError {
    /// The pattern does not allow it now; it says what to do instead.
    OutOfTurn(OutOfTurn),
    /// The frame is larger than the caller's buffer. It stays: call again with room for `needed` octets, or skip it.
    TooSmall {
        /// Octets in the frame.
        needed: u64,
    },
    /// At a REQ: the peer that had the request is gone, and the reply will never come. The next request may be sent.
    PeerLost,
}

impl core::fmt::Display for RecvError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::OutOfTurn(out_of_turn) => f.write_str(out_of_turn.reason()),
            Self::TooSmall { needed } => write!(f, "the frame has {needed} octets, more than the buffer"),
            Self::PeerLost => f.write_str("the peer that had the request is gone: ask again"),
        }
    }
}

impl core::error::Error for RecvError {}

impl From<OutOfTurn> for RecvError {
    fn from(out_of_turn: OutOfTurn) -> Self {
        Self::OutOfTurn(out_of_turn)
    }
}

/// Whose message comes next, and whose is being received.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    turn: Turn,
    /// The peer whose message has been begun.
    open: Option<usize>,
}

impl Inbox {
    /// The peer whose message has been begun, else the one whose turn it is.
    pub(crate) fn next(&self, peers: &Peers<'_, '_>) -> Option<usize> {
        self.open.or_else(|| self.turn.next(&peers.mask(|peer| peer.link.can_receive())))
    }

    /// Whether the next frame is the first of a message.
    pub(crate) fn is_between_messages(&self) -> bool {
        self.open.is_none()
    }

    /// Takes the next frame from `peer`, which [`next`](Self::next) has named; returns its octets and whether another follows.
    pub(crate) fn take(
        &mut self,
        peers: &mut Peers<'_, '_>,
        peer: usize,
        buffer: &mut [u8],
    ) -> nb::Result<(usize, bool), RecvError> {
        let link = peers.all.get_mut(peer).map(|peer| &mut peer.link).ok_or(nb::Error::WouldBlock)?;
        match link.take_frame(buffer) {
            Ok((len, more)) => {
                self.passed(peer, more);
                Ok((len, more))
            }
            Err(TakeError::Empty) => Err(nb::Error::WouldBlock),
            Err(TakeError::TooSmall { needed }) => Err(nb::Error::Other(RecvError::TooSmall { needed })),
        }
    }

    /// Drops the rest of the message that has been begun, or the next whole one.
    pub(crate) fn skip(&mut self, peers: &mut Peers<'_, '_>) {
        let Some(at) = self.next(peers) else { return };
        if let Some(peer) = peers.all.get_mut(at) {
            peer.link.skip_message();
        }
        self.passed(at, false);
    }

    /// A frame of `peer` is through.
    fn passed(&mut self, peer: usize, more: bool) {
        self.open = more.then_some(peer);
        if !more {
            self.turn.served(peer);
        }
    }

    /// The peer has been attached anew: nothing of it is left.
    pub(crate) fn forget(&mut self, peer: usize) {
        if self.open == Some(peer) {
            self.open = None;
        }
    }
}
