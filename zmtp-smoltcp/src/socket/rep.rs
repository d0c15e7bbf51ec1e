//! REP: answers one request at a time, of its peers in turn (RFC 28).

use zmtp_core::link::{Link, QueueError};
use zmtp_core::mechanism::Null;
use zmtp_core::pattern::{Envelope, Part, Rep as Machine};
use zmtp_core::store::Taken;
use zmtp_core::wire::FrameKind;
use zmtp_core::{Config, SocketType};

use super::deal::{Outbox, Pieces};
use super::take::{Inbox, RecvError, Take};
use super::{Pattern, Peers, SendError, SocketOf};
use crate::places::{Fresh, Places};

/// The most addresses in an envelope: devices between the requester and us.
const MAX_ADDRESSES: usize = 8;

/// A REP socket: receive, send, receive, send.
pub type Rep<'p, 's, M = Null> = SocketOf<'p, 's, RepPattern<'s>, M>;

/// What makes a [`Rep`].
#[derive(Debug)]
pub struct RepPattern<'s> {
    inbox: Inbox,
    outbox: Outbox,
    machine: Machine,
    /// What the next frame of the request is, until its envelope is read.
    envelope: Envelope,
    /// The envelope is read.
    in_body: bool,
    addresses: Addresses<'s>,
    refused: u32,
}

/// What became of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Replied {
    /// It is on the way.
    Queued,
    /// The requester is gone (Z28-015).
    Gone,
    /// The requester does not take its replies, and there is no room for more: this one is dropped, for nobody else shall
    /// wait because of it.
    Dropped,
}

/// The addresses of a request, behind each other in lent storage.
#[derive(Debug)]
struct Addresses<'s> {
    octets: &'s mut [u8],
    /// Where each of them ends.
    ends: [usize; MAX_ADDRESSES],
    count: usize,
}

impl<'p, 's, M: Fresh> Rep<'p, 's, M> {
    /// A socket with these peers. The socket type in `config` is replaced.
    ///
    /// `envelope` keeps the addresses of a request that came through devices (ROUTER sockets; those of libzmq add 5 octets
    /// each); without devices it may be empty.
    #[must_use]
    pub fn new(
        config: Config<'p, M::Security<'p>>,
        places: impl Into<Places<'p, 's, M>>,
        envelope: &'s mut [u8],
    ) -> Self {
        let pattern = RepPattern {
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            machine: Machine::default(),
            envelope: Envelope::default(),
            in_body: false,
            addresses: Addresses { octets: envelope, ends: [0; MAX_ADDRESSES], count: 0 },
            refused: 0,
        };
        Self::of(config, places, pattern)
    }

    /// Sends the reply, of these parts. It never blocks.
    ///
    /// # Errors
    /// [`SendError`]; nothing has changed then.
    pub fn send(&mut self, parts: &[&[u8]]) -> Result<Replied, SendError> {
        self.reply(|link, envelope| link.send_behind(envelope, parts)).map(|(replied, _)| replied)
    }

    /// Begins the reply with a frame of `len` octets that is sent in pieces: [`write`](Self::write) them. With `more` another
    /// frame follows: [`begin_next`](Self::begin_next). Unless it is [`Replied::Queued`] there is nothing to write.
    ///
    /// # Errors
    /// [`SendError`]; nothing has changed then.
    pub fn begin(&mut self, len: u64, more: bool) -> Result<Replied, SendError> {
        let (replied, peer) = self.reply(|link, envelope| link.begin(envelope, more, len))?;
        if let Some(peer) = peer {
            self.pattern.outbox.begun(peer, len, more);
        }
        Ok(replied)
    }

    /// Begins the next frame of the reply that is sent in pieces.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room now; [`SendError`].
    pub fn begin_next(&mut self, len: u64, more: bool) -> nb::Result<(), SendError> {
        self.begin_frame(len, more)
    }

    /// Gives the requester its reply or the beginning of it; returns to whom it goes.
    fn reply(
        &mut self,
        attempt: impl FnOnce(&mut Link<'s, M>, &[&[u8]]) -> Result<(), QueueError>,
    ) -> Result<(Replied, Option<usize>), SendError> {
        let Self { peers, pattern } = self;
        pattern.machine.may_send()?;
        if pattern.outbox.is_open() {
            return Err(SendError::Unfinished);
        }
        let mut envelope: [&[u8]; MAX_ADDRESSES + 1] = [&[]; MAX_ADDRESSES + 1];
        envelope.iter_mut().zip(pattern.addresses.iter()).for_each(|(to, from)| *to = from);
        // Z28-014: as it came, up to the delimiter.
        let envelope = envelope.get(..=pattern.addresses.count).unwrap_or_default();
        let mut machine = pattern.machine;
        let peer = machine.replied();
        let link = peer.map_or(Err(QueueError::NotReady), |peer| peers.open(peer));
        let replied = match link.and_then(|link| attempt(link, envelope)) {
            Ok(()) => (Replied::Queued, peer),
            Err(QueueError::NotReady) => (Replied::Gone, None),
            Err(QueueError::Full) => (Replied::Dropped, None),
            Err(QueueError::TooLarge) => return Err(SendError::TooLarge),
            Err(QueueError::Unfinished) => return Err(SendError::Unfinished),
        };
        pattern.machine = machine;
        Ok(replied)
    }

    /// Requests dropped so far because they had no envelope (Z28-017), or one that there is no storage for.
    #[must_use]
    pub fn refused(&self) -> u32 {
        self.pattern.refused
    }
}

/// What was found of an envelope.
enum Found {
    Delimiter,
    /// The next frame is not there.
    Nothing,
    /// None, or no room for it.
    Refused,
}

impl RepPattern<'_> {
    /// Takes the frames up to the delimiter (Z28-013).
    fn read_envelope<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>, peer: usize) -> Found {
        if self.inbox.is_between_messages() {
            (self.envelope, self.addresses.count) = (Envelope::default(), 0);
        }
        loop {
            let Some(head) = peers.link(peer).and_then(|link| link.next_frame()) else {
                return Found::Nothing;
            };
            let mut envelope = self.envelope;
            let more = head.kind == FrameKind::Message { more: true };
            let part = envelope.frame(head.len, more);
            let room = match part {
                Part::Address => self.addresses.room(),
                Part::Delimiter => Some(&mut [][..]),
                Part::Body | Part::Missing => None,
            };
            let Some(room) = room else { return Found::Refused };
            let taken = self.inbox.take(peers, peer, |link| {
                link.take_frame(room).map(|(octets, more)| Taken { octets, left: 0, more })
            });
            match taken {
                Ok(Taken { octets, .. }) if part == Part::Address => self.addresses.push(octets),
                Ok(_) => return Found::Delimiter,
                Err(nb::Error::WouldBlock) => return Found::Nothing,
                Err(nb::Error::Other(_)) => return Found::Refused,
            }
            self.envelope = envelope;
        }
    }
}

impl Addresses<'_> {
    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.ends.iter().take(self.count);
        ends.scan(0, |start, &end| self.octets.get(core::mem::replace(start, end)..end))
    }

    fn used(&self) -> usize {
        self.count.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0)
    }

    /// Where the next address goes, if one more is allowed.
    fn room(&mut self) -> Option<&mut [u8]> {
        let used = self.used();
        if self.count < MAX_ADDRESSES { self.octets.get_mut(used..) } else { None }
    }

    /// Notes that the next address, in its place already, has `len` octets.
    fn push(&mut self, len: usize) {
        let end = self.used().saturating_add(len);
        if let Some(slot) = self.ends.get_mut(self.count) {
            *slot = end;
            self.count = self.count.saturating_add(1);
        }
    }
}

impl Pattern for RepPattern<'_> {
    const TYPE: SocketType = SocketType::Rep;
    const KEEPS: bool = false;

    fn lost<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>, peer: usize) {
        self.outbox.lost(peer);
        // Nobody is there to be answered.
        peers.drop_incoming(peer);
        if self.inbox.forget(peer) {
            self.inbox.cut |= core::mem::take(&mut self.in_body);
        }
        self.machine.lost(peer);
    }
}

impl Pieces for RepPattern<'_> {
    fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }
}

impl Take for RepPattern<'_> {
    fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }

    fn source<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>) -> nb::Result<usize, RecvError> {
        self.machine.may_receive().map_err(RecvError::OutOfTurn)?;
        loop {
            let peer = self.inbox.next(peers).ok_or(nb::Error::WouldBlock)?;
            if self.in_body {
                return Ok(peer);
            }
            match self.read_envelope(peers, peer) {
                Found::Delimiter => self.in_body = true,
                Found::Nothing => return Err(nb::Error::WouldBlock),
                Found::Refused => {
                    self.inbox.skip(peers, peer);
                    self.refused = self.refused.saturating_add(1);
                }
            }
        }
    }

    fn received<M: Fresh>(&mut self, _peers: &mut Peers<'_, '_, M>, peer: usize) {
        self.in_body = false;
        self.machine.received(peer);
    }
}
