//! What all sockets have in common: lanes, queues, and what their connections tell them.

use std::sync::{Arc, OnceLock};

use zmtp_core::SocketType;

use super::close::Closed;
use super::intake::{Inbox, Intake};
use super::kept::Kept;
use super::live::Live;
use super::publisher::matching;
use super::route::Route;
use super::settings::Settings;
use super::site::{Side, Site, Sites};
use super::subscribe::Wanted;
use super::traits::{Kind, Traits};
use crate::context::Shared;
use crate::endpoint::UNKNOWN_TRANSPORT;
use crate::io::Threads;
use crate::lane::{Lane, Totals};
use crate::monitor::Monitors;
use crate::names::Names;
use crate::parcel::Parcel;
use crate::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Mutex, MutexGuard};
use crate::transport::{self, Handed};
use crate::wait::Attempt;
use crate::{
    BadEndpoint, BindError, Closing, ConnectError, Endpoint, Message, Options, RecvError, SlowPeer,
    Transport, Unsent,
};

pub(super) const OPEN: u8 = 0;
pub(super) const CLOSED: u8 = 1;
pub(super) const TERMINATED: u8 = 2;

/// See the module. Locks are taken in the order intake, route, lane.
#[derive(Debug)]
pub(crate) struct Core {
    /// The options, as they are now.
    pub(super) live: Live,
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
    pub(super) kind: Kind,
    pub(super) traits: Traits,
    /// Whether the application is given what subscribers send besides subscriptions.
    pub(super) shows: bool,
    shared: Arc<Shared>,
    route: Arc<Mutex<Route>>,
    intake: Mutex<Intake>,
    pub(super) inbox: Inbox,
    pub(super) state: AtomicU8,
    pub(super) sites: Sites,
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
        options: Arc<Options>,
        route: Arc<Mutex<Route>>,
    ) -> Self {
        shared.socket_made();
        let settings = Settings::new(kind, options);
        let inbox = Inbox::new(settings.options.conflate);
        let mut making = route.lock().unwrap();
        making.configure(&settings.options);
        making.links.begin(Totals::of(&settings.options), &route);
        drop(making);
        let intake = Mutex::new(Intake::new(matching(&settings.options)));
        Self {
            traits: Traits::of(kind),
            shows: kind == Kind::Zmtp(SocketType::XPub),
            live: Live::new(settings),
            monitors: Monitors::default(),
            sendable: event_listener::Event::new(),
            receivable: event_listener::Event::new(),
            audience: event_listener::Event::new(),
            dropped: AtomicU64::new(0),
            dropped_with_peers: AtomicU64::new(0),
            kind,
            shared,
            route,
            intake,
            inbox,
            state: AtomicU8::new(OPEN),
            sites: Sites::default(),
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
        let settings = self.settings();
        settings.options.check().map_err(BindError::Option)?;
        settings.security().map_err(BindError::Security)?;
        endpoint.check_for_bind()?;
        self.may_bind(&settings)?;
        self.check_transport(endpoint)?;
        let site = transport::bind(self, endpoint, settings)?;
        self.sites.set_last(&site);
        Ok(site.endpoint().clone())
    }

    pub(super) fn bind_listener(self: &Arc<Self>, listener: Handed) -> Result<Endpoint, BindError> {
        self.check()?;
        let settings = self.settings();
        settings.options.check().map_err(BindError::Option)?;
        settings.security().map_err(BindError::Security)?;
        self.may_bind(&settings)?;
        let site = transport::bind_listener(self, listener, settings)?;
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
        let settings = self.settings();
        settings.options.check().map_err(ConnectError::Option)?;
        settings.security().map_err(ConnectError::Security)?;
        endpoint.check_for_connect()?;
        self.check_transport(&endpoint)?;
        let site = if self.kind.connects_once() {
            let Some(site) = self.sites.add_once(Side::Connected, endpoint, settings) else { return Ok(()) };
            site
        } else {
            self.sites.add(Side::Connected, endpoint, settings)
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

    /// Whether there is a place for what is to wait for durable peers.
    fn may_bind(self: &Arc<Self>, settings: &Settings) -> Result<(), BindError> {
        settings.check_marks()?;
        #[cfg(feature = "swap")]
        self.begin_swap(&settings.options)?;
        Ok(())
    }

    /// Whether there is the transport, and the type of the socket goes with it.
    fn check_transport(&self, endpoint: &Endpoint) -> Result<(), BadEndpoint> {
        if let Endpoint::Custom { scheme, .. } = endpoint
            && self.transport(scheme).is_none()
        {
            return Err(BadEndpoint { endpoint: endpoint.to_string(), why: UNKNOWN_TRANSPORT });
        }
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
        let mut route = self.route.lock().unwrap();
        route.links.settle();
        route
    }

    /// To send, and for nothing else: batches may be in hand.
    #[inline]
    fn route_to_send(&self) -> MutexGuard<'_, Route> {
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
        cut: impl FnOnce(&Arc<Lane>, &mut Parcel) -> Option<T>,
    ) -> Attempt<T> {
        intake.next(&self.inbox, cut)
    }

    /// Sends to the next peer that has room.
    #[inline]
    pub(crate) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        if let Err(closing) = self.check() {
            return Some(Err(closing.into()));
        }
        let mut route = self.route_to_send();
        match route.links.send(&[], message.into()) {
            Some(sent) => Some(sent.map(drop)),
            None if self.slow_peer() == SlowPeer::Wait => None,
            None => {
                let slot = route.links.next_full()?;
                self.overflow(route, slot, message.into())
            }
        }
    }

    /// Receives from the next peer that has sent something.
    #[inline]
    pub(super) fn take_with<K: Kept>(&self) -> Attempt<Result<K::Taken, RecvError>> {
        if let Err(closing) = self.check() {
            return Some(Err(closing.into()));
        }
        let mut intake = self.intake();
        let cut = self.next(&mut intake, |_, parcel| {
            let message = parcel.cut()?;
            Some(K::of(parcel).with(message))
        });
        cut.map(Ok)
    }

    /// The message alone.
    pub(crate) fn take(&self) -> Attempt<Result<Message, RecvError>> {
        self.take_with::<()>()
    }

    /// As [`take_with`](Self::take_with), with the routing id of the peer in front (Z28-030).
    pub(super) fn take_named_with<K: Kept>(&self) -> Attempt<Result<K::Taken, RecvError>> {
        if let Err(closing) = self.check() {
            return Some(Err(closing.into()));
        }
        let mut intake = self.intake();
        let cut = self.next(&mut intake, |_, parcel| {
            let mut message = parcel.cut()?;
            message.push_front(parcel.from.clone());
            Some(K::of(parcel).with(message))
        });
        cut.map(Ok)
    }

    /// Whether receiving would not wait: see [`Intake::waits`].
    pub(super) fn waits(&self, wanted: impl FnMut(&Wanted, &Arc<Lane>, &mut Parcel) -> bool) -> bool {
        self.check().is_err() || self.intake().waits(&self.inbox, wanted)
    }

    /// Whether sending to the next peer that has room would not wait.
    pub(super) fn has_room(&self) -> bool {
        if self.check().is_err() {
            return true;
        }
        let links = &mut self.route_to_send().links;
        if self.slow_peer().drops() { links.has_open() } else { links.has_room_somewhere() }
    }

    // For the connections.

    /// Peers are going to come to this endpoint.
    pub(crate) fn bound(&self, endpoint: Endpoint, settings: Arc<Settings>) -> Arc<Site> {
        self.sites.add(Side::Bound, endpoint, settings)
    }

    pub(crate) fn threads(&self) -> &Threads {
        &self.shared.threads
    }

    /// The transport of this name, if the context has it.
    pub(crate) fn transport(&self, scheme: &str) -> Option<&dyn Transport> {
        self.shared.transports.get(scheme)
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) fn names(&self) -> &Names {
        &self.shared.names
    }

    /// The type, unless it is a STREAM.
    pub(super) fn zmtp_type(&self) -> Option<SocketType> {
        match self.kind {
            Kind::Zmtp(socket_type) => Some(socket_type),
            Kind::Stream => None,
        }
    }

    /// The type, for people.
    pub(crate) fn type_name(&self) -> &'static str {
        self.zmtp_type().map_or("STREAM", SocketType::name)
    }

    /// Whether connections carry octets as they are.
    pub(crate) fn is_raw(&self) -> bool {
        self.kind == Kind::Stream
    }

    /// What peers are told.
    pub(crate) fn told_type(&self) -> SocketType {
        self.kind.told()
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.shared.socket_gone();
    }
}
