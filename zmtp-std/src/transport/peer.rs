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
use crate::socket::{Core, Phase};
use crate::{Event, Lost};

/// A connection that is open.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) core: Arc<Core>,
    /// Our endpoint, bound or connected.
    pub(super) endpoint: Arc<str>,
    pub(super) address: SocketAddr,
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
        let (peer, lane) = session.end();
        let refused = matches!(why, Lost::Protocol(Failure::Refused)) && !was_established;
        let dropped = lane.map_or(0, |lane| peer.core.lost(&lane, connected));
        peer.tell_end(was_established, why, dropped);
        Ended { was_established, refused }
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
    ) -> Arc<Lane> {
        let lane = self.core.established(lane, version);
        self.core.monitors.tell(&Event::HandshakeSucceeded {
            endpoint: self.endpoint.to_string(),
            address: self.address,
            socket_type: metadata.socket_type,
            routing_id: Bytes::copy_from_slice(metadata.identity),
        });
        lane
    }

    fn deliver(&mut self, lane: &Arc<Lane>, parcel: Parcel) {
        self.core.deliver(lane, parcel);
    }

    fn subscription(&mut self, lane: &Lane, subscribe: bool, topic: &[u8]) {
        self.core.subscription(lane, subscribe, topic);
    }

    fn written(&mut self, lane: &Lane, has_room: bool) {
        self.core.written(lane, has_room);
    }
}
