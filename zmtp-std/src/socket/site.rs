//! The endpoints of a socket: where it is bound and connected, and how far the work there is to go.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::phase::{Phase, Watch, Watched};
use super::settings::Settings;
use crate::io::within;
use crate::lane::Lane;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::wait::first_of;
use crate::{Endpoint, Options};

/// The endpoints of a socket, as [`endpoints`](crate::Push::endpoints) tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoints {
    /// Where peers come to, in the order of the calls, each with its real port or path.
    pub bound: Vec<Endpoint>,
    /// Peers that are connected to, or tried, in the order of the calls.
    pub connected: Vec<Endpoint>,
}

/// Which way connections come about at an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Bound,
    Connected,
}

/// An endpoint that is in use. It is so for as long as a task has it, and the application has not left it.
#[derive(Debug)]
pub(crate) struct Site {
    /// Never used twice in a socket.
    pub(super) id: usize,
    side: Side,
    endpoint: Endpoint,
    /// The endpoint, as events tell it.
    text: Arc<str>,
    phase: Watched,
    /// Those of the socket when it was bound or connected here.
    settings: Arc<Settings>,
    /// Unbound, disconnected or given up.
    left: AtomicBool,
    /// Peers may still come.
    pub(super) listening: AtomicBool,
}

impl Site {
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn text(&self) -> &Arc<str> {
        &self.text
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn options(&self) -> &Options {
        &self.settings.options
    }

    pub(crate) fn phase(&self) -> Watch {
        self.phase.watch()
    }

    /// The endpoint is none of the socket's any more.
    pub(crate) fn leave(&self) {
        self.left.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_left(&self) -> bool {
        self.left.load(Ordering::SeqCst)
    }

    /// Whether peers may come, or be gone to.
    pub(crate) fn is_open(&self) -> bool {
        self.phase.get() == Phase::Open && !self.is_left()
    }

    /// Nothing more is to be done here.
    pub(crate) fn give_up(&self) {
        self.narrow(Phase::Closed);
    }

    /// No more is to be done here than `phase`.
    pub(super) fn narrow(&self, phase: Phase) {
        self.phase.narrow(phase);
    }

    /// Sends what waits, for `linger`, `None` for ever; returns when all of it is out, or that time is over.
    pub(super) async fn linger(&self, linger: Option<Duration>) {
        match linger {
            None => self.phase.unwatched().await,
            Some(linger) => drop(within(linger, self.phase.unwatched()).await),
        }
        self.narrow(Phase::Closed);
    }

    /// Whether nothing more is to be done for a lane that is connected here: nothing waits, or nothing is to wait.
    pub(crate) fn is_done(&self, lane: &Lane) -> bool {
        match self.phase.get() {
            Phase::Open => false,
            Phase::Closing => lane.unsent() == 0,
            Phase::Closed => true,
        }
    }

    /// The outcome of `work`; `None` if [`is_done`](Self::is_done) first.
    pub(crate) async fn unless_done<T>(&self, lane: &Lane, work: impl Future<Output = T>) -> Option<T> {
        let mut phase = self.phase();
        first_of(async { Some(work.await) }, async {
            phase.until(|_| self.is_done(lane)).await;
            None
        })
        .await
    }
}

/// All endpoints of a socket.
#[derive(Debug)]
pub(super) struct Sites(Mutex<All>);

#[derive(Debug)]
struct All {
    /// How far the whole socket is to go.
    phase: Phase,
    sites: Vec<Weak<Site>>,
    last: Option<Endpoint>,
    next_id: usize,
}

impl Default for Sites {
    fn default() -> Self {
        Self(Mutex::new(All { phase: Phase::Open, sites: Vec::new(), last: None, next_id: 0 }))
    }
}

impl Sites {
    pub(super) fn phase(&self) -> Phase {
        self.0.lock().unwrap().phase
    }

    /// No more is to be done for the socket than `phase`.
    pub(super) fn narrow(&self, phase: Phase) {
        let mut all = self.0.lock().unwrap();
        all.phase = all.phase.max(phase);
        all.in_work().for_each(|site| site.narrow(phase));
    }

    /// An endpoint that is going to be used.
    pub(super) fn add(&self, side: Side, endpoint: Endpoint, settings: Arc<Settings>) -> Arc<Site> {
        self.0.lock().unwrap().add(side, endpoint, settings)
    }

    /// As [`add`](Self::add); `None` if it is in use already.
    pub(super) fn add_once(
        &self,
        side: Side,
        endpoint: Endpoint,
        settings: Arc<Settings>,
    ) -> Option<Arc<Site>> {
        let mut all = self.0.lock().unwrap();
        let there = all.in_use(side).any(|site| site.endpoint == endpoint);
        (!there).then(|| all.add(side, endpoint, settings))
    }

    /// The endpoint is used from now on.
    pub(super) fn set_last(&self, site: &Site) {
        self.0.lock().unwrap().last = Some(site.endpoint.clone());
    }

    /// The endpoint with this number, as events tell it.
    pub(super) fn text_of(&self, id: usize) -> Option<Arc<str>> {
        let all = self.0.lock().unwrap();
        let site = all.in_work().find(|site| site.id == id);
        site.map(|site| Arc::clone(&site.text))
    }

    pub(super) fn last(&self) -> Option<Endpoint> {
        self.0.lock().unwrap().last.clone()
    }

    pub(super) fn endpoints(&self) -> Endpoints {
        let all = self.0.lock().unwrap();
        let of = |side| all.in_use(side).map(|site| site.endpoint.clone()).collect();
        Endpoints { bound: of(Side::Bound), connected: of(Side::Connected) }
    }

    /// All that are in use under this name; they are left now.
    pub(super) fn leave(&self, side: Side, endpoint: &Endpoint) -> Vec<Arc<Site>> {
        let all = self.0.lock().unwrap();
        let named = all.in_use(side).filter(|site| site.endpoint == *endpoint);
        named.inspect(|site| site.leave()).collect()
    }
}

impl All {
    fn in_work(&self) -> impl Iterator<Item = Arc<Site>> {
        self.sites.iter().filter_map(Weak::upgrade)
    }

    fn in_use(&self, side: Side) -> impl Iterator<Item = Arc<Site>> {
        self.in_work().filter(move |site| site.side == side && !site.is_left())
    }

    fn add(&mut self, side: Side, endpoint: Endpoint, settings: Arc<Settings>) -> Arc<Site> {
        self.sites.retain(|site| site.strong_count() > 0);
        let site = Arc::new(Site {
            id: self.next_id,
            side,
            text: endpoint.to_string().into(),
            endpoint,
            settings,
            phase: Watched::new(self.phase),
            left: AtomicBool::new(false),
            listening: AtomicBool::new(false),
        });
        self.next_id += 1;
        self.sites.push(Arc::downgrade(&site));
        site
    }
}
