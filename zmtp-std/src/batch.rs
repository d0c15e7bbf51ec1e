//! Messages as octets, encoded once by the thread that sends them, ready to be written.

#[cfg(test)]
mod tests;

use std::io::IoSlice;

use bytes::Bytes;
use zmtp_core::wire::{FrameHead, FrameKind};
use zmtp_core::{Budget, Failure, Limits};

use crate::body::Body;
use crate::parcel::Parcel;
use crate::{Message, Part};

/// Bodies of so many octets and more are not copied: they leave from where they are, in a vectored write.
const CHAIN_THRESHOLD: usize = 8 * 1024;

/// A batch with so many copied octets takes no more.
const FULL_OCTETS: usize = 64 * 1024;

/// A batch with so many chained bodies takes no more.
const FULL_CHAIN: usize = 32;

/// The most pieces of one vectored write.
pub(crate) const MOST_SLICES: usize = 2 * FULL_CHAIN;

/// A run of whole messages in the form of the wire, and how much of the high-water mark they hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    /// Heads and short bodies.
    octets: Vec<u8>,
    /// Long bodies, each with its place: so many of `octets` come before it.
    chain: Vec<(usize, Bytes)>,
    /// Octets in the chain.
    chained: usize,
    /// Messages of which not every octet is known to be out.
    messages: usize,
    /// Octets in the bodies of these messages.
    bodies: usize,
    /// Where the first of these messages begins.
    done: Place,
    /// Octets as they are, without frames.
    raw: bool,
}

/// A place between two frames.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    /// In the copied octets.
    at: usize,
    /// In the chain.
    link: usize,
    /// In the octets as they are written.
    pub(crate) written: usize,
}

/// Whole messages at the start of a batch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Front {
    pub(crate) messages: usize,
    /// Octets in their bodies.
    pub(crate) bodies: usize,
    pub(crate) end: Place,
}

impl Batch {
    /// A message that belongs to a connection, and not to the next one: it counts for no mark.
    pub(crate) fn of_connection(message: &Message) -> Self {
        let mut batch = Self::default();
        batch.put(&[], message.into(), 0);
        batch.messages = 0;
        batch
    }

    /// Octets to be written.
    pub(crate) fn len(&self) -> usize {
        self.octets.len() + self.chained
    }

    /// Whether the next message goes into another batch.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.octets.len() >= FULL_OCTETS || self.chain.len() >= FULL_CHAIN
    }

    /// Messages of which not every octet is known to be out, and octets in their bodies.
    pub(crate) fn held(&self) -> (usize, usize) {
        (self.messages, self.bodies)
    }

    /// Empties it, to be used again without a new allocation.
    pub(crate) fn clear(&mut self) {
        self.octets.clear();
        self.chain.clear();
        (self.chained, self.messages, self.bodies, self.raw) = (0, 0, 0, false);
        self.done = Place::default();
    }

    /// Memory it keeps when it is empty.
    pub(crate) fn capacity(&self) -> usize {
        self.octets.capacity()
    }

    /// Adds a message behind `envelope`, frames that are encoded already and have the MORE flag.
    ///
    /// `bodies` is [`Body::octets`].
    #[inline]
    pub(crate) fn put(&mut self, envelope: &[u8], body: Body<'_>, bodies: usize) {
        self.octets.extend_from_slice(envelope);
        let mut left = body.len();
        if left == 0 {
            self.octets.extend_from_slice(FrameHead::message(false, 0).encode().as_ref());
        }
        for part in body.parts() {
            left -= 1;
            self.put_part(part, left > 0);
        }
        self.messages += 1;
        self.bodies += bodies;
    }

    /// Adds the octets of a message as they are.
    pub(crate) fn put_raw(&mut self, body: Body<'_>) {
        body.parts().for_each(|part| self.put_octets(part));
        self.messages += 1;
        self.bodies += body.octets();
        self.raw = true;
    }

    #[inline]
    fn put_part(&mut self, part: &Part, more: bool) {
        let head = FrameHead::message(more, part.len() as u64).encode();
        match head.as_ref() {
            // A copy of fixed length is faster, and this is the common case.
            &[flags, len] => self.octets.extend_from_slice(&[flags, len]),
            long => self.octets.extend_from_slice(long),
        }
        self.put_octets(part);
    }

    #[inline]
    fn put_octets(&mut self, part: &Part) {
        match part.shared() {
            Some(octets) if octets.len() >= CHAIN_THRESHOLD => {
                self.chained += octets.len();
                self.chain.push((self.octets.len(), octets.clone()));
            }
            _ => part.append_to(&mut self.octets),
        }
    }

    /// Adds the octets of a subscription, which count for no mark.
    pub(crate) fn put_subscription(&mut self, head: &[u8], topic: &[u8]) {
        self.octets.extend_from_slice(head);
        self.octets.extend_from_slice(topic);
    }

    /// Fills `slices` with what comes after the first `written` octets; returns how many it filled.
    pub(crate) fn slices<'b>(&'b self, written: usize, slices: &mut [IoSlice<'b>]) -> usize {
        let (mut skip, mut start, mut count) = (written, 0, 0);
        let ends = self.chain.iter().map(|(place, body)| (*place, &body[..]));
        for (end, body) in ends.chain([(self.octets.len(), &[][..])]) {
            for piece in [&self.octets[start..end], body] {
                let skipped = skip.min(piece.len());
                skip -= skipped;
                if skipped == piece.len() {
                    continue;
                }
                let Some(slice) = slices.get_mut(count) else { return count };
                *slice = IoSlice::new(&piece[skipped..]);
                count += 1;
            }
            start = end;
        }
        count
    }

    /// Notes that `written` octets are out. Returns the messages of which that is news to be wholly so, and the octets
    /// in their bodies.
    pub(crate) fn progress(&mut self, written: usize) -> (usize, usize) {
        if self.messages == 0 || self.raw {
            // Octets without frames count once all are out. Subscriptions, which are messages on the wire for an older peer, count for nothing.
            return (0, 0);
        }
        let (mut place, mut messages, mut bodies, mut body_of_message) = (self.done, 0, 0, 0);
        while let Some((head, body)) = self.frame(&mut place)
            && place.written <= written
        {
            body_of_message += body.len();
            if head.kind != (FrameKind::Message { more: true }) {
                self.done = place;
                messages += usize::from(head.kind != FrameKind::Command);
                bodies += std::mem::take(&mut body_of_message);
            }
        }
        self.messages -= messages;
        self.bodies -= bodies;
        (messages, bodies)
    }

    /// Forgets the messages that are wholly among the first `written` octets: what follows is to be written anew, to
    /// another connection. Returns as [`progress`](Self::progress).
    ///
    /// A message whose last octet was not written can never have been delivered: it is sent again, and not twice
    /// (Z37-029, Z37-068).
    pub(crate) fn rewind(&mut self, written: usize) -> (usize, usize) {
        let news = self.progress(written);
        let done = std::mem::take(&mut self.done);
        self.octets.drain(..done.at);
        self.chained -= self.chain.drain(..done.link).map(|(_, body)| body.len()).sum::<usize>();
        self.chain.iter_mut().for_each(|(place, _)| *place -= done.at);
        news
    }

    /// Forgets the first message of a batch of which nothing is written. Returns as [`progress`](Self::progress).
    pub(crate) fn forget_first(&mut self) -> (usize, usize) {
        let first = self.front(Budget { messages: 1, octets: u64::MAX });
        self.rewind(first.end.written)
    }

    /// As many whole messages from the start as there is room for.
    pub(crate) fn front(&self, room: Budget) -> Front {
        let mut front = Front::default();
        if (1..=room.messages).contains(&(self.messages as u64)) && self.bodies as u64 <= room.octets {
            let end = Place { at: self.octets.len(), link: self.chain.len(), written: self.len() };
            return Front { messages: self.messages, bodies: self.bodies, end };
        }
        let (mut place, mut bodies) = (Place::default(), 0);
        while let Some((head, body)) = self.frame(&mut place) {
            bodies += body.len();
            if (front.messages as u64) >= room.messages || bodies as u64 > room.octets {
                break;
            }
            if head.kind != (FrameKind::Message { more: true }) {
                front = Front { messages: front.messages + 1, bodies, end: place };
            }
        }
        front
    }

    /// Of the messages of a front those that come before the first that breaks the limits, and which.
    pub(crate) fn within(&self, limits: &Limits, front: Front) -> (Front, Result<(), Failure>) {
        let (mut place, mut good) = (Place::default(), Front::default());
        let (mut parts, mut room, mut bodies) = (0, limits.message, 0);
        while good.messages < front.messages
            && let Some((head, body)) = self.frame(&mut place)
        {
            match limits.admit(head.len, parts, room) {
                Ok(left) => (parts, room) = left,
                Err(failure) => return (good, Err(failure)),
            }
            bodies += body.len();
            if head.kind != (FrameKind::Message { more: true }) {
                (parts, room) = (0, limits.message);
                good = Front { messages: good.messages + 1, bodies, end: place };
            }
        }
        (good, Ok(()))
    }

    /// A batch of these messages, which were one before.
    #[cfg(feature = "swap")]
    pub(crate) fn of_octets(octets: Vec<u8>, messages: usize, bodies: usize) -> Self {
        Self { octets, messages, bodies, ..Self::default() }
    }

    /// All there is to be written, in one piece.
    #[cfg(feature = "swap")]
    pub(crate) fn to_octets(&self) -> Vec<u8> {
        let (mut octets, mut start) = (Vec::with_capacity(self.len()), 0);
        for (end, body) in &self.chain {
            octets.extend_from_slice(&self.octets[start..*end]);
            octets.extend_from_slice(body);
            start = *end;
        }
        octets.extend_from_slice(&self.octets[start..]);
        octets
    }

    /// Takes the messages of a front out, of a batch of which nothing is written.
    #[cfg(feature = "swap")]
    pub(crate) fn split_front(&mut self, front: &Front) -> Self {
        if front.messages == self.messages {
            return std::mem::take(self);
        }
        let octets = self.octets.drain(..front.end.at).collect();
        let chain: Vec<_> = self.chain.drain(..front.end.link).collect();
        let chained = chain.iter().map(|(_, body)| body.len()).sum();
        self.chain.iter_mut().for_each(|(place, _)| *place -= front.end.at);
        self.chained -= chained;
        self.messages -= front.messages;
        self.bodies -= front.bodies;
        Self { octets, chain, chained, messages: front.messages, bodies: front.bodies, ..Self::default() }
    }

    /// The messages of a front, for a receiver in this process.
    pub(crate) fn parcel(&self, front: &Front) -> Parcel {
        let octets = Bytes::copy_from_slice(&self.octets[..front.end.at]);
        Parcel::chained(octets, &self.chain[..front.end.link], front.messages, front.bodies)
    }

    /// The frame at `place`, its head and its body; goes on to the next.
    pub(crate) fn frame(&self, place: &mut Place) -> Option<(FrameHead, &[u8])> {
        let (head, head_len) = FrameHead::decode(self.octets.get(place.at..)?).ok()??;
        let len = usize::try_from(head.len).ok()?;
        place.at += head_len;
        let body = match self.chain.get(place.link) {
            Some((start, body)) if *start == place.at && len > 0 => {
                place.link += 1;
                &body[..]
            }
            _ => {
                let start = place.at;
                place.at += len;
                self.octets.get(start..place.at)?
            }
        };
        place.written += head_len + len;
        Some((head, body))
    }
}
