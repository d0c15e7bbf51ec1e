//! The lanes of a socket, and which of them takes the next message.

use std::sync::Arc;

use zmtp_core::pattern::Turn;
use zmtp_core::wire::Version;

use super::pattern::Pattern;
use crate::bits::Bits;
use crate::body::Body;
use crate::lane::{Gate, Lane, Offer};
use crate::{ConnectError, Lost, Options, Unsent};

/// The lanes with what the pattern remembers of their peers, behind one lock. A socket knows its pattern, its
/// connections need not.
#[derive(Debug)]
pub(crate) struct Route<P: ?Sized = dyn Pattern> {
    pub(super) links: Links,
    pub(super) pattern: P,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Links {
    links: Vec<Option<Link>>,
    free: Vec<usize>,
    /// Lanes that may have room.
    ready: Bits,
    /// Lanes whose connection is complete.
    connected: Bits,
    turn: Turn,
    /// The id of the next lane.
    next_id: usize,
}

#[derive(Debug)]
struct Link {
    lane: Arc<Lane>,
    /// What the peer speaks, while the connection is complete.
    peer: Option<Version>,
}

impl<P: Pattern> Route<P> {
    pub(crate) fn new(pattern: P) -> Self {
        Self { links: Links::default(), pattern }
    }
}

impl<P: Pattern + ?Sized> Route<P> {
    /// Adds a lane for a peer that we are going to connect to, and call `name`, or as it wishes.
    pub(super) fn connecting(
        &mut self,
        options: &Options,
        name: Option<&[u8]>,
    ) -> Result<Arc<Lane>, ConnectError> {
        let slot = self.links.next_slot();
        self.pattern.connecting(slot, name)?;
        let gate = self.gate_before_connection(slot, options);
        Ok(self.links.add(options, gate))
    }

    /// The connection of a lane is complete; a peer that came to us, and is wanted, gets one now. No message goes to it
    /// before [`Links::connected`].
    pub(super) fn established(
        &mut self,
        lane: Option<&Arc<Lane>>,
        announced: &[u8],
        options: &Options,
    ) -> Result<Arc<Lane>, Lost> {
        let slot = lane.map_or_else(|| self.links.next_slot(), |lane| lane.slot);
        let admitted = self.pattern.established(slot, announced)?;
        if let Some(replaced) = admitted.replaces.and_then(|slot| self.links.lane(slot)) {
            replaced.cut();
        }
        let lane = lane.map_or_else(|| self.links.add(options, Gate::Shut), Arc::clone);
        lane.set_name(admitted.name);
        Ok(lane)
    }

    /// A lane whose connection is lost; there will be another one if we `connected` it. Returns whether its messages
    /// wait for that. Calls `show` as [`Pattern::lost`] does.
    pub(super) fn lost(
        &mut self,
        lane: &Lane,
        connected: bool,
        options: &Options,
        show: &mut dyn FnMut(&[u8]),
    ) -> bool {
        self.pattern.lost(lane.slot, show);
        if connected {
            let gate = self.gate_before_connection(lane.slot, options);
            self.links.disconnected(lane, gate);
            self.pattern.keeps(lane.slot)
        } else {
            self.remove(lane);
            false
        }
    }

    /// Takes a lane out, with all that belongs to its peer.
    pub(super) fn remove(&mut self, lane: &Lane) {
        self.links.remove(lane);
        self.pattern.removed(lane.slot);
    }

    /// Whether messages may wait for a peer that is not connected.
    fn gate_before_connection(&self, slot: usize, options: &Options) -> Gate {
        if options.immediate || !self.pattern.keeps(slot) { Gate::Shut } else { Gate::Open }
    }
}

impl Links {
    /// The slot of the next lane that is added.
    fn next_slot(&self) -> usize {
        self.free.last().copied().unwrap_or(self.links.len())
    }

    fn add(&mut self, options: &Options, gate: Gate) -> Arc<Lane> {
        let slot = self.next_slot();
        self.free.pop();
        if slot == self.links.len() {
            self.links.push(None);
        }
        let lane = Arc::new(Lane::new(self.next_id, slot, options, gate));
        self.next_id += 1;
        self.links[slot] = Some(Link { lane: Arc::clone(&lane), peer: None });
        if gate == Gate::Open {
            self.ready.insert(slot);
        }
        lane
    }

    fn remove(&mut self, lane: &Lane) {
        if self.link(lane).is_none() {
            return;
        }
        self.links[lane.slot] = None;
        self.free.push(lane.slot);
        self.ready.remove(lane.slot);
        self.connected.remove(lane.slot);
        lane.set_gate(Gate::Gone);
    }

    /// The connection of a lane is complete: messages may come in.
    pub(super) fn connected(&mut self, lane: &Lane, peer: Version) {
        if let Some(link) = self.link(lane) {
            link.peer = Some(peer);
            self.ready.insert(lane.slot);
            self.connected.insert(lane.slot);
            lane.set_gate(Gate::Open);
        }
    }

    /// The connection of a lane is lost; another one follows.
    fn disconnected(&mut self, lane: &Lane, gate: Gate) {
        if let Some(link) = self.link(lane) {
            link.peer = None;
            if gate != Gate::Open {
                self.ready.remove(lane.slot);
            }
            self.connected.remove(lane.slot);
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

    /// Whether the connection of a lane is complete.
    pub(super) fn is_connected(&self, lane: &Lane) -> bool {
        let link = self.links.get(lane.slot).and_then(Option::as_ref);
        link.is_some_and(|link| link.lane.id == lane.id && link.peer.is_some())
    }

    /// The lane in a slot.
    #[inline]
    pub(super) fn lane(&self, slot: usize) -> Option<&Arc<Lane>> {
        self.links.get(slot)?.as_ref().map(|link| &link.lane)
    }

    pub(super) fn lanes(&self) -> impl Iterator<Item = &Arc<Lane>> {
        self.links.iter().flatten().map(|link| &link.lane)
    }

    /// The lanes whose connection is complete, and what their peers speak.
    pub(super) fn connections(&self) -> impl Iterator<Item = (&Arc<Lane>, Version)> {
        self.links.iter().flatten().filter_map(|link| link.peer.map(|peer| (&link.lane, peer)))
    }

    /// The slots of the lanes whose connection is complete.
    pub(super) fn connected_slots(&self) -> &Bits {
        &self.connected
    }

    /// How many peers there are.
    pub(super) fn peers(&self) -> usize {
        self.connections().count()
    }

    /// Offers a message to one lane after the other until one takes it; returns the lane's id. `None` if none has room.
    #[inline]
    pub(super) fn send(&mut self, envelope: &[u8], body: Body<'_>) -> Option<Result<usize, Unsent>> {
        loop {
            let slot = self.turn.next(&self.ready)?;
            let Some(link) = self.links.get(slot).and_then(Option::as_ref) else {
                self.ready.remove(slot);
                continue;
            };
            match link.lane.offer(envelope, body) {
                Offer::Taken => {
                    self.turn.served(slot);
                    return Some(Ok(link.lane.id));
                }
                Offer::TooLarge => return Some(Err(Unsent::TooLarge)),
                Offer::Full | Offer::Shut => self.ready.remove(slot),
            }
        }
    }
}
