//! A queue of messages in a ring of octets: each is in it whole, or not at all.

mod conflate;

use super::Ring;
use crate::mark::{Full, HighWater};
use crate::wire::{FrameHead, FrameKind};

/// Messages in a lent slice, framed as on the wire: a body takes 2 octets more than it has, or 9 from 256 on.
///
/// A message is written frame by frame and becomes visible with its last one; until then it can be taken back. So
/// two marks hold at once: messages, and octets (the slice).
///
/// What is larger than the slice can go through it all the same, if both sides agree to that: from
/// [`stream_frame`](Self::stream_frame) on the open message is visible as far as it has come, and
/// [`take_piece`](Self::take_piece) takes what is there.
///
/// ```
/// use zmtp_core::store::FrameQueue;
///
/// let mut storage = [0; 32];
/// let mut queue = FrameQueue::new(&mut storage, 10);
/// queue.push(&[b"weather", b"12 C"]).unwrap();
/// let mut body = [0; 16];
/// assert_eq!(queue.take_frame(&mut body), Ok((7, true)));
/// assert_eq!(queue.take_frame(&mut body), Ok((4, false)));
/// assert_eq!(&body[..4], b"12 C");
/// ```
#[derive(Debug)]
pub struct FrameQueue<'a> {
    ring: Ring<'a>,
    /// Messages only; the ring is the mark on octets.
    mark: HighWater,
    /// Octets at the start of the ring that belong to whole messages.
    committed: usize,
    /// Octets still to be written of the open frame.
    open: u64,
    /// Whether the open frame is the last of its message.
    last: bool,
    /// Whether the open message is visible before it is whole.
    streaming: bool,
    /// Octets still to be read of the frame that leaves piece by piece, and whether it is the last of its message.
    leaving: u64,
    leaving_last: bool,
    /// Whether a newer message takes the place of those that wait.
    conflates: bool,
}

/// A piece of a frame that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Octets taken now.
    pub octets: usize,
    /// Octets of the frame that are still to be taken.
    pub left: u64,
    /// Whether another frame of the same message follows this one.
    pub more: bool,
}

/// Why no frame was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TakeError {
    /// There is no message, or what is there of a message in pieces has been taken.
    Empty,
    /// The caller's room, or the queue's own, is too small for the frame, which stays where it is: take it in pieces.
    TooSmall {
        /// Octets in the frame.
        needed: u64,
    },
}

impl<'a> FrameQueue<'a> {
    /// An empty queue in `octets`, for at most `messages` messages; 0 is no such mark.
    #[must_use]
    pub fn new(octets: &'a mut [u8], messages: usize) -> Self {
        Self {
            ring: Ring::new(octets),
            mark: HighWater::new(messages, 0),
            committed: 0,
            open: 0,
            last: false,
            streaming: false,
            leaving: 0,
            leaving_last: true,
            conflates: false,
        }
    }

    /// Whole messages in the queue.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.mark.held().0
    }

    /// Whether there is no whole message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.committed == 0
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.ring.truncate(0);
        self.mark.release(usize::MAX, usize::MAX);
        (self.committed, self.open, self.leaving) = (0, 0, 0);
        (self.last, self.streaming, self.leaving_last) = (false, false, true);
    }

    /// Queues a whole message; no parts are no message.
    ///
    /// # Errors
    /// [`Full`] if there is no room for all of it; nothing has changed then.
    pub fn push(&mut self, parts: &[&[u8]]) -> Result<(), Full> {
        self.push_behind(&[], parts)
    }

    /// Queues a whole message of these parts with others in front; without parts there is no message.
    ///
    /// # Errors
    /// [`Full`] if there is no room for all of it; nothing has changed then.
    pub fn push_behind(&mut self, envelope: &[&[u8]], parts: &[&[u8]]) -> Result<(), Full> {
        if parts.is_empty() {
            return Ok(());
        }
        let result = self.push_parts(envelope, parts);
        if result.is_err() {
            self.abort();
        }
        result
    }

    fn push_parts(&mut self, envelope: &[&[u8]], parts: &[&[u8]]) -> Result<(), Full> {
        let mut left = envelope.len().saturating_add(parts.len());
        for part in envelope.iter().chain(parts) {
            left = left.saturating_sub(1);
            self.begin_frame(FrameHead::message(left > 0, part.len() as u64))?;
            self.write(part);
        }
        Ok(())
    }

    /// Begins a frame, for all of whose body there is room. A command is a message of its own.
    ///
    /// # Errors
    /// [`Full::Now`] if there will be room when messages have left; [`Full::Never`] if the message, as far as it has
    /// come, is larger than the queue. Nothing has changed then.
    pub fn begin_frame(&mut self, frame: FrameHead) -> Result<(), Full> {
        let FrameHead { kind, len } = frame;
        let head = frame.encode();
        let frame =
            usize::try_from(len).ok().and_then(|len| len.checked_add(head.len())).ok_or(Full::Never)?;
        if frame > self.most() {
            return Err(Full::Never);
        }
        self.begin(FrameHead { kind, len }, frame)
    }

    /// Begins a frame whose body need not fit: it is written and taken in pieces, and with it what was written of its
    /// message so far becomes visible. It cannot be taken back any more.
    ///
    /// # Errors
    /// [`Full`] if there is no room for the head. No octet has been written then.
    pub fn stream_frame(&mut self, frame: FrameHead) -> Result<(), Full> {
        let head = frame.encode().len();
        if head > self.ring.capacity() {
            return Err(Full::Never);
        }
        if head > self.ring.room() && self.ring.len() > self.committed {
            // Nothing leaves before what is written is visible.
            self.show();
        }
        self.write_head(frame, head)?;
        self.show();
        self.close_if_whole();
        Ok(())
    }

    /// Begins a frame, if there is room for `octets`.
    fn begin(&mut self, frame: FrameHead, octets: usize) -> Result<(), Full> {
        self.write_head(frame, octets)?;
        self.close_if_whole();
        Ok(())
    }

    /// Writes a head, if there is room for `octets`.
    fn write_head(&mut self, frame: FrameHead, octets: usize) -> Result<(), Full> {
        if self.is_conflating() {
            self.make_way(octets);
        }
        if octets > self.ring.room() || self.has_no_place() {
            return Err(Full::Now);
        }
        self.ring.push(frame.encode().as_ref());
        (self.open, self.last) = (frame.len, is_last(frame.kind));
        Ok(())
    }

    /// Whether there is no place for another message, whatever its size.
    fn has_no_place(&self) -> bool {
        !self.streaming && !self.is_conflating() && self.mark.is_full()
    }

    /// Makes the open message visible as far as it is written.
    fn show(&mut self) {
        if !core::mem::replace(&mut self.streaming, true) {
            self.mark.admit_run(1, 0);
        }
        self.committed = self.ring.len();
    }

    /// Octets still to be written of the open frame.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.open
    }

    /// Octets there is room for.
    #[must_use]
    pub fn room(&self) -> usize {
        self.ring.room()
    }

    /// Whether there is room for a message of these parts.
    #[must_use]
    pub fn has_room(&self, parts: &[&[u8]]) -> bool {
        let frame = |part: &&[u8]| {
            FrameHead::message(false, part.len() as u64).encode().len().saturating_add(part.len())
        };
        let octets = parts.iter().map(frame).fold(0, usize::saturating_add);
        if self.is_conflating() {
            return octets <= self.capacity().saturating_sub(self.left_of_leaving());
        }
        octets <= self.room() && !self.mark.is_full()
    }

    /// Octets it has room for when it is empty.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// Whether there is room for a frame with `len` octets behind what is written of its message. If `streaming`, that
    /// becomes visible where it has to leave first.
    ///
    /// # Errors
    /// [`Full`] as for [`begin_frame`](Self::begin_frame).
    pub fn admits(&mut self, len: usize, streaming: bool) -> Result<(), Full> {
        let frame = FrameHead::message(false, len as u64).encode().len().saturating_add(len);
        if frame > self.most() && streaming && frame <= self.ring.capacity() {
            self.show();
        }
        self.fits(frame)
    }

    /// Whether there is room for so many octets behind what is written of their message.
    pub(crate) fn fits(&self, octets: usize) -> Result<(), Full> {
        if octets > self.most() {
            return Err(Full::Never);
        }
        let full = octets > self.ring.room() || self.has_no_place();
        if full { Err(Full::Now) } else { Ok(()) }
    }

    /// The most octets a frame may have behind what is written of its message, head included.
    fn most(&self) -> usize {
        let written = self.ring.len().saturating_sub(self.committed);
        self.ring.capacity().saturating_sub(written)
    }

    /// Whether the frame that is being written is the last of its message.
    #[must_use]
    pub fn is_last_open(&self) -> bool {
        self.last
    }

    /// Whether a message is visible that is not whole yet.
    #[must_use]
    pub fn is_streaming(&self) -> bool {
        self.streaming
    }

    /// Writes octets of the open frame, as many as it has and as there is room for. Returns how many were written.
    pub fn write(&mut self, octets: &[u8]) -> usize {
        if self.open == 0 {
            return 0;
        }
        let most = usize::try_from(self.open).unwrap_or(usize::MAX).min(octets.len());
        let count = self.ring.push(octets.get(..most).unwrap_or_default());
        self.open = self.open.saturating_sub(count as u64);
        self.close_if_whole();
        count
    }

    fn close_if_whole(&mut self) {
        let whole = self.open == 0 && self.last;
        if whole && self.is_conflating() && self.left_of_leaving() == 0 {
            self.take_over();
        }
        if whole || self.streaming {
            self.show();
        }
        if whole {
            (self.last, self.streaming) = (false, false);
        }
    }

    /// Takes back the message that is not whole yet, unless it is visible already.
    pub fn abort(&mut self) {
        if self.streaming {
            return;
        }
        self.ring.truncate(self.committed);
        (self.open, self.last) = (0, false);
    }

    /// Takes the next frame into `body`, or what is left of it; returns its octets and whether another frame of its message
    /// follows.
    ///
    /// # Errors
    /// [`TakeError`] if there is none, or it does not fit.
    pub fn take_frame(&mut self, body: &mut [u8]) -> Result<(usize, bool), TakeError> {
        let (len, head) = match self.leaving {
            0 => self.front().map(|(head, octets)| (head.len, octets)).ok_or(TakeError::Empty)?,
            left => (left, 0),
        };
        let too_small = TakeError::TooSmall { needed: len };
        let octets = usize::try_from(len).ok().and_then(|len| len.checked_add(head)).ok_or(too_small)?;
        if octets > self.ring.capacity() {
            return Err(too_small);
        }
        if octets > self.committed {
            return Err(TakeError::Empty);
        }
        let room = body.get_mut(..octets.saturating_sub(head)).ok_or(too_small)?;
        self.take_piece(room).map(|taken| (taken.octets, taken.more))
    }

    /// Takes octets of the next frame into `body`: as many as are there and fit.
    ///
    /// # Errors
    /// [`TakeError::Empty`] if there are none.
    pub fn take_piece(&mut self, body: &mut [u8]) -> Result<Taken, TakeError> {
        if self.leaving == 0 {
            self.begin_taking().ok_or(TakeError::Empty)?;
        }
        let wanted = self.leaving > 0 && !body.is_empty();
        let octets = self.pop(body);
        if wanted && octets == 0 {
            return Err(TakeError::Empty);
        }
        Ok(Taken { octets, left: self.leaving, more: !self.leaving_last })
    }

    /// Removes the head of the next frame; its body is `leaving`.
    fn begin_taking(&mut self) -> Option<()> {
        let (head, head_len) = self.front()?;
        self.remove(head_len);
        (self.leaving, self.leaving_last) = (head.len, is_last(head.kind));
        self.release_if_out();
        Some(())
    }

    /// Moves octets of the frame that leaves to `out`.
    fn pop(&mut self, out: &mut [u8]) -> usize {
        let most = usize::try_from(self.leaving).unwrap_or(usize::MAX).min(out.len());
        let count = self.ring.pop(out.get_mut(..most).unwrap_or_default());
        self.gone(count);
        count
    }

    /// Notes that `octets` of the frame that leaves are out of the ring.
    fn gone(&mut self, octets: usize) {
        self.committed = self.committed.saturating_sub(octets);
        if octets > 0 {
            self.leaving = self.leaving.saturating_sub(octets as u64);
            self.release_if_out();
        }
    }

    fn release_if_out(&mut self) {
        if self.leaving == 0 && self.leaving_last {
            self.mark.release(1, 0);
        }
    }

    /// Drops the rest of the message whose frames are being taken, or the next one. Returns whether that was all of it; if
    /// not, the rest is not to be written: the next frame begins another message.
    pub fn skip_message(&mut self) -> bool {
        let mut whole = !self.streaming;
        loop {
            if self.leaving == 0 && self.begin_taking().is_none() {
                break;
            }
            self.drop_leaving();
            if self.leaving > 0 {
                whole = false;
                break;
            }
            if self.leaving_last {
                return true;
            }
        }
        if !whole {
            self.mark.release(1, 0);
            (self.open, self.leaving) = (0, 0);
            (self.last, self.streaming, self.leaving_last) = (false, false, true);
        }
        whole
    }

    /// The next frame: its head, and its body, as far as it has come, in one piece or two. None while a frame is part of
    /// the way out.
    #[must_use]
    pub fn front_frame(&self) -> Option<(FrameHead, [&[u8]; 2])> {
        let (head, head_len) = self.front()?;
        let len = usize::try_from(head.len).ok()?;
        Some((head, self.ring.pieces(head_len, len)))
    }

    /// Removes the frame that [`front_frame`](Self::front_frame) shows.
    pub fn discard_frame(&mut self) {
        if self.begin_taking().is_some() {
            self.drop_leaving();
        }
    }

    /// Drops what is here of the frame that leaves.
    fn drop_leaving(&mut self) {
        let here = usize::try_from(self.leaving).unwrap_or(usize::MAX).min(self.committed);
        self.ring.discard(here);
        self.gone(here);
    }

    /// The head of the next frame, and how many octets it takes; none while a frame is part of the way out.
    #[must_use]
    pub fn front(&self) -> Option<(FrameHead, usize)> {
        if self.leaving > 0 { None } else { self.head_at(0) }
    }

    /// Octets of the next frame with its head, or what is left of it when it is part of the way out.
    #[must_use]
    pub fn leaving(&self) -> Option<u64> {
        if self.leaving > 0 {
            return Some(self.leaving);
        }
        self.front().map(|(head, head_len)| head.len.saturating_add(head_len as u64))
    }

    /// Takes octets of the next frame as they are on the wire, head included; returns how many, never beyond its end.
    pub fn take_octets(&mut self, out: &mut [u8]) -> usize {
        if self.leaving == 0 {
            let Some((head, head_len)) = self.front() else { return 0 };
            self.leaving = head.len.saturating_add(head_len as u64);
            self.leaving_last = is_last(head.kind);
        }
        self.pop(out)
    }

    /// The head at this place of the ring, if what is there is visible.
    fn head_at(&self, from: usize) -> Option<(FrameHead, usize)> {
        if from >= self.committed {
            return None;
        }
        let mut octets = [0; FrameHead::MAX_LEN];
        for (at, slot) in octets.iter_mut().enumerate() {
            *slot = self.ring.get(from.saturating_add(at)).unwrap_or_default();
        }
        FrameHead::decode(&octets).ok().flatten()
    }

    fn remove(&mut self, octets: usize) {
        self.ring.discard(octets);
        self.committed = self.committed.saturating_sub(octets);
    }
}

fn is_last(kind: FrameKind) -> bool {
    kind != FrameKind::Message { more: true }
}

impl core::fmt::Display for TakeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Empty => f.write_str("no message waits"),
            Self::TooSmall { needed } => {
                write!(f, "the frame has {needed} octets, more than the room for it")
            }
        }
    }
}

impl core::error::Error for TakeError {}

#[cfg(test)]
mod tests;
