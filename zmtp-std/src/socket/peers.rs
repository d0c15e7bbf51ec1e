//! What a socket does for its connections, and learns from them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use zmtp_core::pattern::Upstream;
use zmtp_core::subscription::Subscriptions;
use zmtp_core::wire::{SubscriptionHead, Version};
use zmtp_core::{Failure, Full};

use super::absent::Fate;
use super::core::{Core, OPEN};
use super::site::Site;
use super::traits::Inbound;
use crate::lane::Lane;
use crate::parcel::Parcel;
use crate::{ConnectError, Forgotten, Lost, Properties};

/// An empty message on the wire.
const EMPTY: &[u8] = &[0, 0];

/// Octets in the message that shows a subscription.
fn shown_octets(topic: &[u8]) -> usize {
    1 + topic.len()
}

impl Core {
    /// A lane for a peer that we are going to connect to, and call `name`, or as it wishes.
    pub(super) fn add_lane_to_connect(
        &self,
        name: Option<&[u8]>,
        site: &Site,
    ) -> Result<Arc<Lane>, ConnectError> {
        let mut route = self.route();
        let lane = route.connecting(site.options(), name, site.id)?;
        self.mark(&lane, site);
        drop(route);
        self.sendable.notify(usize::MAX);
        Ok(lane)
    }

    /// Whether a peer that came may begin its handshake.
    pub(crate) fn accepting(&self) -> Result<(), Lost> {
        self.route().pattern.accepting()
    }

    /// The connection of `lane` is complete; a peer that came to us gets a lane now. Or the socket does not want it.
    pub(crate) fn established(
        &self,
        lane: Option<&Arc<Lane>>,
        site: &Site,
        peer: Version,
        properties: Arc<Properties>,
    ) -> Result<Arc<Lane>, Lost> {
        // Held so that no subscription made meanwhile is sent twice or not at all.
        let intake = self.traits.subscribes.then(|| self.intake());
        let mut route = self.route();
        if site.is_left() {
            // A peer that comes is late; to one we connect to, only what waits still goes.
            return lane.cloned().ok_or(Lost::Closed);
        }
        let lane = route.established(lane, &properties.routing_id, site.options(), site.id)?;
        self.mark(&lane, site);
        lane.set_properties(properties);
        #[cfg(feature = "swap")]
        if route.durables.has(&lane) {
            self.spill(&lane);
        }
        if site.settings().notices.on_connect().deliver {
            self.notify(&lane);
        }
        if let Some(preface) = &site.settings().preface {
            lane.greet(preface);
        }
        route.links.connected(&lane, peer);
        drop(route);
        if let Some(intake) = intake {
            intake.wanted.topics.each_topic(0, &mut |topic| lane.subscription(peer, true, topic));
        }
        self.sendable.notify(usize::MAX);
        self.audience.notify(usize::MAX);
        Ok(lane)
    }

    /// The connection of `lane` is lost; if we `connected` it, there will be another. Returns how many messages that
    /// waited are dropped, unless that has been told.
    /// Nothing waits on for a peer that was `slow`: it would find itself too slow again at once.
    pub(crate) fn lost(self: &Arc<Self>, lane: &Arc<Lane>, site: &Site, connected: bool, slow: bool) -> u64 {
        let mut route = self.route();
        if site.settings().notices.on_disconnect() {
            self.notify(lane);
        }
        let mut show = |topic: &[u8]| self.show_end(lane, topic);
        let open = self.state.load(Ordering::Relaxed) == OPEN;
        let mut dropped = 0;
        let fate = route.lost(lane, connected, open, site.options(), &mut show);
        match fate {
            Fate::Away => self.watch(&mut route),
            Fate::Waits | Fate::Ends | Fate::NoPlace => {}
        }
        if slow || matches!(fate, Fate::Ends | Fate::NoPlace) {
            dropped = self.drop_unsent(lane);
            route.links.has_room(lane);
        }
        drop(route);
        if fate == Fate::NoPlace {
            let name = lane.properties().map(|properties| properties.routing_id.clone()).unwrap_or_default();
            self.tell_forgotten(name, Forgotten::TooMany, std::mem::take(&mut dropped));
        }
        self.audience.notify(usize::MAX);
        self.progress.notify(usize::MAX);
        // Whoever waits for this peer's room waits in vain.
        self.sendable.notify(usize::MAX);
        dropped
    }

    /// There will be no more connections for `lane`. Returns how many messages that waited are dropped.
    pub(crate) fn remove_lane(&self, lane: &Arc<Lane>) -> u64 {
        let mut route = self.route();
        route.remove(lane);
        let dropped = self.drop_unsent(lane);
        drop(route);
        self.progress.notify(usize::MAX);
        self.sendable.notify(usize::MAX);
        dropped
    }

    /// Forgets what waits in a lane, under the lock of the route.
    pub(super) fn drop_unsent(&self, lane: &Lane) -> u64 {
        let dropped = lane.clear() as u64;
        self.dropped_with_peers.fetch_add(dropped, Ordering::Relaxed);
        if self.traits.owes || self.state.load(Ordering::Relaxed) != OPEN {
            self.gone.fetch_add(dropped, Ordering::Relaxed);
        }
        dropped
    }

    /// Takes messages that have arrived, or says why the peer is not to be talked to any more.
    pub(crate) fn deliver(&self, lane: &Arc<Lane>, parcel: Parcel) -> Result<(), Lost> {
        match self.traits.inbound {
            Inbound::Upstream if !lane.is_retired() => return self.take_upstream(lane, parcel),
            Inbound::Named | Inbound::Received if !lane.is_retired() => self.receive(lane, parcel),
            _ => {
                lane.release(parcel.messages, parcel.bodies);
            }
        }
        Ok(())
    }

    /// Puts messages of a peer before the application.
    pub(super) fn receive(&self, lane: &Arc<Lane>, mut parcel: Parcel) {
        if self.traits.inbound == Inbound::Named {
            parcel.from = lane.name();
        }
        self.put(lane, parcel);
    }

    fn put(&self, lane: &Arc<Lane>, parcel: Parcel) {
        self.inbox.put(lane, parcel);
        self.receivable.notify(usize::MAX);
    }

    /// Puts a message of one frame before the application that no peer has sent; the marks count it, or not.
    fn put_own(&self, lane: &Arc<Lane>, octets: Bytes, bodies: usize, counted: bool) {
        let mut parcel = Parcel::new(octets, 1, bodies);
        (parcel.from, parcel.counted) = (lane.name(), counted);
        self.put(lane, parcel);
    }

    /// Tells the application that the peer of a lane has come or gone.
    fn notify(&self, lane: &Arc<Lane>) {
        self.put_own(lane, Bytes::from_static(EMPTY), 0, lane.takes_room(0));
    }

    /// Shows the application the end of a subscription, which cannot wait for room: its peer has gone. That of a PUB is shown nothing.
    pub(super) fn show_end(&self, lane: &Arc<Lane>, topic: &[u8]) {
        if self.shows {
            self.show(lane, false, topic, lane.takes_room(shown_octets(topic)));
        }
    }

    /// Takes room for what the application may be shown of a subscription. Returns whether there was some; if not, the lane is woken when it
    /// may be tried again.
    pub(crate) fn takes_room_to_show(&self, lane: &Arc<Lane>, topic: &[u8]) -> Result<bool, Lost> {
        if !self.shows {
            return Ok(true);
        }
        match lane.take_room(shown_octets(topic)) {
            Err(Full::Never) => Err(Lost::Protocol(Failure::MessageLimit)),
            taken => Ok(taken.is_ok()),
        }
    }

    /// Shows the application a subscription, as a message (Z29-014).
    fn show(&self, lane: &Arc<Lane>, subscribe: bool, topic: &[u8], counted: bool) {
        let Some(head) = SubscriptionHead::new(Version::V3_0, subscribe, topic.len()) else { return };
        self.put_own(lane, Bytes::from([head.as_ref(), topic].concat()), shown_octets(topic), counted);
    }

    /// Subscriptions in the form of messages (Z23-001), and messages for the application.
    fn take_upstream(&self, lane: &Arc<Lane>, mut parcel: Parcel) -> Result<(), Lost> {
        let mut start = parcel.at;
        while let Some(message) = parcel.cut() {
            let bodies = parcel.take_cut();
            let from = std::mem::replace(&mut start, parcel.at);
            let upstream = match message.part(0) {
                Some(part) if message.len() == 1 => Upstream::of_message(part),
                _ => Upstream::Data,
            };
            if upstream == Upstream::Data && self.shows {
                self.put(lane, Parcel::new(parcel.octets.slice(from..parcel.at), 1, bodies));
                continue;
            }
            if !self.shows {
                lane.release(1, bodies);
            }
            let (subscribe, topic) = match upstream {
                Upstream::Subscribe(topic) => (true, topic),
                Upstream::Cancel(topic) => (false, topic),
                // Z29-004.
                Upstream::Data => continue,
            };
            // What is shown has the room of the message.
            self.subscription(lane, subscribe, topic)?;
        }
        Ok(())
    }

    /// Takes a peer's subscription, for which [room](Self::takes_room_to_show) has been taken, or says why the peer is not to be talked to
    /// any more.
    pub(crate) fn subscription(&self, lane: &Arc<Lane>, subscribe: bool, topic: &[u8]) -> Result<(), Lost> {
        self.take_subscription(lane, subscribe, topic, self.shows)
    }

    /// A peer is there that cannot subscribe, and gets everything.
    pub(crate) fn subscription_to_all(&self, lane: &Arc<Lane>) -> Result<(), Lost> {
        let counted = self.shows && lane.takes_room(shown_octets(&[]));
        self.take_subscription(lane, true, &[], counted)
    }

    fn take_subscription(
        &self,
        lane: &Arc<Lane>,
        subscribe: bool,
        topic: &[u8],
        counted: bool,
    ) -> Result<(), Lost> {
        let shown = self.route().pattern.subscription(lane.slot, subscribe, topic);
        if self.shows && matches!(shown, Ok(true)) {
            self.show(lane, subscribe, topic, counted);
        } else if counted {
            lane.forgo_room(shown_octets(topic));
        }
        self.audience.notify(usize::MAX);
        shown.map(drop)
    }

    pub(crate) fn written(&self, lane: &Lane, has_room: bool) {
        if has_room {
            self.route().links.has_room(lane);
            self.sendable.notify(usize::MAX);
        }
        if self.state.load(Ordering::Relaxed) != OPEN {
            self.progress.notify(usize::MAX);
        }
    }
}
