//! What a socket does for a peer in the same context, whose lane leads straight to one of its own.

use std::sync::Arc;

use super::core::Core;
use super::traits::Inbound;
use crate::Lost;
use crate::changes::Change;
use crate::lane::{Extent, Lane, Recipient};
use crate::parcel::Parcel;

impl Core {
    /// Whether messages are received: subscriptions come another way.
    fn receives(&self, lane: &Lane) -> bool {
        let receives = match self.traits.inbound {
            Inbound::Discarded => false,
            Inbound::Upstream => self.shows,
            Inbound::Received | Inbound::Named => true,
        };
        receives && !lane.is_retired()
    }

    /// Goes on telling a publisher in this context of subscriptions for which it had no room.
    pub(crate) fn tell_changes(&self, lane: &Lane) {
        if self.traits.subscribes {
            let _in_order = self.intake();
            lane.tell_changes();
        }
    }

    /// The lanes are done with: peers in this context get all there is for them, and give no more.
    pub(super) fn part(&self, lanes: &[Arc<Lane>]) {
        for lane in lanes {
            lane.fetch(Extent::All);
            lane.part();
        }
    }
}

impl Recipient for Core {
    fn announce(&self, lane: &Arc<Lane>, origin: Arc<Lane>) {
        if self.receives(lane) {
            self.inbox.announce(lane, origin);
            self.receivable.notify(usize::MAX);
        } else {
            // Nobody is going to fetch it.
            origin.flush();
        }
    }

    fn put(&self, lane: &Arc<Lane>, parcel: Parcel) {
        if self.receives(lane) {
            self.receive(lane, parcel);
        } else if parcel.counted {
            lane.release(parcel.messages, parcel.bodies);
        }
    }

    fn takes_room_to_show(&self, lane: &Arc<Lane>, topic: &[u8]) -> Result<bool, Lost> {
        Core::takes_room_to_show(self, lane, topic)
    }

    fn change(&self, lane: &Arc<Lane>, change: &Change) -> Result<(), Lost> {
        self.subscription(lane, change.subscribe, &change.topic)
    }

    fn left(&self, lane: &Lane, has_room: bool) {
        self.written(lane, has_room);
    }
}

#[cfg(test)]
mod tests {
    use crate::Context;

    #[test]
    fn nothing_waits_at_a_pub_which_is_shown_no_subscriptions() {
        let context = Context::new();
        let (publisher, subscriber) = (context.publisher(), context.subscriber());
        publisher.bind("inproc://here").unwrap();
        subscriber.connect("inproc://here").unwrap();
        subscriber.subscribe("a").unwrap();
        assert_eq!((publisher.subscribers(), publisher.core.inbox.is_empty()), (1, true));
    }
}
