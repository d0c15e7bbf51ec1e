//! The sockets: a pattern machine of zmtp-core each, over the peers that the caller lends.

mod inbox;
mod publish;
mod pull;
mod push;
mod reply;
mod request;
mod subscribe;

pub use inbox::{Frame, RecvError};
pub use publish::{Delivery, Pub};
pub use pull::Pull;
pub use push::Push;
pub use reply::{Rep, Replied};
pub use request::Req;
pub use subscribe::Sub;

use zmtp_core::link::{LinkEvent, QueueError};
use zmtp_core::pattern::OutOfTurn;
use zmtp_core::{Config, Instant, SocketType};

use crate::event::{Event, Reason};
use crate::peer::Peer;
use crate::stream::Stream;

/// The most peers of a socket: the sets of them are the bits of a number.
pub const MAX_PEERS: usize = 32;

/// The most parts of a message with an envelope, delimiter and addresses included.
pub(crate) const MAX_PARTS: usize = 16;

/// What all sockets have in common: peers that streams are attached to.
///
/// [`Tcp`](crate::Tcp) makes these calls for smoltcp's TCP sockets; make them yourself to run over another [`Stream`].
pub trait Socket {
    /// Peers at a time.
    fn peers(&self) -> usize;

    /// A stream to `peer` is open. Returns how many messages that were queued to the peer before it are lost; or `None`,
    /// and does nothing, while messages from the peer before it wait to be received: try again later.
    fn attach(&mut self, peer: usize, now: Instant) -> Option<usize>;

    /// Moves octets between the stream and the queues of `peer`.
    ///
    /// # Errors
    /// Why the stream is over: [`detach`](Self::detach) the peer, and close the stream once what it holds is sent.
    fn drive(
        &mut self,
        peer: usize,
        stream: &mut impl Stream,
        now: Instant,
        report: &mut impl FnMut(Event),
    ) -> Result<(), Reason>;

    /// The stream to `peer` is over.
    fn detach(&mut self, peer: usize);

    /// When to drive the peers again if nothing arrives before; `None` is never.
    fn poll_timeout(&self) -> Option<Instant>;
}

/// Why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SendError {
    /// The pattern does not allow it now; it says what to do instead.
    OutOfTurn(OutOfTurn),
    /// The message is larger than the storage lent for messages to any peer, or has too many parts.
    TooLarge,
}

impl core::fmt::Display for SendError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::OutOfTurn(out_of_turn) => out_of_turn.reason(),
            Self::TooLarge => "the message is larger than the storage lent to the queue",
        })
    }
}

impl core::error::Error for SendError {}

impl From<OutOfTurn> for SendError {
    fn from(out_of_turn: OutOfTurn) -> Self {
        Self::OutOfTurn(out_of_turn)
    }
}

/// The parts of a message with an envelope in front, and how many they are; `None` if there is no room for so many.
pub(crate) fn parts_array<'m>(
    envelope: impl IntoIterator<Item = &'m [u8]>,
    parts: &[&'m [u8]],
) -> Option<([&'m [u8]; MAX_PARTS], usize)> {
    let mut array: [&[u8]; MAX_PARTS] = [&[]; MAX_PARTS];
    let mut used = 0_usize;
    for part in envelope.into_iter().chain(parts.iter().copied()) {
        *array.get_mut(used)? = part;
        used = used.saturating_add(1);
    }
    Some((array, used))
}

/// The peers of a socket and the rules for their connections: what the sockets delegate to.
#[derive(Debug)]
pub(crate) struct Peers<'p, 's> {
    pub(crate) config: Config<'p>,
    pub(crate) all: &'p mut [Peer<'s>],
}

impl<'p, 's> Peers<'p, 's> {
    pub(crate) fn new(socket_type: SocketType, config: Config<'p>, all: &'p mut [Peer<'s>]) -> Self {
        let most = all.len().min(MAX_PEERS);
        Self { config: Config { socket_type, ..config }, all: all.split_at_mut(most).0 }
    }

    /// Attaches a stream, whatever waits to be received from the one before.
    pub(crate) fn attach(&mut self, peer: usize, now: Instant) -> Option<usize> {
        self.all.get_mut(peer).map(|peer| peer.attach(&self.config, now))
    }

    /// Attaches a stream, unless something waits to be received from the one before.
    pub(crate) fn attach_when_drained(&mut self, peer: usize, now: Instant) -> Option<usize> {
        if self.can_receive(peer) { None } else { self.attach(peer, now) }
    }

    pub(crate) fn detach(&mut self, peer: usize) {
        if let Some(peer) = self.all.get_mut(peer) {
            peer.attached = false;
        }
    }

    /// Drives a peer; whatever no pattern needs to see is reported, the rest goes to `on_command`.
    pub(crate) fn drive(
        &mut self,
        at: usize,
        stream: &mut impl Stream,
        now: Instant,
        report: &mut impl FnMut(Event),
        mut on_command: impl FnMut(&zmtp_core::Event<'_>, &mut dyn FnMut(Event)),
    ) -> Result<(), Reason> {
        let Some(peer) = self.all.get_mut(at) else { return Err(Reason::Closed) };
        peer.drive(&self.config, stream, now, |event| match event {
            LinkEvent::Part => {}
            LinkEvent::Oversize => report(Event::Oversize { peer: at }),
            LinkEvent::Command(zmtp_core::Event::Established(_)) => report(Event::Connected { peer: at }),
            LinkEvent::Command(command) => on_command(&command, report),
        })
    }

    pub(crate) fn can_receive(&self, peer: usize) -> bool {
        self.all.get(peer).is_some_and(|peer| peer.link.can_receive())
    }

    /// Drops the messages from a peer that has nothing to say; returns whether there were any.
    pub(crate) fn drop_incoming(&mut self, peer: usize) -> bool {
        let Some(peer) = self.all.get_mut(peer) else { return false };
        let any = peer.link.can_receive();
        while peer.link.can_receive() {
            peer.link.skip_message();
        }
        any
    }

    /// Queues a message to one peer.
    pub(crate) fn send(&mut self, peer: usize, parts: &[&[u8]]) -> Result<(), QueueError> {
        self.all.get_mut(peer).filter(|peer| peer.attached).ok_or(QueueError::NotReady)?.link.send(parts)
    }

    /// The peers that `test` holds for, one bit each.
    pub(crate) fn mask(&self, test: impl Fn(&Peer<'s>) -> bool) -> u32 {
        let bits = self.all.iter().zip(0..MAX_PEERS as u32);
        bits.filter(|(peer, _)| test(peer)).fold(0, |mask, (_, bit)| mask | 1u32.wrapping_shl(bit))
    }

    /// When the first connection wants to be looked at.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.all.iter().filter(|peer| peer.attached).filter_map(|peer| peer.link.poll_timeout()).min()
    }

    pub(crate) fn is_flushed(&self) -> bool {
        self.all.iter().all(|peer| !peer.attached || peer.link.is_flushed())
    }
}
