//! The peers of a socket and the rules for their connections.

use zmtp_core::link::{Link, QueueError};
use zmtp_core::{Config, Instant};

use super::Pattern;
use crate::event::{Event, Reason};
use crate::peer::Peer;
use crate::places::{Fresh, MAX_PEERS, Places};
use crate::stream::Stream;

/// What the sockets delegate to.
#[doc(hidden)]
#[derive(Debug)]
pub struct Peers<'p, 's, M: Fresh> {
    config: Config<'p, M::Security<'p>>,
    pub(crate) all: &'p mut [Peer<'s, M>],
    source: M::Source<'p>,
}

impl<'p, 's, M: Fresh> Peers<'p, 's, M> {
    pub(crate) fn new(config: Config<'p, M::Security<'p>>, places: Places<'p, 's, M>) -> Self {
        Self { config, all: places.all, source: places.source }
    }

    pub(crate) fn attach(&mut self, peer: usize, now: Instant) -> Option<usize> {
        let Self { config, all, source } = self;
        all.get_mut(peer).map(|peer| peer.attach(config, source, now))
    }

    pub(crate) fn detach(&mut self, peer: usize) {
        if let Some(peer) = self.all.get_mut(peer) {
            peer.attached = false;
        }
    }

    pub(crate) fn drive<P: Pattern>(
        &mut self,
        at: usize,
        pattern: &mut P,
        stream: &mut impl Stream,
        now: Instant,
        report: &mut impl FnMut(Event),
    ) -> Result<(), Reason> {
        let Some(peer) = self.all.get_mut(at) else { return Err(Reason::Closed) };
        peer.drive(at, &self.config, pattern, stream, now, report)
    }

    pub(crate) fn link(&mut self, peer: usize) -> Option<&mut Link<'s, M>> {
        self.all.get_mut(peer).map(|peer| &mut peer.link)
    }

    pub(crate) fn is_attached(&self, peer: usize) -> bool {
        self.all.get(peer).is_some_and(|peer| peer.attached)
    }

    pub(crate) fn has_left(&self, peer: usize) -> bool {
        self.all.get(peer).is_some_and(Peer::has_left)
    }

    /// Drops the messages from a peer that has nothing to say; returns whether there were any.
    pub(crate) fn drop_incoming(&mut self, peer: usize) -> bool {
        let Some(peer) = self.all.get_mut(peer) else { return false };
        let any = peer.has_left();
        while peer.has_left() {
            peer.link.skip_message();
        }
        any
    }

    /// The link to a peer that there is a stream to.
    pub(crate) fn open(&mut self, peer: usize) -> Result<&mut Link<'s, M>, QueueError> {
        let peer = self.all.get_mut(peer).filter(|peer| peer.attached);
        peer.map(|peer| &mut peer.link).ok_or(QueueError::NotReady)
    }

    /// The peers that `test` holds for, one bit each.
    pub(crate) fn mask(&self, test: impl Fn(&Peer<'s, M>) -> bool) -> u32 {
        let bits = self.all.iter().zip(0..MAX_PEERS as u32);
        bits.filter(|(peer, _)| test(peer)).fold(0, |mask, (_, bit)| mask | 1u32.wrapping_shl(bit))
    }

    /// The peers that may be sent messages.
    pub(crate) fn ready(&self) -> u32 {
        self.mask(|peer| peer.attached && peer.link.may_send())
    }

    /// When the first connection wants to be looked at.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.all.iter().filter(|peer| peer.attached).filter_map(|peer| peer.link.poll_timeout()).min()
    }

    pub(crate) fn is_flushed(&self) -> bool {
        self.all.iter().all(|peer| !peer.attached || peer.link.is_flushed())
    }
}

/// The bit of one peer.
pub(crate) fn bit(peer: usize) -> u32 {
    u32::try_from(peer).ok().and_then(|peer| 1u32.checked_shl(peer)).unwrap_or(0)
}
