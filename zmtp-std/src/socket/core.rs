//! What all sockets have in common: lanes, queues, and what their connections tell them.

use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use tokio::sync::watch;
use zmtp_core::mechanism::AnySecurity;
use zmtp_core::pattern::Notices;
use zmtp_core::{Config, SocketType};

use super::close::{Closed, Phase};
use super::intake::{Inbox, Intake};
use super::route::Route;
use super::traits::{Kind, Traits};
use crate::batch::Batch;
use crate::context::Shared;
use crate::io::Threads;
use crate::lane::Lane;
use crate::monitor::Monitors;
use crate::parcel::Parcel;
use crate::security::{BadSecurity, Security};
use crate::transport;
use crate::wait::Attempt;
use crate::{BindError, Closing, ConnectError, Endpoint, Message, Options, RecvError, Unsent};

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
    pub(super) audience: event_listener::Event,
    /// Messages for which a peer had no room, of patterns that drop.
    pub(super) dropped: AtomicU64,
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
    pub(super) phase: watch::Sender<Phase>,
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
    /// What the first call of close returned; every later one returns the same.
    pub(super) outcome: OnceLock<Closed>,
}

impl Core {
    pub(crate) fn new(shared: Arc<Shared>, kind: Kind, options: Options, route: Arc<Mutex<Route>>) -> Self {
        shared.socket_made();
        let notices = options.notices(kind);
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
            kind,
            shared,
            route,
            intake: Mutex::default(),
            inbox: Inbox::default(),
            state: AtomicU8::new(OPEN),
            phase: watch::Sender::new(Phase::Open),
            tasks: AtomicUsize::new(0),
            terminations: AtomicUsize::new(0),
            listening: AtomicUsize::new(0),
            progress: event_listener::Event::new(),
            gone: AtomicU64::new(0),
            outcome: OnceLock::new(),
        }
    }

    // For the sockets.

    pub(super) fn bind(self: &Arc<Self>, endpoint: &Endpoint) -> Result<Endpoint, BindError> {
        self.check()?;
        self.security().map_err(BindError::Security)?;
        transport::bind(self, endpoint)
    }

    /// Connects to a peer, and calls it `name`, or as it wishes.
    pub(super) fn connect(
        self: &Arc<Self>,
        endpoint: Endpoint,
        name: Option<&[u8]>,
    ) -> Result<(), ConnectError> {
        self.check()?;
        self.security().map_err(ConnectError::Security)?;
        endpoint.check_for_connect()?;
        transport::connect(self, endpoint, self.add_lane_to_connect(name)?);
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

    /// Sends to the next peer that has room.
    #[inline]
    pub(super) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        if let Err(closing) = self.check() {
            return Some(Err(closing.into()));
        }
        let sent = self.route().links.send(&[], message.into())?;
        Some(sent.map(drop))
    }

    /// Receives from the next peer that has sent something.
    #[inline]
    pub(super) fn take(&self) -> Attempt<Result<Message, RecvError>> {
        if let Err(closing) = self.check() {
            return Some(Err(closing.into()));
        }
        let mut intake = self.intake();
        let cut = self.next(&mut intake, |_, parcel| parcel.cut().map(|cut| (cut.message, cut.bodies)));
        cut.map(Ok)
    }

    /// As [`take`](Self::take), with the routing id of the peer in front (Z28-030).
    pub(super) fn take_named(&self) -> Attempt<Result<Message, RecvError>> {
        if let Err(closing) = self.check() {
            return Some(Err(closing.into()));
        }
        let mut intake = self.intake();
        let cut = self.next(&mut intake, |_, parcel| {
            let mut cut = parcel.cut()?;
            cut.message.push_front(parcel.from.clone());
            Some((cut.message, cut.bodies))
        });
        cut.map(Ok)
    }

    // For the connections.

    pub(crate) fn threads(&self) -> &Threads {
        &self.shared.threads
    }

    pub(crate) fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    pub(crate) fn security(&self) -> Result<&Security, BadSecurity> {
        self.security.as_ref().map_err(|why| *why)
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
            // Z27-017: who has a domain wants to know who comes.
            admission: self.options.admission.is_some() || !self.options.zap_domain.is_empty(),
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
