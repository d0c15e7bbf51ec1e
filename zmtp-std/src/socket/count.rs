//! The numbers of a socket, collected when they are asked for.

use std::sync::atomic::Ordering;

use super::core::Core;
use crate::Statistics;

impl Core {
    pub(super) fn statistics(&self) -> Statistics {
        let route = self.route();
        let mut all = Statistics {
            dropped: self.dropped.load(Ordering::Relaxed),
            dropped_with_peers: self.dropped_with_peers.load(Ordering::Relaxed),
            peers: route.links.peers() as u64,
            peers_away: route.durables.away() as u64,
            ..self.monitors.tally.read()
        };
        (all.sent, all.received) = route.links.departed();
        route.links.lanes().for_each(|lane| lane.count(&mut all));
        all
    }
}

/// The same for users.
macro_rules! counted {
    ($socket:ident) => {
        impl $socket {
            /// What the socket has done so far, and what waits in it: for whoever watches over a program. Sockets count as they go,
            /// once for many messages; asking costs a lock for each peer.
            #[must_use]
            pub fn statistics(&self) -> crate::Statistics {
                self.core.statistics()
            }
        }
    };
}

pub(super) use counted;
