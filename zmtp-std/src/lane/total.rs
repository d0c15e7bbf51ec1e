//! The mark of a whole socket, of one direction: all its lanes share it, beside the marks that each has of its own.
//!
//! Locks: that of a half of a lane, then this one.

use std::collections::VecDeque;
use std::num::NonZeroU64;
use std::sync::{Arc, Weak};

use zmtp_core::{Budget, Full, HighWater};

use super::Lane;
use crate::Options;
use crate::sync::{Mutex, MutexGuard};

/// Those of both directions, as far as there are any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) send: Option<Arc<Total>>,
    pub(crate) receive: Option<Arc<Total>>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Total(Mutex<State>);

#[derive(Debug)]
pub(super) struct State {
    pub(super) mark: HighWater,
    /// A sender was turned away, and wants to know when there is room.
    blocked: bool,
    /// Lanes for which messages have come that had no room, who has waited longest first. Nobody overtakes them: else those who send
    /// much, or little at a time, would leave no room for others.
    line: VecDeque<Waiting>,
    /// The place of the next.
    next: Place,
}

/// A number in the line: never zero, so that a lane without one needs no more memory.
pub(super) type Place = NonZeroU64;

/// A lane that waits, in which place, and for how many octets.
#[derive(Debug)]
struct Waiting {
    lane: Weak<Lane>,
    place: Place,
    bodies: usize,
}

const NONE: Budget = Budget { messages: 0, octets: 0 };

impl Totals {
    pub(crate) fn of(options: &Options) -> Self {
        let total = |messages: u32, octets: u64| {
            let is_on = (messages > 0 || octets > 0) && !options.conflate;
            is_on.then(|| Arc::new(Total::new(super::mark(messages, octets, None))))
        };
        Self {
            send: total(options.socket_sndhwm, options.socket_sndhwm_bytes),
            receive: total(options.socket_rcvhwm, options.socket_rcvhwm_bytes),
        }
    }
}

impl Total {
    fn new(mark: HighWater) -> Self {
        Self(Mutex::new(State { mark, blocked: false, line: VecDeque::new(), next: Place::MIN }))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(super) fn room(&self) -> Budget {
        self.lock().mark.room()
    }

    /// Whether so many messages, each with `bodies`, have room together. A sender that waits for it is told.
    pub(crate) fn would_admit(&self, messages: usize, bodies: usize) -> Result<(), Full> {
        let octets = (messages as u64).saturating_mul(bodies as u64);
        let fits = |room: Budget| messages as u64 <= room.messages && octets <= room.octets;
        let mut state = self.lock();
        if fits(state.mark.room()) {
            return Ok(());
        }
        let (mut empty, (held, held_octets)) = (state.mark, state.mark.held());
        empty.release(held, held_octets);
        if !fits(empty.room()) {
            return Err(Full::Never);
        }
        state.blocked = true;
        Err(Full::Now)
    }

    /// Whether senders that were turned away may try again.
    pub(super) fn has_room_again(&self) -> bool {
        let mut state = self.lock();
        let again = state.blocked && state.mark.is_low();
        state.blocked &= !again;
        again
    }

    /// Wakes the lanes that wait, if there is room for much, and for what the first waits with. Returns the slots of those for which
    /// messages are to be fetched. Not to be called under the lock of a lane.
    pub(super) fn wake(&self) -> Vec<usize> {
        let mut state = self.lock();
        if !state.serves_line() {
            return Vec::new();
        }
        let line = std::mem::take(&mut state.line);
        drop(state);
        let lanes = line.iter().filter_map(|waiting| waiting.lane.upgrade());
        lanes.filter(|lane| lane.resume()).map(|lane| lane.slot).collect()
    }
}

impl State {
    /// What there is room for, for a lane in this `place`, or in none yet.
    pub(super) fn room_in(&self, place: Option<Place>) -> Budget {
        let first = self.line.front().is_none_or(|first| place.is_some_and(|place| place <= first.place));
        if first { self.mark.room() } else { NONE }
    }

    /// The lane is to be woken when there is room for a message with `bodies`. It keeps its `place` until it gets some.
    pub(super) fn wait(&mut self, lane: &Arc<Lane>, place: &mut Option<Place>, bodies: usize) {
        let place = *place.get_or_insert(self.next);
        self.next = self.next.max(place.saturating_add(1));
        let before = self.line.iter().rev().take_while(|waiting| waiting.place > place).count();
        let waiting = Waiting { lane: Arc::downgrade(lane), place, bodies };
        self.line.insert(self.line.len() - before, waiting);
    }

    fn serves_line(&mut self) -> bool {
        while self.line.pop_front_if(|first| first.lane.strong_count() == 0).is_some() {}
        let fits =
            |first: &Waiting| first.bodies as u64 <= self.mark.room().octets || self.mark.held().0 == 0;
        self.mark.is_low() && self.line.front().is_some_and(fits)
    }

    pub(super) fn admit(&mut self, bodies: usize) -> Result<(), Full> {
        let admitted = self.mark.admit(bodies);
        self.blocked |= admitted == Err(Full::Now);
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::Gate;

    #[test]
    fn who_has_waited_longest_is_first_and_keeps_its_place_until_it_gets_something() {
        let options = Options { socket_rcvhwm_bytes: 10, ..Options::default() };
        let totals = Totals::of(&options);
        let lane = |id| Arc::new(Lane::new(id, id, &options, &totals, Gate::Open));
        let (small, large) = (lane(0), lane(1));
        assert!(small.hand_over_one(8) && !large.has_room_for(9));
        assert!(!small.has_room_for(1), "not before the other");
        small.release(1, 8);
        assert!(small.hand_over_one(2), "quicker, once both were told");
        assert!(!large.has_room_for(9) && !small.hand_over_one(1));
        small.hand_over_some(|room| {
            assert_eq!(room, NONE);
            (0, 0)
        });
        small.release(1, 2);
        assert!(large.hand_over_one(9) && !large.has_room_for(2));
    }

    #[test]
    fn nobody_waits_behind_a_lane_that_is_gone() {
        let options = Options { socket_rcvhwm: 2, ..Options::default() };
        let totals = Totals::of(&options);
        let lane = |id| Arc::new(Lane::new(id, id, &options, &totals, Gate::Open));
        let (first, gone) = (lane(0), lane(1));
        assert!(first.hand_over_one(1) && first.hand_over_one(1) && !gone.has_room_for(1));
        drop(gone);
        first.release(1, 1);
        assert!(first.has_room_for(1));
    }
}
