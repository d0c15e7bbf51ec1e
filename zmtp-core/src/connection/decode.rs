//! The frames of a connection as they arrive: heads are collected here, bodies only counted.

use super::{Failure, Limits};
use crate::wire::{FrameHead, FrameKind, HeadReader, Version};

/// Follows the octets of one direction, frame by frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoder {
    /// The head so far.
    head: HeadReader,
    /// What is open; a command stays so until it has been handled.
    open: Open,
    /// Frames so far in the message that is open; 0 between messages.
    parts: u32,
    /// Octets of the open body still to come.
    left: u64,
    /// Octets that may still follow in the bodies of the message that is open.
    room: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// A message, between two of its frames.
    Parts,
    /// The head of a frame.
    Head,
    /// The body of a message's frame.
    Message,
    /// The body of a command, or a whole one.
    Command,
    /// Nothing: the next octet begins a message or a command.
    Nothing,
}

impl Decoder {
    pub(super) const fn new() -> Self {
        Self { head: HeadReader::new(), open: Open::Nothing, parts: 0, left: 0, room: u64::MAX }
    }

    pub(super) fn open(&self) -> Open {
        self.open
    }

    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Neither within a head, nor a body, nor a message.
    pub(super) fn is_between_messages(&self) -> bool {
        self.open == Open::Nothing
    }

    /// Takes octets of a head; returns those used, and the head once it is whole.
    pub(super) fn take_head(
        &mut self,
        input: &[u8],
        version: Version,
        limits: &Limits,
        overhead: Option<u64>,
    ) -> Result<(usize, Option<FrameHead>), Failure> {
        let mut used: usize = 0;
        for &octet in input {
            used = used.wrapping_add(1);
            if let Some(head) = self.head.take(octet, version)? {
                return self.begin(head, limits, overhead).map(|head| (used, Some(head)));
            }
        }
        if used > 0 {
            self.open = Open::Head;
        }
        Ok((used, None))
    }

    /// Begins a message of one frame of `len` octets, between messages; `None` and nothing is done if it is one of those
    /// that [`take_head`](Self::take_head) has to look at.
    #[inline]
    pub(super) fn begin_short(&mut self, len: u8, limits: &Limits) -> Option<FrameHead> {
        let len = u64::from(len);
        if len == 0 || limits.admit(len, 0, limits.message).is_err() {
            return None;
        }
        (self.open, self.left) = (Open::Message, len);
        Some(FrameHead::message(false, len))
    }

    /// Opens the body of a frame, if the limits allow it. `overhead` is that of encryption; there is none in the handshake.
    fn begin(
        &mut self,
        head: FrameHead,
        limits: &Limits,
        overhead: Option<u64>,
    ) -> Result<FrameHead, Failure> {
        // Both are read in any case: where they are constants, the compiler sees it only so.
        let (command, handshake_frame) = (limits.command, limits.handshake_frame);
        let (most, failure) = match overhead {
            Some(0) => (command, Failure::CommandLimit),
            Some(overhead) => return self.begin_encrypted(head, limits, overhead),
            None => (handshake_frame, Failure::HandshakeLimit),
        };
        match head.kind {
            FrameKind::Command if head.len > most => return Err(failure),
            FrameKind::Command => self.open = Open::Command,
            FrameKind::Message { more } => {
                self.count_part(limits, head.len, more)?;
                self.open = if head.len > 0 { Open::Message } else { self.between() };
            }
        }
        self.left = head.len;
        Ok(head)
    }

    /// LZ-024: encrypted frames have the flags of messages or of commands, and either means nothing.
    fn begin_encrypted(
        &mut self,
        head: FrameHead,
        limits: &Limits,
        overhead: u64,
    ) -> Result<FrameHead, Failure> {
        if head.kind == (FrameKind::Message { more: true }) {
            return Err(Failure::Flags);
        }
        let payload = head.len.checked_sub(overhead).ok_or(Failure::Command)?;
        // It has to be one that is allowed, if it is a command, or else if it is a part of a message.
        if payload > limits.command {
            limits.admit(payload, self.parts, self.room(limits))?;
        }
        (self.open, self.left) = (Open::Command, head.len);
        Ok(FrameHead::command(head.len))
    }

    /// Counts a part of a message that was encrypted.
    pub(super) fn count_part(&mut self, limits: &Limits, len: u64, more: bool) -> Result<(), Failure> {
        (self.parts, self.room) = limits.admit(len, self.parts, self.room(limits))?;
        if !more {
            self.parts = 0;
        }
        Ok(())
    }

    fn room(&self, limits: &Limits) -> u64 {
        if self.parts > 0 { self.room } else { limits.message }
    }

    /// Opens the identity that a 1.0 or 2.0 peer sends instead of a command. The embedder collects it as one.
    pub(super) fn begin_identity(&mut self, len: u64) -> FrameHead {
        self.open = Open::Command;
        (self.left, self.parts) = (len, 0);
        FrameHead::command(len)
    }

    /// Counts octets of the open body; more than are left are a mistake of the caller.
    pub(super) fn take_body(&mut self, octets: u64) -> Result<(), Failure> {
        self.left = self.left.checked_sub(octets).ok_or(Failure::Misuse)?;
        if self.left == 0 && self.open == Open::Message {
            self.open = self.between();
        }
        Ok(())
    }

    /// The command that was open has been handled.
    pub(super) fn close_command(&mut self) {
        self.open = self.between();
        self.left = 0;
    }

    /// What is open when no frame is.
    fn between(&self) -> Open {
        if self.parts > 0 { Open::Parts } else { Open::Nothing }
    }
}

impl Limits {
    /// Whether a frame of `len` octets may follow `parts` others of its message where there is `room` for so many octets, at first
    /// [`message`](Self::message); returns what both are behind it. Connections ask this themselves: it is for messages that come
    /// another way.
    ///
    /// ```
    /// use zmtp_core::{Failure, Limits};
    ///
    /// let limits = Limits { message: 10, ..Limits::new() };
    /// let (parts, room) = limits.admit(6, 0, limits.message)?;
    /// assert_eq!((parts, room), (1, 4));
    /// assert_eq!(limits.admit(6, parts, room), Err(Failure::MessageLimit));
    /// # Ok::<(), Failure>(())
    /// ```
    ///
    /// # Errors
    /// [`Failure::FrameLimit`], [`Failure::PartsLimit`] or [`Failure::MessageLimit`].
    #[inline]
    pub fn admit(&self, len: u64, parts: u32, room: u64) -> Result<(u32, u64), Failure> {
        if len > self.frame {
            return Err(Failure::FrameLimit);
        }
        if parts >= self.parts {
            return Err(Failure::PartsLimit);
        }
        let room = room.checked_sub(len).ok_or(Failure::MessageLimit)?;
        Ok((parts.wrapping_add(1), room))
    }
}
