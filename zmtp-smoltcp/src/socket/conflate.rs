//! Sockets that keep only the newest message (`ZMQ_CONFLATE`).

use zmtp_core::mechanism::{Null, Plain};

use super::{DealerPattern, Pattern, PubPattern, PullPattern, PushPattern, SocketOf, SubPattern};
use crate::places::Fresh;

/// A pattern whose queues may keep only their newest message, with peers that have this security.
pub trait Conflate<M>: Pattern {
    #[doc(hidden)]
    const INCOMING: bool = false;

    #[doc(hidden)]
    const OUTGOING: bool = false;
}

/// Security that sends messages as they lie in the queue: one that is encrypted on its way out cannot be replaced.
pub trait Clear: Fresh {}

impl Clear for Null {}

impl Clear for Plain {}

impl<M: Fresh> Conflate<M> for PullPattern {
    const INCOMING: bool = true;
}

/// Subscriptions to the publisher are no messages: all of them stay.
impl<M: Fresh, T> Conflate<M> for SubPattern<'_, T> {
    const INCOMING: bool = true;
}

impl<M: Clear> Conflate<M> for PushPattern {
    const OUTGOING: bool = true;
}

impl<M: Clear, T> Conflate<M> for PubPattern<'_, T> {
    const OUTGOING: bool = true;
}

impl<M: Clear> Conflate<M> for DealerPattern {
    const INCOMING: bool = true;
    const OUTGOING: bool = true;
}

impl<P: Conflate<M>, M: Fresh> SocketOf<'_, '_, P, M> {
    /// The same socket, which keeps only the newest message of each peer and to each peer (`ZMQ_CONFLATE`, API-011): a newer one
    /// takes the place of that which waits, and nobody is held up. A message stays whole, of however many parts; one that has
    /// been received or sent in part is not replaced.
    ///
    /// Lend room for two of the largest messages: without it the older has to go before the newer is whole.
    /// [`Storage::messages`](crate::Storage) means nothing then.
    #[must_use]
    pub fn conflating(self) -> Self {
        for peer in self.peers.all.iter_mut() {
            peer.link.set_conflate(P::INCOMING, P::OUTGOING);
        }
        self
    }
}
