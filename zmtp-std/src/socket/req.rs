//! REQ: one request, then its reply (RFC 28).

use std::sync::Mutex;

use zmtp_core::{SocketType, pattern};

use super::close::Owner;
use super::pattern::Plain;
use crate::wait::Attempt;
use crate::{Context, Message, RecvError, Unsent};

/// What stands in front of every request and reply: an empty frame with the MORE flag.
const DELIMITER: &[u8] = &[0x01, 0x00];

/// Asks: sends a request to the next peer that has room, then receives its reply.
///
/// Requests and replies alternate; a second request before the reply is an error and changes nothing:
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
    core: Owner,
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
        Self { core: context.socket(SocketType::Req, Plain), turn: Turn::default() }
    }

    fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        let mut turn = self.turn.lock().unwrap();
        if let Err(why) = self.core.check().map_err(Unsent::from).and(turn.may_send().map_err(Unsent::from)) {
            return Some(Err(why));
        }
        let sent = self.core.route().links.send(DELIMITER, message.into())?;
        Some(sent.map(|peer| turn.sent(peer)))
    }

    fn take(&self) -> Attempt<Result<Message, RecvError>> {
        let mut turn = self.turn.lock().unwrap();
        let may = turn.may_receive().map_err(RecvError::from);
        if let Err(why) = self.core.check().map_err(RecvError::from).and(may) {
            return Some(Err(why));
        }
        let mut intake = self.core.intake();
        loop {
            let (peer, envelope, message) = self.core.next(&mut intake, |lane, parcel| {
                let cut = parcel.cut_enveloped()?;
                Some(((lane.id, cut.envelope, cut.slice.message), cut.slice.bodies))
            })?;
            // Z28-007 to 009: what is no reply to the last request is skipped.
            if turn.accepts(peer) && envelope.as_deref() == Some(DELIMITER) {
                turn.received();
                return Some(Ok(message));
            }
        }
    }
}
