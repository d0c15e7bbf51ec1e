//! Sending to one peer of several, whole or in pieces.

use zmtp_core::link::QueueError;
use zmtp_core::pattern::Turn;

use super::peers::bit;
use super::{Pattern, Peers, SendError, SocketOf};
use crate::places::Fresh;

/// Octets of a delimiter and of what a REQ has in front of it.
const ENVELOPE: usize = 4;

/// What a pattern puts in front of a message.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Envelope {
    /// Nothing.
    None,
    /// An empty frame (Z28-003).
    Delimiter,
    /// A frame with the number of the request, and an empty one (API-006).
    Number([u8; ENVELOPE]),
}

impl Envelope {
    fn with<T>(&self, send: impl FnOnce(&[&[u8]]) -> T) -> T {
        match self {
            Self::None => send(&[]),
            Self::Delimiter => send(&[b""]),
            Self::Number(number) => send(&[number, b""]),
        }
    }
}

/// A pattern that can send a message in pieces.
pub trait Pieces: Pattern {
    /// To whom it goes.
    #[doc(hidden)]
    fn outbox(&mut self) -> &mut Outbox;
}

/// A pattern that gives each message to one of its peers, whose turn it is.
pub trait Deal: Pieces {
    /// Whether a message may be sent now, and what goes in front of it.
    #[doc(hidden)]
    fn may_send(&self) -> Result<Envelope, SendError> {
        Ok(Envelope::None)
    }

    /// Those of the `ready` peers who may get it.
    #[doc(hidden)]
    fn candidates(&self, ready: u32) -> u32 {
        ready
    }

    /// A message has been queued to `peer`, or begun.
    #[doc(hidden)]
    fn sent<M: Fresh>(&mut self, _peers: &mut Peers<'_, '_, M>, _peer: usize) {}
}

impl<P: Deal, M: Fresh> SocketOf<'_, '_, P, M> {
    /// Queues a message of these parts to the next peer that has room for it.
    ///
    /// # Errors
    /// `WouldBlock` if no peer has room now, or there is no peer; [`SendError`]. Nothing has changed then.
    pub fn send(&mut self, parts: &[&[u8]]) -> nb::Result<(), SendError> {
        self.begin_message(|link, envelope| link.send_behind(envelope, parts)).map(drop)
    }

    /// Begins a frame of `len` octets that is sent in pieces: [`write`](Self::write) them. With `more` another one follows
    /// in the same message: begin it next.
    ///
    /// The peer is chosen with the first frame. A frame that fits its storage waits there until the message is whole; one
    /// that does not leaves as it is written. Until its end nothing else is sent to the peer, not even a sign of life: write it
    /// soon, or [`abandon`](Self::abandon) it.
    ///
    /// # Errors
    /// `WouldBlock` if no peer has room now, or there is no peer; [`SendError`]. Nothing has changed then.
    pub fn begin(&mut self, len: u64, more: bool) -> nb::Result<(), SendError> {
        if self.pattern.outbox().is_open() {
            return self.begin_frame(len, more);
        }
        let peer = self.begin_message(|link, envelope| link.begin(envelope, more, len))?;
        self.pattern.outbox().begun(peer, len, more);
        Ok(())
    }

    /// Has a peer chosen, and gives it the message or its beginning.
    fn begin_message(
        &mut self,
        attempt: impl Fn(&mut zmtp_core::link::Link<'_, M>, &[&[u8]]) -> Result<(), QueueError>,
    ) -> nb::Result<usize, SendError> {
        let Self { peers, pattern } = self;
        if pattern.outbox().is_open() {
            return Err(nb::Error::Other(SendError::Unfinished));
        }
        let envelope = pattern.may_send()?;
        let turn = pattern.outbox().turn;
        let mut candidates = pattern.candidates(peers.ready());
        let (mut wait, mut too_large) = (false, false);
        while let Some(peer) = turn.next(&candidates) {
            match peers.open(peer).and_then(|link| envelope.with(|envelope| attempt(link, envelope))) {
                Ok(()) => {
                    pattern.outbox().turn.served(peer);
                    pattern.sent(peers, peer);
                    return Ok(peer);
                }
                // Another peer's storage may be larger.
                Err(QueueError::TooLarge) => too_large = true,
                Err(QueueError::Full | QueueError::NotReady | QueueError::Unfinished) => wait = true,
            }
            candidates &= !bit(peer);
        }
        if too_large && !wait {
            Err(nb::Error::Other(SendError::TooLarge))
        } else {
            Err(nb::Error::WouldBlock)
        }
    }
}

impl<P: Pieces, M: Fresh> SocketOf<'_, '_, P, M> {
    /// Begins the next frame of the message that is under way.
    pub(crate) fn begin_frame(&mut self, len: u64, more: bool) -> nb::Result<(), SendError> {
        let outbox = *self.pattern.outbox();
        let peer = outbox.open.ok_or(SendError::NothingBegun)?;
        if outbox.left > 0 && !outbox.lost {
            return Err(nb::Error::Other(SendError::Unfinished));
        }
        let link = if outbox.lost { Err(QueueError::NotReady) } else { self.peers.open(peer) };
        match link.and_then(|link| link.begin(&[], more, len)) {
            Ok(()) => self.pattern.outbox().begun(peer, len, more),
            Err(error) => return Err(self.broken(error)),
        }
        Ok(())
    }

    /// Writes octets of the frame that has been begun, as many as there is room for and as it has; returns how many.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room now; [`SendError`].
    pub fn write(&mut self, octets: &[u8]) -> nb::Result<usize, SendError> {
        let outbox = *self.pattern.outbox();
        let peer = outbox.open.filter(|_| outbox.left > 0).ok_or(SendError::NothingBegun)?;
        if outbox.lost || self.peers.ready() & bit(peer) == 0 {
            return Err(self.broken(QueueError::NotReady));
        }
        let written = self.peers.link(peer).map_or(0, |link| link.write(octets));
        if written == 0 && !octets.is_empty() {
            return Err(nb::Error::WouldBlock);
        }
        self.pattern.outbox().begun(peer, outbox.left.saturating_sub(written as u64), outbox.more);
        Ok(written)
    }

    /// Gives up the message in pieces that is under way, and with it the connection to its peer: ZMTP has no other end for a
    /// frame than its last octet. The next message may be begun at once. Does nothing if none is under way.
    ///
    /// The stream ends as the peer is driven next, with [`Reason::Abandoned`](crate::Reason::Abandoned).
    pub fn abandon(&mut self) {
        let outbox = self.pattern.outbox();
        let Outbox { open, lost, .. } = core::mem::replace(outbox, outbox.between_messages());
        if !lost && let Some(place) = open.and_then(|peer| self.peers.all.get_mut(peer)) {
            place.abandon();
        }
    }

    /// Why a message in pieces does not go on.
    fn broken(&mut self, error: QueueError) -> nb::Error<SendError> {
        match error {
            QueueError::Full => nb::Error::WouldBlock,
            QueueError::TooLarge => nb::Error::Other(SendError::TooLarge),
            QueueError::Unfinished => nb::Error::Other(SendError::Unfinished),
            QueueError::NotReady => {
                let outbox = self.pattern.outbox();
                *outbox = outbox.between_messages();
                nb::Error::Other(SendError::PeerLost)
            }
        }
    }
}

/// Whose turn it is, and to whom a message in pieces is under way.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Outbox {
    turn: Turn,
    /// The peer that has got the beginning of a message and not its end.
    open: Option<usize>,
    /// Octets still to be written of the frame that has been begun.
    left: u64,
    /// Whether another frame follows it.
    more: bool,
    /// Its stream is over: what is there now is another one.
    lost: bool,
}

impl Outbox {
    /// The same, with no message under way.
    fn between_messages(self) -> Self {
        Self { turn: self.turn, ..Self::default() }
    }

    /// Whether a message has been begun and not ended.
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// `left` octets are to be written of a frame to `peer`.
    pub(crate) fn begun(&mut self, peer: usize, left: u64, more: bool) {
        (self.left, self.more) = (left, more);
        self.open = (left > 0 || more).then_some(peer);
    }

    /// The stream to `peer` is over.
    pub(crate) fn lost(&mut self, peer: usize) {
        self.lost |= self.open == Some(peer);
    }
}
