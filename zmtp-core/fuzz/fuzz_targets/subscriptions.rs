//! The subscription table against a map of counts.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use libfuzzer_sys::fuzz_target;
use zmtp_core::subscription::{SubscriptionTable, Subscriptions};

/// Octets in front of each topic in the table.
const RECORD_HEAD: usize = 4;
/// Octets of input that are looked at.
const LONGEST: usize = 200;

fuzz_target!(|data: &[u8]| {
    let mut octets = [0; 256];
    let mut table = SubscriptionTable::new(&mut octets);
    let mut model = BTreeMap::<(usize, &[u8]), u8>::new();
    // The table is small: more operations say nothing new, and each looks at all of it.
    let mut rest = &data[..data.len().min(LONGEST)];
    while let Some((&[operation, len], behind)) = rest.split_first_chunk() {
        let (topic, behind) = behind.split_at(usize::from(len % 32).min(behind.len()));
        rest = behind;
        let holder = usize::from(operation >> 3) % 5;
        let key = (holder, topic);
        match operation % 4 {
            0 => {
                let used: usize = model.keys().map(|(_, topic)| topic.len() + RECORD_HEAD).sum();
                let expected = match model.get(&key) {
                    Some(&count) => (count < u8::MAX).then_some(false),
                    None => (used + topic.len() + RECORD_HEAD <= 256).then_some(true),
                };
                assert_eq!(table.subscribe(holder, topic).ok(), expected);
                if expected.is_some() {
                    *model.entry(key).or_default() += 1;
                }
            }
            1 => {
                let last = model.get_mut(&key).is_some_and(|count| {
                    *count -= 1;
                    *count == 0
                });
                if last {
                    model.remove(&key);
                }
                assert_eq!(table.cancel(holder, topic), last);
            }
            2 => assert_eq!(table.forget(holder, topic), model.remove(&key).is_some()),
            _ => {
                table.forget_holder(holder);
                model.retain(|(each, _), _| *each != holder);
            }
        }
        let mut found = Vec::new();
        table.each_match(rest, &mut |holder| found.push(holder));
        let once: BTreeSet<usize> = found.iter().copied().collect();
        assert_eq!(once.len(), found.len(), "a holder was visited twice");
        let matching = model.keys().filter(|(_, topic)| rest.starts_with(topic)).map(|(holder, _)| *holder);
        assert_eq!(once, matching.collect());
    }
});
