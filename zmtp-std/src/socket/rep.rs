//! REP: one request, then our reply to whoever asked (RFC 28).

use std::sync::Arc;

use bytes::Bytes;
use zmtp_core::{SocketType, pattern};

use super::close::Owner;
use super::kept::Kept;
use super::overflow::Drops;
use super::pattern::Plain;
use crate::lane::{Lane, Offer};
use crate::parcel::Parcel;
use crate::sync::Mutex;
use crate::sync::atomic::Ordering;
use crate::wait::Attempt;
use crate::{Context, Message, RecvError, Unsent};

/// Answers: receives a request, fairly from all its peers, then sends the reply to the one that asked.
///
/// Sending never waits. The reply to a peer that is gone, or that does not take its replies, is dropped and counted in
/// [`dropped`](Self::dropped). For an example, see [`Context`](crate::Context).
#[derive(Debug)]
pub struct Rep {
    pub(super) core: Owner,
    turn: Turn,
}

/// Taken before any lock of the core.
type Turn = Mutex<Answer>;

#[derive(Debug, Default)]
struct Answer {
    turn: pattern::Rep,
    /// Who asked.
    to: Option<Arc<Lane>>,
    /// The frames in front of the request, which go in front of the reply (Z28-014).
    envelope: Bytes,
}

super::socket!(Rep);
super::meeting!(Rep);
super::sender!(Rep);
super::receiver!(Rep);

impl Rep {
    pub(crate) fn new(context: &Context) -> Self {
        Self { core: context.owner(SocketType::Rep, Plain), turn: Turn::default() }
    }

    pub(super) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        let mut answer = self.turn.lock().unwrap();
        let may = answer.turn.may_send().map_err(Unsent::from);
        if let Err(why) = self.core.check().map_err(Unsent::from).and(may) {
            return Some(Err(why));
        }
        let offer =
            answer.to.as_ref().map_or(Offer::Shut, |lane| lane.send(&answer.envelope, message.into()));
        match offer {
            Offer::Taken => {}
            Offer::TooLarge => return Some(Err(Unsent::TooLarge)),
            Offer::Shut => self.core.count_drops(Drops::of_nobody(1)),
            Offer::Full | Offer::Crowded => {
                let mut drops = Drops::default();
                answer.to.iter().for_each(|lane| drops.add(lane, 1));
                self.core.count_drops(drops);
            }
        }
        // Whom it went to is in `to`.
        let _ = answer.turn.replied();
        (answer.to, answer.envelope) = (None, Bytes::new());
        Some(Ok(()))
    }

    pub(super) fn take_with<K: Kept>(&self) -> Attempt<Result<K::Taken, RecvError>> {
        let mut answer = self.turn.lock().unwrap();
        let may = answer.turn.may_receive().map_err(RecvError::from);
        if let Err(why) = self.core.check().map_err(RecvError::from).and(may) {
            return Some(Err(why));
        }
        let mut intake = self.core.intake();
        loop {
            let (lane, envelope, message, kept) = self.core.next(&mut intake, |lane, parcel| {
                let cut = parcel.cut_enveloped()?;
                Some((Arc::clone(lane), cut.envelope, cut.message, K::of(parcel)))
            })?;
            // Z28-017: a request without delimiter is discarded.
            let Some(envelope) = envelope else { continue };
            answer.turn.received(lane.id);
            (answer.to, answer.envelope) = (Some(lane), envelope);
            return Some(Ok(kept.with(message)));
        }
    }

    pub(super) fn waits(&self) -> bool {
        let answer = self.turn.lock().unwrap();
        let is_request =
            |parcel: &mut Parcel| parcel.cut_enveloped().is_some_and(|cut| cut.envelope.is_some());
        let closed = self.core.check().is_err();
        closed || answer.turn.may_receive().is_ok() && self.core.waits(|_, _, parcel| is_request(parcel))
    }

    pub(super) fn has_room(&self) -> bool {
        self.core.check().is_err() || self.turn.lock().unwrap().turn.may_send().is_ok()
    }

    /// How many replies were dropped because the peer was gone or had no room.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.core.dropped.load(Ordering::Relaxed)
    }
}
