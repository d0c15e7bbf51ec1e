//! Sockets of one context, by name. Both ends meet in the thread that binds or connects, whoever is later; messages then go straight
//! from one to the other. A task only waits for the end.

use std::sync::{Arc, Mutex};

use super::address::Address;
use super::backoff::Backoff;
use super::pipe::{Failed, Parted, Pipe};
use super::{is_over, pause};
use crate::io::Wake;
use crate::lane::Lane;
use crate::names::InUse;
use crate::socket::{Core, Listening, Phase, Settings, Site, Watch, Working};
use crate::{BindError, Endpoint, Event, Lost};

/// Who connects to a name, for as long as it does.
#[derive(Debug)]
pub(crate) struct Dialer {
    pub(super) core: Working,
    pub(super) site: Arc<Site>,
    pub(super) lane: Arc<Lane>,
    name: Arc<str>,
    state: Mutex<State>,
    met: Wake,
}

#[derive(Debug)]
enum State {
    /// It would like to meet who is bound.
    Waits,
    /// It has: the outcome is still to be taken.
    Met(Result<Box<Pipe>, Failed>),
    /// There is a connection, or none is wanted now.
    Busy,
}

/// Binds a socket to a name.
pub(crate) fn bind(core: &Arc<Core>, name: &str, settings: Arc<Settings>) -> Result<Arc<Site>, BindError> {
    let endpoint = Endpoint::Inproc { name: name.to_owned() };
    let site = core.bound(endpoint, settings);
    let phase = site.phase();
    let binder = Arc::new(Listening::new(core, Arc::clone(&site)));
    if let Err(InUse) = core.names().bind(name, &binder) {
        return Err(BindError::AddrInUse { endpoint: site.text().to_string() });
    }
    core.monitors.tell(&Event::Listening { endpoint: site.text().to_string() });
    for dialer in core.names().dialers(name).iter().filter(|_| site.is_open()) {
        dialer.meet(&binder);
    }
    core.threads().next().spawn(stay_bound(binder, name.to_owned(), phase));
    Ok(site)
}

/// Keeps the name until the endpoint is left.
async fn stay_bound(binder: Arc<Listening>, name: String, mut phase: Watch) {
    phase.until(|phase| phase != Phase::Open).await;
    let Listening { core, site } = &*binder;
    core.names().unbind(&name);
    let endpoint = site.text().to_string();
    core.monitors.tell(&Event::Closed { endpoint, refused: false, why: None, dropped: 0 });
}

/// Begins to connect a lane.
pub(super) fn connect(core: &Arc<Core>, site: Arc<Site>, lane: Arc<Lane>, name: &str) {
    let phase = site.phase();
    let (state, met) = (Mutex::new(State::Waits), Wake::default());
    let dialer = Arc::new(Dialer { core: Working::new(core), site, lane, name: name.into(), state, met });
    core.names().dial(name, &dialer);
    dialer.look();
    core.threads().next().spawn(keep_connected(dialer, phase));
}

async fn keep_connected(dialer: Arc<Dialer>, phase: Watch) {
    let refused = dialer.keep().await;
    let Dialer { core, site, lane, name, .. } = &*dialer;
    core.names().hang_up(name, &dialer);
    if let Some(pipe) = dialer.stop() {
        pipe.end(Parted::of_near(Lost::Closed));
    }
    let dropped = core.remove_lane(lane);
    site.leave();
    drop(phase);
    let endpoint = site.text().to_string();
    core.monitors.tell(&Event::Closed { endpoint, refused, why: None, dropped });
}

impl Dialer {
    pub(super) fn address(&self) -> Address {
        Address::Inproc(Arc::clone(&self.name))
    }

    /// Connects to who is bound, unless it is connected already.
    fn meet(&self, binder: &Listening) {
        let mut state = self.state.lock().unwrap();
        if matches!(*state, State::Waits) && !self.site.is_done(&self.lane) {
            *state = State::Met(Pipe::between(self, binder).map(Box::new));
            self.met.wake();
        }
    }

    /// Nobody will be bound to the name any more.
    pub(crate) fn give_up(&self) {
        self.site.give_up();
    }

    fn look(&self) {
        let binder = self.core.names().binder(&self.name);
        if let Some(binder) = binder.filter(|binder| binder.site.is_open()) {
            self.meet(&binder);
        }
    }

    /// Connects again.
    fn wait(&self) {
        *self.state.lock().unwrap() = State::Waits;
        // Who has been bound meanwhile has not seen it wait.
        self.look();
    }

    /// No more connections. Returns one that was made at the last moment.
    fn stop(&self) -> Option<Box<Pipe>> {
        match std::mem::replace(&mut *self.state.lock().unwrap(), State::Busy) {
            State::Met(met) => met.ok(),
            State::Waits | State::Busy => None,
        }
    }

    /// Who it has met, as soon as it has.
    async fn met(&self) -> Result<Box<Pipe>, Failed> {
        loop {
            if let Some(met) = self.take_met() {
                return met;
            }
            self.met.woken().await;
        }
    }

    fn take_met(&self) -> Option<Result<Box<Pipe>, Failed>> {
        let mut state = self.state.lock().unwrap();
        match std::mem::replace(&mut *state, State::Busy) {
            State::Met(met) => Some(met),
            other => {
                *state = other;
                None
            }
        }
    }

    /// Connects, again and again, until the endpoint is left. Returns whether that is because it would be in vain.
    async fn keep(&self) -> bool {
        let Self { core, site, lane, .. } = self;
        let mut backoff = Backoff::new(site.options());
        let stop = site.options().reconnect_stop;
        while let Some(met) = site.unless_done(lane, self.met()).await {
            let rests = match met {
                Ok(pipe) => {
                    backoff.reset();
                    pipe.last().await
                }
                Err(Failed { in_vain: true }) => return true,
                Err(Failed { in_vain: false }) if stop.handshake_failed => return false,
                Err(Failed { in_vain: false }) => true,
            };
            let Some(after) = backoff.next() else { return false };
            if is_over(site, lane) || rests && !pause(core, site, lane, after, None).await {
                return false;
            }
            self.wait();
        }
        false
    }
}
