//! One connection of a socket: what its session needs of the socket, and who it is in events.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;
use zmtp_core::mechanism::{AnySecurity, Credentials};
use zmtp_core::wire::{Metadata, Version};
use zmtp_core::{Config, Failure};

use crate::io::{self, Receiver, Streamed};
use crate::lane::Lane;
use crate::parcel::Parcel;
use crate::security::{Admitted, Applicant, Judging, Mechanism, Proof, Refusal, Security, Verdict};
use crate::session::{Host, Session};
use crate::socket::{Core, Phase, Working};
use crate::{Address, Event, Lost};

/// A connection that is open.
#[derive(Debug)]
pub(super) struct Peer {
    core: Working,
    /// Our endpoint, bound or connected.
    endpoint: Arc<str>,
    address: Address,
    /// Who it claims to be, once it has shown something.
    who: String,
    /// Who it is, if the application was asked.
    admitted: Admitted,
    /// Why the socket does not want the peer any more.
    unwanted: Option<Lost>,
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
    pub(super) fn new(core: &Arc<Core>, endpoint: &Arc<str>, address: Address) -> Self {
        Self {
            core: Working::new(core),
            endpoint: Arc::clone(endpoint),
            address,
            who: String::new(),
            admitted: Admitted::default(),
            unwanted: None,
        }
    }

    pub(super) fn core(&self) -> &Core {
        &self.core
    }

    /// As [`talk`](Self::talk) with a peer that came.
    pub(super) async fn serve(self, stream: impl Streamed, phase: &mut watch::Receiver<Phase>) {
        match self.core.accepting() {
            Ok(()) => {
                self.talk(stream, None, phase).await;
            }
            Err(why) => self.tell_end(false, why, 0),
        }
    }

    /// Lives through the connection on `stream`; `lane` if it is we who connected.
    pub(super) async fn talk(
        self,
        mut stream: impl Streamed,
        lane: Option<Arc<Lane>>,
        phase: &mut watch::Receiver<Phase>,
    ) -> Ended {
        if self.core.is_raw() {
            return self.pass_on(stream, lane, phase).await;
        }
        let connected = lane.is_some();
        let mut session = Session::new(self, lane, io::now());
        let why = io::drive(&mut stream, &mut session, phase).await;
        drop(stream);
        let was_established = session.was_established();
        let (peer, lane) = session.end();
        peer.end(was_established, lane, connected, why)
    }

    /// As [`talk`](Self::talk) with a peer of plain TCP.
    async fn pass_on(
        mut self,
        mut stream: impl Streamed,
        lane: Option<Arc<Lane>>,
        phase: &mut watch::Receiver<Phase>,
    ) -> Ended {
        let connected = lane.is_some();
        let lane = match self.core.established(lane.as_ref(), Version::V3_1, &[]) {
            Ok(lane) => lane,
            Err(why) => return self.end(false, lane, connected, why),
        };
        self.core.monitors.tell(&Event::HandshakeSucceeded {
            endpoint: self.endpoint.to_string(),
            address: self.address.clone(),
            socket_type: None,
            routing_id: lane.name(),
            mechanism: Mechanism::Null,
            user_id: self.admitted.user_id.clone(),
            metadata: std::mem::take(&mut self.admitted.metadata),
        });
        let mut receiver = Plain { core: &self.core, lane: &lane };
        let why = io::relay(&mut stream, &lane, &mut receiver, phase).await;
        drop(stream);
        self.end(true, Some(lane), connected, why)
    }

    /// The connection is closed.
    fn end(mut self, was_established: bool, lane: Option<Arc<Lane>>, connected: bool, why: Lost) -> Ended {
        let why = self.unwanted.take().unwrap_or(why);
        let refused = matches!(why, Lost::Refused { .. }) && !was_established;
        let finished = lane.as_ref().is_some_and(|lane| lane.is_finished());
        let dropped = lane.map_or(0, |lane| self.core.lost(&lane, connected));
        self.tell_end(was_established, why, dropped);
        Ended { was_established, refused, finished }
    }

    /// Ends the connection if the socket does not want it any more.
    fn want<T>(&mut self, taken: Result<T, Lost>) -> Result<T, Failure> {
        taken.map_err(|why| {
            self.unwanted = Some(why);
            Failure::CommandLimit
        })
    }

    fn mechanism(&self) -> Mechanism {
        self.core.security().map_or(Mechanism::Null, Security::mechanism)
    }

    fn tell_end(self, was_established: bool, why: Lost, dropped: u64) {
        let (endpoint, address, mechanism) =
            (self.endpoint.to_string(), self.address.clone(), self.mechanism());
        self.core.monitors.tell(&if was_established {
            Event::Disconnected { endpoint, address, why, dropped }
        } else {
            Event::HandshakeFailed { endpoint, address, mechanism, why }
        });
    }
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
        self.core.config()
    }

    fn judge(&mut self, credentials: Option<Credentials<'_>>) -> Judging {
        let Some(proof) = credentials.as_ref().and_then(Proof::of) else { return Verdict::deny().into() };
        self.who = proof.who();
        let options = &self.core.options;
        let Some(admission) = &options.admission else {
            // Z27-015: without anybody to ask, NULL and CURVE are open, and PLAIN is shut.
            if !matches!(proof, Proof::Plain { .. }) {
                return Verdict::accept("").into();
            }
            self.unwanted = Some(Lost::NoAdmission);
            return Verdict::Refuse(Refusal::Internal).into();
        };
        admission.judge(&Applicant {
            domain: options.zap_domain.clone(),
            address: self.address.clone(),
            routing_id: options.routing_id.clone(),
            proof,
        })
    }

    fn judged(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Accept(admitted) => self.admitted = admitted,
            Verdict::Refuse(refusal) => {
                let who = std::mem::take(&mut self.who);
                self.unwanted.get_or_insert(Lost::NotAdmitted { who, refusal });
            }
        }
    }

    fn refused(&mut self, reason: &[u8]) {
        let printable = |char: char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char };
        let reason = String::from_utf8_lossy(reason).chars().map(printable).collect();
        self.unwanted = Some(Lost::Refused { reason });
    }

    fn established(
        &mut self,
        lane: Option<&Arc<Lane>>,
        version: Version,
        metadata: &Metadata<'_>,
    ) -> Result<Arc<Lane>, Failure> {
        let established = self.core.established(lane, version, metadata.identity);
        let lane = self.want(established)?;
        if version == Version::V1 && self.core.config().socket_type.publishes() {
            // Z13-011, LZ-006: it never says what it wants, and gets everything.
            let subscribed = self.core.subscription(&lane, true, b"");
            self.want(subscribed)?;
        }
        self.core.monitors.tell(&Event::HandshakeSucceeded {
            endpoint: self.endpoint.to_string(),
            address: self.address.clone(),
            socket_type: metadata.socket_type,
            routing_id: Bytes::copy_from_slice(metadata.identity),
            mechanism: self.mechanism(),
            user_id: self.admitted.user_id.clone(),
            metadata: std::mem::take(&mut self.admitted.metadata),
        });
        Ok(lane)
    }

    fn deliver(&mut self, lane: &Arc<Lane>, parcel: Parcel) -> Result<(), Failure> {
        let taken = self.core.deliver(lane, parcel);
        self.want(taken)
    }

    fn subscription(&mut self, lane: &Arc<Lane>, subscribe: bool, topic: &[u8]) -> Result<(), Failure> {
        let taken = self.core.subscription(lane, subscribe, topic);
        self.want(taken)
    }

    fn written(&mut self, lane: &Lane, has_room: bool) {
        self.core.written(lane, has_room);
    }
}
