//! Subscriptions of hosts: as many as there is memory for; finding who wants a message takes one look-up for each
//! length of topic there is.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use zmtp_core::subscription::{Held, Subscriptions, TableFull};

use crate::bits::Bits;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Topics {
    /// Who holds a topic, each holder with a count.
    topics: HashMap<Box<[u8]>, Vec<(usize, u32)>>,
    /// How many topics have a length.
    lengths: BTreeMap<usize, usize>,
    /// What a holder has.
    holders: HashMap<usize, Held>,
    /// Who has been visited already, kept for its allocation.
    visited: RefCell<Bits>,
}

impl Topics {
    /// How many there are who hold a topic.
    pub(crate) fn holders(&self) -> usize {
        self.holders.len()
    }

    /// How many topics somebody holds.
    pub(crate) fn topics(&self) -> usize {
        self.topics.len()
    }

    fn prefixes<'t>(&'t self, message: &[u8]) -> impl Iterator<Item = &'t [(usize, u32)]> {
        let lengths = self.lengths.range(..=message.len());
        lengths.filter_map(|(len, _)| self.topics.get(&message[..*len]).map(|holders| &holders[..]))
    }

    /// Takes the holder's subscription to `topic` away if `last` says so of its count.
    fn take(&mut self, holder: usize, topic: &[u8], last: impl Fn(&mut u32) -> bool) -> bool {
        let Some(holders) = self.topics.get_mut(topic) else { return false };
        let Some(at) = holders.iter().position(|(each, _)| *each == holder) else { return false };
        if !last(&mut holders[at].1) {
            return false;
        }
        holders.swap_remove(at);
        if holders.is_empty() {
            self.topics.remove(topic);
            count_down(&mut self.lengths, topic.len());
        }
        let left = self.holders.get_mut(&holder);
        if left.is_some_and(|left| {
            left.topics -= 1;
            left.octets -= topic.len() as u64;
            left.topics == 0
        }) {
            self.holders.remove(&holder);
        }
        true
    }
}

fn count_down(lengths: &mut BTreeMap<usize, usize>, len: usize) {
    if let Some(count) = lengths.get_mut(&len) {
        *count -= 1;
        if *count == 0 {
            lengths.remove(&len);
        }
    }
}

impl Subscriptions for Topics {
    fn subscribe(&mut self, holder: usize, topic: &[u8]) -> Result<bool, TableFull> {
        if !self.topics.contains_key(topic) {
            self.topics.insert(topic.into(), Vec::new());
            *self.lengths.entry(topic.len()).or_default() += 1;
        }
        let holders = self.topics.get_mut(topic).ok_or(TableFull)?;
        if let Some((_, count)) = holders.iter_mut().find(|(each, _)| *each == holder) {
            *count = count.checked_add(1).ok_or(TableFull)?;
            return Ok(false);
        }
        holders.push((holder, 1));
        let held = self.holders.entry(holder).or_default();
        held.topics += 1;
        held.octets += topic.len() as u64;
        Ok(true)
    }

    fn cancel(&mut self, holder: usize, topic: &[u8]) -> bool {
        self.take(holder, topic, |count| {
            *count -= 1;
            *count == 0
        })
    }

    fn forget(&mut self, holder: usize, topic: &[u8]) -> bool {
        self.take(holder, topic, |_| true)
    }

    fn forget_holder(&mut self, holder: usize) {
        if self.holders.remove(&holder).is_none() {
            return;
        }
        let lengths = &mut self.lengths;
        self.topics.retain(|topic, holders| {
            holders.retain(|(each, _)| *each != holder);
            if holders.is_empty() {
                count_down(lengths, topic.len());
            }
            !holders.is_empty()
        });
    }

    fn each_match(&self, message: &[u8], visit: &mut dyn FnMut(usize)) {
        let mut prefixes = self.prefixes(message);
        let Some(first) = prefixes.next() else { return };
        let Some(second) = prefixes.next() else {
            // One topic has each of its holders once.
            return first.iter().for_each(|(holder, _)| visit(*holder));
        };
        let mut visited = self.visited.borrow_mut();
        visited.clear();
        for (holder, _) in [first, second].into_iter().chain(prefixes).flatten() {
            if visited.insert(*holder) {
                visit(*holder);
            }
        }
    }

    fn wants(&self, holder: usize, message: &[u8]) -> bool {
        self.prefixes(message).any(|holders| holders.iter().any(|(each, _)| *each == holder))
    }

    fn each_topic(&self, holder: usize, visit: &mut dyn FnMut(&[u8])) {
        for (topic, holders) in &self.topics {
            if holders.iter().any(|(each, _)| *each == holder) {
                visit(topic);
            }
        }
    }

    fn held_by_another(&self, holder: usize, topic: &[u8]) -> bool {
        self.topics.get(topic).is_some_and(|holders| holders.iter().any(|(each, _)| *each != holder))
    }

    fn topics(&self) -> usize {
        self.topics.len()
    }

    fn holds(&self, holder: usize, topic: &[u8]) -> bool {
        self.topics.get(topic).is_some_and(|holders| holders.iter().any(|(each, _)| *each == holder))
    }

    fn held(&self, holder: usize) -> Held {
        self.holders.get(&holder).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use zmtp_core::testing::holds_subscriptions;

    proptest! {
        #[test]
        fn z37_074_075_076_topics_of_hosts_do_what_a_map_of_counts_does(
            steps in proptest::collection::vec((0u8..5, 0usize..3, "[ab]{0,3}"), 0..60), message in "[ab]{0,4}"
        ) {
            let mut topics = Topics::default();
            holds_subscriptions(&mut topics, &steps, message.as_bytes());
            let holders = (0..3).filter(|&holder| topics.held(holder) != Held::default()).count();
            prop_assert_eq!(topics.holders(), holders);
        }
    }
}
