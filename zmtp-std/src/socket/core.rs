//! What all sockets have in common: lanes, queues, and what their connections tell them.

use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use tokio::sync::watch;
use zmtp_core::pattern::Upstream;
use zmtp_core::subscription::Subscriptions;
use zmtp_core::wire::Version;
use zmtp_core::{Config, SocketType};

use super::close::{Closed, Phase};
use super::intake::{Inbox, Intake};
use super::route::Route;
use crate::context::Shared;
use crate::io::Threads;
use crate::lane::{Gate, Lane};
use crate::monitor::Monitors;
use crate::parcel::Parcel;
use crate::transport::tcp;
use crate::wait::Attempt;
use crate::{BindError, Closing, ConnectError, Endpoint, Options};

pub(super) const OPEN: u8 = 0;
pub(super) const CLOSED: u8 = 1;
pub(super) const TERMINATED: u8 = 2;

/// See the module. Locks are taken in the order intake, route, lane.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) options: Options,
    pub(crate) monitors: Monitors,
    /// A lane has room, or the socket ends.
    pub(crate) sendable: event_listener::Event,
    /// Messages have arrived, or the socket ends.
    pub(crate) receivable: event_listener::Event,
    /// Subscriptions have arrived, or the socket ends.
    pub(super) subscribed: event_listener::Event,
    /// Messages for which a peer had no room, of patterns that drop.
    pub(super) dropped: AtomicU64,
    socket_type: SocketType,
    shared: Arc<Shared>,
    route: Mutex<Route>,
    intake: Mutex<Intake>,
    inbox: Inbox,
    pub(super) state: AtomicU8,
    pub(super) phase: watch::Sender<Phase>,
    /// Endpoints that are bound.
    pub(super) listening: AtomicUsize,
    /// Something a closing socket waits for has happened.
    pub(super) progress: event_listener::Event,
    /// Messages that went with their peers since the socket began to close. Changed under the lock of `route`.
    pub(super) gone: AtomicU64,
    /// What the first call of close returned; every later one returns the same.
    pub(super) outcome: OnceLock<Closed>,
}

impl Core {
    pub(crate) fn new(shared: Arc<Shared>, socket_type: SocketType, options: Options) -> Self {
        shared.socket_made();
        Self {
            options,
            monitors: Monitors::default(),
            sendable: event_listener::Event::new(),
            receivable: event_listener::Event::new(),
            subscribed: event_listener::Event::new(),
            dropped: AtomicU64::new(0),
            socket_type,
            shared,
            route: Mutex::default(),
            intake: Mutex::default(),
            inbox: Inbox::default(),
            state: AtomicU8::new(OPEN),
            phase: watch::Sender::new(Phase::Open),
            listening: AtomicUsize::new(0),
            progress: event_listener::Event::new(),
            gone: AtomicU64::new(0),
            outcome: OnceLock::new(),
        }
    }

    // For the sockets.

    pub(super) fn bind(self: &Arc<Self>, endpoint: &Endpoint) -> Result<Endpoint, BindError> {
        self.check()?;
        tcp::bind(self, endpoint)
    }

    pub(super) fn connect(self: &Arc<Self>, endpoint: Endpoint) -> Result<(), ConnectError> {
        self.check()?;
        endpoint.check_for_connect()?;
        tcp::connect(self, endpoint);
        Ok(())
    }

    /// Whether the socket can still be used.
    #[inline]
    pub(super) fn check(&self) -> Result<(), Closing> {
        match self.state.load(Ordering::Relaxed) {
            OPEN => Ok(()),
            CLOSED => Err(Closing::Closed),
            _ => Err(Closing::Terminated),
        }
    }

    #[inline]
    pub(super) fn route(&self) -> MutexGuard<'_, Route> {
        self.route.lock().unwrap()
    }

    #[inline]
    pub(super) fn intake(&self) -> MutexGuard<'_, Intake> {
        self.intake.lock().unwrap()
    }

    /// The next message of `intake`, as [`Intake::next`] has it.
    #[inline]
    pub(super) fn next<T>(
        &self,
        intake: &mut Intake,
        cut: impl FnOnce(&Arc<Lane>, &mut Parcel) -> Option<(T, usize)>,
    ) -> Attempt<T> {
        intake.next(&self.inbox, cut)
    }

    // For the connections.

    pub(crate) fn threads(&self) -> &Threads {
        &self.shared.threads
    }

    pub(crate) fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    pub(crate) fn config(&self) -> Config<'_> {
        Config {
            identity: &self.options.routing_id,
            // Lanes hold frames as they are from ZMTP 2.0 on.
            oldest: Version::V2,
            limits: self.options.limits(),
            heartbeat: self.options.heartbeat(),
            ..Config::new(self.socket_type)
        }
    }

    /// Whether messages may wait for a peer before it is connected.
    fn gate_before_connection(&self) -> Gate {
        // Z29-008: a publisher has nobody to keep a message for.
        if self.options.immediate || self.socket_type == SocketType::Pub { Gate::Shut } else { Gate::Open }
    }

    /// A lane for a peer that we are going to connect to.
    pub(crate) fn add_lane_to_connect(&self) -> Arc<Lane> {
        let lane = self.route().add(&self.options, self.gate_before_connection(), None);
        self.sendable.notify(usize::MAX);
        lane
    }

    /// The connection of `lane` is complete; a peer that came to us gets a lane now.
    pub(crate) fn established(&self, lane: Option<&Arc<Lane>>, peer: Version) -> Arc<Lane> {
        // Held so that no subscription made meanwhile is sent twice or not at all.
        let intake = (self.socket_type == SocketType::Sub).then(|| self.intake());
        let lane = match lane {
            Some(lane) => {
                self.route().connected(lane, peer);
                Arc::clone(lane)
            }
            None => self.route().add(&self.options, Gate::Open, Some(peer)),
        };
        if let Some(intake) = intake {
            intake.topics.each_topic(0, &mut |topic| lane.subscription(peer, true, topic));
        }
        self.sendable.notify(usize::MAX);
        lane
    }

    /// The connection of `lane` is lost; if we `connected` it, there will be another. Returns how many messages that
    /// waited are dropped.
    pub(crate) fn lost(&self, lane: &Arc<Lane>, connected: bool) -> u64 {
        let keeps = connected && !matches!(self.socket_type, SocketType::Pub | SocketType::Sub);
        let mut route = self.route();
        if connected {
            route.disconnected(lane, self.gate_before_connection());
        } else {
            route.remove(lane);
        }
        let dropped = if keeps { 0 } else { self.drop_unsent(lane) };
        drop(route);
        self.subscribed.notify(usize::MAX);
        self.progress.notify(usize::MAX);
        dropped
    }

    /// There will be no more connections for `lane`. Returns how many messages that waited are dropped.
    pub(crate) fn remove_lane(&self, lane: &Arc<Lane>) -> u64 {
        let mut route = self.route();
        route.remove(lane);
        let dropped = self.drop_unsent(lane);
        drop(route);
        self.progress.notify(usize::MAX);
        dropped
    }

    /// Forgets what waits in a lane, under the lock of the route.
    fn drop_unsent(&self, lane: &Lane) -> u64 {
        let dropped = lane.clear() as u64;
        if self.state.load(Ordering::Relaxed) != OPEN {
            self.gone.fetch_add(dropped, Ordering::Relaxed);
        }
        dropped
    }

    pub(crate) fn deliver(&self, lane: &Arc<Lane>, parcel: Parcel) {
        match self.socket_type {
            SocketType::Push => lane.release(parcel.messages, parcel.bodies),
            SocketType::Pub => self.take_upstream(lane, parcel),
            _ => {
                self.inbox.put(lane, parcel);
                self.receivable.notify(usize::MAX);
            }
        }
    }

    /// Subscriptions in the form of messages (Z23-001); other messages are discarded (Z29-004).
    fn take_upstream(&self, lane: &Arc<Lane>, mut parcel: Parcel) {
        lane.release(parcel.messages, parcel.bodies);
        while let Some(slice) = parcel.cut() {
            let Some(part) = slice.message.part(0).filter(|_| slice.message.len() == 1) else { continue };
            match Upstream::of_message(part) {
                Upstream::Subscribe(topic) => self.subscription(lane, true, topic),
                Upstream::Cancel(topic) => self.subscription(lane, false, topic),
                Upstream::Data => {}
            }
        }
    }

    pub(crate) fn subscription(&self, lane: &Lane, subscribe: bool, topic: &[u8]) {
        let mut route = self.route();
        if subscribe {
            if route.topics.subscribe(lane.slot, topic).is_err() {
                tracing::warn!("a peer subscribed to one topic more often than can be counted");
            }
        } else {
            // LZ-022: one CANCEL ends a subscription, however often it was made.
            route.topics.forget(lane.slot, topic);
        }
        drop(route);
        self.subscribed.notify(usize::MAX);
    }

    pub(crate) fn written(&self, lane: &Lane, has_room: bool) {
        if has_room {
            self.route().has_room(lane);
            self.sendable.notify(usize::MAX);
        }
        if self.state.load(Ordering::Relaxed) != OPEN {
            self.progress.notify(usize::MAX);
        }
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.shared.socket_gone();
    }
}
