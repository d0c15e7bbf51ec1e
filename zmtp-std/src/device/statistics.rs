//! What has gone through a proxy.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::Message;

/// What has gone through a proxy since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// At the frontend.
    pub frontend: Side,
    /// At the backend.
    pub backend: Side,
    /// Messages that could not be passed on: nobody has the routing id in front of them (any more), or they are no replies.
    pub dropped: u64,
    /// Messages that the capture socket had no room for.
    pub not_captured: u64,
}

/// What has gone through one socket of a proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Messages received.
    pub received: u64,
    /// Octets in their parts.
    pub received_octets: u64,
    /// Messages sent.
    pub sent: u64,
    /// Octets in their parts.
    pub sent_octets: u64,
}

impl Statistics {
    /// The counters of both sides in the order of libzmq: frontend before backend, received before sent, messages before octets.
    #[must_use]
    pub fn counters(&self) -> [u64; 8] {
        let of = |side: &Side| [side.received, side.received_octets, side.sent, side.sent_octets];
        let ([a, b, c, d], [e, f, g, h]) = (of(&self.frontend), of(&self.backend));
        [a, b, c, d, e, f, g, h]
    }
}

/// Messages, and the octets in them.
#[derive(Debug, Default)]
struct Tally {
    messages: AtomicU64,
    octets: AtomicU64,
}

impl Tally {
    fn add(&self, message: &Message) {
        self.messages.fetch_add(1, Ordering::Relaxed);
        self.octets.fetch_add(message.octets(), Ordering::Relaxed);
    }

    fn read(&self) -> (u64, u64) {
        (self.messages.load(Ordering::Relaxed), self.octets.load(Ordering::Relaxed))
    }
}

/// What goes one way.
#[derive(Debug, Default)]
pub(super) struct Way {
    received: Tally,
    sent: Tally,
}

impl Way {
    pub(super) fn received(&self, message: &Message) {
        self.received.add(message);
    }

    pub(super) fn sent(&self, message: &Message) {
        self.sent.add(message);
    }
}

/// The counters, while they count.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) to_backend: Way,
    pub(super) to_frontend: Way,
    pub(super) dropped: AtomicU64,
    pub(super) not_captured: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> Statistics {
        let side = |from: &Way, to: &Way| {
            let ((received, received_octets), (sent, sent_octets)) = (from.received.read(), to.sent.read());
            Side { received, received_octets, sent, sent_octets }
        };
        Statistics {
            frontend: side(&self.to_backend, &self.to_frontend),
            backend: side(&self.to_frontend, &self.to_backend),
            dropped: self.dropped.load(Ordering::Relaxed),
            not_captured: self.not_captured.load(Ordering::Relaxed),
        }
    }
}
