//! Batches in hand: those of quick lanes, which are filled under the lock of the route alone.
//!
//! None is there for anybody but who sends, and the [ticker](super::ticker): whoever else has the lock of the route has had them
//! [settled](Links::settle).

#[cfg(all(test, not(shuttle)))]
mod tests;

use zmtp_core::pattern::Ready as _;

use super::{Link, Links, ticker};
use crate::body::Body;
use crate::lane::{Hand, Offer};

impl Link {
    /// Hands in what is in hand, if something is; it is still to be written.
    fn hand_in(&mut self, in_hand: &mut usize) -> bool {
        let Some(hand) = self.hand.take() else { return false };
        *in_hand -= 1;
        self.lane.hand_in(*hand);
        true
    }

    /// The same; the sender writes.
    #[cold]
    fn flush(&mut self, in_hand: &mut usize) {
        if self.hand_in(in_hand) {
            self.lane.flush();
        }
    }

    /// Hands in what is in hand if nothing was written for a while. Returns whether there was nothing either.
    fn tick(&mut self, in_hand: &mut usize) -> bool {
        if !self.lane.is_quiet() {
            return false;
        }
        if self.hand_in(in_hand) {
            self.lane.disappointed();
            self.lane.wake.wake();
            return false;
        }
        self.lane.rest();
        true
    }
}

impl Links {
    /// Offers a message to the lane in a slot, to be sent by this thread where that is better.
    #[inline]
    pub(in crate::socket) fn offer(&mut self, slot: usize, envelope: &[u8], body: Body<'_>) -> Offer {
        let Some(link) = self.links.get_mut(slot).and_then(Option::as_mut) else { return Offer::Shut };
        if let Some(hand) = &mut link.hand {
            let taken = hand.take(envelope, body);
            if !taken || hand.is_ripe() {
                link.flush(&mut self.in_hand);
            }
            if taken {
                return Offer::Taken;
            }
        }
        let (mut offer, mut hand) = link.lane.send_quickly(envelope, body);
        if offer == Offer::Crowded && self.in_hand > 0 {
            // The room that others have in hand may be what is missing.
            self.settle();
            let Some(link) = &self.links[slot] else { return Offer::Shut };
            (offer, hand) = link.lane.send_quickly(envelope, body);
        }
        if let Some(hand) = hand {
            self.take_in_hand(slot, hand);
        }
        offer
    }

    #[cold]
    fn take_in_hand(&mut self, slot: usize, hand: Box<Hand>) {
        let Some(link) = &mut self.links[slot] else { return };
        link.hand = Some(hand);
        self.in_hand += 1;
        self.quick.insert(slot);
        let watched = self.watched || self.me.as_ref().is_some_and(ticker::watch);
        self.watched = watched;
        if !watched {
            self.settle();
        }
    }

    /// What [`offer`](Self::offer) would say of a short message.
    pub(in crate::socket) fn would_take(&mut self, slot: usize, body: Body<'_>) -> Offer {
        let Some(link) = self.links.get_mut(slot).and_then(Option::as_mut) else { return Offer::Shut };
        if link.hand.as_ref().is_some_and(|hand| hand.has_room(body.octets())) {
            return Offer::Taken;
        }
        link.flush(&mut self.in_hand);
        match link.lane.would_take(body) {
            Offer::Crowded if self.in_hand > 0 => {
                self.settle();
                self.lane(slot).map_or(Offer::Shut, |lane| lane.would_take(body))
            }
            offer => offer,
        }
    }

    /// Hands in all that is in hand.
    #[inline]
    pub(in crate::socket) fn settle(&mut self) {
        if self.in_hand > 0 {
            self.hand_all_in();
        }
    }

    #[cold]
    fn hand_all_in(&mut self) {
        let mut next = 0;
        while let Some(slot) = self.quick.next_ready(next) {
            next = slot + 1;
            if let Some(link) = &mut self.links[slot]
                && link.hand_in(&mut self.in_hand)
            {
                link.lane.wake.wake();
            }
        }
    }

    /// Hands in what is in hand for streams to which nothing was written for a while. Returns whether to look again.
    pub(super) fn tick(&mut self) -> bool {
        let mut next = 0;
        while let Some(slot) = self.quick.next_ready(next) {
            next = slot + 1;
            let link = self.links.get_mut(slot).and_then(Option::as_mut);
            if link.is_none_or(|link| link.tick(&mut self.in_hand)) {
                self.quick.remove(slot);
            }
        }
        self.watched = self.quick.next_ready(0).is_some();
        self.watched
    }
}
