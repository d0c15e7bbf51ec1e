//! How messages come into a lane, and what becomes of those that it has no room for.

use std::sync::Arc;

use super::mark::{Mark, NoRoom};
use super::outbound::Next;
use super::{Gate, Lane, ticker};
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
enum Sender {
    /// The one that offers it, if it may.
    This,
    /// The I/O thread. With `sheds` older messages make room, if the lane is one where they do.
    Other { sheds: bool },
}

impl Lane {
    /// Takes a message in, behind `envelope`, if there is room. The I/O thread sends it.
    #[inline]
    pub(crate) fn offer(self: &Arc<Self>, envelope: &[u8], body: Body<'_>) -> Offer {
        let bodies = body.octets();
        let put = |batch: &mut Batch| batch.put(envelope, body, bodies);
        self.take_in(bodies, Sender::Other { sheds: true }, put)
    }

    /// As [`offer`](Self::offer); where that is better, the message is sent in this thread. No older one makes room for it.
    #[inline]
    pub(crate) fn send(self: &Arc<Self>, envelope: &[u8], body: Body<'_>) -> Offer {
        let bodies = body.octets();
        let put = |batch: &mut Batch| batch.put(envelope, body, bodies);
        self.take_in(bodies, Sender::This, put)
    }

    /// As [`offer`](Self::offer), of octets that leave as they are.
    pub(crate) fn offer_raw(self: &Arc<Self>, body: Body<'_>) -> Offer {
        let put = |batch: &mut Batch| batch.put_raw(body);
        self.take_in(body.octets(), Sender::Other { sheds: false }, put)
    }

    #[inline]
    fn take_in(self: &Arc<Self>, bodies: usize, sender: Sender, put: impl FnOnce(&mut Batch)) -> Offer {
        let (offer, next) = self.admit(bodies, sender, put);
        self.see_to(next);
        offer
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
        (Offer::Taken, outbound.next_step(sender == Sender::This && !spills))
    }

    /// Does what is to be done for a message that has been taken.
    #[inline]
    fn see_to(self: &Arc<Self>, next: Next) {
        match next {
            Next::Nothing => {}
            Next::Watch => ticker::watch(self),
            Next::Flush => drop(self.flush()),
            Next::Write => self.flush_or_wake(),
            Next::Wake => self.wake.wake(),
            Next::Announce => self.announce_link(),
        }
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
