//! DEALER: sends to its peers in turn, and takes from them in turn, frames unchanged (RFC 28).

use zmtp_core::mechanism::Null;
use zmtp_core::{Config, SocketType};

use super::deal::{Deal, Outbox, Pieces};
use super::take::{Inbox, Take};
use super::{Pattern, Peers, SocketOf};
use crate::places::{Fresh, Places};

/// A DEALER socket: both directions at any time (Z28-019).
pub type Dealer<'p, 's, M = Null> = SocketOf<'p, 's, DealerPattern, M>;

/// What makes a [`Dealer`].
#[derive(Debug, Default)]
pub struct DealerPattern {
    inbox: Inbox,
    outbox: Outbox,
}

impl<'p, 's, M: Fresh> Dealer<'p, 's, M> {
    /// A socket with these peers. The socket type in `config` is replaced; its identity is what a ROUTER calls us.
    #[must_use]
    pub fn new(config: Config<'p, M::Security<'p>>, places: impl Into<Places<'p, 's, M>>) -> Self {
        Self::of(config, places, DealerPattern::default())
    }
}

impl Pattern for DealerPattern {
    const TYPE: SocketType = SocketType::Dealer;

    fn lost<M: Fresh>(&mut self, _peers: &mut Peers<'_, '_, M>, peer: usize) {
        self.outbox.lost(peer);
    }
}

impl Take for DealerPattern {
    fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }
}

impl Pieces for DealerPattern {
    fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }
}

impl Deal for DealerPattern {}
