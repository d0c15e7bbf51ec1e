//! A queue of messages in a ring of octets: each is in it whole, or not at all.

use super::Ring;
use crate::mark::{Full, HighWater};
use crate::wire::{FrameHead, FrameKind};

/// Messages in a lent slice, framed as on the wire: a body takes 2 octets more than it has, or 9 from 256 on.
///
/// A message is written frame by frame and becomes visible with its last one; until then it can be taken back. So
/// two marks hold at once: messages, and octets (the slice).
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
    /// Octets still to be read of the frame that leaves piece by piece, and whether it is the last of its message.
    leaving: u64,
    leaving_last: bool,
}

/// Why no frame was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TakeError {
    /// There is no message.
    Empty,
    /// The caller's room is too small for the frame, which stays where it is.
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
            leaving: 0,
            leaving_last: false,
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
    }

    /// Queues a whole message; no parts are no message.
    ///
    /// # Errors
    /// [`Full`] if there is no room for all of it; nothing has changed then.
    pub fn push(&mut self, parts: &[&[u8]]) -> Result<(), Full> {
        let result = self.push_parts(parts);
        if result.is_err() {
            self.abort();
        }
        result
    }

    fn push_parts(&mut self, parts: &[&[u8]]) -> Result<(), Full> {
        let mut left = parts.len();
        for part in parts {
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
        let written = self.ring.len().saturating_sub(self.committed);
        let frame =
            usize::try_from(len).ok().and_then(|len| len.checked_add(head.len())).ok_or(Full::Never)?;
        if frame > self.ring.capacity().saturating_sub(written) {
            return Err(Full::Never);
        }
        if frame > self.ring.room() || self.mark.is_full() {
            return Err(Full::Now);
        }
        self.ring.push(head.as_ref());
        (self.open, self.last) = (len, is_last(kind));
        self.commit_if_whole();
        Ok(())
    }

    /// Writes octets of the open frame; more than it has are left out. Returns how many were written.
    pub fn write(&mut self, octets: &[u8]) -> usize {
        if self.open == 0 {
            return 0;
        }
        let most = usize::try_from(self.open).unwrap_or(usize::MAX).min(octets.len());
        let count = self.ring.push(octets.get(..most).unwrap_or_default());
        self.open = self.open.saturating_sub(count as u64);
        self.commit_if_whole();
        count
    }

    fn commit_if_whole(&mut self) {
        if self.open == 0 && self.last {
            self.committed = self.ring.len();
            self.last = false;
            self.mark.admit_run(1, 0);
        }
    }

    /// Takes back the message that is not whole yet.
    pub fn abort(&mut self) {
        self.ring.truncate(self.committed);
        (self.open, self.last) = (0, false);
    }

    /// Takes the next frame into `body`; returns its octets and whether another frame of its message follows.
    ///
    /// # Errors
    /// [`TakeError`] if there is none, or it does not fit.
    pub fn take_frame(&mut self, body: &mut [u8]) -> Result<(usize, bool), TakeError> {
        let (head, head_len) = self.front().ok_or(TakeError::Empty)?;
        let room = usize::try_from(head.len).ok().and_then(|len| body.get_mut(..len));
        let room = room.ok_or(TakeError::TooSmall { needed: head.len })?;
        self.remove(head_len);
        let len = self.ring.pop(room);
        self.committed = self.committed.saturating_sub(len);
        let last = is_last(head.kind);
        if last {
            self.mark.release(1, 0);
        }
        Ok((len, !last))
    }

    /// Drops the rest of the message whose frames are being taken, or the next whole one.
    pub fn skip_message(&mut self) {
        while let Some((head, head_len)) = self.front() {
            self.remove(head_len.saturating_add(usize::try_from(head.len).unwrap_or(usize::MAX)));
            if is_last(head.kind) {
                self.mark.release(1, 0);
                return;
            }
        }
    }

    /// The head of the next frame, and how many octets it takes.
    #[must_use]
    pub fn front(&self) -> Option<(FrameHead, usize)> {
        if self.is_empty() {
            return None;
        }
        let mut octets = [0; FrameHead::MAX_LEN];
        for (at, slot) in octets.iter_mut().enumerate() {
            *slot = self.ring.get(at).unwrap_or_default();
        }
        FrameHead::decode(&octets).ok().flatten()
    }

    /// Octets of the next frame with its head, or what is left of it when it is part of the way out.
    #[must_use]
    pub fn leaving(&self) -> Option<u64> {
        if self.leaving > 0 {
            return Some(self.leaving);
        }
        self.front().map(|(head, head_len)| head.len.saturating_add(head_len as u64))
    }

    /// Moves octets of the next frame, head first, to `out`: as many as fit, and of no later frame.
    pub fn take_octets(&mut self, out: &mut [u8]) -> usize {
        if self.leaving == 0 {
            let Some((head, head_len)) = self.front() else { return 0 };
            self.leaving = head.len.saturating_add(head_len as u64);
            self.leaving_last = is_last(head.kind);
        }
        let most = usize::try_from(self.leaving).unwrap_or(usize::MAX).min(out.len());
        let count = self.ring.pop(out.get_mut(..most).unwrap_or_default());
        self.committed = self.committed.saturating_sub(count);
        self.leaving = self.leaving.saturating_sub(count as u64);
        if self.leaving == 0 && self.leaving_last {
            self.mark.release(1, 0);
        }
        count
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
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use proptest::prelude::*;

    type Message = Vec<Vec<u8>>;

    fn take(queue: &mut FrameQueue<'_>) -> Option<Message> {
        let mut message = Vec::new();
        let mut body = [0; 512];
        loop {
            match queue.take_frame(&mut body) {
                Ok((len, more)) => {
                    message.push(body[..len].to_vec());
                    if !more {
                        return Some(message);
                    }
                }
                Err(error) => {
                    assert_eq!((error, message.len()), (TakeError::Empty, 0));
                    return None;
                }
            }
        }
    }

    fn encoded(message: &Message) -> Vec<u8> {
        let mut octets = Vec::new();
        for (at, part) in message.iter().enumerate() {
            octets.extend(FrameHead::message(at + 1 < message.len(), part.len() as u64).encode().as_ref());
            octets.extend(part);
        }
        octets
    }

    proptest! {
        #[test]
        fn messages_come_out_whole_and_in_order_and_are_refused_whole(
            capacity in 0usize..400, most in 0usize..4,
            operations in proptest::collection::vec(
                (any::<bool>(), proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..290), 1..4)), 0..40)
        ) {
            let mut storage = vec![0; capacity];
            let mut queue = FrameQueue::new(&mut storage, most);
            let mut model = VecDeque::<Message>::new();
            for (push, message) in operations {
                if push {
                    let size = encoded(&message).len();
                    let used: usize = model.iter().map(|message| encoded(message).len()).sum();
                    let fits = used + size <= capacity && (most == 0 || model.len() < most);
                    let parts: Vec<&[u8]> = message.iter().map(Vec::as_slice).collect();
                    let pushed = queue.push(&parts);
                    prop_assert_eq!(pushed.is_ok(), fits);
                    if pushed == Err(Full::Never) {
                        prop_assert!(size > capacity);
                    }
                    if fits {
                        model.push_back(message);
                    }
                } else {
                    prop_assert_eq!(take(&mut queue), model.pop_front());
                }
                prop_assert_eq!(queue.messages(), model.len());
            }
        }

        #[test]
        fn octets_leave_as_they_are_on_the_wire_however_they_are_cut(
            message in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..290), 1..4), cut in 1usize..50
        ) {
            let mut storage = [0; 1024];
            let mut queue = FrameQueue::new(&mut storage, 0);
            let parts: Vec<&[u8]> = message.iter().map(Vec::as_slice).collect();
            queue.push(&parts).unwrap();
            let mut octets: Vec<u8> = Vec::new();
            let mut out = vec![0; cut];
            loop {
                let left = queue.leaving();
                let count = queue.take_octets(&mut out);
                octets.extend(&out[..count]);
                match left {
                    Some(left) => prop_assert_eq!(count as u64, left.min(cut as u64)),
                    None => break,
                }
            }
            prop_assert_eq!(octets, encoded(&message));
            prop_assert_eq!(queue.messages(), 0);
        }
    }

    #[test]
    fn a_frame_that_does_not_fit_the_callers_room_stays() {
        let mut storage = [0; 32];
        let mut queue = FrameQueue::new(&mut storage, 0);
        queue.push(&[b"four"]).unwrap();
        assert_eq!(queue.take_frame(&mut [0; 3]), Err(TakeError::TooSmall { needed: 4 }));
        assert_eq!(queue.take_frame(&mut [0; 4]), Ok((4, false)));
    }

    #[test]
    fn an_aborted_message_leaves_no_trace_and_a_skipped_one_neither() {
        let mut storage = [0; 32];
        let mut queue = FrameQueue::new(&mut storage, 0);
        queue.begin_frame(FrameHead::message(true, 3)).unwrap();
        queue.write(b"abc");
        queue.begin_frame(FrameHead::message(false, 3)).unwrap();
        queue.write(b"d");
        assert!(queue.is_empty());
        queue.abort();
        queue.push(&[b"one", b"1"]).unwrap();
        queue.push(&[b"two"]).unwrap();
        queue.take_frame(&mut [0; 8]).unwrap();
        queue.skip_message();
        assert_eq!(take(&mut queue), Some(vec![b"two".to_vec()]));
    }
}
