//! The end of a socket: closing with a deadline, lingering in the background, termination.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::core::{CLOSED, Core, OPEN, TERMINATED};
use super::pattern::{Pattern, Plain};
use super::phase::Phase;
use super::route::Route;
use super::site::Site;
use crate::context::Handle;
use crate::io::{Alarm, within};
use crate::sync::atomic::Ordering;
use crate::sync::{Mutex, MutexGuard};
use crate::wait::{self, Attempt};

/// What a closed socket left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Closed {
    /// Messages that had been sent, but had not left when the deadline came: they are lost. Of PUSH and REQ, also those
    /// that were lost before with a peer that left or refused us.
    pub undelivered: u64,
}

impl Core {
    /// Makes every call fail from now on.
    fn end(&self, state: u8) {
        // What came first stays; closing a terminated socket goes on with its messages.
        let _ = self.state.compare_exchange(OPEN, state, Ordering::SeqCst, Ordering::SeqCst);
        for event in [&self.sendable, &self.receivable, &self.audience] {
            event.notify(usize::MAX);
        }
    }

    pub(crate) fn terminate(&self) {
        self.end(TERMINATED);
        self.monitors.end();
        self.terminations.fetch_add(1, Ordering::SeqCst);
        self.progress.notify(usize::MAX);
    }

    /// Ends the monitors if no event can come any more.
    fn end_monitors_if_gone(&self) {
        if self.sites.phase() != Phase::Open && self.tasks.load(Ordering::SeqCst) == 0 {
            self.monitors.end();
        }
    }

    fn begin_closing(&self) {
        self.end(CLOSED);
        self.forget_all();
        let lanes: Vec<_> = self.route().links.lanes().cloned().collect();
        self.part(&lanes);
        self.sites.narrow(Phase::Closing);
        self.end_monitors_if_gone();
    }

    /// The ports are free: to be waited for, so that they are when the call returns.
    fn is_unbound(&self) -> Attempt<()> {
        (self.listening.load(Ordering::SeqCst) == 0).then_some(())
    }

    /// Whether every message is out, or lost.
    fn all_sent(&self) -> Attempt<()> {
        let done = self.route().links.lanes().all(|lane| lane.unsent() == 0) || self.outcome.get().is_some();
        done.then_some(())
    }

    /// The attempt of a call of close: the messages are out, or the context is terminated meanwhile.
    fn all_sent_or_terminated(&self) -> impl Fn() -> Attempt<()> {
        let before = self.terminations.load(Ordering::SeqCst);
        move || {
            let terminated = self.terminations.load(Ordering::SeqCst) != before;
            self.all_sent().or(terminated.then_some(()))
        }
    }

    fn finish_closing(&self) -> Closed {
        *self.outcome.get_or_init(|| {
            let route = self.route();
            let unsent: u64 = route.links.lanes().map(|lane| lane.unsent() as u64).sum();
            if unsent > 0 {
                self.sites.narrow(Phase::Closed);
            }
            Closed { undelivered: unsent + self.gone.load(Ordering::Relaxed) }
        })
    }

    pub(crate) fn close(&self, deadline: Duration) -> Closed {
        let sent = self.all_sent_or_terminated();
        self.begin_closing();
        let _ = wait::block(&self.progress, || None, || self.is_unbound());
        // Late or not, what is left is counted.
        let _ = wait::block(&self.progress, || Some(deadline), sent);
        self.finish_closing()
    }

    pub(super) async fn close_async(&self, deadline: Duration) -> Closed {
        let sent = self.all_sent_or_terminated();
        self.begin_closing();
        wait::until(&self.progress, || self.is_unbound()).await;
        let sent = wait::until(&self.progress, sent);
        let late = Alarm::set(self.threads().next(), deadline);
        wait::first_of(sent, late.rung()).await;
        self.finish_closing()
    }

    /// Sends what waits, within the linger time, in the background.
    fn linger(self: &Arc<Self>) {
        self.begin_closing();
        let _ = wait::block(&self.progress, || None, || self.is_unbound());
        if self.all_sent().is_some() {
            return;
        }
        let core = Arc::clone(self);
        self.threads().next().spawn(async move {
            let sent = wait::until(&core.progress, || core.all_sent());
            let linger = core.options().linger;
            match linger {
                None => sent.await,
                Some(linger) => drop(within(linger, sent).await),
            }
            let Closed { undelivered } = core.finish_closing();
            if undelivered > 0 {
                let (messages, were) =
                    if undelivered == 1 { ("message", "was") } else { ("messages", "were") };
                tracing::warn!("{undelivered} {messages} {were} not delivered within the linger time");
            }
        });
    }
}

/// The core of a socket, for a task that is at work for it.
#[derive(Debug)]
pub(crate) struct Working {
    core: Arc<Core>,
}

impl Working {
    pub(crate) fn new(core: &Arc<Core>) -> Self {
        core.tasks.fetch_add(1, Ordering::SeqCst);
        Self { core: Arc::clone(core) }
    }
}

impl Deref for Working {
    type Target = Arc<Core>;

    fn deref(&self) -> &Arc<Core> {
        &self.core
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        if self.core.tasks.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.core.end_monitors_if_gone();
        }
    }
}

/// An endpoint that is bound, for as long as this exists.
#[derive(Debug)]
pub(crate) struct Listening {
    pub(crate) core: Working,
    pub(crate) site: Arc<Site>,
}

impl Listening {
    pub(crate) fn new(core: &Arc<Core>, site: Arc<Site>) -> Self {
        core.listening.fetch_add(1, Ordering::SeqCst);
        site.listening.store(true, Ordering::SeqCst);
        Self { core: Working::new(core), site }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.site.listening.store(false, Ordering::SeqCst);
        self.core.listening.fetch_sub(1, Ordering::SeqCst);
        self.core.progress.notify(usize::MAX);
    }
}

/// What a socket of a pattern owns: when it is dropped, the socket closes in the background.
#[derive(Debug)]
pub(crate) struct Owner<P: Pattern = Plain> {
    core: Arc<Core>,
    /// That of the core, with its pattern known.
    route: Arc<Mutex<Route<P>>>,
    /// Last, so that the context waits for the socket and not before.
    _context: Arc<Handle>,
}

impl<P: Pattern> Owner<P> {
    pub(crate) fn new(core: Arc<Core>, route: Arc<Mutex<Route<P>>>, context: Arc<Handle>) -> Self {
        Self { core, route, _context: context }
    }

    #[inline]
    pub(super) fn route(&self) -> MutexGuard<'_, Route<P>> {
        let mut route = self.route.lock().unwrap();
        route.links.settle();
        route
    }

    /// To send, and for nothing else: batches may be in hand.
    #[inline]
    pub(super) fn route_to_send(&self) -> MutexGuard<'_, Route<P>> {
        self.route.lock().unwrap()
    }
}

impl<P: Pattern> Deref for Owner<P> {
    type Target = Arc<Core>;

    #[inline]
    fn deref(&self) -> &Arc<Core> {
        &self.core
    }
}

impl<P: Pattern> Drop for Owner<P> {
    fn drop(&mut self) {
        self.core.linger();
    }
}
