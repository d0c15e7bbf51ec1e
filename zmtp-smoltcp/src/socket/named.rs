//! Peers that have routing ids, of ROUTER and STREAM: the id comes in front of what is received from them.

use zmtp_core::identity::{RouteTable, Routes};
use zmtp_core::pattern::{Introduced, Refused};

use super::Peers;
use super::notice::Tell;
use super::peers::bit;
use super::take::{Inbox, RecvError};
use crate::places::Fresh;

/// See the module. `T` is what is told of them.
#[derive(Debug)]
pub(crate) struct Named<'s, T> {
    pub(crate) routes: RouteTable<'s>,
    pub(crate) inbox: Inbox,
    pub(crate) due: T,
    /// Peers that are connected and have their name, one bit each; places that keep theirs.
    pub(crate) here: u32,
    preset: u32,
}

impl<'s, T: Tell> Named<'s, T> {
    pub(crate) fn new(routes: &'s mut [u8], due: T) -> Self {
        Self { routes: RouteTable::new(routes), inbox: Inbox::default(), due, here: 0, preset: 0 }
    }

    /// Names a place, as `introduced` says it may be called `name`, whoever is connected there (API-005).
    pub(crate) fn name(
        &mut self,
        peer: usize,
        name: &[u8],
        introduced: Result<Introduced, Refused>,
    ) -> Result<(), Refused> {
        if introduced? == Introduced::Kept && self.routes.id_of(peer) != Some(name) {
            return Err(Refused::Duplicate);
        }
        self.preset |= bit(peer);
        Ok(())
    }

    /// A peer is connected and has a name.
    pub(crate) fn connected(&mut self, peer: usize) {
        self.here |= bit(peer);
        self.due.connected(peer);
    }

    /// Its stream is over.
    pub(crate) fn lost<M: Fresh>(&mut self, peers: &Peers<'_, '_, M>, peer: usize) {
        // Who has lost its name to another is nobody to tell of.
        if T::TELLS && self.here & bit(peer) != 0 && self.routes.id_of(peer).is_some() {
            self.due.disconnected(peer);
        }
        self.here &= !bit(peer);
        self.settle(peers, peer);
    }

    /// Whether something of a peer is still to be received, or to be told of it.
    pub(crate) fn keeps<M: Fresh>(&self, peers: &Peers<'_, '_, M>, peer: usize) -> bool {
        peers.has_left(peer) || self.due.peers() & bit(peer) != 0
    }

    /// The name of a peer that is gone is free when the last of it has been received.
    pub(crate) fn settle<M: Fresh>(&mut self, peers: &Peers<'_, '_, M>, peer: usize) {
        if (self.here | self.preset) & bit(peer) == 0 && !self.keeps(peers, peer) {
            self.routes.remove(peer);
        }
    }

    /// The peer whose next frame is the application's, or a notice of it.
    pub(crate) fn source<M: Fresh>(&mut self, peers: &Peers<'_, '_, M>) -> nb::Result<usize, RecvError> {
        self.inbox.next_of(peers, self.due.peers()).ok_or(nb::Error::WouldBlock)
    }

    /// What comes in front of the next message of `peer`, if that is next.
    pub(crate) fn label(&self, peer: usize) -> Option<&[u8]> {
        // Who has lost its name to another is nobody.
        let between = self.inbox.is_between_messages();
        between.then(|| self.routes.id_of(peer).unwrap_or_default())
    }

    /// Whether an empty frame comes next, which the application has received then.
    pub(crate) fn notice<M: Fresh>(&mut self, peers: &Peers<'_, '_, M>, peer: usize) -> bool {
        self.inbox.is_at_first_frame() && self.due.take(peer, peers.has_left(peer))
    }
}
