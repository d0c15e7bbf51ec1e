//! The mark of a whole socket, of one direction: all its lanes share it, beside the marks that each has of its own.
//!
//! Locks: that of a half of a lane, then this one.

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
    /// Lanes for which messages have come that had no room.
    waiting: Vec<Weak<Lane>>,
}

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
        Self(Mutex::new(State { mark, blocked: false, waiting: Vec::new() }))
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

    /// Wakes the lanes that wait, if there is room for much. Not to be called under the lock of a lane.
    pub(super) fn wake(&self) {
        let mut state = self.lock();
        if state.waiting.is_empty() || !state.mark.is_low() {
            return;
        }
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.iter().filter_map(Weak::upgrade).for_each(|lane| lane.resume());
    }
}

impl State {
    /// The lane is to be woken when there is room.
    pub(super) fn wait(&mut self, lane: &Arc<Lane>) {
        self.waiting.push(Arc::downgrade(lane));
    }

    pub(super) fn admit(&mut self, bodies: usize) -> Result<(), Full> {
        let admitted = self.mark.admit(bodies);
        self.blocked |= admitted == Err(Full::Now);
        admitted
    }
}
