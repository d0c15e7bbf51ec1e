//! The frames of a connection as they arrive: heads are collected here, bodies only counted.

use super::{Failure, Limits};
use crate::wire::{FrameHead, FrameKind, MalformedHead, Version};

/// Follows the octets of one direction, frame by frame.
///
/// Heads are collected inside, because a ring buffer shows only the part up to its end: a decoder that asks for
/// the whole head at once would wait for ever at the wrap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoder {
    /// The head so far, `have` octets of it.
    head: [u8; FrameHead::MAX_LEN_V1],
    have: u8,
    /// The frame whose body is open; a command stays open until it has been handled.
    open: Open,
    /// Frames so far in the message that is open; 0 between messages.
    parts: u32,
    /// Octets of the open body still to come.
    left: u64,
    /// Octets so far in the bodies of the message that is open.
    octets: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    Nothing,
    Message,
    Command,
}

impl Decoder {
    pub(super) const fn new() -> Self {
        Self { head: [0; FrameHead::MAX_LEN_V1], have: 0, open: Open::Nothing, parts: 0, left: 0, octets: 0 }
    }

    pub(super) fn open(&self) -> Open {
        self.open
    }

    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Neither within a head, nor a body, nor a message.
    pub(super) fn is_between_messages(&self) -> bool {
        self.have == 0 && self.open == Open::Nothing && self.parts == 0
    }

    /// Takes octets of a head; returns those used, and the head once it is whole.
    pub(super) fn take_head(
        &mut self,
        input: &[u8],
        version: Version,
        limits: &Limits,
        overhead: u64,
    ) -> Result<(usize, Option<FrameHead>), Failure> {
        // A head is mostly in one piece.
        if self.have == 0
            && let Some((head, used)) = decode(version, input)?
        {
            return self.begin(head, limits, overhead).map(|head| (used, Some(head)));
        }
        let mut used: usize = 0;
        for &octet in input {
            let Some(slot) = self.head.get_mut(usize::from(self.have)) else { break };
            *slot = octet;
            self.have = self.have.saturating_add(1);
            used = used.saturating_add(1);
            let octets = self.head.get(..usize::from(self.have)).unwrap_or_default();
            if let Some((head, _)) = decode(version, octets)? {
                self.have = 0;
                return self.begin(head, limits, overhead).map(|head| (used, Some(head)));
            }
        }
        Ok((used, None))
    }

    /// Opens the body of a frame, if the limits allow it. With `overhead` it is encrypted.
    fn begin(&mut self, head: FrameHead, limits: &Limits, overhead: u64) -> Result<FrameHead, Failure> {
        if overhead > 0 {
            return self.begin_encrypted(head, limits, overhead);
        }
        match head.kind {
            FrameKind::Command if head.len > limits.command => return Err(Failure::CommandLimit),
            FrameKind::Command => self.open = Open::Command,
            FrameKind::Message { more } => {
                self.count_part(limits, head.len, more)?;
                self.open = if head.len > 0 { Open::Message } else { Open::Nothing };
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
            limits.admit(payload, self.parts, self.octets)?;
        }
        (self.open, self.left) = (Open::Command, head.len);
        Ok(FrameHead::command(head.len))
    }

    /// Counts a part of a message that was encrypted.
    pub(super) fn count_part(&mut self, limits: &Limits, len: u64, more: bool) -> Result<(), Failure> {
        (self.parts, self.octets) = limits.admit(len, self.parts, self.octets)?;
        if !more {
            (self.parts, self.octets) = (0, 0);
        }
        Ok(())
    }

    /// Opens the identity that a 1.0 or 2.0 peer sends instead of a command. The embedder collects it as one.
    pub(super) fn begin_identity(&mut self, len: u64) -> FrameHead {
        self.open = Open::Command;
        self.left = len;
        (self.parts, self.octets) = (0, 0);
        FrameHead::command(len)
    }

    /// Counts octets of the open body; more than are left are a mistake of the caller.
    pub(super) fn take_body(&mut self, octets: u64) -> Result<(), Failure> {
        self.left = self.left.checked_sub(octets).ok_or(Failure::Misuse)?;
        if self.left == 0 && self.open == Open::Message {
            self.open = Open::Nothing;
        }
        Ok(())
    }

    /// The command that was open has been handled.
    pub(super) fn close_command(&mut self) {
        self.open = Open::Nothing;
        self.left = 0;
    }
}

#[inline]
fn decode(version: Version, octets: &[u8]) -> Result<Option<(FrameHead, usize)>, MalformedHead> {
    if version == Version::V1 { FrameHead::decode_v1(octets) } else { FrameHead::decode(octets) }
}

impl Limits {
    /// Whether a frame of `len` octets may follow `parts` frames of together `octets`; returns both with it.
    #[inline]
    pub(super) fn admit(&self, len: u64, parts: u32, octets: u64) -> Result<(u32, u64), Failure> {
        if len > self.frame {
            return Err(Failure::FrameLimit);
        }
        if parts >= self.parts {
            return Err(Failure::PartsLimit);
        }
        let octets = octets.saturating_add(len);
        if octets > self.message { Err(Failure::MessageLimit) } else { Ok((parts.saturating_add(1), octets)) }
    }
}
