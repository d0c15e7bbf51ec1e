//! What a queue of frames should hold and answer, in frames instead of octets.

use std::collections::VecDeque;

use zmtp_core::Full;
use zmtp_core::store::{TakeError, Taken};
use zmtp_core::wire::{FrameHead, FrameKind};

struct Frame {
    head: FrameHead,
    /// As on the wire, as far as written and not yet taken.
    octets: VecDeque<u8>,
    /// Still to be written.
    missing: u64,
}

impl Frame {
    fn is_last(&self) -> bool {
        self.head.kind != FrameKind::Message { more: true }
    }

    fn left(&self) -> u64 {
        self.octets.len() as u64 + self.missing
    }

    fn pop(&mut self, most: usize) -> Vec<u8> {
        let count = most.min(self.octets.len());
        self.octets.drain(..count).collect()
    }
}

/// How the frame in front leaves, if it is part of the way out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaving {
    No,
    AsOctets,
    AsBody,
}

pub struct Model {
    capacity: usize,
    most: usize,
    frames: VecDeque<Frame>,
    /// Frames at the end whose message is not visible.
    hidden: usize,
    streaming: bool,
    messages: usize,
    leaving: Leaving,
}

pub fn head_len(len: u64) -> usize {
    if len > 255 { 9 } else { 2 }
}

impl Model {
    /// `most` messages, or any number with 0.
    pub fn new(capacity: usize, most: usize) -> Self {
        let most = if most == 0 { usize::MAX } else { most };
        let frames = VecDeque::new();
        Self { capacity, most, frames, hidden: 0, streaming: false, messages: 0, leaving: Leaving::No }
    }

    pub fn clear(&mut self) {
        *self = Self::new(self.capacity, self.most);
    }

    pub fn messages(&self) -> usize {
        self.messages
    }

    pub fn room(&self) -> usize {
        self.capacity - self.frames.iter().map(|frame| frame.octets.len()).sum::<usize>()
    }

    pub fn open(&self) -> u64 {
        self.frames.back().map_or(0, |frame| frame.missing)
    }

    pub fn is_last_open(&self) -> bool {
        self.open() > 0 && self.frames.back().is_some_and(Frame::is_last)
    }

    pub fn is_streaming(&self) -> bool {
        self.streaming
    }

    /// Whether a message has been begun that is not whole.
    pub fn is_within_message(&self) -> bool {
        self.streaming || self.hidden > 0
    }

    /// Octets that are visible.
    pub fn visible(&self) -> usize {
        self.frames.iter().take(self.frames.len() - self.hidden).map(|frame| frame.octets.len()).sum()
    }

    fn hidden_octets(&self) -> usize {
        self.frames.iter().rev().take(self.hidden).map(|frame| frame.octets.len()).sum()
    }

    fn front_frame(&mut self) -> Option<&mut Frame> {
        if self.frames.len() > self.hidden { self.frames.front_mut() } else { None }
    }

    fn show(&mut self) {
        self.messages += usize::from(!self.streaming);
        (self.streaming, self.hidden) = (true, 0);
    }

    fn has_no_place(&self) -> bool {
        !self.streaming && self.messages >= self.most
    }

    /// For `octets` of a frame there is room, now or never, behind what is written of its message.
    fn fits(&self, octets: usize) -> Result<(), Full> {
        if octets > self.capacity - self.hidden_octets() {
            Err(Full::Never)
        } else if octets > self.room() || self.has_no_place() {
            Err(Full::Now)
        } else {
            Ok(())
        }
    }

    pub fn admits(&mut self, len: usize, streaming: bool) -> Result<(), Full> {
        let octets = head_len(len as u64) + len;
        if streaming && octets <= self.capacity && octets > self.capacity - self.hidden_octets() {
            self.show();
        }
        self.fits(octets)
    }

    pub fn begin(&mut self, head: FrameHead) -> Result<(), Full> {
        self.fits(head_len(head.len).saturating_add(usize::try_from(head.len).unwrap()))?;
        self.append(head);
        Ok(())
    }

    pub fn stream(&mut self, head: FrameHead) -> Result<(), Full> {
        let octets = head_len(head.len);
        if octets > self.capacity {
            return Err(Full::Never);
        }
        if octets > self.room() && self.hidden > 0 {
            self.show();
        }
        if octets > self.room() || self.has_no_place() {
            return Err(Full::Now);
        }
        self.show();
        self.append(head);
        Ok(())
    }

    fn append(&mut self, head: FrameHead) {
        let octets = head.encode().as_ref().iter().copied().collect();
        self.frames.push_back(Frame { head, octets, missing: head.len });
        self.hidden += usize::from(!self.streaming);
        self.close_if_whole();
    }

    pub fn write(&mut self, octets: &[u8]) -> usize {
        let room = self.room();
        let Some(frame) = self.frames.back_mut().filter(|frame| frame.missing > 0) else { return 0 };
        let count = octets.len().min(room).min(usize::try_from(frame.missing).unwrap());
        frame.octets.extend(&octets[..count]);
        frame.missing -= count as u64;
        self.close_if_whole();
        count
    }

    fn close_if_whole(&mut self) {
        if self.open() == 0 && self.frames.back().is_some_and(Frame::is_last) {
            self.show();
            self.streaming = false;
        }
    }

    pub fn abort(&mut self) {
        self.frames.truncate(self.frames.len() - self.hidden);
        self.hidden = 0;
    }

    pub fn push(&mut self, envelope: &[&[u8]], parts: &[&[u8]]) -> Result<(), Full> {
        let all: Vec<_> = envelope.iter().chain(parts).collect();
        for (at, part) in all.iter().enumerate().filter(|_| !parts.is_empty()) {
            if let Err(full) = self.begin(FrameHead::message(at + 1 < all.len(), part.len() as u64)) {
                self.abort();
                return Err(full);
            }
            self.write(part);
        }
        Ok(())
    }

    /// What is left of the frame in front, with its head if that is still there.
    pub fn leaving(&mut self) -> Option<u64> {
        self.front_frame().map(|frame| frame.left())
    }

    /// The head in front and the octets behind it, if it is not part of the way out.
    pub fn front(&mut self) -> Option<(FrameHead, Vec<u8>)> {
        if self.leaving != Leaving::No {
            return None;
        }
        let frame = self.front_frame()?;
        Some((frame.head, frame.octets.iter().skip(head_len(frame.head.len)).copied().collect()))
    }

    pub fn discard_frame(&mut self) {
        if self.leaving == Leaving::No && self.begin_body() {
            self.pop(usize::MAX);
        }
    }

    pub fn may_take_octets(&self) -> bool {
        self.leaving != Leaving::AsBody
    }

    pub fn may_take_body(&self) -> bool {
        self.leaving != Leaving::AsOctets
    }

    pub fn take_octets(&mut self, most: usize) -> Vec<u8> {
        if self.front_frame().is_none() {
            return Vec::new();
        }
        self.leaving = Leaving::AsOctets;
        self.pop(most)
    }

    pub fn take_piece(&mut self, most: usize) -> Result<(Vec<u8>, Taken), TakeError> {
        if self.leaving == Leaving::No && !self.begin_body() {
            return Err(TakeError::Empty);
        }
        let frame = self.frames.front().expect("one is leaving");
        let (left, more) = (frame.left(), !frame.is_last());
        let body = self.pop(most);
        if body.is_empty() && left > 0 && most > 0 {
            return Err(TakeError::Empty);
        }
        Ok((body.clone(), Taken { octets: body.len(), left: left - body.len() as u64, more }))
    }

    pub fn take_frame(&mut self, most: usize) -> Result<(Vec<u8>, bool), TakeError> {
        let (capacity, leaving) = (self.capacity as u64, self.leaving);
        let frame = self.front_frame().ok_or(TakeError::Empty)?;
        let left = frame.left();
        let needed = if leaving == Leaving::No { frame.head.len } else { left };
        if left > capacity {
            return Err(TakeError::TooSmall { needed });
        }
        if frame.missing > 0 {
            return Err(TakeError::Empty);
        }
        if needed > most as u64 {
            return Err(TakeError::TooSmall { needed });
        }
        self.take_piece(most).map(|(body, taken)| (body, taken.more))
    }

    /// Removes the head in front.
    fn begin_body(&mut self) -> bool {
        let Some(frame) = self.front_frame() else { return false };
        frame.pop(head_len(frame.head.len));
        self.leaving = Leaving::AsBody;
        true
    }

    fn pop(&mut self, most: usize) -> Vec<u8> {
        let frame = self.frames.front_mut().expect("one is leaving");
        let octets = frame.pop(most);
        if frame.left() == 0 {
            self.messages -= usize::from(frame.is_last());
            self.frames.pop_front();
            self.leaving = Leaving::No;
        }
        octets
    }

    pub fn skip_message(&mut self) -> bool {
        while let Some(frame) = self.front_frame().filter(|frame| frame.missing == 0) {
            let last = frame.is_last();
            self.frames.pop_front();
            self.leaving = Leaving::No;
            if last {
                self.messages -= 1;
                return true;
            }
        }
        if !self.streaming {
            return true;
        }
        self.messages -= 1;
        self.frames.clear();
        (self.streaming, self.leaving) = (false, Leaving::No);
        false
    }
}
