//! The lanes of a socket, and which of them takes the next message.

mod hands;
mod ticker;

use std::sync::{Arc, Weak};

use zmtp_core::pattern::Turn;
use zmtp_core::wire::Version;

use super::absent::{Durables, Fate};
use super::pattern::Pattern;
use crate::bits::Bits;
use crate::body::Body;
use crate::lane::{Gate, Hand, Lane, Offer, Totals};
use crate::sync::Mutex;
use crate::{ConnectError, Lost, Message, Options, Traffic, Unsent};

/// The lanes with what the pattern remembers of their peers, behind one lock. A socket knows its pattern, its
/// connections need not.
#[derive(Debug)]
pub(crate) struct Route<P: ?Sized = dyn Pattern> {
    pub(super) links: Links,
    pub(super) durables: Durables,
    pub(super) pattern: P,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Links {
    links: Vec<Option<Link>>,
    free: Vec<usize>,
    /// Lanes that may have room.
    ready: Bits,
    /// Lanes that a message for all goes to: whose connection is complete, or that are kept for a peer that is away.
    served: Bits,
    /// Lanes whose gate is open: messages may wait there, if there is room.
    open: Bits,
    turn: Turn,
    /// How many batches are in hand.
    in_hand: usize,
    /// Lanes of which some were, not long ago.
    quick: Bits,
    /// The ticker looks at these.
    watched: bool,
    /// That these are of, for the ticker.
    me: Option<Weak<Mutex<Route>>>,
    /// The marks of the socket.
    pub(super) totals: Totals,
    /// The id of the next lane.
    next_id: usize,
    /// What lanes that are no more have sent and received.
    departed: (Traffic, Traffic),
}

#[derive(Debug)]
struct Link {
    lane: Arc<Lane>,
    /// What the peer speaks, while the connection is complete.
    peer: Option<Version>,
    /// At which endpoint.
    site: usize,
    /// Its open batch, filled under the lock of the route alone.
    hand: Option<Box<Hand>>,
}

/// Where peers are that are away.
const NOWHERE: usize = usize::MAX;

impl<P: Pattern> Route<P> {
    pub(crate) fn new(pattern: P) -> Self {
        Self { links: Links::default(), durables: Durables::default(), pattern }
    }
}

impl<P: Pattern + ?Sized> Route<P> {
    /// The options are these now.
    pub(super) fn configure(&mut self, options: &Options) {
        self.durables.hands_over = options.router_handover;
        self.pattern.configure(options);
    }

    /// Adds a lane for a peer that we are going to connect to, and call `name`, or as it wishes.
    pub(super) fn connecting(
        &mut self,
        options: &Options,
        name: Option<&[u8]>,
        site: usize,
    ) -> Result<Arc<Lane>, ConnectError> {
        let slot = self.links.next_slot();
        self.pattern.connecting(slot, name)?;
        let gate = self.gate_before_connection(slot, options);
        Ok(self.links.add(options, gate, site))
    }

    /// The connection of a lane is complete; a peer that came to us, and is wanted, gets one now. No message goes to it
    /// before [`Links::connected`].
    pub(super) fn established(
        &mut self,
        lane: Option<&Arc<Lane>>,
        announced: &[u8],
        options: &Options,
        site: usize,
    ) -> Result<Arc<Lane>, Lost> {
        let returning = if lane.is_none() { self.returning(announced)? } else { None };
        let slot = lane.or(returning.as_ref()).map_or_else(|| self.links.next_slot(), |lane| lane.slot);
        let admitted = self.pattern.established(slot, announced)?;
        if let Some(replaced) = admitted.replaces.and_then(|slot| self.links.lane(slot)) {
            replaced.fail(Lost::HandedOver);
        }
        let lane = match (lane, returning) {
            (Some(lane), _) => Arc::clone(lane),
            (None, Some(lane)) => {
                self.came_back(&lane, site);
                lane
            }
            (None, None) => {
                self.durables.add(slot, announced, options);
                self.links.add(options, Gate::Shut, site)
            }
        };
        lane.set_name(admitted.name);
        Ok(lane)
    }

    /// A lane whose connection is lost; there will be another one if we `connected` it, or if its peer is kept, as a socket that is
    /// `open` may do. Calls `show` as [`Pattern::lost`] does.
    pub(super) fn lost(
        &mut self,
        lane: &Lane,
        connected: bool,
        open: bool,
        options: &Options,
        show: &mut dyn FnMut(&[u8]),
    ) -> Fate {
        let fate = if connected || !open { Fate::Ends } else { self.gone_away(lane, options, show) };
        if fate == Fate::Away {
            return fate;
        }
        self.pattern.lost(lane.slot, show);
        if !connected {
            self.remove(lane);
            return fate;
        }
        let gate = self.gate_before_connection(lane.slot, options);
        self.links.disconnected(lane, gate);
        if self.pattern.keeps(lane.slot) { Fate::Waits } else { Fate::Ends }
    }

    /// Takes a lane out, with all that belongs to its peer.
    pub(super) fn remove(&mut self, lane: &Lane) {
        self.links.remove(lane);
        self.pattern.removed(lane.slot);
        self.durables.remove(lane.slot);
    }

    /// A lane whose endpoint is left: no more messages go there, and its peer is none of the socket's any more. What waits stays until
    /// the lane is removed. Calls `show` as [`Pattern::lost`] does.
    pub(super) fn retire(&mut self, lane: &Lane, show: &mut dyn FnMut(&[u8])) {
        lane.retire();
        self.links.disconnected(lane, Gate::Gone);
        self.pattern.lost(lane.slot, show);
        self.pattern.removed(lane.slot);
        self.durables.remove(lane.slot);
    }

    /// Whether messages may wait for a peer that is not connected.
    fn gate_before_connection(&self, slot: usize, options: &Options) -> Gate {
        if options.immediate || !self.pattern.keeps(slot) { Gate::Shut } else { Gate::Open }
    }
}

impl Links {
    /// The links of a socket that is made, with these marks.
    pub(super) fn begin(&mut self, totals: Totals, route: &Arc<Mutex<Route>>) {
        self.totals = totals;
        self.me = Some(Arc::downgrade(route));
    }

    /// The slot of the next lane that is added.
    fn next_slot(&self) -> usize {
        self.free.last().copied().unwrap_or(self.links.len())
    }

    fn add(&mut self, options: &Options, gate: Gate, site: usize) -> Arc<Lane> {
        let slot = self.next_slot();
        self.free.pop();
        if slot == self.links.len() {
            self.links.push(None);
        }
        let lane = Arc::new(Lane::new(self.next_id, slot, options, &self.totals, gate));
        self.next_id += 1;
        self.links[slot] = Some(Link { lane: Arc::clone(&lane), peer: None, site, hand: None });
        if gate == Gate::Open {
            self.ready.insert(slot);
            self.open.insert(slot);
        }
        lane
    }

    fn remove(&mut self, lane: &Lane) {
        let Some(link) = self.link(lane) else { return };
        debug_assert!(link.hand.is_none(), "settled before");
        self.links[lane.slot] = None;
        let (sent, received) = lane.traffic();
        self.departed.0 += sent;
        self.departed.1 += received;
        self.free.push(lane.slot);
        self.ready.remove(lane.slot);
        self.served.remove(lane.slot);
        self.open.remove(lane.slot);
        lane.set_gate(Gate::Gone);
    }

    /// The connection of a lane is complete: messages may come in.
    pub(super) fn connected(&mut self, lane: &Lane, peer: Version) {
        if let Some(link) = self.link(lane) {
            link.peer = Some(peer);
            self.ready.insert(lane.slot);
            self.served.insert(lane.slot);
            self.open.insert(lane.slot);
            lane.set_gate(Gate::Open);
        }
    }

    /// The connection of a lane is lost; another one follows.
    fn disconnected(&mut self, lane: &Lane, gate: Gate) {
        let gate = if lane.is_retired() { Gate::Gone } else { gate };
        if let Some(link) = self.link(lane) {
            link.peer = None;
            if gate != Gate::Open {
                self.ready.remove(lane.slot);
                self.open.remove(lane.slot);
            }
            self.served.remove(lane.slot);
            lane.set_gate(gate);
        }
    }

    /// The connection of a lane is lost, and its peer is kept. It may be sent messages meanwhile, unless they are to be `immediate`.
    pub(super) fn keep(&mut self, lane: &Lane, immediate: bool) {
        self.disconnected(lane, if immediate { Gate::Shut } else { Gate::Open });
        self.served.insert(lane.slot);
        self.move_to(lane, NOWHERE);
    }

    /// The peer of a lane is at another endpoint now.
    pub(super) fn move_to(&mut self, lane: &Lane, site: usize) {
        if let Some(link) = self.link(lane) {
            link.site = site;
        }
    }

    /// A lane that was full has room again.
    pub(super) fn has_room(&mut self, lane: &Lane) {
        if self.link(lane).is_some() && !lane.is_retired() {
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

    /// Whether a message for all goes to a lane.
    pub(super) fn is_served(&self, lane: &Lane) -> bool {
        let link = self.links.get(lane.slot).and_then(Option::as_ref);
        link.is_some_and(|link| link.lane.id == lane.id) && self.served.contains(lane.slot)
    }

    /// The lane in a slot.
    #[inline]
    pub(super) fn lane(&self, slot: usize) -> Option<&Arc<Lane>> {
        self.links.get(slot)?.as_ref().map(|link| &link.lane)
    }

    pub(super) fn lanes(&self) -> impl Iterator<Item = &Arc<Lane>> {
        self.links.iter().flatten().map(|link| &link.lane)
    }

    /// What lanes that are no more have sent and received.
    pub(super) fn departed(&self) -> (Traffic, Traffic) {
        self.departed
    }

    /// At which endpoint the peer of a lane is.
    pub(super) fn site_of(&self, lane: &Lane) -> Option<usize> {
        let link = self.links.get(lane.slot).and_then(Option::as_ref);
        link.filter(|link| link.lane.id == lane.id).map(|link| link.site)
    }

    /// The lanes at an endpoint.
    pub(super) fn lanes_at(&self, site: usize) -> Vec<Arc<Lane>> {
        let here = self.links.iter().flatten().filter(|link| link.site == site);
        here.map(|link| Arc::clone(&link.lane)).collect()
    }

    /// The lanes whose connection is complete, and what their peers speak.
    pub(super) fn connections(&self) -> impl Iterator<Item = (&Arc<Lane>, Version)> {
        self.links.iter().flatten().filter_map(|link| link.peer.map(|peer| (&link.lane, peer)))
    }

    /// The slots of the lanes that a message for all goes to.
    pub(super) fn served_slots(&self) -> &Bits {
        &self.served
    }

    /// How many peers there are.
    pub(super) fn peers(&self) -> usize {
        self.connections().count()
    }

    /// Whether [`send`](Self::send) would find a lane for a short message.
    pub(super) fn has_room_somewhere(&mut self) -> bool {
        let shortest = Message::new();
        while let Some(slot) = self.turn.next(&self.ready) {
            match self.would_take(slot, (&shortest).into()) {
                Offer::Taken | Offer::TooLarge => return true,
                Offer::Crowded => return false,
                Offer::Full | Offer::Shut => self.ready.remove(slot),
            }
        }
        false
    }

    /// The slot of the lane whose turn it is, now that none has room; it has had it then. `None` if there is nobody to send to.
    pub(super) fn next_full(&mut self) -> Option<usize> {
        let slot = self.turn.next(&self.open)?;
        self.turn.served(slot);
        Some(slot)
    }

    /// Whether messages may wait for somebody.
    pub(super) fn has_open(&self) -> bool {
        self.turn.next(&self.open).is_some()
    }

    /// Offers a message to one lane after the other until one takes it; returns the lane's id. `None` if none has room.
    #[inline]
    pub(super) fn send(&mut self, envelope: &[u8], body: Body<'_>) -> Option<Result<usize, Unsent>> {
        loop {
            let slot = self.turn.next(&self.ready)?;
            match self.offer(slot, envelope, body) {
                Offer::Taken => {
                    self.turn.served(slot);
                    return self.lane(slot).map(|lane| Ok(lane.id));
                }
                Offer::TooLarge => return Some(Err(Unsent::TooLarge)),
                // No other has room.
                Offer::Crowded => return None,
                Offer::Full | Offer::Shut => self.ready.remove(slot),
            }
        }
    }
}
