//! PUSH: deals messages out to its peers in turn (RFC 30).

use zmtp_core::link::QueueError;
use zmtp_core::pattern::Turn;
use zmtp_core::{Config, Instant, SocketType};

use super::{Peers, SendError, Socket};
use crate::{Event, Peer, Reason, Stream};

/// A PUSH socket. A peer with no room is passed over (Z30-005); with no room anywhere a send would block.
#[derive(Debug)]
pub struct Push<'p, 's> {
    peers: Peers<'p, 's>,
    turn: Turn,
}

impl<'p, 's> Push<'p, 's> {
    /// A socket with these peers, at most [`MAX_PEERS`](super::MAX_PEERS). The socket type in `config` is replaced.
    #[must_use]
    pub fn new(config: Config<'p>, peers: &'p mut [Peer<'s>]) -> Self {
        Self { peers: Peers::new(SocketType::Push, config, peers), turn: Turn::default() }
    }

    /// Queues a message of these parts to the next peer that has room for it.
    ///
    /// # Errors
    /// `WouldBlock` if no peer has room now, or there is no peer; [`SendError::TooLarge`].
    pub fn send(&mut self, parts: &[&[u8]]) -> nb::Result<(), SendError> {
        let peer = send_in_turn(&mut self.peers, &self.turn, parts)?;
        self.turn.served(peer);
        Ok(())
    }

    /// Whether everything queued is in the streams.
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.peers.is_flushed()
    }
}

/// Queues a message to the next peer with room, and names it. For PUSH and REQ.
pub(crate) fn send_in_turn(
    peers: &mut Peers<'_, '_>,
    turn: &Turn,
    parts: &[&[u8]],
) -> nb::Result<usize, SendError> {
    let mut candidates = peers.mask(|peer| peer.attached && peer.link.may_send());
    let (mut wait, mut too_large) = (false, false);
    while let Some(peer) = turn.next(&candidates) {
        match peers.send(peer, parts) {
            Ok(()) => return Ok(peer),
            // Another peer's storage may be larger.
            Err(QueueError::TooLarge) => too_large = true,
            Err(QueueError::Full | QueueError::NotReady) => wait = true,
        }
        candidates &= !1u32.wrapping_shl(u32::try_from(peer).unwrap_or_default());
    }
    if too_large && !wait { Err(nb::Error::Other(SendError::TooLarge)) } else { Err(nb::Error::WouldBlock) }
}

impl Socket for Push<'_, '_> {
    fn peers(&self) -> usize {
        self.peers.all.len()
    }

    fn attach(&mut self, peer: usize, now: Instant) -> Option<usize> {
        self.peers.attach(peer, now)
    }

    fn drive(
        &mut self,
        peer: usize,
        stream: &mut impl Stream,
        now: Instant,
        report: &mut impl FnMut(Event),
    ) -> Result<(), Reason> {
        loop {
            self.peers.drive(peer, stream, now, report, |_, _| {})?;
            // A PULL has nothing to say; were it kept, it would soon hold up the commands behind it.
            if !self.peers.drop_incoming(peer) {
                return Ok(());
            }
        }
    }

    fn detach(&mut self, peer: usize) {
        self.peers.detach(peer);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.peers.poll_timeout()
    }
}
