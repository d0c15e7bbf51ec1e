//! How messages come into a lane, and what becomes of those that it has no room for.

use zmtp_core::Full;

use super::{Gate, Lane};
use crate::batch::Batch;
use crate::body::Body;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    Taken,
    Full,
    TooLarge,
    /// The gate is shut.
    Shut,
}

impl Lane {
    /// Takes a message in, behind `envelope`, if there is room. The I/O thread sends it.
    #[inline]
    pub(crate) fn offer(&self, envelope: &[u8], body: Body<'_>) -> Offer {
        let bodies = body.octets();
        let put = |batch: &mut Batch| batch.put(envelope, body, bodies);
        self.admit(bodies, true, put, || false)
    }

    /// As [`offer`](Self::offer); if the stream has been idle, the message is sent in this thread. No older one makes room for it.
    #[inline]
    pub(crate) fn send(&self, envelope: &[u8], body: Body<'_>) -> Offer {
        let bodies = body.octets();
        let put = |batch: &mut Batch| batch.put(envelope, body, bodies);
        self.admit(bodies, false, put, || self.flush_if_idle())
    }

    /// As [`offer`](Self::offer), of octets that leave as they are.
    pub(crate) fn offer_raw(&self, body: Body<'_>) -> Offer {
        self.admit(body.octets(), false, |batch| batch.put_raw(body), || false)
    }

    /// With `sheds` older messages make room, if the lane is one where they do. `sent` is asked whether a message that came into an empty
    /// lane is out already.
    #[inline]
    fn admit(
        &self,
        bodies: usize,
        sheds: bool,
        put: impl FnOnce(&mut Batch),
        sent: impl FnOnce() -> bool,
    ) -> Offer {
        let mut outbound = self.outbound.lock().unwrap();
        let mut flushed = true;
        let spills = loop {
            if outbound.gate != Gate::Open {
                return Offer::Shut;
            }
            match outbound.admit(bodies) {
                Ok(()) => break false,
                Err(Full::Never) => return Offer::TooLarge,
                Err(Full::Now) if outbound.conflates => {
                    outbound.make_way(bodies);
                    break false;
                }
                Err(Full::Now) if !flushed && outbound.spill.admit(bodies) => break true,
                Err(Full::Now)
                    if !flushed
                        && sheds
                        && outbound.sheds.is_some()
                        && outbound.spill.is_empty()
                        && outbound.shed() =>
                {
                    continue;
                }
                // To be told of room that comes from now on: what came meanwhile has been looked for.
                Err(Full::Now) if !flushed => {
                    outbound.blocked = true;
                    return Offer::Full;
                }
                Err(Full::Now) => {}
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
        let idle = !std::mem::replace(&mut outbound.scheduled, true);
        let link = if idle { outbound.link.clone() } else { None };
        drop(outbound);
        match link {
            Some(link) => link.announce(),
            None if idle && (spills || !sent()) => self.wake.wake(),
            None => {}
        }
        Offer::Taken
    }

    /// What [`offer`](Self::offer) would say, without an envelope. A sender that is turned away is told of room as there.
    pub(crate) fn would_take(&self, body: Body<'_>) -> Offer {
        let mut outbound = self.outbound.lock().unwrap();
        if outbound.link.is_some() && outbound.mark.clone().admit(body.octets()) == Err(Full::Now) {
            // The other end may have room, which nobody tells of.
            drop(outbound);
            self.flush();
            outbound = self.outbound.lock().unwrap();
        }
        if outbound.gate != Gate::Open {
            return Offer::Shut;
        }
        let mut after = outbound.mark;
        match after.admit(body.octets()) {
            Ok(()) if outbound.spill.is_empty() => Offer::Taken,
            Ok(()) | Err(Full::Now) if outbound.spill.would_admit(body.octets()) => Offer::Taken,
            Err(Full::Never) => Offer::TooLarge,
            Err(Full::Now) if outbound.conflates => Offer::Taken,
            Ok(()) | Err(Full::Now) => {
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
