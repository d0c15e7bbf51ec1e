//! How far the tasks of a socket, or at one of its endpoints, are to go; and waiting for that to change.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use event_listener::{Event, EventListener};

use crate::wait;

/// See the module. It only ever goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Open,
    /// Take no more peers; send what waits, then end.
    Closing,
    /// End now.
    Closed,
}

/// A phase that tasks watch.
#[derive(Debug)]
pub(super) struct Watched(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    phase: AtomicU8,
    changed: Event,
    /// How many there are.
    watches: AtomicUsize,
    unwatched: Event,
}

impl Shared {
    fn phase(&self) -> Phase {
        [Phase::Open, Phase::Closing]
            .into_iter()
            .find(|phase| *phase as u8 == self.phase.load(Ordering::SeqCst))
            .unwrap_or(Phase::Closed)
    }
}

impl Watched {
    pub(super) fn new(phase: Phase) -> Self {
        Self(Arc::new(Shared {
            phase: AtomicU8::new(phase as u8),
            changed: Event::new(),
            watches: AtomicUsize::new(0),
            unwatched: Event::new(),
        }))
    }

    pub(super) fn get(&self) -> Phase {
        self.0.phase()
    }

    /// Goes on to `phase`, unless it is there, or further.
    pub(super) fn narrow(&self, phase: Phase) {
        if self.0.phase.fetch_max(phase as u8, Ordering::SeqCst) < phase as u8 {
            self.0.changed.notify(usize::MAX);
        }
    }

    pub(super) fn watch(&self) -> Watch {
        self.0.watches.fetch_add(1, Ordering::SeqCst);
        Watch { shared: Arc::clone(&self.0), seen: self.get(), listener: None }
    }

    /// Waits until nobody watches.
    pub(super) async fn unwatched(&self) {
        let none = || (self.0.watches.load(Ordering::SeqCst) == 0).then_some(());
        wait::until(&self.0.unwatched, none).await;
    }
}

/// The phase, as a task sees it.
#[derive(Debug)]
pub(crate) struct Watch {
    shared: Arc<Shared>,
    /// The last that the task has looked at.
    seen: Phase,
    /// Kept from one wait to the next: connections wait often, and phases hardly ever change.
    listener: Option<EventListener>,
}

impl Watch {
    pub(crate) fn look(&mut self) -> Phase {
        self.seen = self.shared.phase();
        self.seen
    }

    /// Whether it is another than the last that was [looked](Self::look) at.
    pub(crate) fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.shared.phase() != self.seen {
                return Poll::Ready(());
            }
            let Some(listener) = &mut self.listener else {
                // Then once more: who changed it before has not notified it.
                self.listener = Some(self.shared.changed.listen());
                continue;
            };
            if Pin::new(listener).poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.listener = None;
        }
    }

    pub(crate) async fn changed(&mut self) {
        poll_fn(|cx| self.poll_changed(cx)).await;
    }

    /// Looks until `holds` says so.
    pub(crate) async fn until(&mut self, holds: impl Fn(Phase) -> bool) {
        while !holds(self.look()) {
            self.changed().await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.shared.watches.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.shared.unwatched.notify(usize::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Waker;

    use super::*;

    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        let mut cx = Context::from_waker(Waker::noop());
        match pin!(future).poll(&mut cx) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_phase_goes_on_and_not_back() {
        let phase = Watched::new(Phase::Open);
        phase.narrow(Phase::Closed);
        phase.narrow(Phase::Closing);
        assert_eq!(phase.get(), Phase::Closed);
    }

    #[test]
    fn a_change_is_told_until_it_is_looked_at_to_all_who_watch() {
        let phase = Watched::new(Phase::Open);
        let mut watches = [phase.watch(), phase.watch()];
        for watch in &mut watches {
            assert_eq!(now(watch.changed()), None);
        }
        phase.narrow(Phase::Closing);
        for watch in &mut watches {
            assert_eq!(now(watch.changed()), Some(()));
            assert_eq!(now(watch.changed()), Some(()));
            assert_eq!(watch.look(), Phase::Closing);
            assert_eq!(now(watch.changed()), None);
            assert_eq!(now(watch.until(|phase| phase == Phase::Closed)), None);
        }
        phase.narrow(Phase::Closed);
        for watch in &mut watches {
            assert_eq!(now(watch.until(|phase| phase == Phase::Closed)), Some(()));
        }
    }

    #[test]
    fn nobody_watches_when_the_last_watch_is_dropped() {
        let phase = Watched::new(Phase::Open);
        assert_eq!(now(phase.unwatched()), Some(()));
        let watches = [phase.watch(), phase.watch()];
        let mut unwatched = pin!(phase.unwatched());
        for watch in watches {
            assert_eq!(now(unwatched.as_mut()), None);
            drop(watch);
        }
        assert_eq!(now(unwatched.as_mut()), Some(()));
    }
}
