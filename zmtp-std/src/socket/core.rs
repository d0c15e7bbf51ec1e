//! What all sockets have in common: lanes, queues, and what their connections tell them.

use std::sync::{Arc, OnceLock};

use zmtp_core::mechanism::AnySecurity;
use zmtp_core::pattern::Notices;
use zmtp_core::{Config, SocketType};

use super::close::Closed;
use super::intake::{Inbox, Intake};
use super::kept::Kept;
use super::live::Live;
use super::route::Route;
use super::site::{Side, Site, Sites};
use super::traits::{Kind, Traits};
use crate::batch::Batch;
use crate::context::Shared;
use crate::io::Threads;
use crate::lane::Lane;
use crate::monitor::Monitors;
use crate::names::Names;
use crate::parcel::Parcel;
use crate::security::{BadSecurity, Security};
use crate::subscription::Topics;
use crate::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Mutex, MutexGuard};
use crate::transport::{self, Handed};
use crate::wait::Attempt;
use crate::{
    BadEndpoint, BindError, Closing, ConnectError, Endpoint, Message, Options, RecvError, SlowPeer,
    SlowSubscriber, Unsent,
};

pub(super) const OPEN: u8 = 0;
pub(super) const CLOSED: u8 = 1;
pub(super) const TERMINATED: u8 = 2;

/// See the module. Locks are taken in the order intake, route, lane.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) options: Options,
    /// What the options for security come to. With bad ones nobody is bound or connected.
    security: Result<Security, BadSecurity>,
    pub(crate) monitors: Monitors,
    /// A lane has room, or the socket ends.
    pub(crate) sendable: event_listener::Event,
    /// Messages have arrived, or the socket ends.
    pub(crate) receivable: event_listener::Event,
    /// Peers or subscriptions have come or gone, or the socket ends.
    pub(crate) audience: event_listener::Event,
    /// Messages for which a peer had no room, of patterns that drop.
    pub(super) dropped: AtomicU64,
    /// Messages that waited for a peer that is no more.
    pub(super) dropped_with_peers: AtomicU64,
    kind: Kind,
    pub(super) traits: Traits,
    /// Whether the application is given what subscribers send besides subscriptions.
    pub(super) shows: bool,
    /// Which connections the peer, or the application, is told of.
    pub(super) notices: Notices,
    /// What every peer is sent before anything else.
    pub(super) preface: Option<Batch>,
    shared: Arc<Shared>,
    route: Arc<Mutex<Route>>,
    intake: Mutex<Intake>,
    pub(super) inbox: Inbox,
    pub(super) state: AtomicU8,
    pub(super) sites: Sites,
    /// Options that may have been changed since.
    pub(super) live: Live,
    /// Tasks that are at work for the socket: for endpoints and for peers.
    pub(super) tasks: AtomicUsize,
    /// How often the context was terminated.
    pub(super) terminations: AtomicUsize,
    /// Endpoints that are bound.
    pub(super) listening: AtomicUsize,
    /// Something a closing socket waits for has happened.
    pub(super) progress: event_listener::Event,
    /// Messages that went with their peers and are owed still. Changed under the lock of `route`.
    pub(super) gone: AtomicU64,
    /// Where messages wait that are beyond the marks of durable peers.
    #[cfg(feature = "swap")]
    pub(super) swap: Mutex<Option<Arc<crate::swap::Store>>>,
    /// What the first call of close returned; every later one returns the same.
    pub(super) outcome: OnceLock<Closed>,
}

impl Core {
    pub(crate) fn new(
        shared: Arc<Shared>,
        kind: Kind,
        mut options: Options,
        route: Arc<Mutex<Route>>,
    ) -> Self {
        shared.socket_made();
        options.conflate &= kind.may_conflate();
        if !kind.publishes() {
            options.slow_subscriber = SlowSubscriber::default();
        }
        if !kind.may_wait() {
            options.slow_peer = SlowPeer::default();
        }
        let drops = kind == Kind::Zmtp(SocketType::Router) && !options.router_mandatory;
        if drops && options.slow_peer == SlowPeer::Wait {
            // Z28-033.
            options.slow_peer = SlowPeer::DropNewest;
        }
        options.durable = options.durable.filter(|_| kind.may_keep());
        let notices = options.notices(kind);
        let live = Live::of(&options);
        let inbox = Inbox::new(options.conflate);
        Self {
            traits: Traits::of(kind),
            shows: kind == Kind::Zmtp(SocketType::XPub),
            notices,
            preface: options.preface(kind, notices).map(|message| Batch::of_connection(&message)),
            security: Security::of(&options),
            options,
            monitors: Monitors::default(),
            sendable: event_listener::Event::new(),
            receivable: event_listener::Event::new(),
            audience: event_listener::Event::new(),
            dropped: AtomicU64::new(0),
            dropped_with_peers: AtomicU64::new(0),
            kind,
            shared,
            route,
            intake: Mutex::default(),
            inbox,
            state: AtomicU8::new(OPEN),
            sites: Sites::default(),
            live,
            tasks: AtomicUsize::new(0),
            terminations: AtomicUsize::new(0),
            listening: AtomicUsize::new(0),
            progress: event_listener::Event::new(),
            gone: AtomicU64::new(0),
            #[cfg(feature = "swap")]
            swap: Mutex::default(),
            outcome: OnceLock::new(),
        }
    }

    // For the sockets.

    pub(super) fn bind(self: &Arc<Self>, endpoint: &Endpoint) -> Result<Endpoint, BindError> {
        self.check()?;
        self.security().map_err(BindError::Security)?;
        endpoint.check_for_bind()?;
        self.check_marks()?;
        self.check_transport(endpoint)?;
        let site = transport::bind(self, endpoint)?;
        self.sites.set_last(&site);
        Ok(site.endpoint().clone())
    }

    pub(super) fn bind_listener(self: &Arc<Self>, listener: Handed) -> Result<Endpoint, BindError> {
        self.check()?;
        self.security().map_err(BindError::Security)?;
        self.check_marks()?;
        let site = transport::bind_listener(self, listener)?;
        self.sites.set_last(&site);
        Ok(site.endpoint().clone())
    }

    /// Connects to a peer, and calls it `name`, or as it wishes.
    pub(crate) fn connect(
        self: &Arc<Self>,
        endpoint: Endpoint,
        name: Option<&[u8]>,
    ) -> Result<(), ConnectError> {
        self.check()?;
        self.security().map_err(ConnectError::Security)?;
        endpoint.check_for_connect()?;
        self.check_transport(&endpoint)?;
        let site = if self.kind.connects_once() {
            let Some(site) = self.sites.add_once(Side::Connected, endpoint) else { return Ok(()) };
            site
        } else {
            self.sites.add(Side::Connected, endpoint)
        };
        let lane = self.add_lane_to_connect(name, &site)?;
        self.sites.set_last(&site);
        if site.is_left() {
            // Another thread was quicker.
            self.retire(&site);
        }
        transport::connect(self, site, lane);
        Ok(())
    }

    /// Whether what waits for peers that are away has a bound.
    fn check_marks(self: &Arc<Self>) -> Result<(), BindError> {
        let Options { durable, conflate, .. } = &self.options;
        if durable.is_some() && !conflate && self.live.sndhwm() == 0 {
            return Err(BindError::NoHighWaterMark);
        }
        #[cfg(feature = "swap")]
        self.begin_swap()?;
        Ok(())
    }

    /// Whether the type of the socket goes with the transport.
    fn check_transport(&self, endpoint: &Endpoint) -> Result<(), BadEndpoint> {
        if self.is_raw() && matches!(endpoint, Endpoint::Inproc { .. }) {
            let why = "a STREAM speaks plain TCP; inproc is for all other sockets";
            return Err(BadEndpoint { endpoint: endpoint.to_string(), why });
        }
        Ok(())
    }

    /// Whether the socket can still be used.
    #[inline]
    pub(crate) fn check(&self) -> Result<(), Closing> {
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

    /// Sends to the next peer that has room.
    #[inline]
    pub(crate) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        if let Err(closing) = self.check() {
            return Some(Err(closing.into()));
        }
        let mut route = self.route();
        match route.links.send(&[], message.into()) {
            Some(sent) => Some(sent.map(drop)),
            None if self.options.slow_peer == SlowPeer::Wait => None,
            None => {
                let slot = route.links.next_full()?;
                self.overflow(route, slot, message.into())
            }
        }
    }

    /// Receives from the next peer that has sent something.
    #[inline]
    pub(super) fn take_with<K: Kept>(&self) -> Attempt<Result<(Message, K), RecvError>> {
        if let Err(closing) = self.check() {
            return Some(Err(closing.into()));
        }
        let mut intake = self.intake();
        let cut = self.next(&mut intake, |_, parcel| {
            let cut = parcel.cut()?;
            Some(((cut.message, K::of(parcel)), cut.bodies))
        });
        cut.map(Ok)
    }

    /// The message alone.
    pub(crate) fn take(&self) -> Attempt<Result<Message, RecvError>> {
        let taken = self.take_with::<()>()?;
        Some(taken.map(|(message, ())| message))
    }

    /// As [`take_with`](Self::take_with), with the routing id of the peer in front (Z28-030).
    pub(super) fn take_named_with<K: Kept>(&self) -> Attempt<Result<(Message, K), RecvError>> {
        if let Err(closing) = self.check() {
            return Some(Err(closing.into()));
        }
        let mut intake = self.intake();
        let cut = self.next(&mut intake, |_, parcel| {
            let mut cut = parcel.cut()?;
            cut.message.push_front(parcel.from.clone());
            Some(((cut.message, K::of(parcel)), cut.bodies))
        });
        cut.map(Ok)
    }

    /// Whether receiving would not wait: see [`Intake::waits`].
    pub(super) fn waits(&self, wanted: impl FnMut(&Topics, &Arc<Lane>, &mut Parcel) -> bool) -> bool {
        self.check().is_err() || self.intake().waits(&self.inbox, wanted)
    }

    /// Whether sending to the next peer that has room would not wait.
    pub(super) fn has_room(&self) -> bool {
        if self.check().is_err() {
            return true;
        }
        let links = &mut self.route().links;
        if self.options.slow_peer.drops() { links.has_open() } else { links.has_room_somewhere() }
    }

    // For the connections.

    /// Peers are going to come to this endpoint.
    pub(crate) fn bound(&self, endpoint: Endpoint) -> Arc<Site> {
        self.sites.add(Side::Bound, endpoint)
    }

    pub(crate) fn threads(&self) -> &Threads {
        &self.shared.threads
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) fn names(&self) -> &Names {
        &self.shared.names
    }

    pub(crate) fn security(&self) -> Result<&Security, BadSecurity> {
        self.security.as_ref().map_err(|why| *why)
    }

    /// Z27-017: who has a domain wants to know who comes; with CURVE also who finds a handler, which may come at any time.
    fn asks(&self) -> bool {
        let has_domain = !self.options.zap_domain.is_empty();
        let curve = || matches!(self.security, Ok(Security::CurveServer { .. }));
        self.options.admission.is_some() || has_domain || curve()
    }

    /// The type, unless it is a STREAM.
    pub(super) fn zmtp_type(&self) -> Option<SocketType> {
        match self.kind {
            Kind::Zmtp(socket_type) => Some(socket_type),
            Kind::Stream => None,
        }
    }

    /// Whether connections carry octets as they are.
    pub(crate) fn is_raw(&self) -> bool {
        self.kind == Kind::Stream
    }

    pub(crate) fn config(&self) -> Config<'_, AnySecurity<'_>> {
        let socket_type = match self.kind {
            Kind::Zmtp(socket_type) => socket_type,
            // Never told to anybody.
            Kind::Stream => SocketType::Pair,
        };
        Config {
            identity: &self.options.routing_id,
            oldest: self.options.oldest,
            limits: self.options.limits(),
            heartbeat: self.options.heartbeat(),
            admission: self.asks(),
            ..Config::new(socket_type)
        }
        .with_security(self.security().map_or(AnySecurity::Null, Security::rules))
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.shared.socket_gone();
    }
}
