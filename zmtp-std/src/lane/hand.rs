//! Messages of a quick stream on their way into its lane.
//!
//! The lane hands its open batch out to those who send, with room that is counted as taken from then on. So the messages that fill it
//! cost no lock of the lane, and its marks are exact all the same. Whoever has the batch in hand hands it in when it is ripe, or before
//! anybody looks at the lane who is not to miss what is in it.

use zmtp_core::Budget;

use super::Lane;
use super::outbound::Outbound;
use super::pace::{AGE, MANY, MUCH};
use crate::batch::Batch;
use crate::body::Body;
use crate::sync::Instant;

/// A look at the clock takes as long as a message, so that it is for so many.
const LOOK: u64 = 32;

/// See the module.
#[derive(Debug)]
pub(crate) struct Hand {
    batch: Batch,
    /// What is counted as taken, and is not yet.
    room: Budget,
    /// When it was handed out, or not long before.
    since: Instant,
}

impl Hand {
    /// Takes a message in, behind `envelope`, if there is room in the batch.
    #[inline]
    pub(crate) fn take(&mut self, envelope: &[u8], body: Body<'_>) -> bool {
        let bodies = body.octets();
        if !self.has_room(bodies) {
            return false;
        }
        self.room.messages -= 1;
        self.room.octets -= bodies as u64;
        self.batch.put(envelope, body, bodies);
        true
    }

    #[inline]
    pub(crate) fn has_room(&self, bodies: usize) -> bool {
        self.room.messages > 0 && self.room.octets >= bodies as u64
    }

    /// Whether it is time to hand the batch in.
    #[inline]
    pub(crate) fn is_ripe(&self) -> bool {
        let is_old = || self.room.messages.is_multiple_of(LOOK) && self.since.elapsed() >= AGE;
        self.room.messages == 0 || self.batch.len() >= MUCH || is_old()
    }
}

impl Outbound {
    /// The open batch, with one message that is all that waits; `None` if that is better written at once.
    pub(super) fn hand_out(&mut self) -> Option<Box<Hand>> {
        let [batch] = self.waiting.make_contiguous() else { return None };
        if self.conflates || batch.len() >= MUCH {
            return None;
        }
        let most = self.sheds.map_or(MANY, |most| MANY.min(most.get() as usize));
        let most = Budget { messages: most.saturating_sub(1) as u64, octets: MUCH as u64 };
        let room = self.mark.reserve(most);
        if room.messages == 0 {
            return None;
        }
        self.scheduled = false;
        self.is_quick = true;
        let since = self.writing.pace().last();
        self.waiting.pop_back().map(|batch| Box::new(Hand { batch, room, since }))
    }
}

impl Lane {
    /// Takes the batch back: it is to be written, by [`flush`](Self::flush) or by the I/O thread.
    pub(crate) fn hand_in(&self, hand: Hand) {
        let Hand { batch, room, since: _ } = hand;
        let mut outbound = self.outbound.lock().unwrap();
        // No more than was counted.
        outbound.mark.release(room.messages as usize, room.octets as usize);
        outbound.waiting.push_back(batch);
        outbound.scheduled = true;
    }

    /// Whether nothing was written for so long that what is in hand is to wait no more.
    pub(crate) fn is_quiet(&self) -> bool {
        self.outbound.lock().unwrap().writing.is_quiet()
    }

    /// What was in hand had to be handed in for its sender: the stream is not quick.
    pub(crate) fn disappointed(&self) {
        self.outbound.lock().unwrap().writing.disappointed();
    }

    /// There will be no batch in hand for some time.
    pub(crate) fn rest(&self) {
        let mut outbound = self.outbound.lock().unwrap();
        outbound.is_quick = false;
        outbound.save_memory();
    }
}

#[cfg(all(test, not(shuttle)))]
impl Lane {
    /// As if its stream, which is lent, was quick.
    pub(crate) fn pretend_quick(&self) {
        self.outbound.lock().unwrap().writing.pace().pretend_quick();
    }

    /// As if nothing was written for a while.
    pub(crate) fn pretend_quiet(&self) {
        self.outbound.lock().unwrap().writing.pace().pretend_quiet();
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;
    use crate::Message;

    #[test]
    fn a_batch_is_ripe_when_it_is_full_or_old() {
        let now = Instant::now();
        let hand = |messages, since| Hand {
            batch: Batch::default(),
            room: Budget { messages, octets: u64::MAX },
            since,
        };
        assert!(hand(0, now + AGE).is_ripe());
        assert!(!hand(2 * LOOK, now + AGE).is_ripe());
        let (mut old, message) = (hand(2 * LOOK, now.checked_sub(AGE).unwrap()), Message::from("x"));
        for _ in 1..LOOK {
            assert!(old.take(&[], (&message).into()) && !old.is_ripe(), "the clock is not looked at");
        }
        assert!(old.take(&[], (&message).into()) && old.is_ripe());
    }
}
