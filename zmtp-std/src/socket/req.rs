//! REQ: one request, then its reply (RFC 28).

use zmtp_core::{SocketType, pattern};

use super::close::Owner;
use super::kept::Kept;
use super::pattern::Plain;
use crate::lane::Lane;
use crate::parcel::Parcel;
use crate::routing;
use crate::sync::{Mutex, MutexGuard};
use crate::wait::Attempt;
use crate::{Context, Message, RecvError, Unsent};

/// What stands in front of every request and reply: an empty frame with the MORE flag.
const DELIMITER: [u8; 2] = [0x01, 0x00];

/// In front of it if requests are correlated: the head of a frame of four octets with the MORE flag.
const NUMBER: [u8; 2] = [0x01, 0x04];

/// Asks: sends a request to the next peer that has room, then receives its reply.
///
/// Requests and replies alternate, unless [`Options::req_relaxed`](crate::Options::req_relaxed) is set; a second request before the reply is an error and changes nothing:
///
/// ```
/// # let context = zmtp_std::Context::new();
/// # let rep = context.rep();
/// # let endpoint = rep.bind("tcp://127.0.0.1:*")?;
/// let req = context.req();
/// req.connect(&endpoint)?;
/// req.send("first")?;
/// let error = req.send("second").unwrap_err();
/// assert_eq!(error.message, "second");
/// assert!(error.to_string().contains("receive its reply before sending the next"));
/// # rep.recv()?;
/// # rep.send("")?;
/// # req.recv()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Req {
    pub(super) core: Owner,
    turn: Turn,
}

/// Taken before any lock of the core.
type Turn = Mutex<pattern::Req>;

super::socket!(Req);
super::meeting!(Req);
super::sender!(Req);
super::receiver!(Req);

impl Req {
    pub(crate) fn new(context: &Context) -> Self {
        let core = context.owner(SocketType::Req, Plain);
        let turn = Mutex::new(pattern::Req::new(core.turns(), routing::random()));
        Self { core, turn }
    }

    /// The turn, as the options of now have it.
    fn turn_to_send(&self) -> MutexGuard<'_, pattern::Req> {
        let mut turn = self.turn.lock().unwrap();
        turn.configure(self.core.turns());
        turn
    }

    pub(super) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        let mut turn = self.turn_to_send();
        if let Err(why) = self.core.check().map_err(Unsent::from).and(turn.may_send().map_err(Unsent::from)) {
            return Some(Err(why));
        }
        let sent = match turn.request_id() {
            Some([a, b, c, d]) => {
                let ([more, len], [delimiter, none]) = (NUMBER, DELIMITER);
                self.ask(&[more, len, a, b, c, d, delimiter, none], message)?
            }
            None => {
                self.forget_replies();
                self.ask(&DELIMITER, message)?
            }
        };
        Some(sent.map(|peer| turn.sent(peer)))
    }

    fn ask(&self, envelope: &[u8], message: &Message) -> Attempt<Result<usize, Unsent>> {
        self.core.route().links.send(envelope, message.into())
    }

    /// Before another request goes: without numbers, what waits could be taken for its reply, be it one to an earlier request
    /// that nobody awaits any more (API-007), or one too many (Z28-008).
    fn forget_replies(&self) {
        let mut intake = self.core.intake();
        while self.core.next(&mut intake, |_, parcel| parcel.cut().map(drop)).is_some() {}
    }

    pub(super) fn take_with<K: Kept>(&self) -> Attempt<Result<K::Taken, RecvError>> {
        let mut turn = self.turn.lock().unwrap();
        let may = turn.may_receive().map_err(RecvError::from);
        if let Err(why) = self.core.check().map_err(RecvError::from).and(may) {
            return Some(Err(why));
        }
        let mut intake = self.core.intake();
        loop {
            let (peer, reply, kept) = self.core.next(&mut intake, |lane, parcel| {
                let reply = parcel.cut_reply(&turn)?;
                Some((lane.id, reply, K::of(parcel)))
            })?;
            // Z28-007 to 009: what is no reply to the last request is skipped.
            if let Some(reply) = reply.filter(|_| turn.accepts(peer)) {
                turn.received();
                return Some(Ok(kept.with(reply)));
            }
        }
    }

    pub(super) fn waits(&self) -> bool {
        let turn = self.turn.lock().unwrap();
        let reply = |parcel: &mut Parcel| parcel.cut_reply(&turn).flatten();
        let wanted = |lane: &Lane, parcel: &mut Parcel| turn.accepts(lane.id) && reply(parcel).is_some();
        let closed = self.core.check().is_err();
        closed || turn.may_receive().is_ok() && self.core.waits(|_, lane, parcel| wanted(lane, parcel))
    }

    pub(super) fn has_room(&self) -> bool {
        self.core.check().is_err() || self.turn_to_send().may_send().is_ok() && self.core.has_room()
    }
}
