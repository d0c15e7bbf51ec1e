//! From the queue into the stream: what a link sends, and when.

use super::{Link, QueueError};
use crate::connection::Config;
use crate::mark::Full;
use crate::mechanism::Mechanism;
use crate::time::Instant;
use crate::wire::{FrameHead, SubscriptionHead};

impl<M: Mechanism> Link<'_, M> {
    /// Gives octets for the stream: what the connection owes, then messages. Returns how many.
    ///
    /// Call it also after a [`Failure`](crate::Failure), for what is still owed.
    pub fn transmit(&mut self, config: &Config<'_, M::Security<'_>>, out: &mut [u8], now: Instant) -> usize {
        let mut written: usize = 0;
        loop {
            let room = out.get_mut(written..).unwrap_or_default();
            if self.connection.body_to_send() == 0 {
                let owed = self.connection.poll_transmit(config, room, now);
                written = written.saturating_add(owed);
            }
            let room = out.get_mut(written..).unwrap_or_default();
            let sent = if self.connection.overhead() > 0 { self.seal(room) } else { self.copy(room) };
            written = written.saturating_add(sent);
            if sent == 0 {
                return written;
            }
        }
    }

    /// Gives octets of the next frame as they lie in the queue.
    fn copy(&mut self, room: &mut [u8]) -> usize {
        if self.connection.body_to_send() == 0 {
            let Some(len) = self.outgoing.leaving() else { return 0 };
            if self.connection.begin_octets(len).is_err() {
                return 0;
            }
        }
        let sent = self.outgoing.take_octets(room);
        self.connection.sent_body(sent);
        sent
    }

    /// Gives octets of the next frame, sealed. It stays in the queue until the last of them is out.
    fn seal(&mut self, room: &mut [u8]) -> usize {
        let Some((head, body)) = self.outgoing.front_frame() else { return 0 };
        let sent = self.connection.transmit_sealed(head, body, room).unwrap_or(0);
        if sent > 0 && self.connection.body_to_send() == 0 {
            self.outgoing.discard_frame();
        }
        sent
    }

    /// Whether the peer may be sent messages. There may still be no room.
    #[must_use]
    pub fn may_send(&self) -> bool {
        self.connection.may_send()
    }

    /// Whether a frame may be queued: the peer is ready, and the last frame has been written to its end.
    fn may_queue(&self) -> Result<(), QueueError> {
        if !self.may_send() {
            return Err(QueueError::NotReady);
        }
        if self.outgoing.open() > 0 {
            return Err(QueueError::Unfinished);
        }
        Ok(())
    }

    /// Queues a message of these parts: whole, or not at all.
    ///
    /// # Errors
    /// [`QueueError`]; nothing has changed then.
    pub fn send(&mut self, parts: &[&[u8]]) -> Result<(), QueueError> {
        self.send_behind(&[], parts)
    }

    /// Queues a message of an envelope and these parts: whole, or not at all. Without parts there is no message.
    ///
    /// # Errors
    /// [`QueueError`]; nothing has changed then.
    pub fn send_behind(&mut self, envelope: &[&[u8]], parts: &[&[u8]]) -> Result<(), QueueError> {
        self.may_queue()?;
        Ok(self.outgoing.push_behind(envelope, parts)?)
    }

    /// Whether a message of these parts would be queued.
    #[must_use]
    pub fn has_room(&self, parts: &[&[u8]]) -> bool {
        self.may_send() && self.outgoing.has_room(parts)
    }

    /// Begins a message that is written in pieces, or its next frame: an envelope in front, then the head of a frame with
    /// `len` octets; [`write`](Self::write) them. Another frame follows if `more`.
    ///
    /// If it fits, the message leaves when it is whole; else, if it is not encrypted, as it is written.
    ///
    /// # Errors
    /// [`QueueError`]; nothing has changed then.
    pub fn begin(&mut self, envelope: &[&[u8]], more: bool, len: u64) -> Result<(), QueueError> {
        self.may_queue()?;
        let begun = self.begin_frames(envelope, FrameHead::message(more, len));
        if begun.is_err() && !envelope.is_empty() {
            self.outgoing.abort();
        }
        Ok(begun?)
    }

    fn begin_frames(&mut self, envelope: &[&[u8]], head: FrameHead) -> Result<(), Full> {
        for part in envelope {
            self.outgoing.begin_frame(FrameHead::message(true, part.len() as u64))?;
            self.outgoing.write(part);
        }
        match self.outgoing.begin_frame(head) {
            Err(Full::Never) if self.connection.overhead() == 0 => {
                if !envelope.is_empty() {
                    // From then on it is visible, and cannot be taken back.
                    self.outgoing.fits(head.encode().len())?;
                }
                self.outgoing.stream_frame(head)
            }
            begun => begun,
        }
    }

    /// Writes octets of the frame that has been begun; returns for how many there was room.
    pub fn write(&mut self, octets: &[u8]) -> usize {
        self.outgoing.write(octets)
    }

    /// Octets still to be written of the frame that has been begun.
    #[must_use]
    pub fn left_to_write(&self) -> u64 {
        self.outgoing.open()
    }

    /// Queues a subscription to `topic`, or with `subscribe` false its cancellation, in the form the peer understands.
    ///
    /// # Errors
    /// [`QueueError`]; nothing has changed then.
    pub fn subscribe(&mut self, subscribe: bool, topic: &[u8]) -> Result<(), QueueError> {
        self.may_queue()?;
        let head = SubscriptionHead::new(self.connection.version(), subscribe, topic.len());
        let Some(head) = head else { return Ok(()) };
        self.outgoing.begin_frame(head.frame())?;
        self.outgoing.write(head.name());
        self.outgoing.write(topic);
        Ok(())
    }

    /// Whether [`subscribe`](Self::subscribe) would queue it.
    ///
    /// # Errors
    /// [`QueueError`] as it would say.
    pub fn has_room_to_subscribe(&mut self, subscribe: bool, topic: &[u8]) -> Result<(), QueueError> {
        if !self.may_send() {
            return Err(QueueError::NotReady);
        }
        let head = SubscriptionHead::new(self.connection.version(), subscribe, topic.len());
        let octets = head.and_then(|head| usize::try_from(head.frame().len).ok());
        octets.map_or(Ok(()), |octets| Ok(self.outgoing.admits(octets, false)?))
    }
}
