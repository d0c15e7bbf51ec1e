//! Empty messages that tell of connections: to the peer that we are there, to our application that a peer has come or gone.

use zmtp_core::pattern::{Notice, Notices};

use super::Peers;
use super::peers::bit;
use crate::places::Fresh;

/// What is still to be told of connections. By itself nothing ever is: sockets that tell nothing keep nothing.
#[doc(hidden)]
pub trait Tell {
    /// Whether anything may be.
    const TELLS: bool = false;

    fn new(notices: Notices) -> Self;

    /// A connection is established.
    fn connected(&mut self, _peer: usize) {}

    /// An established connection has ended.
    fn disconnected(&mut self, _peer: usize) {}

    /// Queues the empty message to a peer that was driven, if it is due; returns whether it was.
    fn probe<M: Fresh>(&mut self, _peers: &mut Peers<'_, '_, M>, _peer: usize) -> bool {
        false
    }

    /// The peers of whom the application is to hear.
    fn peers(&self) -> u32 {
        0
    }

    /// Whether the application is to hear of `peer` now: that it came in front of what it has said, that it went behind that.
    /// It has heard it then.
    fn take(&mut self, _peer: usize, _has_left: bool) -> bool {
        false
    }
}

/// Tells nothing.
#[derive(Clone, Copy, Debug)]
pub struct Quiet;

impl Tell for Quiet {
    fn new(_: Notices) -> Self {
        Self
    }
}

/// Tells as `Notices` say. What is due is one bit a peer: it needs no room in a queue, so nothing of it is lost.
#[derive(Clone, Copy, Debug)]
pub struct Telling {
    notices: Notices,
    /// To these peers, that we are there.
    probes: u32,
    /// To our application, that these have come, and have gone.
    came: u32,
    gone: u32,
}

/// What a socket tells that only probes (`ZMQ_PROBE_ROUTER`).
pub(crate) const PROBE: Notices = Notices { probe: true, connect: false, disconnect: false };

impl Tell for Telling {
    const TELLS: bool = true;

    fn new(notices: Notices) -> Self {
        Self { notices, probes: 0, came: 0, gone: 0 }
    }

    fn connected(&mut self, peer: usize) {
        let Notice { send, deliver } = self.notices.on_connect();
        self.probes |= if send { bit(peer) } else { 0 };
        self.came |= if deliver { bit(peer) } else { 0 };
    }

    fn disconnected(&mut self, peer: usize) {
        self.probes &= !bit(peer);
        self.gone |= if self.notices.on_disconnect() { bit(peer) } else { 0 };
    }

    fn probe<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>, peer: usize) -> bool {
        let due = self.probes & bit(peer) != 0;
        // Nothing was queued before it; for a queue too small for it every message is too large.
        self.probes &= !bit(peer);
        due && peers.open(peer).and_then(|link| link.send(&[b""])).is_ok()
    }

    fn peers(&self) -> u32 {
        self.came | self.gone
    }

    fn take(&mut self, peer: usize, has_left: bool) -> bool {
        let due = if self.came & bit(peer) != 0 {
            &mut self.came
        } else if has_left {
            return false;
        } else {
            &mut self.gone
        };
        let told = *due & bit(peer) != 0;
        *due &= !bit(peer);
        told
    }
}
