//! The options of a socket, with what follows from them. They never change: a socket has others from some moment on, and an endpoint
//! keeps those that there were when it was bound or connected.

use std::sync::Arc;

use bytes::Bytes;
use zmtp_core::mechanism::AnySecurity;
use zmtp_core::pattern::{Notices, ReqOptions};
use zmtp_core::{Config, SocketType};

use super::traits::Kind;
use crate::batch::Batch;
use crate::security::{BadSecurity, Security};
use crate::{BindError, Options, SlowPeer, SlowSubscriber};

/// See the module.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) options: Arc<Options>,
    /// What the options for security come to. With bad ones nobody is bound or connected.
    security: Result<Security, BadSecurity>,
    socket_type: SocketType,
    /// What peers are told of us, in the form of READY.
    metadata: Bytes,
    /// Which connections the peer, or the application, is told of.
    pub(super) notices: Notices,
    /// What becomes of a message that a peer has no room for.
    pub(super) slow_peer: SlowPeer,
    /// How requests and replies take turns.
    pub(super) turns: ReqOptions,
    /// What every peer is sent before anything else.
    pub(super) preface: Option<Batch>,
}

impl Settings {
    pub(super) fn new(kind: Kind, mut options: Arc<Options>) -> Self {
        leave_out_what_is_for_others(kind, &mut options);
        let notices = options.notices(kind);
        Self {
            notices,
            preface: options.preface(kind, notices).map(|message| Batch::of_connection(&message)),
            security: Security::of(&options),
            socket_type: kind.told(),
            metadata: options.metadata.encode(),
            slow_peer: slow_peer(kind, &options),
            turns: ReqOptions { relaxed: options.req_relaxed, correlated: options.req_correlate },
            options,
        }
    }

    pub(crate) fn security(&self) -> Result<&Security, BadSecurity> {
        self.security.as_ref().map_err(|why| *why)
    }

    /// Whether what waits for peers that are away has a bound.
    pub(super) fn check_marks(&self) -> Result<(), BindError> {
        if self.options.is_unbounded() { Err(BindError::NoHighWaterMark) } else { Ok(()) }
    }

    /// Z27-017: who has a domain wants to know who comes; with CURVE also who finds a handler, which may come at any time.
    fn asks(&self) -> bool {
        let has_domain = !self.options.zap_domain.is_empty();
        let curve = || matches!(self.security, Ok(Security::CurveServer { .. }));
        self.options.admission.is_some() || has_domain || curve()
    }

    pub(crate) fn config(&self) -> Config<'_, AnySecurity<'_>> {
        Config {
            identity: &self.options.routing_id,
            properties: &self.metadata,
            oldest: self.options.oldest,
            limits: self.options.limits(),
            heartbeat: self.options.heartbeat(),
            admission: self.asks(),
            ..Config::new(self.socket_type)
        }
        .with_security(self.security().map_or(AnySecurity::Null, Security::rules))
    }
}

/// Z28-033: a ROUTER that may drop messages drops those that a peer has no room for.
fn slow_peer(kind: Kind, options: &Options) -> SlowPeer {
    let drops = kind == Kind::Zmtp(SocketType::Router) && !options.router_mandatory;
    match options.slow_peer {
        SlowPeer::Wait if drops => SlowPeer::DropNewest,
        chosen => chosen,
    }
}

/// Options that mean nothing to this kind of socket are as if they had not been set.
fn leave_out_what_is_for_others(kind: Kind, options: &mut Arc<Options>) {
    if options.conflate && !kind.may_conflate() {
        Arc::make_mut(options).conflate = false;
    }
    if options.slow_subscriber != SlowSubscriber::default() && !kind.publishes() {
        Arc::make_mut(options).slow_subscriber = SlowSubscriber::default();
    }
    if options.slow_peer != SlowPeer::default() && !kind.may_wait() {
        Arc::make_mut(options).slow_peer = SlowPeer::default();
    }
    if options.durable.is_some() && !kind.may_keep() {
        Arc::make_mut(options).durable = None;
    }
}
