//! PAIR: one peer, and no other (RFC 31).

use zmtp_core::mechanism::Null;
use zmtp_core::pattern::Pair as Machine;
use zmtp_core::{Config, SocketType};

use super::deal::{Deal, Outbox, Pieces};
use super::peers::bit;
use super::take::{Inbox, Take};
use super::{Pattern, Peers, SocketOf};
use crate::Reason;
use crate::places::{Fresh, Places};

/// A PAIR socket: both directions at any time with the first peer; another one is sent away (Z31-002). With one place that
/// one waits, with two it hears of it at once.
pub type Pair<'p, 's, M = Null> = SocketOf<'p, 's, PairPattern, M>;

/// What makes a [`Pair`].
#[derive(Debug, Default)]
pub struct PairPattern {
    machine: Machine,
    inbox: Inbox,
    outbox: Outbox,
}

impl<'p, 's, M: Fresh> Pair<'p, 's, M> {
    /// A socket with these places. The socket type in `config` is replaced.
    #[must_use]
    pub fn new(config: Config<'p, M::Security<'p>>, places: impl Into<Places<'p, 's, M>>) -> Self {
        Self::of(config, places, PairPattern::default())
    }
}

impl Pattern for PairPattern {
    const TYPE: SocketType = SocketType::Pair;

    fn introduced(&mut self, peer: usize, _identity: &[u8]) -> Result<(), Reason> {
        self.machine.attach(peer).map_err(|_| Reason::Occupied)
    }

    fn lost<M: Fresh>(&mut self, _peers: &mut Peers<'_, '_, M>, peer: usize) {
        self.outbox.lost(peer);
        self.machine.detach(peer);
    }
}

impl Take for PairPattern {
    fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }
}

impl Pieces for PairPattern {
    fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }
}

impl Deal for PairPattern {
    fn candidates(&self, ready: u32) -> u32 {
        ready & self.machine.peer().map_or(0, bit)
    }
}
