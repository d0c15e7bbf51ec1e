//! ROUTER: the first frame of a message says to whom it goes, or from whom it comes (RFC 28).

use zmtp_core::identity::GeneratedIds;
use zmtp_core::link::{Link, QueueError};
use zmtp_core::mechanism::Null;
use zmtp_core::pattern::{
    Introduced, Name, Notices, Refused, Route, Router as Machine, RouterOptions, Unroutable,
};
use zmtp_core::{Config, SocketType};

use super::deal::{Outbox, Pieces};
use super::named::Named;
use super::notice::{Quiet, Tell, Telling};
use super::peers::bit;
use super::take::{Inbox, RecvError, Take};
use super::{Pattern, Peers, SendError, SocketOf};
use crate::places::{Fresh, Places};
use crate::{Event, Reason};

/// A ROUTER socket. What it receives begins with a frame that is the routing id of the peer (Z28-030), and so has what it
/// sends (Z28-031). Delivery is mandatory unless the options say otherwise (Z28-033).
pub type Router<'p, 's, M = Null> = SocketOf<'p, 's, RouterPattern<'s>, M>;

/// A ROUTER that tells of its connections, as `Notices` say: with an empty message the application that a peer has come or gone
/// (`ZMQ_ROUTER_NOTIFY`), behind the routing id, or the peer that we are there (`ZMQ_PROBE_ROUTER`, API-004). Until the
/// application has heard that a peer is gone, its place stays taken. Firmware with [`Router`]s only does not pay for it.
pub type NotifyingRouter<'p, 's, M = Null> = SocketOf<'p, 's, RouterPattern<'s, Telling>, M>;

/// What makes a [`Router`], or with `Telling` a [`NotifyingRouter`].
#[derive(Debug)]
pub struct RouterPattern<'s, T = Quiet> {
    machine: Machine,
    peers: Named<'s, T>,
    outbox: Outbox,
    /// Connected peers that have lost their name, one bit each.
    taken_over: u32,
    dropped: u32,
}

impl<'p, 's, M: Fresh> Router<'p, 's, M> {
    /// A socket with these peers, whose routing ids are kept in `routes`: each takes 2 octets more than it has, a generated one
    /// 7. The socket type in `config` is replaced.
    ///
    /// Choose `seed` at random: generated ids count from it, and those of an earlier run shall not be mistaken for those of
    /// this one.
    #[must_use]
    pub fn new(
        config: Config<'p, M::Security<'p>>,
        places: impl Into<Places<'p, 's, M>>,
        routes: &'s mut [u8],
        options: RouterOptions,
        seed: u32,
    ) -> Self {
        Self::of(config, places, RouterPattern::new(routes, options, seed, Notices::default()))
    }
}

impl<'p, 's, M: Fresh> NotifyingRouter<'p, 's, M> {
    /// The same as [`Router::new`], and what is told of connections.
    #[must_use]
    pub fn new(
        config: Config<'p, M::Security<'p>>,
        places: impl Into<Places<'p, 's, M>>,
        routes: &'s mut [u8],
        options: RouterOptions,
        seed: u32,
        notices: Notices,
    ) -> Self {
        Self::of(config, places, RouterPattern::new(routes, options, seed, notices))
    }
}

impl<'s, M: Fresh, T: Tell> SocketOf<'_, 's, RouterPattern<'s, T>, M> {
    /// Calls whoever is connected at the place of `peer` by this name, from now on (`ZMQ_CONNECT_ROUTING_ID`, API-005).
    ///
    /// # Errors
    /// [`Refused`] if there is another peer of this name, it cannot be one, or there is no room for it.
    pub fn name(&mut self, peer: usize, name: &[u8]) -> Result<(), Refused> {
        let RouterPattern { machine, peers, .. } = &mut self.pattern;
        let introduced = machine.introduce(&mut peers.routes, peer, Name::Preset(name));
        peers.name(peer, name, introduced)
    }

    /// Queues a message to the peer whose routing id is the first part; the others are the message.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room for it now, [`SendError::Unroutable`] if nobody has this id; without
    /// [`RouterOptions::mandatory`] it is [dropped](Self::dropped) in both cases. [`SendError`].
    pub fn send(&mut self, parts: &[&[u8]]) -> nb::Result<(), SendError> {
        let Some((id, rest)) = parts.split_first() else { return Ok(()) };
        if self.pattern.outbox.is_open() {
            return Err(nb::Error::Other(SendError::Unfinished));
        }
        self.route(id, |link| link.send(rest)).map(drop)
    }

    /// Begins a message to the peer with this routing id, with a frame of `len` octets that is sent in pieces:
    /// [`write`](Self::write) them. With `more` another frame follows: [`begin_next`](Self::begin_next).
    ///
    /// # Errors
    /// As [`send`](Self::send). What would be dropped is an error here in any case.
    pub fn begin(&mut self, id: &[u8], len: u64, more: bool) -> nb::Result<(), SendError> {
        if self.pattern.outbox.is_open() {
            return Err(nb::Error::Other(SendError::Unfinished));
        }
        let peer = self.route(id, |link| link.begin(&[], more, len))?;
        let peer = peer.ok_or(nb::Error::Other(SendError::Unroutable))?;
        self.pattern.outbox.begun(peer, len, more);
        Ok(())
    }

    /// Begins the next frame of the message that is sent in pieces.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room now; [`SendError`].
    pub fn begin_next(&mut self, len: u64, more: bool) -> nb::Result<(), SendError> {
        self.begin_frame(len, more)
    }

    /// Messages dropped so far because they could not be delivered, and need not be.
    #[must_use]
    pub fn dropped(&self) -> u32 {
        self.pattern.dropped
    }

    /// Gives the message to the peer with this id; returns which, or `None` if it is dropped.
    fn route(
        &mut self,
        id: &[u8],
        attempt: impl FnOnce(&mut Link<'s, M>) -> Result<(), QueueError>,
    ) -> nb::Result<Option<usize>, SendError> {
        let Self { peers, pattern } = self;
        let mut sent = Ok(());
        let routed = pattern.machine.route(&pattern.peers.routes, id, |peer| {
            sent = peers.open(peer).and_then(attempt);
            sent.is_ok()
        });
        match (routed, sent) {
            (Ok(Route::To(peer)), _) => Ok(Some(peer)),
            (_, Err(QueueError::TooLarge)) => Err(nb::Error::Other(SendError::TooLarge)),
            (Ok(Route::Dropped(_)), _) => {
                pattern.dropped = pattern.dropped.saturating_add(1);
                Ok(None)
            }
            (Err(Unroutable::Full(_)), Err(QueueError::Full)) => Err(nb::Error::WouldBlock),
            // Nobody has the id, or who had it has just gone.
            (Err(_), _) => Err(nb::Error::Other(SendError::Unroutable)),
        }
    }
}

impl<'s, T: Tell> RouterPattern<'s, T> {
    fn new(routes: &'s mut [u8], options: RouterOptions, seed: u32, notices: Notices) -> Self {
        Self {
            machine: Machine::new(options, GeneratedIds::starting_at(seed)),
            peers: Named::new(routes, T::new(notices)),
            outbox: Outbox::default(),
            taken_over: 0,
            dropped: 0,
        }
    }
}

impl<T: Tell> Pattern for RouterPattern<'_, T> {
    const TYPE: SocketType = SocketType::Router;

    fn keeps<M: Fresh>(&self, peers: &Peers<'_, '_, M>, peer: usize) -> bool {
        self.peers.keeps(peers, peer)
    }

    fn introduced(&mut self, peer: usize, identity: &[u8]) -> Result<(), Reason> {
        let introduced = self.machine.introduce(&mut self.peers.routes, peer, Name::Announced(identity));
        if let Introduced::TakesOver { from } = introduced.map_err(Reason::Nameless)? {
            self.taken_over |= self.peers.here & bit(from);
        }
        self.peers.connected(peer);
        Ok(())
    }

    fn driven<M: Fresh>(
        &mut self,
        peers: &mut Peers<'_, '_, M>,
        peer: usize,
        _report: &mut dyn FnMut(Event),
    ) -> Result<bool, Reason> {
        // Z28-036: its name is another's now.
        if self.taken_over & bit(peer) == 0 {
            Ok(self.peers.due.probe(peers, peer))
        } else {
            Err(Reason::TakenOver)
        }
    }

    fn lost<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>, peer: usize) {
        self.outbox.lost(peer);
        self.taken_over &= !bit(peer);
        self.peers.lost(peers, peer);
    }
}

impl<T: Tell> Take for RouterPattern<'_, T> {
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

impl<T: Tell> Pieces for RouterPattern<'_, T> {
    fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }
}
