//! Who subscribes to what. One trait, for tables in fixed storage and for those of hosts; one model to hold them to.

use crate::connection::{Failure, Limits};
use crate::records;

/// Subscriptions, counted for each holder and topic.
///
/// At a publisher the holders are its peers, and a CANCEL ends a subscription however often it was made
/// ([`forget`](Self::forget)): deployed subscribers send every SUBSCRIBE, but CANCEL only with the last (LZ-022).
/// At a subscriber there is one holder, the application, and every subscription wants its own cancel
/// ([`cancel`](Self::cancel), Z37-075); peers hear of the first and of the last only.
pub trait Subscriptions {
    /// Subscribes `holder` to messages that begin with `topic`; returns whether it was not before.
    ///
    /// # Errors
    /// [`TableFull`] if there is no room; nothing has changed then.
    fn subscribe(&mut self, holder: usize, topic: &[u8]) -> Result<bool, TableFull>;

    /// Takes back one of the holder's subscriptions to `topic`; returns whether that was the last.
    fn cancel(&mut self, holder: usize, topic: &[u8]) -> bool;

    /// Takes back all of the holder's subscriptions to `topic`; returns whether there was one.
    fn forget(&mut self, holder: usize, topic: &[u8]) -> bool;

    /// Subscribes `holder` however often it says so, as [`forget`](Self::forget) takes it back however often it was said:
    /// a publisher's view of a peer. Returns whether it was not subscribed before.
    ///
    /// # Errors
    /// [`TableFull`] if there is no room; nothing has changed then.
    fn hold(&mut self, holder: usize, topic: &[u8]) -> Result<bool, TableFull> {
        // Its place is free again in between, so an old subscription always fits.
        let held = self.forget(holder, topic);
        self.subscribe(holder, topic).map(|_| !held)
    }

    /// Takes back everything of a holder.
    fn forget_holder(&mut self, holder: usize);

    /// Visits every holder of a topic that `message` begins with, each once (Z37-076).
    fn each_match(&self, message: &[u8], visit: &mut dyn FnMut(usize));

    /// Whether `message` begins with a topic of `holder`.
    fn wants(&self, holder: usize, message: &[u8]) -> bool {
        let mut wanted = false;
        self.each_match(message, &mut |each| wanted |= each == holder);
        wanted
    }

    /// Visits every topic of a holder, each once.
    fn each_topic(&self, holder: usize, visit: &mut dyn FnMut(&[u8]));

    /// Whether somebody other than `holder` subscribes to just this topic.
    fn held_by_another(&self, holder: usize, topic: &[u8]) -> bool;

    /// How many topics somebody subscribes to (`ZMQ_TOPICS_COUNT`): each counts once, however many holders it has.
    fn topics(&self) -> usize;

    /// Whether `holder` subscribes to just this topic.
    fn holds(&self, holder: usize, topic: &[u8]) -> bool {
        let mut holds = false;
        self.each_topic(holder, &mut |each| holds |= each == topic);
        holds
    }

    /// What a holder takes of the room for subscriptions.
    fn held(&self, holder: usize) -> Held {
        let mut held = Held::default();
        self.each_topic(holder, &mut |topic| {
            held.topics = held.topics.saturating_add(1);
            held.octets = held.octets.saturating_add(topic.len() as u64);
        });
        held
    }

    /// Whether `holder`, a peer, may subscribe to `topic`. Where it does already it may do so again.
    ///
    /// # Errors
    /// [`Failure::TopicLimit`] and [`Failure::SubscriptionLimit`]: end the connection with it, or tell the application.
    fn admits(&self, limits: &Limits, holder: usize, topic: &[u8]) -> Result<(), Failure> {
        let octets = topic.len() as u64;
        if octets > u64::from(limits.topic) {
            return Err(Failure::TopicLimit);
        }
        let held = self.held(holder);
        let fits = held.topics < limits.subscriptions as usize
            && held.octets.saturating_add(octets) <= limits.subscription_octets;
        if fits || self.holds(holder, topic) { Ok(()) } else { Err(Failure::SubscriptionLimit) }
    }
}

/// What somebody is subscribed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Topics.
    pub topics: usize,
    /// Octets in them together.
    pub octets: u64,
}

/// There is no room for another subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TableFull;

/// Octets in front of the topic in a record: holder, count, length of the topic (2).
const RECORD_HEAD: usize = 4;

/// Subscriptions in a lent slice: records behind each other, without gaps; a topic takes 4 octets more than it has.
///
/// For boards: up to 256 holders, and a search that looks at every record.
///
/// ```
/// use zmtp_core::subscription::{Subscriptions, SubscriptionTable};
///
/// let mut octets = [0; 16];
/// let mut table = SubscriptionTable::new(&mut octets);
/// assert_eq!(table.subscribe(0, b"weather"), Ok(true));
/// assert!(table.subscribe(1, b"weather").is_err(), "11 octets each");
/// let mut found = None;
/// table.each_match(b"weather 10001", &mut |holder| found = Some(holder));
/// assert_eq!(found, Some(0));
/// ```
#[derive(Debug)]
pub struct SubscriptionTable<'a> {
    octets: &'a mut [u8],
    used: usize,
}

struct Record<'t> {
    /// Where the record begins.
    at: usize,
    head: &'t [u8; RECORD_HEAD],
    topic: &'t [u8],
}

impl Record<'_> {
    fn holder(&self) -> usize {
        let [holder, ..] = *self.head;
        usize::from(holder)
    }

    fn count(&self) -> u8 {
        let [_, count, ..] = *self.head;
        count
    }

    fn len(&self) -> usize {
        self.topic.len().saturating_add(RECORD_HEAD)
    }
}

impl<'a> SubscriptionTable<'a> {
    /// An empty table in `octets`.
    #[must_use]
    pub fn new(octets: &'a mut [u8]) -> Self {
        Self { octets, used: 0 }
    }

    /// Takes back everything of everybody.
    pub fn clear(&mut self) {
        self.used = 0;
    }

    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let mut rest = self.octets.get(..self.used).unwrap_or_default();
        core::iter::from_fn(move || {
            let at = self.used.wrapping_sub(rest.len());
            let (head @ &[_, _, high, low], behind) = rest.split_first_chunk::<RECORD_HEAD>()?;
            let (topic, behind) = behind.split_at_checked(usize::from(u16::from_ne_bytes([high, low])))?;
            rest = behind;
            Some(Record { at, head, topic })
        })
    }

    fn find(&self, holder: usize, topic: &[u8]) -> Option<Record<'_>> {
        self.records().find(|record| record.holder() == holder && record.topic == topic)
    }

    fn set_count(&mut self, at: usize, count: u8) {
        if let Some(slot) = self.octets.get_mut(at.saturating_add(1)) {
            *slot = count;
        }
    }

    fn append(&mut self, holder: usize, topic: &[u8]) -> Option<()> {
        let [high, low] = u16::try_from(topic.len()).ok()?.to_ne_bytes();
        let head = [u8::try_from(holder).ok()?, 1, high, low];
        self.used = records::append(self.octets, self.used, &head, topic)?;
        Some(())
    }

    /// Removes `len` octets at `at`, and closes the gap.
    fn remove(&mut self, at: usize, len: usize) {
        self.used = records::remove(self.octets, self.used, at, len);
    }
}

/// Whether `message` begins with `topic`. Topics are short: no call is made for it.
#[inline]
fn begins(message: &[u8], topic: &[u8]) -> bool {
    topic.len() <= message.len() && topic.iter().zip(message).all(|(one, other)| one == other)
}

impl Subscriptions for SubscriptionTable<'_> {
    fn subscribe(&mut self, holder: usize, topic: &[u8]) -> Result<bool, TableFull> {
        if let Some(record) = self.find(holder, topic) {
            // 255 of the same are as many as can be told apart; more is refused, not forgotten.
            let (at, count) = (record.at, record.count().checked_add(1).ok_or(TableFull)?);
            self.set_count(at, count);
            return Ok(false);
        }
        self.append(holder, topic).map(|()| true).ok_or(TableFull)
    }

    fn cancel(&mut self, holder: usize, topic: &[u8]) -> bool {
        let Some(record) = self.find(holder, topic) else { return false };
        let (at, len, count) = (record.at, record.len(), record.count().saturating_sub(1));
        if count == 0 {
            self.remove(at, len);
        } else {
            self.set_count(at, count);
        }
        count == 0
    }

    fn forget(&mut self, holder: usize, topic: &[u8]) -> bool {
        let found = self.find(holder, topic).map(|record| (record.at, record.len()));
        if let Some((at, len)) = found {
            self.remove(at, len);
        }
        found.is_some()
    }

    fn hold(&mut self, holder: usize, topic: &[u8]) -> Result<bool, TableFull> {
        if let Some(Record { at, .. }) = self.find(holder, topic) {
            self.set_count(at, 1);
            return Ok(false);
        }
        self.append(holder, topic).map(|()| true).ok_or(TableFull)
    }

    fn wants(&self, holder: usize, message: &[u8]) -> bool {
        // Most topics differ in the first octet, so that is looked at first.
        let Some((&first, behind)) = message.split_first() else {
            return self.find(holder, &[]).is_some();
        };
        let is_for = |topic: &[u8]| match topic.split_first() {
            Some((&octet, topic)) => octet == first && begins(behind, topic),
            None => true,
        };
        self.records().any(|record| is_for(record.topic) && record.holder() == holder)
    }

    fn forget_holder(&mut self, holder: usize) {
        loop {
            let found = self.records().find(|record| record.holder() == holder);
            let Some((at, len)) = found.map(|record| (record.at, record.len())) else { return };
            self.remove(at, len);
        }
    }

    fn each_match(&self, message: &[u8], visit: &mut dyn FnMut(usize)) {
        for record in self.records().filter(|record| begins(message, record.topic)) {
            let again = self
                .records()
                .take_while(|earlier| earlier.at < record.at)
                .any(|earlier| earlier.holder() == record.holder() && begins(message, earlier.topic));
            if !again {
                visit(record.holder());
            }
        }
    }

    fn each_topic(&self, holder: usize, visit: &mut dyn FnMut(&[u8])) {
        for record in self.records().filter(|record| record.holder() == holder) {
            visit(record.topic);
        }
    }

    fn held_by_another(&self, holder: usize, topic: &[u8]) -> bool {
        self.records().any(|record| record.holder() != holder && record.topic == topic)
    }

    fn topics(&self) -> usize {
        let is_first = |record: &Record<'_>| {
            self.records().find(|each| each.topic == record.topic).is_none_or(|first| first.at == record.at)
        };
        self.records().filter(is_first).count()
    }
}

impl From<TableFull> for Failure {
    fn from(TableFull: TableFull) -> Self {
        Self::SubscriptionLimit
    }
}

impl core::fmt::Display for TableFull {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("there is no room for another subscription")
    }
}

impl core::error::Error for TableFull {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::holds_subscriptions;
    use proptest::prelude::*;

    fn matches(table: &impl Subscriptions, message: &[u8]) -> Vec<usize> {
        let mut holders = Vec::new();
        table.each_match(message, &mut |holder| holders.push(holder));
        holders.sort_unstable();
        holders
    }

    proptest! {
        #[test]
        fn z37_074_075_076_the_table_does_what_a_map_of_counts_does(
            steps in proptest::collection::vec((0u8..5, 0usize..3, "[ab]{0,3}"), 0..60), message in "[ab]{0,4}"
        ) {
            holds_subscriptions(&mut SubscriptionTable::new(&mut [0; 1024]), &steps, message.as_bytes());
        }
    }

    #[test]
    fn a_peer_has_no_more_topics_and_octets_of_topics_than_it_may_and_others_are_served_on() {
        let mut octets = [0; 64];
        let mut table = SubscriptionTable::new(&mut octets);
        let limits = Limits { topic: 4, subscriptions: 2, subscription_octets: 6, ..Limits::new() };
        for (holder, topic, admitted) in [
            (0, &b"12345"[..], Err(Failure::TopicLimit)),
            (0, b"1234", Ok(())),
            (0, b"123", Err(Failure::SubscriptionLimit)),
            (0, b"12", Ok(())),
            (0, b"", Err(Failure::SubscriptionLimit)),
            (0, b"1234", Ok(())),
            (1, b"", Ok(())),
        ] {
            assert_eq!(table.admits(&limits, holder, topic), admitted, "{topic:?}");
            if admitted.is_ok() {
                table.hold(holder, topic).unwrap();
            }
        }
        assert!(table.forget(0, b"12"));
        assert_eq!(table.admits(&limits, 0, b"ab"), Ok(()));
    }

    #[test]
    fn a_full_table_says_so_and_keeps_what_it_has() {
        let mut octets = [0; 10];
        let mut table = SubscriptionTable::new(&mut octets);
        assert_eq!(table.subscribe(0, b"abc"), Ok(true));
        assert_eq!(table.subscribe(1, b""), Err(TableFull));
        assert_eq!(table.subscribe(256, b""), Err(TableFull));
        for _ in 1..255 {
            assert_eq!(table.subscribe(0, b"abc"), Ok(false));
        }
        assert_eq!(table.subscribe(0, b"abc"), Err(TableFull));
        assert_eq!(table.hold(0, b"abc"), Ok(false));
        assert_eq!(matches(&table, b"abcd"), [0]);
        assert!(table.forget(0, b"abc"));
        assert_eq!(table.subscribe(1, b"abcdef"), Ok(true));
    }
}
