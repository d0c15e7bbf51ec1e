//! How messages come into a lane, and what becomes of those that it has no room for.

use super::hand::Hand;
use super::mark::{Mark, NoRoom};
use super::outbound::Next;
use super::{Gate, Lane};
use crate::batch::Batch;
use crate::body::Body;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    Taken,
    Full,
    /// The socket is full, whichever the lane.
    Crowded,
    TooLarge,
    /// The gate is shut.
    Shut,
}

/// Which thread sends a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// The one that offers it, if it may.
    This,
    /// So it is, now or with others that follow.
    Quick,
    /// The I/O thread. With `sheds` older messages make room, if the lane is one where they do.
    Other { sheds: bool },
}

const OTHER: Sender = Sender::Other { sheds: false };

impl Lane {
    /// Takes a message in, behind `envelope`, if there is room. The I/O thread sends it.
    #[inline]
    pub(crate) fn offer(&self, envelope: &[u8], body: Body<'_>) -> Offer {
        let bodies = body.octets();
        let put = |batch: &mut Batch| batch.put(envelope, body, bodies);
        self.take_in(bodies, Sender::Other { sheds: true }, put).0
    }

    /// As [`offer`](Self::offer); where that is better, the message is sent in this thread. No older one makes room for it.
    pub(crate) fn send(&self, envelope: &[u8], body: Body<'_>) -> Offer {
        let bodies = body.octets();
        let put = |batch: &mut Batch| batch.put(envelope, body, bodies);
        self.take_in(bodies, Sender::This, put).0
    }

    /// As [`send`](Self::send), for those with the lock of the route: where it is better that more messages leave together, the batch it is
    /// in is handed out.
    #[inline]
    pub(crate) fn send_quickly(&self, envelope: &[u8], body: Body<'_>) -> (Offer, Option<Box<Hand>>) {
        let bodies = body.octets();
        let put = |batch: &mut Batch| batch.put(envelope, body, bodies);
        self.take_in(bodies, Sender::Quick, put)
    }

    /// As [`offer`](Self::offer), of octets that leave as they are.
    pub(crate) fn offer_raw(&self, body: Body<'_>) -> Offer {
        let put = |batch: &mut Batch| batch.put_raw(body);
        self.take_in(body.octets(), OTHER, put).0
    }

    #[inline]
    fn take_in(
        &self,
        bodies: usize,
        sender: Sender,
        put: impl FnOnce(&mut Batch),
    ) -> (Offer, Option<Box<Hand>>) {
        let (offer, next) = self.admit(bodies, sender, put);
        (offer, self.see_to(next))
    }

    /// Returns what is to be done, too.
    #[inline]
    fn admit(&self, bodies: usize, sender: Sender, put: impl FnOnce(&mut Batch)) -> (Offer, Next) {
        let mut outbound = self.outbound.lock().unwrap();
        let mut flushed = true;
        let spills = loop {
            if outbound.gate != Gate::Open {
                return (Offer::Shut, Next::Nothing);
            }
            match outbound.admit(bodies) {
                Ok(()) => break false,
                Err(NoRoom::Ever) => return (Offer::TooLarge, Next::Nothing),
                Err(_) if outbound.conflates => {
                    outbound.make_way(bodies);
                    break false;
                }
                Err(_) if !flushed && outbound.spill.admit(bodies) => break true,
                Err(_)
                    if !flushed
                        && sender == (Sender::Other { sheds: true })
                        && outbound.sheds.is_some()
                        && outbound.spill.is_empty()
                        && outbound.shed() =>
                {
                    continue;
                }
                // To be told of room that comes from now on: what came meanwhile has been looked for.
                Err(NoRoom::Here) if !flushed => {
                    outbound.blocked = true;
                    return (Offer::Full, Next::Nothing);
                }
                Err(NoRoom::Anywhere) if !flushed => return (Offer::Crowded, Next::Nothing),
                Err(_) => {}
            }
            drop(outbound);
            flushed = self.flush();
            outbound = self.outbound.lock().unwrap();
        };
        if spills {
            outbound.spill.put(put);
        } else {
            put(outbound.open_batch());
        }
        (Offer::Taken, outbound.next_step(if spills { OTHER } else { sender }))
    }

    /// Does what is to be done for a message that has been taken; returns the batch it is in, if more are to be put there.
    #[inline]
    fn see_to(&self, next: Next) -> Option<Box<Hand>> {
        match next {
            Next::Nothing => {}
            Next::HandOut(hand) => return Some(hand),
            Next::Write => self.flush_or_wake(),
            Next::Wake => self.wake.wake(),
            Next::Announce => self.announce_link(),
        }
        None
    }

    /// What [`offer`](Self::offer) would say, without an envelope. A sender that is turned away is told of room as there.
    pub(crate) fn would_take(&self, body: Body<'_>) -> Offer {
        let mut outbound = self.outbound.lock().unwrap();
        let full =
            |mark: &Mark| matches!(mark.would_admit(body.octets()), Err(NoRoom::Here | NoRoom::Anywhere));
        if outbound.link.is_some() && full(&outbound.mark) {
            // The other end may have room, which nobody tells of.
            drop(outbound);
            self.flush();
            outbound = self.outbound.lock().unwrap();
        }
        if outbound.gate != Gate::Open {
            return Offer::Shut;
        }
        match outbound.mark.would_admit(body.octets()) {
            Ok(()) if outbound.spill.is_empty() => Offer::Taken,
            Err(NoRoom::Ever) => Offer::TooLarge,
            _ if outbound.spill.would_admit(body.octets()) => Offer::Taken,
            Err(_) if outbound.conflates => Offer::Taken,
            Err(NoRoom::Anywhere) => Offer::Crowded,
            Ok(()) | Err(NoRoom::Here) => {
                outbound.blocked = true;
                Offer::Full
            }
        }
    }

    /// How many messages had to make room for others since this was asked last.
    pub(crate) fn take_shed(&self) -> u64 {
        std::mem::take(&mut self.outbound.lock().unwrap().shed).into()
    }

    /// A message for the lane is dropped. Returns whether that is news: the first since it had room.
    #[cold]
    pub(crate) fn begins_dropping(&self) -> bool {
        let mut outbound = self.outbound.lock().unwrap();
        outbound.blocked = true;
        !std::mem::replace(&mut outbound.dropping, true)
    }
}
