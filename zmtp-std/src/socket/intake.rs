//! Messages that have arrived, and whose is received next.

use std::collections::VecDeque;
use std::sync::Arc;

use zmtp_core::pattern::{Matching, Turn};

use super::subscribe::Wanted;
use crate::bits::Bits;
use crate::lane::{Extent, Freed, Lane};
use crate::parcel::Parcel;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};

/// Messages of a peer.
type Arrived = (Arc<Lane>, Parcel);

/// Where I/O threads put what has arrived, without getting in the way of who receives.
#[derive(Debug)]
pub(crate) struct Inbox {
    waiting: Mutex<Waiting>,
    filled: AtomicBool,
    /// Whether only the newest message of each peer is kept.
    conflates: bool,
}

#[derive(Debug, Default)]
struct Waiting {
    parcels: Vec<Arrived>,
    announced: Vec<Announced>,
}

/// A lane, and the one at the other end where something waits for it.
type Announced = (Arc<Lane>, Arc<Lane>);

impl Inbox {
    pub(super) fn new(conflates: bool) -> Self {
        Self { waiting: Mutex::default(), filled: AtomicBool::new(false), conflates }
    }

    pub(super) fn put(&self, lane: &Arc<Lane>, mut parcel: Parcel) {
        parcel.properties = lane.properties();
        let arrived = (Arc::clone(lane), if self.conflates { newest(lane, parcel) } else { parcel });
        let mut waiting = self.waiting.lock().unwrap();
        let replaced = self.conflates && replace(waiting.parcels.iter_mut(), &arrived);
        if !replaced {
            waiting.parcels.push(arrived);
        }
        self.filled.store(true, Ordering::Release);
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        !self.filled.load(Ordering::Acquire)
    }

    /// Something waits at the other end of a lane, in `origin`.
    pub(super) fn announce(&self, lane: &Arc<Lane>, origin: Arc<Lane>) {
        if lane.announce() {
            self.waiting.lock().unwrap().announced.push((Arc::clone(lane), origin));
            self.filled.store(true, Ordering::Release);
        }
    }
}

/// Of what has arrived the newest message alone (API-011).
fn newest(lane: &Lane, parcel: Parcel) -> Parcel {
    let (messages, bodies) = (parcel.messages, parcel.bodies);
    let newest = parcel.into_newest();
    lane.release(messages - newest.messages, bodies - newest.bodies);
    newest
}

/// Puts the newest message of a peer in the place of an older one, if there is one.
fn replace<'a>(mut waiting: impl Iterator<Item = &'a mut Arrived>, (lane, newest): &Arrived) -> bool {
    let Some((_, older)) = waiting.find(|(of, _)| of.id == lane.id) else { return false };
    lane.release(older.messages, older.bodies);
    *older = newest.clone();
    true
}

/// What the receiver holds.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    /// One for each slot of a lane.
    sources: Vec<Source>,
    /// Sources that have something.
    ready: Bits,
    turn: Turn,
    /// Empty, kept for its allocations.
    emptied: Waiting,
    /// What a subscriber subscribed to.
    pub(super) wanted: Wanted,
}

#[derive(Debug, Default)]
struct Source {
    parcels: VecDeque<Arrived>,
    /// Over `inproc`: the lane at the other end.
    origin: Option<Arc<Lane>>,
    /// Something waits there.
    more: bool,
    /// Messages and octets taken whose room has not been given back.
    taken: usize,
    bodies: usize,
}

impl Intake {
    pub(super) fn new(matching: Matching) -> Self {
        Self { wanted: Wanted { matching, ..Wanted::default() }, ..Self::default() }
    }

    /// The next message, fairly among the peers, cut from its parcel by `cut`.
    #[inline]
    pub(super) fn next<T>(
        &mut self,
        inbox: &Inbox,
        cut: impl FnOnce(&Arc<Lane>, &mut Parcel) -> Option<T>,
    ) -> Option<T> {
        if inbox.filled.load(Ordering::Acquire) {
            self.collect(inbox);
        }
        self.cut_next(inbox, cut)
    }

    /// Whether a message waits that is received: one that `wanted`, which is shown a copy of its parcel, does not drop. Those in
    /// front of it are dropped.
    pub(super) fn waits(
        &mut self,
        inbox: &Inbox,
        mut wanted: impl FnMut(&Wanted, &Arc<Lane>, &mut Parcel) -> bool,
    ) -> bool {
        if inbox.filled.load(Ordering::Acquire) {
            self.collect(inbox);
        }
        loop {
            let source = self.next_source(inbox).and_then(|slot| self.sources.get(slot));
            let Some((lane, parcel)) = source.and_then(|source| source.parcels.front()) else { return false };
            if wanted(&self.wanted, lane, &mut parcel.clone()) {
                return true;
            }
            self.cut_next(inbox, |_, parcel| parcel.cut().map(drop));
        }
    }

    /// The source whose turn it is: it has a parcel.
    #[inline]
    fn next_source(&mut self, inbox: &Inbox) -> Option<usize> {
        loop {
            let slot = self.turn.next(&self.ready)?;
            let source = self.sources.get(slot)?;
            if source.parcels.is_empty() || source.more && inbox.conflates {
                self.fetch(slot, inbox);
                continue;
            }
            return Some(slot);
        }
    }

    /// Has the messages handed over that wait at the other end of a lane.
    #[cold]
    fn fetch(&mut self, slot: usize, inbox: &Inbox) {
        let source = &mut self.sources[slot];
        if std::mem::take(&mut source.more)
            && let Some(origin) = &source.origin
        {
            origin.fetch(Extent::Room);
            self.collect(inbox);
        }
        let source = &self.sources[slot];
        if source.parcels.is_empty() && !source.more {
            self.ready.remove(slot);
        }
    }

    #[inline]
    fn cut_next<T>(
        &mut self,
        inbox: &Inbox,
        cut: impl FnOnce(&Arc<Lane>, &mut Parcel) -> Option<T>,
    ) -> Option<T> {
        let slot = self.next_source(inbox)?;
        let source = self.sources.get_mut(slot)?;
        let (lane, parcel) = source.parcels.front_mut()?;
        let result = cut(lane, parcel);
        debug_assert!(result.is_some(), "a parcel has whole messages");
        let bodies = parcel.take_cut();
        if parcel.counted {
            source.taken += 1;
            source.bodies += bodies;
        }
        let ended = result.is_none() || parcel.at >= parcel.octets.len();
        let mut freed = None;
        if ended || lane.is_worth_releasing(source.taken, source.bodies) {
            freed = Some(lane.release(std::mem::take(&mut source.taken), std::mem::take(&mut source.bodies)));
        }
        if ended {
            source.parcels.pop_front();
            if source.parcels.is_empty() && !source.more {
                self.ready.remove(slot);
            }
        }
        if let Some(freed) = freed.filter(|freed| !freed.is_nothing()) {
            self.fetch_freed(slot, &freed);
        }
        self.turn.served(slot);
        result
    }

    /// Has the messages handed over for which there is room now: at once those of the lane in `slot`, which gave it back, or else in
    /// its turn.
    #[inline(never)]
    fn fetch_freed(&mut self, slot: usize, freed: &Freed) {
        if freed.here
            && let Some(origin) = &self.sources[slot].origin
        {
            origin.fetch(Extent::Room);
        }
        for &slot in &freed.others {
            self.source(slot).more = true;
            self.ready.insert(slot);
        }
    }

    #[cold]
    fn collect(&mut self, inbox: &Inbox) {
        let mut arrived = std::mem::take(&mut self.emptied);
        {
            let mut waiting = inbox.waiting.lock().unwrap();
            std::mem::swap(&mut *waiting, &mut arrived);
            inbox.filled.store(false, Ordering::Relaxed);
        }
        for (lane, origin) in arrived.announced.drain(..) {
            lane.heard();
            let source = self.source(lane.slot);
            (source.origin, source.more) = (Some(origin), true);
            self.ready.insert(lane.slot);
        }
        for arrived in arrived.parcels.drain(..) {
            let slot = arrived.0.slot;
            let parcels = &mut self.source(slot).parcels;
            let replaced = inbox.conflates && replace(parcels.iter_mut(), &arrived);
            if !replaced {
                parcels.push_back(arrived);
            }
            self.ready.insert(slot);
        }
        self.emptied = arrived;
    }

    fn source(&mut self, slot: usize) -> &mut Source {
        if self.sources.len() <= slot {
            self.sources.resize_with(slot + 1, Source::default);
        }
        &mut self.sources[slot]
    }
}
