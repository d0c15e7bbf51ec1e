//! Messages that have arrived, and whose is received next.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use zmtp_core::pattern::Turn;

use crate::bits::Bits;
use crate::lane::Lane;
use crate::parcel::Parcel;
use crate::subscription::Topics;

/// Where I/O threads put what has arrived, without getting in the way of who receives.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    parcels: Mutex<Vec<(Arc<Lane>, Parcel)>>,
    filled: AtomicBool,
}

impl Inbox {
    pub(super) fn put(&self, lane: &Arc<Lane>, parcel: Parcel) {
        let mut parcels = self.parcels.lock().unwrap();
        parcels.push((Arc::clone(lane), parcel));
        self.filled.store(true, Ordering::Release);
    }
}

/// What the receiver holds.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    /// One for each slot of a lane.
    sources: Vec<Source>,
    /// Sources that have something.
    ready: Bits,
    turn: Turn,
    /// Empty, kept for its allocation.
    emptied: Vec<(Arc<Lane>, Parcel)>,
    /// What a subscriber subscribed to.
    pub(super) topics: Topics,
}

#[derive(Debug, Default)]
struct Source {
    parcels: VecDeque<(Arc<Lane>, Parcel)>,
    /// Messages and octets taken whose room has not been given back.
    taken: usize,
    bodies: usize,
}

impl Intake {
    /// The next message, fairly among the peers, cut from its parcel by `cut`, which returns it with the octets in its
    /// bodies.
    #[inline]
    pub(super) fn next<T>(
        &mut self,
        inbox: &Inbox,
        cut: impl FnOnce(&Arc<Lane>, &mut Parcel) -> Option<(T, usize)>,
    ) -> Option<T> {
        if inbox.filled.load(Ordering::Acquire) {
            self.collect(inbox);
        }
        let slot = self.turn.next(&self.ready)?;
        let source = self.sources.get_mut(slot)?;
        let (lane, parcel) = source.parcels.front_mut()?;
        let result = cut(lane, parcel);
        debug_assert!(result.is_some(), "a parcel has whole messages");
        let bodies = result.as_ref().map_or(0, |(_, bodies)| *bodies);
        source.taken += 1;
        source.bodies += bodies;
        let ended = result.is_none() || parcel.at >= parcel.octets.len();
        if ended || lane.is_worth_releasing(source.taken, source.bodies) {
            lane.release(std::mem::take(&mut source.taken), std::mem::take(&mut source.bodies));
        }
        if ended {
            source.parcels.pop_front();
            if source.parcels.is_empty() {
                self.ready.remove(slot);
            }
        }
        self.turn.served(slot);
        result.map(|(message, _)| message)
    }

    #[cold]
    fn collect(&mut self, inbox: &Inbox) {
        let mut arrived = std::mem::take(&mut self.emptied);
        {
            let mut parcels = inbox.parcels.lock().unwrap();
            std::mem::swap(&mut *parcels, &mut arrived);
            inbox.filled.store(false, Ordering::Relaxed);
        }
        for (lane, parcel) in arrived.drain(..) {
            let slot = lane.slot;
            if self.sources.len() <= slot {
                self.sources.resize_with(slot + 1, Source::default);
            }
            self.sources[slot].parcels.push_back((lane, parcel));
            self.ready.insert(slot);
        }
        self.emptied = arrived;
    }
}
