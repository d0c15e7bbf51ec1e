//! One connection of a socket: what its session needs of the socket, and who it is in events.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;
use zmtp_core::wire::{Metadata, Version};
use zmtp_core::{Config, Failure};

use crate::io::{self, Streamed};
use crate::lane::Lane;
use crate::parcel::Parcel;
use crate::session::{Host, Session};
use crate::socket::{Core, Phase, Working};
use crate::{Event, Lost};

/// A connection that is open.
#[derive(Debug)]
pub(super) struct Peer {
    core: Working,
    /// Our endpoint, bound or connected.
    endpoint: Arc<str>,
    address: SocketAddr,
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
}

impl Peer {
    pub(super) fn new(core: &Arc<Core>, endpoint: &Arc<str>, address: SocketAddr) -> Self {
        Self { core: Working::new(core), endpoint: Arc::clone(endpoint), address, unwanted: None }
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
        let connected = lane.is_some();
        let mut session = Session::new(self, lane, io::now());
        let why = io::drive(&mut stream, &mut session, phase).await;
        drop(stream);
        let was_established = session.was_established();
        let (mut peer, lane) = session.end();
        let why = peer.unwanted.take().unwrap_or(why);
        let refused = matches!(why, Lost::Protocol(Failure::Refused)) && !was_established;
        let dropped = lane.map_or(0, |lane| peer.core.lost(&lane, connected));
        peer.tell_end(was_established, why, dropped);
        Ended { was_established, refused }
    }

    /// Ends the connection if the socket does not want it any more.
    fn want<T>(&mut self, taken: Result<T, Lost>) -> Result<T, Failure> {
        taken.map_err(|why| {
            self.unwanted = Some(why);
            Failure::CommandLimit
        })
    }

    fn tell_end(self, was_established: bool, why: Lost, dropped: u64) {
        let (endpoint, address) = (self.endpoint.to_string(), self.address);
        self.core.monitors.tell(&if was_established {
            Event::Disconnected { endpoint, address, why, dropped }
        } else {
            Event::HandshakeFailed { endpoint, address, why }
        });
    }
}

impl Host for Peer {
    fn config(&self) -> Config<'_> {
        self.core.config()
    }

    fn established(
        &mut self,
        lane: Option<&Arc<Lane>>,
        version: Version,
        metadata: &Metadata<'_>,
    ) -> Result<Arc<Lane>, Failure> {
        let established = self.core.established(lane, version, metadata.identity);
        let lane = self.want(established)?;
        self.core.monitors.tell(&Event::HandshakeSucceeded {
            endpoint: self.endpoint.to_string(),
            address: self.address,
            socket_type: metadata.socket_type,
            routing_id: Bytes::copy_from_slice(metadata.identity),
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
