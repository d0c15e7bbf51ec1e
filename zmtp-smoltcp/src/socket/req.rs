//! REQ: asks its peers in turn, one request at a time (RFC 28).

use zmtp_core::link::Link;
use zmtp_core::mechanism::Null;
use zmtp_core::pattern::{Reply, ReplyPart, Req as Machine, ReqOptions};
use zmtp_core::wire::FrameKind;
use zmtp_core::{Config, SocketType};

use super::deal::{Deal, Envelope, Outbox, Pieces};
use super::notice::{PROBE, Quiet, Tell, Telling};
use super::take::{Inbox, RecvError, Take};
use super::{Pattern, Peers, SendError, SocketOf};
use crate::places::{Fresh, Places};
use crate::{Event, Reason};

/// Octets of a frame that tell whether it is a reply's prefix.
const TELLING: usize = 5;

/// A REQ socket: send, receive, send, receive.
pub type Req<'p, 's, M = Null> = SocketOf<'p, 's, ReqPattern, M>;

/// A REQ that sends an empty message to every peer in front of all others, so that a ROUTER learns of it
/// (`ZMQ_PROBE_ROUTER`, API-004).
pub type ProbingReq<'p, 's, M = Null> = SocketOf<'p, 's, ReqPattern<Telling>, M>;

/// What makes a [`Req`], or with `Telling` a [`ProbingReq`].
#[derive(Debug)]
pub struct ReqPattern<T = Quiet> {
    machine: Machine,
    inbox: Inbox,
    outbox: Outbox,
    reply: Reply,
    /// The delimiter of the reply is through, its frames are being received.
    in_reply: bool,
    /// The peer that had the request is gone, and no reply of it was there.
    lost: bool,
    due: T,
}

impl<'p, 's, M: Fresh, T: Tell> SocketOf<'p, 's, ReqPattern<T>, M> {
    /// A socket with these peers. The socket type in `config` is replaced.
    #[must_use]
    pub fn new(config: Config<'p, M::Security<'p>>, places: impl Into<Places<'p, 's, M>>) -> Self {
        Self::of(config, places, ReqPattern::new(Machine::default()))
    }

    /// The same, relaxed or correlated (API-006, API-007). Choose `number`, from which requests are counted, at random, so
    /// that a reply to a request of before a restart is not taken for a new one.
    #[must_use]
    pub fn with_options(
        config: Config<'p, M::Security<'p>>,
        places: impl Into<Places<'p, 's, M>>,
        options: ReqOptions,
        number: u32,
    ) -> Self {
        Self::of(config, places, ReqPattern::new(Machine::new(options, number)))
    }
}

impl<T: Tell> ReqPattern<T> {
    fn new(machine: Machine) -> Self {
        let (inbox, outbox, reply) = (Inbox::default(), Outbox::default(), Reply::default());
        Self { machine, inbox, outbox, reply, in_reply: false, lost: false, due: T::new(PROBE) }
    }

    /// Looks at the next frame of `link`, in front of the reply's body; returns whether there was one.
    fn read_prefix<M: Fresh>(&mut self, link: &mut Link<'_, M>) -> bool {
        let Some(head) = link.next_frame() else { return false };
        let more = head.kind == FrameKind::Message { more: true };
        let mut octets = [0; TELLING];
        let short = head.len < TELLING as u64;
        let taken = if short { link.take_frame(&mut octets) } else { Ok((TELLING, more)) };
        // It is on its way.
        let Ok((len, _)) = taken else { return false };
        let part = self.reply.frame(&self.machine, octets.get(..len).unwrap_or_default(), more);
        if part == ReplyPart::Skip {
            // Z28-009: what does not begin as a reply is none.
            self.reply = Reply::default();
            if !short || more {
                link.skip_message();
            }
        }
        self.in_reply = part == ReplyPart::Prefix && len == 0;
        true
    }

    fn end_of_reply(&mut self) {
        self.in_reply = false;
        self.reply = Reply::default();
        self.machine.received();
    }
}

impl<T: Tell> Pattern for ReqPattern<T> {
    const TYPE: SocketType = SocketType::Req;

    fn introduced(&mut self, peer: usize, _identity: &[u8]) -> Result<(), Reason> {
        self.due.connected(peer);
        Ok(())
    }

    fn driven<M: Fresh>(
        &mut self,
        peers: &mut Peers<'_, '_, M>,
        peer: usize,
        _report: &mut dyn FnMut(Event),
    ) -> Result<bool, Reason> {
        let probed = self.due.probe(peers, peer);
        // Z28-008: nobody but the peer that was asked has something to say.
        Ok(probed || (!self.machine.accepts(peer) && peers.drop_incoming(peer)))
    }

    fn lost<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>, peer: usize) {
        self.outbox.lost(peer);
        self.due.disconnected(peer);
        self.lost |= self.machine.accepts(peer) && !peers.has_left(peer) && !self.in_reply;
    }
}

impl<T: Tell> Take for ReqPattern<T> {
    fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }

    fn source<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>) -> nb::Result<usize, RecvError> {
        self.machine.may_receive().map_err(RecvError::OutOfTurn)?;
        let peer = self.machine.asked().ok_or(nb::Error::WouldBlock)?;
        while !self.in_reply {
            let read = peers.link(peer).is_some_and(|link| self.read_prefix(link));
            if !read {
                let over = !peers.is_attached(peer) && !peers.has_left(peer);
                if core::mem::take(&mut self.lost) || over {
                    self.end_of_reply();
                    return Err(nb::Error::Other(RecvError::PeerLost));
                }
                return Err(nb::Error::WouldBlock);
            }
        }
        Ok(peer)
    }

    fn received<M: Fresh>(&mut self, _peers: &mut Peers<'_, '_, M>, _peer: usize) {
        self.end_of_reply();
    }
}

impl<T: Tell> Pieces for ReqPattern<T> {
    fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }
}

impl<T: Tell> Deal for ReqPattern<T> {
    fn may_send(&self) -> Result<Envelope, SendError> {
        self.machine.may_send()?;
        Ok(self.machine.request_id().map_or(Envelope::Delimiter, Envelope::Number))
    }

    fn sent<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>, peer: usize) {
        self.lost = false;
        self.in_reply = false;
        self.reply = Reply::default();
        // API-007, Z28-008: what is there answers nothing that is still asked.
        for each in 0..peers.all.len() {
            peers.drop_incoming(each);
        }
        self.inbox = Inbox::default();
        self.machine.sent(peer);
    }
}
