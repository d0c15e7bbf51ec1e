//! What a session asks of whoever it is for.

use std::sync::Arc;

use zmtp_core::mechanism::{AnySecurity, Credentials};
use zmtp_core::wire::{Metadata, Version};
use zmtp_core::{Config, Failure};

use crate::lane::Lane;
use crate::parcel::Parcel;
use crate::security::{Judging, Verdict};

/// What the socket does for its sessions.
pub(crate) trait Host {
    /// The rules of the connection.
    fn config(&self) -> Config<'_, AnySecurity<'_>>;

    /// Whether a peer that shows this may come in.
    fn judge(&mut self, credentials: Option<Credentials<'_>>) -> Judging;

    /// What became of it, at once or later.
    fn judged(&mut self, verdict: Verdict);

    /// The peer does not want us, and says why.
    fn refused(&mut self, reason: &[u8]);

    /// The handshake is over. `lane` is that of a peer we connect to; one that came to us gets one now. A failure ends
    /// the connection: the socket does not want the peer.
    fn established(
        &mut self,
        lane: Option<&Arc<Lane>>,
        peer: Version,
        metadata: &Metadata<'_>,
    ) -> Result<Arc<Lane>, Failure>;

    /// Hands messages over. A failure ends the connection.
    fn deliver(&mut self, lane: &Arc<Lane>, parcel: Parcel) -> Result<(), Failure>;

    /// The peer subscribes, or takes it back. Returns whether there was room for what is shown of it; if not, the lane is woken when it
    /// may be tried again. A failure ends the connection.
    fn subscription(&mut self, lane: &Arc<Lane>, subscribe: bool, topic: &[u8]) -> Result<bool, Failure>;

    /// A batch of the lane is out; `has_room` if a sender that was turned away may try again.
    fn written(&mut self, lane: &Lane, has_room: bool);
}
