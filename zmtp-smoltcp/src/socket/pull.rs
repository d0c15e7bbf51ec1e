//! PULL: takes messages from its peers in turn (RFC 30).

use zmtp_core::mechanism::Null;
use zmtp_core::{Config, SocketType};

use super::take::{Inbox, Take};
use super::{Pattern, SocketOf};
use crate::places::{Fresh, Places};

/// A PULL socket. When its storage is full it stops reading, so that the senders notice (Z30-010).
///
/// Each peer has storage of its own, so a slow one holds up nobody else, except in the middle of a message larger than its
/// storage ([`Oversize::Stream`](crate::Oversize::Stream)): see [`recv_piece`](SocketOf::recv_piece).
pub type Pull<'p, 's, M = Null> = SocketOf<'p, 's, PullPattern, M>;

/// What makes a [`Pull`].
#[derive(Debug, Default)]
pub struct PullPattern {
    inbox: Inbox,
}

impl<'p, 's, M: Fresh> Pull<'p, 's, M> {
    /// A socket with these peers. The socket type in `config` is replaced.
    #[must_use]
    pub fn new(config: Config<'p, M::Security<'p>>, places: impl Into<Places<'p, 's, M>>) -> Self {
        Self::of(config, places, PullPattern::default())
    }
}

impl Pattern for PullPattern {
    const TYPE: SocketType = SocketType::Pull;
}

impl Take for PullPattern {
    fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }
}
