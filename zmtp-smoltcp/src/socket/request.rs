//! REQ: asks its peers in turn, one request at a time (RFC 28).

use zmtp_core::link::Link;
use zmtp_core::pattern::{Envelope, Part, Req as Machine, Turn};
use zmtp_core::store::TakeError;
use zmtp_core::wire::FrameKind;
use zmtp_core::{Config, Instant, SocketType};

use super::inbox::{Frame, RecvError};
use super::push::send_in_turn;
use super::{Peers, SendError, Socket, parts_array};
use crate::{Event, Peer, Reason, Stream};

/// A REQ socket: send, receive, send, receive.
#[derive(Debug)]
pub struct Req<'p, 's> {
    peers: Peers<'p, 's>,
    turn: Turn,
    machine: Machine,
    /// The delimiter of the reply is through, its frames are being received.
    in_reply: bool,
    /// The peer that had the request is gone, and no reply of it was there.
    lost: bool,
}

impl<'p, 's> Req<'p, 's> {
    /// A socket with these peers, at most [`MAX_PEERS`](super::MAX_PEERS). The socket type in `config` is replaced.
    #[must_use]
    pub fn new(config: Config<'p>, peers: &'p mut [Peer<'s>]) -> Self {
        Self {
            peers: Peers::new(SocketType::Req, config, peers),
            turn: Turn::default(),
            machine: Machine::default(),
            in_reply: false,
            lost: false,
        }
    }

    /// Queues a request of these parts, at most 15, to the next peer that has room for it (Z28-004).
    ///
    /// # Errors
    /// `WouldBlock` if no peer has room now, or there is no peer; [`SendError`]. Nothing has changed then.
    pub fn send(&mut self, parts: &[&[u8]]) -> nb::Result<(), SendError> {
        self.machine.may_send().map_err(SendError::OutOfTurn)?;
        // Z28-003: the delimiter, then the application's frames.
        let array = parts_array([b"".as_slice()], parts);
        let message = array.as_ref().and_then(|(array, len)| array.get(..*len)).ok_or(SendError::TooLarge)?;
        let peer = send_in_turn(&mut self.peers, &self.turn, message)?;
        self.turn.served(peer);
        self.machine.sent(peer);
        self.lost = false;
        Ok(())
    }

    /// Receives the next frame of the reply into `buffer`.
    ///
    /// # Errors
    /// `WouldBlock` while it is not there; [`RecvError`]. After [`RecvError::PeerLost`] the next request may be sent.
    pub fn recv<'b>(&mut self, buffer: &'b mut [u8]) -> nb::Result<Frame<'b>, RecvError> {
        match self.reply()?.take_frame(buffer) {
            Ok((len, more)) => {
                if !more {
                    self.end_of_reply();
                }
                Ok(Frame::new(buffer, (len, more)))
            }
            Err(TakeError::TooSmall { needed }) => Err(nb::Error::Other(RecvError::TooSmall { needed })),
            Err(TakeError::Empty) => Err(nb::Error::WouldBlock),
        }
    }

    /// Drops the rest of the reply: the next request may be sent.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn skip(&mut self) -> nb::Result<(), RecvError> {
        self.reply()?.skip_message();
        self.end_of_reply();
        Ok(())
    }

    /// Whether everything queued is in the streams.
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.peers.is_flushed()
    }

    /// The link whose next frame is the reply's, its delimiter read.
    fn reply(&mut self) -> nb::Result<&mut Link<'s>, RecvError> {
        self.machine.may_receive().map_err(RecvError::OutOfTurn)?;
        let asked = self.machine.asked().and_then(|peer| self.peers.all.get_mut(peer));
        let link = &mut asked.ok_or(nb::Error::WouldBlock)?.link;
        while !self.in_reply {
            let Some(head) = link.next_frame() else {
                if !core::mem::take(&mut self.lost) {
                    return Err(nb::Error::WouldBlock);
                }
                self.machine.received();
                return Err(nb::Error::Other(RecvError::PeerLost));
            };
            let more = head.kind == FrameKind::Message { more: true };
            if Envelope::default().frame(head.len, more) == Part::Delimiter {
                // Empty: it fits.
                self.in_reply = link.take_frame(&mut []).is_ok();
            } else {
                // Z28-009: what does not begin with the delimiter is no reply.
                link.skip_message();
            }
        }
        Ok(link)
    }

    fn end_of_reply(&mut self) {
        self.in_reply = false;
        self.machine.received();
    }
}

impl Socket for Req<'_, '_> {
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
        loop {
            self.peers.drive(peer, stream, now, report, |_, _| {})?;
            // Z28-008: nobody but the peer that was asked has something to say.
            if self.machine.accepts(peer) || !self.peers.drop_incoming(peer) {
                return Ok(());
            }
        }
    }

    fn detach(&mut self, peer: usize) {
        self.lost |= self.machine.accepts(peer) && !self.peers.can_receive(peer);
        self.peers.detach(peer);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.peers.poll_timeout()
    }
}
