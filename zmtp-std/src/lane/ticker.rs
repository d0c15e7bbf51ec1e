//! Sees to it that messages which wait for more to be written together do not wait for long.
//!
//! One thread for all lanes, begun with the first that needs it; it sleeps while there is none. It is not the I/O thread, as the clocks of
//! runtimes are too coarse, and a thread that sleeps for this would keep its other connections waiting.

#[cfg(any(shuttle, test))]
use std::sync::Arc;

#[cfg(not(shuttle))]
pub(super) use self::thread::watch;
use super::Lane;

/// Has the lane looked at until it is quiet.
#[cfg(shuttle)]
pub(super) fn watch(lane: &Arc<Lane>) {
    while lane.tick() {}
}

impl Lane {
    /// Wakes the I/O thread if something waits, and nothing was written for a while. Returns whether to look again.
    pub(super) fn tick(&self) -> bool {
        let mut outbound = self.outbound.lock().unwrap();
        let quiet = outbound.writing.is_quiet();
        if quiet && std::mem::take(&mut outbound.left) {
            outbound.writing.disappointed();
            drop(outbound);
            self.wake.wake();
            return true;
        }
        outbound.watched = !quiet;
        outbound.save_memory();
        !quiet
    }
}

#[cfg(not(shuttle))]
mod thread {
    use std::sync::{Arc, Mutex, OnceLock};
    use std::thread::{self, Thread};
    use std::time::Duration;

    use super::Lane;

    /// The time between two looks; systems add about half as much again.
    const TICK: Duration = Duration::from_micros(100);

    static LANES: Mutex<Vec<Arc<Lane>>> = Mutex::new(Vec::new());

    /// `None` if there can be no more threads.
    static TICKER: OnceLock<Option<Thread>> = OnceLock::new();

    /// Has the lane looked at until it is quiet.
    #[cold]
    pub(in crate::lane) fn watch(lane: &Arc<Lane>) {
        let begin = || thread::Builder::new().name("zmtp-tick".into()).spawn(run).ok();
        let Some(ticker) = TICKER.get_or_init(|| begin().map(|handle| handle.thread().clone())) else {
            while lane.tick() {}
            return;
        };
        LANES.lock().unwrap().push(Arc::clone(lane));
        ticker.unpark();
    }

    fn run() {
        loop {
            let mut lanes = LANES.lock().unwrap();
            lanes.retain(|lane| lane.tick());
            let quiet = lanes.is_empty();
            drop(lanes);
            if quiet { thread::park() } else { thread::sleep(TICK) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::{Gate, Totals};
    use crate::wait::block_on;
    use crate::{Message, Options};

    #[test]
    fn the_io_thread_is_woken_for_what_its_sender_has_left_and_does_not_come_back_to() {
        let lane = Arc::new(Lane::new(0, 0, &Options::default(), &Totals::default(), Gate::Open));
        lane.send(&[], (&Message::from("last")).into());
        block_on(lane.wake.woken());
        lane.outbound.lock().unwrap().left = true;
        watch(&lane);
        block_on(lane.wake.woken());
        assert!(lane.next_batch().is_some());
    }

    #[test]
    fn a_lane_is_looked_at_until_nothing_moves_and_nothing_is_left() {
        let lane = Lane::new(0, 0, &Options::default(), &Totals::default(), Gate::Open);
        lane.outbound.lock().unwrap().left = true;
        assert!(lane.tick());
        assert!(!lane.outbound.lock().unwrap().left);
        assert!(!lane.tick());
        assert!(!lane.outbound.lock().unwrap().watched);
    }
}
