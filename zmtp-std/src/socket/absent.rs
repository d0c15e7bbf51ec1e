//! Peers that are kept while they are away, with what waits for them: those that have a name of their own, at a socket with
//! [`Options::durable`](crate::Options::durable) (Z13-010).
//!
//! Such a peer keeps its lane. It has to come to us, so it is known by its name alone: it may come back to another endpoint.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use zmtp_core::identity::{self, Routes};

use super::core::Core;
use super::pattern::Pattern;
use super::route::Route;
use crate::io;
use crate::lane::Lane;
use crate::routing::Ids;
use crate::{Durable, Event, Forgotten, Lost, Options};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Durables {
    /// Of each such peer, there or away, its name, by the slot of its lane.
    names: Ids,
    /// Who is away, in the order in which they left, and when each is to be forgotten.
    away: VecDeque<(usize, Option<Instant>)>,
    /// Whether a second peer of a name takes the place of the first.
    pub(super) hands_over: bool,
    /// A task waits for the first to be forgotten.
    watched: bool,
}

/// What becomes of a lane whose connection is lost.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// There will be another connection, for which its messages wait.
    Waits,
    /// The same, as soon as its peer comes back.
    Away,
    /// Its messages are dropped.
    Ends,
    /// So they are, although they belong to a peer that is to be kept: there are too many of those.
    NoPlace,
}

impl Durables {
    pub(super) fn add(&mut self, slot: usize, name: &[u8], options: &Options) {
        if options.durable.is_some() && identity::is_name(name) {
            let added = self.names.insert(slot, name);
            debug_assert_eq!(added, Ok(()));
        }
    }

    pub(super) fn remove(&mut self, slot: usize) {
        self.names.remove(slot);
        self.away.retain(|(away, _)| *away != slot);
    }

    /// Whether the peer of a lane is one.
    #[cfg(feature = "swap")]
    pub(super) fn has(&self, lane: &Lane) -> bool {
        self.names.id_of(lane.slot).is_some()
    }

    /// How many are away.
    pub(super) fn away(&self) -> usize {
        self.away.len()
    }

    fn is_away(&self, slot: usize) -> bool {
        self.away.iter().any(|(away, _)| *away == slot)
    }

    fn name(&self, slot: usize) -> Bytes {
        self.names.shared_id(slot)
    }
}

impl<P: Pattern + ?Sized> Route<P> {
    /// The lane that was kept for a peer of this name.
    pub(super) fn returning(&self, name: &[u8]) -> Result<Option<Arc<Lane>>, Lost> {
        let Some(slot) = self.durables.names.find(name) else { return Ok(None) };
        let lane = self.links.lane(slot).cloned();
        if self.durables.is_away(slot) {
            return Ok(lane);
        }
        // What waits is still in the hands of the other connection. When it has ended, the peer may try again.
        if let Some(lane) = lane.filter(|_| self.durables.hands_over) {
            lane.fail(Lost::HandedOver);
        }
        Err(Lost::RoutingIdTaken(Bytes::copy_from_slice(name)))
    }

    /// A peer is back at this endpoint.
    pub(super) fn came_back(&mut self, lane: &Lane, site: usize) {
        self.durables.away.retain(|(slot, _)| *slot != lane.slot);
        self.pattern.came_back(lane.slot);
        self.links.move_to(lane, site);
        lane.reopen();
    }

    /// A peer that came has gone: keeps it, if that is wanted.
    pub(super) fn gone_away(&mut self, lane: &Lane, options: &Options, show: &mut dyn FnMut(&[u8])) -> Fate {
        let Some(Durable { peers, absence, .. }) = options.durable else { return Fate::Ends };
        if self.durables.name(lane.slot).is_empty() || lane.is_retired() {
            return Fate::Ends;
        }
        if self.durables.away.len() >= peers {
            return Fate::NoPlace;
        }
        self.pattern.went_away(lane.slot, show);
        self.links.keep(lane, options.immediate);
        // A time too far away to be computed is never.
        let until = absence.and_then(|absence| Instant::now().checked_add(absence));
        self.durables.away.push_back((lane.slot, until));
        Fate::Away
    }

    /// The lane of the peer that left first, if it is to be forgotten now; else how long that takes, if ever.
    fn next_forgotten(&self, now: Instant) -> Result<Arc<Lane>, Option<Duration>> {
        let (slot, until) = *self.durables.away.front().ok_or(None)?;
        let until = until.ok_or(None)?;
        if until > now {
            return Err(Some(until - now));
        }
        self.links.lane(slot).cloned().ok_or(None)
    }
}

impl Core {
    /// Sees to it that peers are forgotten in time. One task is enough: all are kept for the same time.
    pub(super) fn watch(self: &Arc<Self>, route: &mut Route) {
        let absence = self.options().durable.as_ref().and_then(|durable| durable.absence);
        let Some(mut after) = absence.filter(|_| !route.durables.watched) else { return };
        route.durables.watched = true;
        let core = Arc::downgrade(self);
        self.threads().next().spawn(async move {
            loop {
                io::sleep(after).await;
                let next = core.upgrade().and_then(|core| core.forget_late());
                let Some(next) = next else { return };
                after = next;
            }
        });
    }

    /// Forgets who has been away for too long; returns when to look again, if ever.
    fn forget_late(&self) -> Option<Duration> {
        loop {
            let mut route = self.route();
            match route.next_forgotten(Instant::now()) {
                Ok(lane) => {
                    let (routing_id, dropped) = self.forget(&mut route, &lane);
                    drop(route);
                    self.tell_forgotten(routing_id, Forgotten::TooLong, dropped);
                }
                Err(after) => {
                    route.durables.watched = after.is_some();
                    return after;
                }
            }
        }
    }

    /// The socket closes, and nobody can come back.
    pub(super) fn forget_all(&self) {
        let mut route = self.route();
        while let Some((slot, _)) = route.durables.away.front().copied() {
            let Some(lane) = route.links.lane(slot).cloned() else { break };
            self.forget(&mut route, &lane);
        }
    }

    /// Forgets a peer that is away; returns its name, and how many messages are dropped with it.
    fn forget(&self, route: &mut Route, lane: &Arc<Lane>) -> (Bytes, u64) {
        let name = route.durables.name(lane.slot);
        route.pattern.lost(lane.slot, &mut |topic| self.show_end(lane, topic));
        route.remove(lane);
        (name, self.drop_unsent(lane))
    }

    /// To be called without the lock of the route.
    pub(super) fn tell_forgotten(&self, routing_id: Bytes, why: Forgotten, dropped: u64) {
        self.monitors.tell(&Event::PeerForgotten { routing_id, why, dropped });
        self.audience.notify(usize::MAX);
        self.sendable.notify(usize::MAX);
        self.progress.notify(usize::MAX);
    }
}
