//! Messages for which a peer has no room: what becomes of them, and how it is told.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::core::Core;
use super::pattern::Pattern;
use super::route::{Links, Route};
use crate::body::Body;
use crate::lane::{Lane, Offer};
use crate::sync::MutexGuard;
use crate::wait::Attempt;
use crate::{Event, Lost, SlowPeer, Unsent};

/// Messages that were dropped.
#[derive(Debug, Default)]
pub(super) struct Drops {
    count: u64,
    /// Lanes of which it is to be told: they have dropped none before.
    news: Vec<Arc<Lane>>,
}

impl Drops {
    /// Messages that no peer was there for.
    pub(super) fn of_nobody(count: u64) -> Self {
        Self { count, news: Vec::new() }
    }

    pub(super) fn add(&mut self, lane: &Arc<Lane>, count: u64) {
        if count == 0 {
            return;
        }
        self.count += count;
        if lane.begins_dropping() {
            self.news.push(Arc::clone(lane));
        }
    }
}

impl Links {
    /// What becomes of a message for which the lane in `slot`, and every other that it might go to, has said that it is full.
    #[cold]
    pub(super) fn overflow(&self, slow: SlowPeer, slot: usize, body: Body<'_>) -> Attempt<Drops> {
        let lane = self.lane(slot)?;
        let mut drops = Drops::default();
        match slow {
            SlowPeer::Wait => return None,
            SlowPeer::DropNewest => drops.add(lane, 1),
            SlowPeer::DropOldest => match lane.offer(&[], body) {
                Offer::Shut => return None,
                offer => drops.add(lane, lane.take_shed() + u64::from(offer != Offer::Taken)),
            },
            SlowPeer::Disconnect => {
                // Else the socket is full, and the peer is not to blame.
                let is_full = lane.would_take(body) == Offer::Full;
                if is_full && self.is_connected(lane) && !lane.is_failed() {
                    lane.fail(Lost::TooSlow);
                }
                return None;
            }
        }
        Some(drops)
    }
}

impl Core {
    /// As [`Links::overflow`], and tells what was dropped.
    #[cold]
    pub(super) fn overflow<P: Pattern + ?Sized>(
        &self,
        mut route: MutexGuard<'_, Route<P>>,
        slot: usize,
        body: Body<'_>,
    ) -> Attempt<Result<(), Unsent>> {
        route.links.settle();
        let drops = route.links.overflow(self.slow_peer(), slot, body)?;
        drop(route);
        self.count_drops(drops);
        Some(Ok(()))
    }

    /// Counts what was dropped, and tells of it. To be called without the lock of the route.
    #[inline]
    pub(super) fn count_drops(&self, drops: Drops) {
        if drops.count > 0 {
            self.dropped.fetch_add(drops.count, Ordering::Relaxed);
            drops.news.into_iter().for_each(|lane| self.tell_dropping(&lane));
        }
    }

    #[cold]
    fn tell_dropping(&self, lane: &Lane) {
        let site = self.route().links.site_of(lane);
        let endpoint = site.and_then(|site| self.sites.text_of(site)).unwrap_or_default().to_string();
        let properties = lane.properties();
        let routing_id = properties.as_ref().map(|peer| peer.routing_id.clone()).unwrap_or_default();
        let address = properties.map(|peer| peer.address.clone());
        self.monitors.tell(&Event::Dropping { endpoint, address, routing_id });
    }
}
