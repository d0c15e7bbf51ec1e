//! REP: answers one request at a time, of its peers in turn (RFC 28).

use zmtp_core::link::QueueError;
use zmtp_core::pattern::{Envelope, Part, Rep as Machine};
use zmtp_core::wire::FrameKind;
use zmtp_core::{Config, Instant, SocketType};

use super::inbox::{Frame, Inbox, RecvError};
use super::{Peers, SendError, Socket, parts_array};
use crate::{Event, Peer, Reason, Stream};

/// The most addresses in an envelope: devices between the requester and us.
const MAX_ADDRESSES: usize = 8;

/// A REP socket: receive, send, receive, send.
#[derive(Debug)]
pub struct Rep<'p, 's> {
    peers: Peers<'p, 's>,
    inbox: Inbox,
    machine: Machine,
    envelope: Addresses<'s>,
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

impl<'p, 's> Rep<'p, 's> {
    /// A socket with these peers, at most [`MAX_PEERS`](super::MAX_PEERS). The socket type in `config` is replaced.
    ///
    /// `envelope` keeps the addresses of a request that came through devices (ROUTER sockets; those of libzmq add 5 octets
    /// each); without devices it may be empty.
    #[must_use]
    pub fn new(config: Config<'p>, peers: &'p mut [Peer<'s>], envelope: &'s mut [u8]) -> Self {
        Self {
            peers: Peers::new(SocketType::Rep, config, peers),
            inbox: Inbox::default(),
            machine: Machine::default(),
            envelope: Addresses { octets: envelope, ends: [0; MAX_ADDRESSES], count: 0 },
            refused: 0,
        }
    }

    /// Receives the next frame of a request into `buffer`.
    ///
    /// # Errors
    /// `WouldBlock` if nothing is there; [`RecvError`].
    pub fn recv<'b>(&mut self, buffer: &'b mut [u8]) -> nb::Result<Frame<'b>, RecvError> {
        self.machine.may_receive().map_err(RecvError::OutOfTurn)?;
        let peer = self.next_request().ok_or(nb::Error::WouldBlock)?;
        let (len, more) = self.inbox.take(&mut self.peers, peer, buffer)?;
        if !more {
            self.machine.received(peer);
        }
        Ok(Frame::new(buffer, (len, more)))
    }

    /// Drops the rest of the request that has been begun, or the next whole one: it wants a reply all the same.
    pub fn skip(&mut self) {
        if self.machine.may_receive().is_ok()
            && let Some(peer) = self.next_request()
        {
            self.inbox.skip(&mut self.peers);
            self.machine.received(peer);
        }
    }

    /// Sends the reply, of these parts. It never blocks.
    ///
    /// # Errors
    /// [`SendError`]; nothing has changed then.
    pub fn send(&mut self, parts: &[&[u8]]) -> Result<Replied, SendError> {
        self.machine.may_send()?;
        let envelope = self.envelope.iter().chain([b"".as_slice()]);
        let array = parts_array(envelope, parts);
        let message = array.as_ref().and_then(|(array, len)| array.get(..*len)).ok_or(SendError::TooLarge)?;
        let mut machine = self.machine;
        let sent = machine.replied().map_or(Err(QueueError::NotReady), |peer| self.peers.send(peer, message));
        let replied = match sent {
            Ok(()) => Replied::Queued,
            Err(QueueError::NotReady) => Replied::Gone,
            Err(QueueError::Full) => Replied::Dropped,
            Err(QueueError::TooLarge) => return Err(SendError::TooLarge),
        };
        self.machine = machine;
        Ok(replied)
    }

    /// Requests dropped so far because they had no envelope (Z28-017), or one that there is no storage for.
    #[must_use]
    pub fn refused(&self) -> u32 {
        self.refused
    }

    /// Whether everything queued is in the streams.
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.peers.is_flushed()
    }

    /// The peer whose request is being received, or the next one, its envelope read.
    fn next_request(&mut self) -> Option<usize> {
        loop {
            let peer = self.inbox.next(&self.peers)?;
            if !self.inbox.is_between_messages() || self.read_envelope(peer) {
                return Some(peer);
            }
            self.inbox.skip(&mut self.peers);
            self.refused = self.refused.saturating_add(1);
        }
    }

    /// Takes the frames up to the delimiter; returns whether there is one, and room for them (Z28-013).
    fn read_envelope(&mut self, peer: usize) -> bool {
        self.envelope.count = 0;
        let mut envelope = Envelope::default();
        loop {
            let head = self.peers.all.get(peer).and_then(|peer| peer.link.next_frame());
            let Some(head) = head else { return false };
            let room = match envelope.frame(head.len, head.kind == FrameKind::Message { more: true }) {
                Part::Address => self.envelope.room(),
                Part::Delimiter => return self.inbox.take(&mut self.peers, peer, &mut []).is_ok(),
                Part::Body | Part::Missing => return false,
            };
            let Some((len, _)) = room.and_then(|room| self.inbox.take(&mut self.peers, peer, room).ok())
            else {
                return false;
            };
            self.envelope.push(len);
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

impl Socket for Rep<'_, '_> {
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
        self.peers.drive(peer, stream, now, report, |_, _| {})
    }

    fn detach(&mut self, peer: usize) {
        // Nobody is there to be answered.
        self.peers.drop_incoming(peer);
        self.inbox.forget(peer);
        self.machine.lost(peer);
        self.peers.detach(peer);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.peers.poll_timeout()
    }
}
