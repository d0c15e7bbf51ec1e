//! PULL: takes messages from its peers in turn (RFC 30).

use zmtp_core::{Config, Instant, SocketType};

use super::inbox::{Frame, Inbox, RecvError};
use super::{Peers, Socket};
use crate::{Event, Peer, Reason, Stream};

/// A PULL socket. When its storage is full it stops reading, so that the senders notice (Z30-010).
#[derive(Debug)]
pub struct Pull<'p, 's> {
    peers: Peers<'p, 's>,
    inbox: Inbox,
}

impl<'p, 's> Pull<'p, 's> {
    /// A socket with these peers, at most [`MAX_PEERS`](super::MAX_PEERS). The socket type in `config` is replaced.
    #[must_use]
    pub fn new(config: Config<'p>, peers: &'p mut [Peer<'s>]) -> Self {
        Self { peers: Peers::new(SocketType::Pull, config, peers), inbox: Inbox::default() }
    }

    /// Receives the next frame into `buffer`.
    ///
    /// # Errors
    /// `WouldBlock` if nothing is there; [`RecvError::TooSmall`].
    pub fn recv<'b>(&mut self, buffer: &'b mut [u8]) -> nb::Result<Frame<'b>, RecvError> {
        let peer = self.inbox.next(&self.peers).ok_or(nb::Error::WouldBlock)?;
        let taken = self.inbox.take(&mut self.peers, peer, buffer)?;
        Ok(Frame::new(buffer, taken))
    }

    /// Drops the rest of the message that has been begun, or the next whole one.
    pub fn skip(&mut self) {
        self.inbox.skip(&mut self.peers);
    }
}

impl Socket for Pull<'_, '_> {
    fn peers(&self) -> usize {
        self.peers.all.len()
    }

    fn attach(&mut self, peer: usize, now: Instant) -> Option<usize> {
        self.peers.attach_when_drained(peer, now)
    }

    fn drive(
        &mut self,
        peer: usize,
        stream: &mut impl Stream,
        now: Instant,
        report: &mut impl FnMut(Event),
    ) -> Result<(), Reason> {
        self.peers.drive(peer, stream, now, report, |_, _| {})
    }

    fn detach(&mut self, peer: usize) {
        self.peers.detach(peer);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.peers.poll_timeout()
    }
}
