//! What a publisher is still to be told of topics.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use zmtp_core::wire::SubscriptionHead;

/// Subscriptions made and taken back that wait to leave, in the order of the calls: who subscribes to a new topic before
/// cancelling the old one is never without either.
///
/// Of each topic the last change only, and none that was taken back. So however long a publisher does not read, no more
/// waits than the topics it knows and those there are now.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    waiting: BTreeMap<u64, Change>,
    places: HashMap<Arc<[u8]>, u64>,
    /// The place of the next change.
    next: u64,
}

/// A subscription made or taken back.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) topic: Arc<[u8]>,
    pub(crate) subscribe: bool,
    /// What stands in front of the topic on the wire.
    pub(crate) head: SubscriptionHead,
}

impl Changes {
    /// Adds a change that has to be news to the publisher; one that waits for the same topic is thereby undone, and
    /// neither leaves.
    pub(crate) fn add(&mut self, subscribe: bool, topic: &[u8], head: SubscriptionHead) {
        if let Some(place) = self.places.remove(topic) {
            self.waiting.remove(&place);
            return;
        }
        let topic: Arc<[u8]> = topic.into();
        self.places.insert(Arc::clone(&topic), self.next);
        self.waiting.insert(self.next, Change { topic, subscribe, head });
        self.next += 1;
    }

    /// Takes out the change that waits longest.
    pub(crate) fn pop(&mut self) -> Option<Change> {
        let (_, change) = self.waiting.pop_first()?;
        self.places.remove(&change.topic);
        Some(change)
    }

    /// The change that waits longest.
    pub(crate) fn first(&self) -> Option<&Change> {
        self.waiting.values().next()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use zmtp_core::wire::Version;

    use super::*;

    fn topics(changes: &mut Changes) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| changes.pop()).map(|change| change.topic.to_vec()).collect()
    }

    fn add(changes: &mut Changes, subscribe: bool, topic: &[u8]) {
        changes.add(subscribe, topic, SubscriptionHead::new(Version::V3_1, subscribe, topic.len()).unwrap());
    }

    #[test]
    fn changes_leave_in_the_order_of_the_calls_and_those_undone_not_at_all() {
        let mut changes = Changes::default();
        add(&mut changes, true, b"c");
        add(&mut changes, true, b"undone");
        add(&mut changes, false, b"a");
        add(&mut changes, false, b"undone");
        add(&mut changes, true, b"b");
        assert_eq!(topics(&mut changes), [b"c", b"a", b"b"]);
        assert!(changes.is_empty());
        add(&mut changes, true, b"c");
        assert_eq!(topics(&mut changes), [b"c"], "what has left is not remembered");
    }
}
