//! STREAM: plain TCP behind routing ids, for peers that do not speak ZMTP.

use core::time::Duration;

use zmtp_core::identity::GeneratedIds;
use zmtp_core::link::QueueError;
use zmtp_core::pattern::{Notices, Refused, Stream as Machine, StreamSend, Unroutable};
use zmtp_core::{Config, Limits, SocketType};

use super::named::Named;
use super::notice::{Tell as _, Telling};
use super::peers::bit;
use super::take::{Inbox, RecvError, Take};
use super::{Pattern, Peers, SendError, SocketOf};
use crate::places::{Fresh, Places};
use crate::{Event, Reason};

/// A STREAM socket. It receives messages of two frames: the routing id of a connection, and octets as they came. TCP knows no
/// messages: what was sent at once may come in pieces, and together with other pieces. An empty one tells that a peer has
/// come or gone; until the application has received the latter, the peer's place stays taken.
///
/// What has come takes 2 octets more in the peer's storage, or 9 from 256 on, and so has what is sent. The storage for
/// commands may be empty.
pub type RawStream<'p, 's> = SocketOf<'p, 's, RawStreamPattern<'s>>;

/// What makes a [`RawStream`].
#[derive(Debug)]
pub struct RawStreamPattern<'s> {
    machine: Machine,
    peers: Named<'s, Telling>,
    /// Connections that end when what is queued has left, one bit each.
    closing: u32,
}

impl<'p, 's> RawStream<'p, 's> {
    /// A socket with these peers, whose routing ids are kept in `routes`: each takes 2 octets more than it has, a generated one
    /// 7. Choose `seed` as for a [`Router`](super::Router).
    #[must_use]
    pub fn new(places: impl Into<Places<'p, 's>>, routes: &'s mut [u8], seed: u32) -> Self {
        Self::with_notices(places, routes, seed, Notices::STREAM)
    }

    /// The same, where only these of its connections are told of (`ZMQ_STREAM_NOTIFY`).
    #[must_use]
    pub fn with_notices(
        places: impl Into<Places<'p, 's>>,
        routes: &'s mut [u8],
        seed: u32,
        notices: Notices,
    ) -> Self {
        // Nobody shakes hands.
        let limits = Limits { handshake: Duration::ZERO, ..Limits::new() };
        let config = Config { limits, ..Config::new(RawStreamPattern::TYPE) };
        let machine = Machine::new(GeneratedIds::starting_at(seed));
        // Whoever is no ROUTER does not know what a probe is.
        let due = Telling::new(Notices { probe: false, ..notices });
        Self::of(config, places, RawStreamPattern { machine, peers: Named::new(routes, due), closing: 0 })
    }

    /// Calls whoever is connected at the place of `peer` by this name, from now on (`ZMQ_CONNECT_ROUTING_ID`, API-005).
    ///
    /// # Errors
    /// [`Refused`] if there is another peer of this name, it cannot be one, or there is no room for it.
    pub fn name(&mut self, peer: usize, name: &[u8]) -> Result<(), Refused> {
        let RawStreamPattern { machine, peers, .. } = &mut self.pattern;
        let introduced = machine.introduce(&mut peers.routes, peer, Some(name));
        peers.name(peer, name, introduced)
    }

    /// Queues octets to the connection with this routing id; none at all close it, behind what is queued.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room for them now; [`SendError::Unroutable`] if nobody has this id, or its connection is
    /// being closed; [`SendError::TooLarge`]. Nothing has changed then.
    pub fn send(&mut self, id: &[u8], octets: &[u8]) -> nb::Result<(), SendError> {
        let Self { peers, pattern } = self;
        let RawStreamPattern { machine, peers: named, closing } = pattern;
        let mut sent = Err(QueueError::NotReady);
        let routed = machine.send(&named.routes, id, octets.len() as u64, |peer| {
            if *closing & bit(peer) == 0 {
                sent = peers.open(peer).and_then(|link| link.send_plain(octets));
            }
            sent.is_ok()
        });
        match (routed, sent) {
            (Ok(StreamSend::Write(_)), _) => Ok(()),
            (Ok(StreamSend::Close(peer)), _) if peers.is_attached(peer) && *closing & bit(peer) == 0 => {
                *closing |= bit(peer);
                Ok(())
            }
            (_, Err(QueueError::TooLarge)) => Err(nb::Error::Other(SendError::TooLarge)),
            (Err(Unroutable::Full(_)), Err(QueueError::Full)) => Err(nb::Error::WouldBlock),
            _ => Err(nb::Error::Other(SendError::Unroutable)),
        }
    }
}

impl Pattern for RawStreamPattern<'_> {
    /// Nobody is told.
    const TYPE: SocketType = SocketType::Pair;
    const PLAIN: bool = true;

    fn keeps<M: Fresh>(&self, peers: &Peers<'_, '_, M>, peer: usize) -> bool {
        self.peers.keeps(peers, peer)
    }

    fn introduced(&mut self, peer: usize, _identity: &[u8]) -> Result<(), Reason> {
        self.machine.introduce(&mut self.peers.routes, peer, None).map_err(Reason::Nameless)?;
        self.peers.connected(peer);
        Ok(())
    }

    fn driven<M: Fresh>(
        &mut self,
        peers: &mut Peers<'_, '_, M>,
        peer: usize,
        _report: &mut dyn FnMut(Event),
    ) -> Result<bool, Reason> {
        let done = self.closing & bit(peer) != 0 && peers.link(peer).is_some_and(|link| link.is_flushed());
        if done { Err(Reason::Closed) } else { Ok(false) }
    }

    fn lost<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>, peer: usize) {
        self.closing &= !bit(peer);
        self.peers.lost(peers, peer);
    }
}

impl Take for RawStreamPattern<'_> {
    fn inbox(&mut self) -> &mut Inbox {
        &mut self.peers.inbox
    }

    fn source<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>) -> nb::Result<usize, RecvError> {
        self.peers.source(peers)
    }

    fn label(&mut self, peer: usize) -> Option<&[u8]> {
        self.peers.label(peer)
    }

    fn notice<M: Fresh>(&mut self, peers: &Peers<'_, '_, M>, peer: usize) -> bool {
        self.peers.notice(peers, peer)
    }

    fn received<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>, peer: usize) {
        self.peers.settle(peers, peer);
    }
}
