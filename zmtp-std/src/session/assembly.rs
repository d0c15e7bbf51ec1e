//! Messages that could not be passed over as they arrived: put together here, in the form that lanes have.

use bytes::{BufMut, BytesMut};
use zmtp_core::wire::{FrameHead, FrameKind};

use crate::parcel::Parcel;

/// A message grows by what it has already, but at least by this: never by what a peer merely claims.
pub(super) const GROWTH: usize = 64 * 1024;

/// Room for the beginning of a message that has not arrived yet.
const FIRST: usize = 1024;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    octets: BytesMut,
    /// Octets so far in the bodies of the message that is not whole yet.
    bodies: usize,
    /// The frame of a message that is open: whether another follows.
    open: Option<bool>,
    /// Whole messages at the start of `octets`, and octets in their bodies.
    whole: (usize, usize),
    /// Where they end.
    end: usize,
}

impl Assembly {
    /// A frame of a message begins, of which so much is `here`.
    pub(super) fn begin(&mut self, head: FrameHead, here: usize) {
        self.open = Some(head.kind == FrameKind::Message { more: true });
        let len = usize::try_from(head.len).unwrap_or(usize::MAX);
        self.octets.reserve(FrameHead::MAX_LEN + len.min(here.max(FIRST)));
        self.octets.put_slice(head.encode().as_ref());
        self.bodies = self.bodies.saturating_add(len);
    }

    /// A frame begins that belongs to no message.
    pub(super) fn close(&mut self) {
        self.open = None;
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(super) fn put(&mut self, octets: &[u8]) {
        self.octets.put_slice(octets);
    }

    /// The place for more of a body of which so much is `left`, and how much may be put there.
    pub(super) fn grow(&mut self, left: usize) -> (&mut BytesMut, usize) {
        let most = self.octets.len().max(GROWTH).min(left);
        self.octets.reserve(most);
        (&mut self.octets, most)
    }

    /// Octets in the bodies of the message that is not whole yet, the open one included.
    pub(super) fn bodies(&self) -> usize {
        self.bodies
    }

    /// The octets in the bodies of the message that is whole as soon as the open frame is.
    pub(super) fn ending(&self) -> Option<usize> {
        (self.open == Some(false)).then_some(self.bodies)
    }

    /// The open frame is whole; returns whether its message is, too.
    pub(super) fn end(&mut self) -> bool {
        if self.open.take() != Some(false) {
            return false;
        }
        self.whole.0 += 1;
        self.whole.1 += std::mem::take(&mut self.bodies);
        self.end = self.octets.len();
        true
    }

    pub(super) fn is_handed_over(&self) -> bool {
        self.whole.0 == 0
    }

    /// Takes out the whole messages.
    pub(super) fn take(&mut self) -> Option<Parcel> {
        let (messages, bodies) = std::mem::take(&mut self.whole);
        if messages == 0 {
            return None;
        }
        let end = std::mem::take(&mut self.end);
        let octets = self.octets.split_to(end);
        if self.octets.is_empty() {
            // So that an idle peer owns no memory.
            self.octets = BytesMut::new();
        }
        Some(Parcel::new(octets.freeze(), messages, bodies))
    }
}
