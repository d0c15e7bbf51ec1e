//! PUSH: deals messages out to its peers in turn (RFC 30).

use zmtp_core::mechanism::Null;
use zmtp_core::{Config, SocketType};

use super::deal::{Deal, Outbox, Pieces};
use super::{Pattern, Peers, SocketOf};
use crate::places::{Fresh, Places};
use crate::{Event, Reason};

/// A PUSH socket. A peer with no room is passed over (Z30-005); with no room anywhere a send would block.
pub type Push<'p, 's, M = Null> = SocketOf<'p, 's, PushPattern, M>;

/// What makes a [`Push`].
#[derive(Debug, Default)]
pub struct PushPattern {
    outbox: Outbox,
}

impl<'p, 's, M: Fresh> Push<'p, 's, M> {
    /// A socket with these peers. The socket type in `config` is replaced.
    #[must_use]
    pub fn new(config: Config<'p, M::Security<'p>>, places: impl Into<Places<'p, 's, M>>) -> Self {
        Self::of(config, places, PushPattern::default())
    }
}

impl Pattern for PushPattern {
    const TYPE: SocketType = SocketType::Push;
    const KEEPS: bool = false;

    fn driven<M: Fresh>(
        &mut self,
        peers: &mut Peers<'_, '_, M>,
        peer: usize,
        _report: &mut dyn FnMut(Event),
    ) -> Result<bool, Reason> {
        // A PULL has nothing to say; were it kept, it would soon hold up the commands behind it.
        Ok(peers.drop_incoming(peer))
    }

    fn lost<M: Fresh>(&mut self, _peers: &mut Peers<'_, '_, M>, peer: usize) {
        self.outbox.lost(peer);
    }
}

impl Pieces for PushPattern {
    fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }
}

impl Deal for PushPattern {}
