//! Conflation: a queue that keeps only its newest message, whole (`ZMQ_CONFLATE`).

use super::{FrameQueue, is_last};

/// Without the feature no queue conflates, and the compiler knows.
const MAY_CONFLATE: bool = cfg!(any(test, feature = "conflate"));

impl FrameQueue<'_> {
    /// Whether only the newest whole message is kept (`ZMQ_CONFLATE`), from the next one on. The mark on messages means
    /// nothing then. A message that is part of the way out is not touched; one that waits goes when a newer one is whole, or
    /// before, if there is no room for both. Not for a queue whose frames are looked at, with
    /// [`front_frame`](Self::front_frame), before they are removed.
    #[cfg(any(test, feature = "conflate"))]
    pub fn set_conflate(&mut self, conflates: bool) {
        self.conflates = conflates;
    }

    /// What is written piece by piece is visible already, and stays.
    pub(super) fn is_conflating(&self) -> bool {
        MAY_CONFLATE && self.conflates && !self.streaming
    }

    /// Conflation, before `octets` are written: where what waits cannot go when the newer message is whole, because
    /// something in front of it is part of the way out, or there is no room for both, it goes now.
    pub(super) fn make_way(&mut self, octets: usize) {
        let leaving = self.left_of_leaving();
        if leaving == 0 && octets > self.ring.room() {
            self.take_over();
        }
        if leaving > 0 && self.ring.len() == self.committed {
            self.ring.truncate(leaving);
            self.committed = leaving;
            self.mark.conflate(1, usize::MAX);
        }
    }

    /// Conflation: what is being written is the only message then.
    pub(super) fn take_over(&mut self) {
        self.ring.discard(self.committed);
        self.committed = 0;
        self.mark.conflate(0, usize::MAX);
    }

    /// Octets at the start of the ring that belong to a message that is part of the way out.
    pub(super) fn left_of_leaving(&self) -> usize {
        let mut at = usize::try_from(self.leaving).unwrap_or(usize::MAX);
        let mut last = self.leaving_last;
        while !last {
            let Some((head, head_len)) = self.head_at(at) else { break };
            let len = usize::try_from(head.len).unwrap_or(usize::MAX);
            at = at.saturating_add(head_len).saturating_add(len);
            last = is_last(head.kind);
        }
        at.min(self.committed)
    }
}
