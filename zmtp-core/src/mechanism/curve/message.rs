//! MESSAGE: a frame of traffic, sealed (RFC 26, "The MESSAGE Command").
//!
//! ```text
//!  07 "MESSAGE" | nonce 8 | tag 16 | flags 1, payload          sealed from the flags on
//!  0              8         16       32       33
//! ```

use super::boxes::{Subkey, TAG_LEN, put_box};
use crate::connection::Failure;
use crate::wire::{Emit, FrameKind, Sink};

/// Octets in front of the payload.
pub(super) const OVERHEAD: usize = 33;

const NAME: &[u8; 8] = b"\x07MESSAGE";
/// Nonces of messages from the client and from the server (Z26-004).
const FROM_CLIENT: &[u8; 16] = b"CurveZMQMESSAGEC";
const FROM_SERVER: &[u8; 16] = b"CurveZMQMESSAGES";

/// LZ-025: what a frame is for is told inside; RFC 26 knows MORE only.
const MORE: u8 = 0b01;
const COMMAND: u8 = 0b10;

/// What is left of all the keys when the handshake is over: 80 octets.
#[derive(Debug)]
pub(super) struct Traffic {
    sending: Subkey,
    receiving: Subkey,
    /// The nonce of the next frame sent.
    next: u64,
    /// The nonce of the last frame received.
    heard: u64,
}

impl Traffic {
    /// For the client: HELLO and INITIATE were its nonces 1 and 2 (Z26-005).
    pub(super) fn of_client(shared: &[u8; 32], heard: u64) -> Self {
        let (sending, receiving) = (Subkey::short(shared, FROM_CLIENT), Subkey::short(shared, FROM_SERVER));
        Self { sending, receiving, next: 3, heard }
    }

    /// For the server: READY was its nonce 1.
    pub(super) fn of_server(shared: &[u8; 32], heard: u64) -> Self {
        let (sending, receiving) = (Subkey::short(shared, FROM_SERVER), Subkey::short(shared, FROM_CLIENT));
        Self { sending, receiving, next: 2, heard }
    }

    /// Makes a MESSAGE of the payload behind the first [`OVERHEAD`] of `octets`.
    pub(super) fn seal(&self, kind: FrameKind, octets: &mut [u8]) -> Result<(), Failure> {
        // Z26-006: a nonce is never used again, not even after 2^64 of them.
        if self.next == u64::MAX {
            return Err(Failure::Nonce);
        }
        let (name, rest) = octets.split_first_chunk_mut::<8>().ok_or(Failure::Misuse)?;
        let (nonce, rest) = rest.split_first_chunk_mut::<8>().ok_or(Failure::Misuse)?;
        let (tag, text) = rest.split_first_chunk_mut::<TAG_LEN>().ok_or(Failure::Misuse)?;
        let flags = text.first_mut().ok_or(Failure::Misuse)?;
        *flags = flags_of(kind);
        *name = *NAME;
        *nonce = self.next.to_be_bytes();
        *tag = self.sending.seal(*nonce, text);
        Ok(())
    }

    /// Puts the same MESSAGE of a payload in two pieces, a block of the cipher at a time.
    pub(super) fn put_sealed(
        &self,
        kind: FrameKind,
        body: [&[u8]; 2],
        emit: &mut Emit<'_>,
    ) -> Result<(), Failure> {
        if self.next == u64::MAX {
            return Err(Failure::Nonce);
        }
        let nonce = self.next.to_be_bytes();
        emit.put(NAME);
        emit.put(&nonce);
        put_box(emit, &self.sending, nonce, |sink| {
            sink.put(&[flags_of(kind)]);
            body.iter().for_each(|piece| sink.put(piece));
        });
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn exhaust(&mut self) {
        self.next = u64::MAX;
    }

    pub(super) fn was_sealed(&mut self) {
        self.next = self.next.saturating_add(1);
    }

    /// Opens a MESSAGE in place: what it is for, and its payload.
    pub(super) fn open<'b>(&mut self, body: &'b mut [u8]) -> Result<(FrameKind, &'b [u8]), Failure> {
        let (name, rest) = body.split_first_chunk_mut::<8>().ok_or(Failure::Command)?;
        if name != NAME {
            return Err(Failure::Unexpected);
        }
        let (nonce, rest) = rest.split_first_chunk_mut::<8>().ok_or(Failure::Command)?;
        let (tag, text) = rest.split_first_chunk_mut::<TAG_LEN>().ok_or(Failure::Command)?;
        let number = u64::from_be_bytes(*nonce);
        // Z26-007, LZ-027: gaps are fine, going back is a replay.
        if number <= self.heard {
            return Err(Failure::Nonce);
        }
        self.receiving.open(*nonce, tag, text)?;
        // Only a frame that the peer has sealed moves the nonce: CVE-2014-7203 and what its repair left.
        self.heard = number;
        let (flags, payload) = text.split_first().ok_or(Failure::Command)?;
        let kind = match *flags {
            0 => FrameKind::Message { more: false },
            MORE => FrameKind::Message { more: true },
            COMMAND => FrameKind::Command,
            _ => return Err(Failure::Flags),
        };
        Ok((kind, payload))
    }
}

fn flags_of(kind: FrameKind) -> u8 {
    match kind {
        FrameKind::Message { more } => u8::from(more) * MORE,
        FrameKind::Command => COMMAND,
    }
}
