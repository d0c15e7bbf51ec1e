//! One connection of a socket: what its session needs of the socket, and who it is in events.

use std::sync::Arc;

use bytes::Bytes;
use zmtp_core::mechanism::{AnySecurity, Credentials};
use zmtp_core::wire::{Metadata, Version};
use zmtp_core::{Config, Failure, SocketType};

use super::aside::{Aside, Standing};
use crate::io::{self, Receiver, Streamed};
use crate::lane::{Lane, Outlet};
use crate::parcel::Parcel;
use crate::security::{Admitted, Applicant, Judging, Mechanism, Proof, Refusal, Security, Verdict, zap};
use crate::session::{Host, Session};
use crate::socket::{Core, Site, Watch, Working};
use crate::{Address, Event, Lost, Options, Properties};

/// A connection that is open.
#[derive(Debug)]
pub(super) struct Peer {
    core: Working,
    /// Our endpoint, bound or connected.
    site: Arc<Site>,
    address: Address,
    aside: Aside,
}

/// How a connection went.
#[derive(Debug)]
pub(super) struct Ended {
    /// Whether it had come to messages.
    pub(super) was_established: bool,
    /// Whether the peer does not want us; trying again would be in vain (Z37-044).
    pub(super) refused: bool,
    /// Whether the application has closed the connection, and wants no other.
    pub(super) finished: bool,
}

impl Peer {
    /// One that came to us.
    pub(super) fn accepted(core: &Arc<Core>, site: &Arc<Site>, address: Address) -> Box<Self> {
        let peer = Self::new(core, site, address);
        let (endpoint, address) = (peer.endpoint(), peer.address.clone());
        peer.tell(&Event::Accepted { endpoint, address });
        peer
    }

    /// One that we have reached.
    pub(super) fn connected(core: &Arc<Core>, site: &Arc<Site>, address: Address) -> Box<Self> {
        let peer = Self::new(core, site, address);
        let (endpoint, address) = (peer.endpoint(), peer.address.clone());
        peer.tell(&Event::Connected { endpoint, address });
        peer
    }

    /// Boxed, for the tasks that hand it on.
    fn new(core: &Arc<Core>, site: &Arc<Site>, address: Address) -> Box<Self> {
        let aside = Aside::new(core, site, &address);
        Box::new(Self { core: Working::new(core), site: Arc::clone(site), address, aside })
    }

    fn tell(&self, event: &Event) {
        self.aside.span().in_scope(|| self.core.monitors.tell(event));
    }

    fn endpoint(&self) -> String {
        self.site.text().to_string()
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    pub(super) fn options(&self) -> &Options {
        self.site.options()
    }

    /// There is no talking to a peer that came.
    pub(super) fn tell_not_served(&self, why: std::io::Error) {
        self.tell(&Event::AcceptFailed { endpoint: self.endpoint(), why: Arc::new(why) });
    }

    /// Lives through the connection on `stream`; `lane` if it is we who connected.
    pub(super) async fn talk(
        self: Box<Self>,
        stream: Arc<impl Streamed + Outlet + 'static>,
        lane: Option<Arc<Lane>>,
        phase: &mut Watch,
    ) -> Ended {
        if self.core.is_raw() {
            return Box::pin(self.pass_on(stream, lane, phase)).await;
        }
        let connected = lane.is_some();
        let mut session = Session::new(self, lane, io::now());
        let why = io::drive(&stream, &mut session, phase).await;
        drop(stream);
        let was_established = session.was_established();
        let (peer, lane) = session.end();
        peer.end(was_established, lane, connected, why)
    }

    /// As [`talk`](Self::talk) with a peer of plain TCP.
    async fn pass_on(
        mut self: Box<Self>,
        stream: Arc<impl Streamed + Outlet + 'static>,
        lane: Option<Arc<Lane>>,
        phase: &mut Watch,
    ) -> Ended {
        let connected = lane.is_some();
        let nothing = self.properties(None, Bytes::new(), Vec::new());
        let established =
            self.core.established(lane.as_ref(), &self.site, Version::V3_1, Arc::clone(&nothing));
        let lane = match established {
            Ok(lane) => lane,
            Err(why) => return self.end(false, lane, connected, why),
        };
        let named = Properties { routing_id: lane.name(), ..(*nothing).clone() };
        self.tell_ready(Mechanism::Null, &named);
        let mut receiver = Plain { core: &self.core, lane: &lane };
        let why = io::relay(&*stream, &lane, &mut receiver, phase).await;
        drop(stream);
        self.end(true, Some(lane), connected, why)
    }

    /// The connection is closed.
    pub(super) fn end(
        mut self,
        was_established: bool,
        lane: Option<Arc<Lane>>,
        connected: bool,
        why: Lost,
    ) -> Ended {
        let why = match self.aside.take_standing() {
            Some(Standing::Unwanted(unwanted)) => unwanted,
            _ => why,
        };
        let refused = matches!(why, Lost::Refused { .. }) && !was_established;
        let finished = lane.as_ref().is_some_and(|lane| lane.is_finished());
        let slow = matches!(why, Lost::TooSlow);
        let dropped = lane.map_or(0, |lane| self.core.lost(&lane, &self.site, connected, slow));
        self.tell_end(was_established, why, dropped);
        Ended { was_established, refused, finished }
    }

    fn admitted(&self) -> Admitted {
        match self.aside.standing() {
            Some(Standing::Admitted(admitted)) => admitted.clone(),
            _ => Admitted::default(),
        }
    }

    /// Ends the connection if the socket does not want it any more.
    fn want<T>(&mut self, taken: Result<T, Lost>) -> Result<T, Failure> {
        taken.map_err(|why| {
            self.aside.set_standing(Standing::Unwanted(why));
            Failure::CommandLimit
        })
    }

    fn mechanism(&self) -> Mechanism {
        if matches!(self.address, Address::Inproc(_)) {
            // LZ-030: nobody is to be kept out.
            return Mechanism::Null;
        }
        self.site.settings().security().map_or(Mechanism::Null, Security::mechanism)
    }

    /// What is known of the peer, which wants to be called `routing_id`, and has `said` other things of itself.
    pub(super) fn properties(
        &self,
        socket_type: Option<SocketType>,
        routing_id: Bytes,
        said: Vec<(String, Bytes)>,
    ) -> Arc<Properties> {
        let Admitted { user_id, metadata } = self.admitted();
        let (address, metadata) = (self.address.clone(), [said, metadata].concat());
        Arc::new(Properties { socket_type, routing_id, address, user_id, metadata })
    }

    /// Messages may be exchanged with a peer of which this is known.
    pub(super) fn tell_ready(&mut self, mechanism: Mechanism, peer: &Properties) {
        let Properties { socket_type, routing_id, user_id, metadata, .. } = peer.clone();
        self.aside.take_standing();
        self.aside.record(socket_type.map(SocketType::name), &routing_id, &user_id);
        self.tell(&Event::HandshakeSucceeded {
            endpoint: self.endpoint(),
            address: self.address.clone(),
            socket_type,
            routing_id,
            mechanism,
            user_id,
            metadata,
        });
    }

    pub(super) fn tell_end(self, was_established: bool, why: Lost, dropped: u64) {
        let (endpoint, address, mechanism) = (self.endpoint(), self.address.clone(), self.mechanism());
        self.tell(&if was_established {
            Event::Disconnected { endpoint, address, why, dropped }
        } else {
            Event::HandshakeFailed { endpoint, address, mechanism, why }
        });
    }
}

/// What a peer has said of itself, besides what has a field of its own.
fn said(metadata: &Metadata<'_>) -> Vec<(String, Bytes)> {
    let others = metadata.properties().flatten();
    let others = others.filter(|property| !property.is("Socket-Type") && !property.is("Identity"));
    let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    others.map(|property| (text(property.name), Bytes::copy_from_slice(property.value))).collect()
}

/// What a socket does for a peer of plain TCP.
#[derive(Debug)]
struct Plain<'p> {
    core: &'p Core,
    lane: &'p Arc<Lane>,
}

impl Receiver for Plain<'_> {
    fn deliver(&mut self, parcel: Parcel) {
        // No socket of plain TCP refuses what it is given.
        let taken = self.core.deliver(self.lane, parcel);
        debug_assert!(taken.is_ok());
    }

    fn written(&mut self, has_room: bool) {
        self.core.written(self.lane, has_room);
    }
}

impl Host for Peer {
    fn config(&self) -> Config<'_, AnySecurity<'_>> {
        self.site.settings().config()
    }

    fn judge(&mut self, credentials: Option<Credentials<'_>>) -> Judging {
        let Some(proof) = credentials.as_ref().and_then(Proof::of) else {
            self.aside.set_standing(Standing::Claims(String::new()));
            return Verdict::deny().into();
        };
        let claims = Standing::Claims(proof.who());
        let options = self.site.options();
        let is_plain = matches!(proof, Proof::Plain { .. });
        let applicant = Applicant {
            domain: options.zap_domain.clone(),
            address: self.address.clone(),
            routing_id: options.routing_id.clone(),
            proof,
        };
        if let Some(admission) = &options.admission {
            let judging = self.aside.span().in_scope(|| admission.judge(&applicant));
            self.aside.set_standing(claims);
            return judging;
        }
        if let Some(judging) = zap::ask(self.core.shared(), &applicant) {
            self.aside.set_standing(claims);
            return judging;
        }
        // Z27-015: without anybody to ask, NULL and CURVE are open, and PLAIN is shut.
        if !is_plain {
            return Verdict::accept("").into();
        }
        self.aside.set_standing(Standing::Unwanted(Lost::NoAdmission));
        Verdict::Refuse(Refusal::Internal).into()
    }

    fn judged(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Accept(admitted) => self.aside.set_standing(Standing::Admitted(admitted)),
            Verdict::Refuse(refusal) => {
                // Otherwise there is a reason already.
                if let Some(Standing::Claims(who)) = self.aside.standing() {
                    let who = who.clone();
                    self.aside.set_standing(Standing::Unwanted(Lost::NotAdmitted { who, refusal }));
                }
            }
        }
    }

    fn refused(&mut self, reason: &[u8]) {
        let printable = |char: char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char };
        let reason = String::from_utf8_lossy(reason).chars().map(printable).collect();
        self.aside.set_standing(Standing::Unwanted(Lost::Refused { reason }));
    }

    fn established(
        &mut self,
        lane: Option<&Arc<Lane>>,
        version: Version,
        metadata: &Metadata<'_>,
    ) -> Result<Arc<Lane>, Failure> {
        let routing_id = Bytes::copy_from_slice(metadata.identity);
        let properties = self.properties(metadata.socket_type, routing_id, said(metadata));
        let established = self.core.established(lane, &self.site, version, Arc::clone(&properties));
        let lane = self.want(established)?;
        if version == Version::V1 && self.core.told_type().publishes() {
            // Z13-011, LZ-006: it never says what it wants, and gets everything.
            let subscribed = self.core.subscription_to_all(&lane);
            self.want(subscribed)?;
        }
        self.tell_ready(self.mechanism(), &properties);
        Ok(lane)
    }

    fn deliver(&mut self, lane: &Arc<Lane>, parcel: Parcel) -> Result<(), Failure> {
        let taken = self.core.deliver(lane, parcel);
        self.want(taken)
    }

    fn subscription(&mut self, lane: &Arc<Lane>, subscribe: bool, topic: &[u8]) -> Result<bool, Failure> {
        let room = self.core.takes_room_to_show(lane, topic);
        if !self.want(room)? {
            return Ok(false);
        }
        let taken = self.core.subscription(lane, subscribe, topic);
        self.want(taken).map(|()| true)
    }

    fn written(&mut self, lane: &Lane, has_room: bool) {
        self.core.written(lane, has_room);
    }
}
