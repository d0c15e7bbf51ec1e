//! The lanes of a socket, and which of them takes the next message.

use std::sync::Arc;

use zmtp_core::pattern::Turn;
use zmtp_core::subscription::Subscriptions;
use zmtp_core::wire::Version;

use crate::bits::Bits;
use crate::lane::{Gate, Lane, Offer};
use crate::subscription::Topics;
use crate::{Message, Options, Unsent};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Route {
    links: Vec<Option<Link>>,
    free: Vec<usize>,
    /// Lanes that may have room.
    ready: Bits,
    turn: Turn,
    /// The id of the next lane.
    next_id: usize,
    /// Who subscribed to what, by slot: of a publisher.
    pub(super) topics: Topics,
}

#[derive(Debug)]
struct Link {
    lane: Arc<Lane>,
    /// What the peer speaks, while the connection is complete.
    peer: Option<Version>,
}

impl Route {
    /// Adds a lane.
    pub(super) fn add(&mut self, options: &Options, gate: Gate, peer: Option<Version>) -> Arc<Lane> {
        let slot = self.free.pop().unwrap_or(self.links.len());
        if slot == self.links.len() {
            self.links.push(None);
        }
        let lane = Arc::new(Lane::new(self.next_id, slot, options, gate));
        self.next_id += 1;
        self.links[slot] = Some(Link { lane: Arc::clone(&lane), peer });
        if gate == Gate::Open {
            self.ready.insert(slot);
        }
        lane
    }

    /// Takes a lane out, with all that belongs to its peer.
    pub(super) fn remove(&mut self, lane: &Lane) {
        if self.link(lane).is_none() {
            return;
        }
        self.links[lane.slot] = None;
        self.free.push(lane.slot);
        self.ready.remove(lane.slot);
        self.topics.forget_holder(lane.slot);
        lane.set_gate(Gate::Gone);
    }

    /// The connection of a lane is complete.
    pub(super) fn connected(&mut self, lane: &Lane, peer: Version) {
        if let Some(link) = self.link(lane) {
            link.peer = Some(peer);
            self.ready.insert(lane.slot);
            lane.set_gate(Gate::Open);
        }
    }

    /// The connection of a lane is lost; another one follows.
    pub(super) fn disconnected(&mut self, lane: &Lane, gate: Gate) {
        if let Some(link) = self.link(lane) {
            link.peer = None;
            if gate != Gate::Open {
                self.ready.remove(lane.slot);
            }
            self.topics.forget_holder(lane.slot);
            lane.set_gate(gate);
        }
    }

    /// A lane that was full has room again.
    pub(super) fn has_room(&mut self, lane: &Lane) {
        if self.link(lane).is_some() {
            self.ready.insert(lane.slot);
        }
    }

    /// The link of a lane, if the lane still has its slot.
    fn link(&mut self, lane: &Lane) -> Option<&mut Link> {
        self.links.get_mut(lane.slot)?.as_mut().filter(|link| link.lane.id == lane.id)
    }

    pub(super) fn lanes(&self) -> impl Iterator<Item = &Arc<Lane>> {
        self.links.iter().flatten().map(|link| &link.lane)
    }

    /// The lanes whose connection is complete, and what their peers speak.
    pub(super) fn connections(&self) -> impl Iterator<Item = (&Arc<Lane>, Version)> {
        self.links.iter().flatten().filter_map(|link| link.peer.map(|peer| (&link.lane, peer)))
    }

    /// Offers a message to one lane after the other until one takes it; returns the lane's id. `None` if none has room.
    #[inline]
    pub(super) fn send(&mut self, envelope: &[u8], message: &Message) -> Option<Result<usize, Unsent>> {
        loop {
            let slot = self.turn.next(&self.ready)?;
            let Some(link) = self.links.get(slot).and_then(Option::as_ref) else {
                self.ready.remove(slot);
                continue;
            };
            match link.lane.offer(envelope, message) {
                Offer::Taken => {
                    self.turn.served(slot);
                    return Some(Ok(link.lane.id));
                }
                Offer::TooLarge => return Some(Err(Unsent::TooLarge)),
                Offer::Full | Offer::Shut => self.ready.remove(slot),
            }
        }
    }

    /// Offers a message to everyone who subscribed to it; returns how many could not take it, for lack of room.
    pub(super) fn publish(&self, message: &Message) -> u64 {
        let mut dropped = 0;
        let topic = message.part(0).map_or(&[][..], |part| part.as_slice());
        self.topics.each_match(topic, &mut |slot| {
            if let Some(link) = self.links.get(slot).and_then(Option::as_ref) {
                let offer = link.lane.offer(&[], message);
                dropped += u64::from(matches!(offer, Offer::Full | Offer::TooLarge));
            }
        });
        dropped
    }
}
