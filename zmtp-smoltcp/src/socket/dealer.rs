//! DEALER: sends to its peers in turn, and takes from them in turn, frames unchanged (RFC 28).

use zmtp_core::mechanism::Null;
use zmtp_core::{Config, SocketType};

use super::deal::{Deal, Outbox, Pieces};
use super::notice::{PROBE, Quiet, Tell, Telling};
use super::take::{Inbox, Take};
use super::{Pattern, Peers, SocketOf};
use crate::places::{Fresh, Places};
use crate::{Event, Reason};

/// A DEALER socket: both directions at any time (Z28-019).
pub type Dealer<'p, 's, M = Null> = SocketOf<'p, 's, DealerPattern, M>;

/// A DEALER that sends an empty message to every peer in front of all others, so that a ROUTER learns of it
/// (`ZMQ_PROBE_ROUTER`, API-004).
pub type ProbingDealer<'p, 's, M = Null> = SocketOf<'p, 's, DealerPattern<Telling>, M>;

/// What makes a [`Dealer`], or with `Telling` a [`ProbingDealer`].
#[derive(Debug)]
pub struct DealerPattern<T = Quiet> {
    inbox: Inbox,
    outbox: Outbox,
    due: T,
}

impl<'p, 's, M: Fresh, T: Tell> SocketOf<'p, 's, DealerPattern<T>, M> {
    /// A socket with these peers. The socket type in `config` is replaced; its identity is what a ROUTER calls us.
    #[must_use]
    pub fn new(config: Config<'p, M::Security<'p>>, places: impl Into<Places<'p, 's, M>>) -> Self {
        let (inbox, outbox) = (Inbox::default(), Outbox::default());
        Self::of(config, places, DealerPattern { inbox, outbox, due: T::new(PROBE) })
    }
}

impl<T: Tell> Pattern for DealerPattern<T> {
    const TYPE: SocketType = SocketType::Dealer;

    fn introduced(&mut self, peer: usize, _identity: &[u8]) -> Result<(), Reason> {
        self.due.connected(peer);
        Ok(())
    }

    fn driven<M: Fresh>(
        &mut self,
        peers: &mut Peers<'_, '_, M>,
        peer: usize,
        _report: &mut dyn FnMut(Event),
    ) -> Result<bool, Reason> {
        Ok(self.due.probe(peers, peer))
    }

    fn lost<M: Fresh>(&mut self, _peers: &mut Peers<'_, '_, M>, peer: usize) {
        self.outbox.lost(peer);
        self.due.disconnected(peer);
    }
}

impl<T: Tell> Take for DealerPattern<T> {
    fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }
}

impl<T: Tell> Pieces for DealerPattern<T> {
    fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }
}

impl<T: Tell> Deal for DealerPattern<T> {}
