//! What peers say first; and what every storage behind one of the traits has to do, held to a model: for the lent tables here, and
//! for those that others build. Steps are made by the caller, at random; a step that does not hold panics.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

use std::collections::{BTreeMap, BTreeSet};
use std::string::String;
use std::vec::Vec;

use crate::connection::{Failure, Limits};
use crate::identity::{NoRoute, Routes};
use crate::subscription::{Held, Subscriptions};

/// What a peer with NULL and without a routing id says first, its greeting and READY (RFC 37): for who speaks for itself.
#[must_use]
pub fn hello(socket_type: &str) -> Vec<u8> {
    let mut octets = b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\x01NULL".to_vec();
    octets.resize(64, 0);
    octets.extend([4, 22 + socket_type.len() as u8]);
    octets.extend(b"\x05READY\x0BSocket-Type\0\0\0");
    octets.push(socket_type.len() as u8);
    octets.extend(socket_type.as_bytes());
    octets
}

/// What is done (a number up to 4), for whom (up to 3), with which topic.
pub type SubscriptionStep = (u8, usize, String);

/// Holds an empty table of subscriptions, with room enough, to a map of counts.
pub fn holds_subscriptions(table: &mut impl Subscriptions, steps: &[SubscriptionStep], message: &[u8]) {
    let mut model = BTreeMap::<(usize, Vec<u8>), u32>::new();
    for (step, holder, topic) in steps {
        let (holder, topic) = (*holder, topic.as_bytes());
        let key = (holder, topic.to_vec());
        match step {
            0 => {
                let count = model.entry(key).or_default();
                *count += 1;
                assert_eq!(table.subscribe(holder, topic), Ok(*count == 1));
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
            3 => {
                let held = model.insert(key, 1).is_some();
                assert_eq!(table.hold(holder, topic), Ok(!held));
            }
            _ => {
                table.forget_holder(holder);
                model.retain(|(each, _), _| *each != holder);
            }
        }
        agrees(table, &model, message);
        for holder in 0..4 {
            holder_agrees(table, &model, holder, topic, message);
        }
    }
}

type Subscribed = BTreeMap<(usize, Vec<u8>), u32>;

/// What a table says of all its holders.
fn agrees(table: &impl Subscriptions, model: &Subscribed, message: &[u8]) {
    let mut seen = BTreeSet::new();
    table.each_match(message, &mut |holder| assert!(seen.insert(holder), "holder {holder} twice"));
    let matching = model.keys().filter(|(_, topic)| message.starts_with(topic));
    assert_eq!(seen, matching.map(|(holder, _)| *holder).collect());
    let distinct: BTreeSet<&[u8]> = model.keys().map(|(_, topic)| &topic[..]).collect();
    assert_eq!(table.topics(), distinct.len());
}

/// What a table says of one of them.
fn holder_agrees(
    table: &impl Subscriptions,
    model: &Subscribed,
    holder: usize,
    topic: &[u8],
    message: &[u8],
) {
    let mut topics = BTreeSet::new();
    table.each_topic(holder, &mut |topic| assert!(topics.insert(topic.to_vec()), "{topic:?} twice"));
    let held = model.keys().filter(|(each, _)| *each == holder).map(|(_, topic)| topic.clone());
    assert_eq!(topics, held.collect());
    let octets = topics.iter().map(|topic| topic.len() as u64).sum();
    assert_eq!(table.held(holder), Held { topics: topics.len(), octets });
    assert_eq!(table.holds(holder, topic), topics.contains(topic));
    assert_eq!(table.wants(holder, message), topics.iter().any(|topic| message.starts_with(topic)));
    let another = model.keys().any(|(each, held)| *each != holder && held == topic);
    assert_eq!(table.held_by_another(holder, topic), another);
    let limits = Limits { topic: 2, subscriptions: 2, subscription_octets: 3, ..Limits::new() };
    let fits = topics.contains(topic) || topics.len() < 2 && octets + topic.len() as u64 <= 3;
    let expected = match () {
        () if topic.len() > 2 => Err(Failure::TopicLimit),
        () if fits => Ok(()),
        () => Err(Failure::SubscriptionLimit),
    };
    assert_eq!(table.admits(&limits, holder, topic), expected);
}

/// What is done (insert, hand over, remove), for which peer, to which other one, with which routing id.
pub type RouteStep = (u8, usize, usize, String);

/// Holds an empty table of routing ids, with room enough, to a map.
pub fn holds_routes(table: &mut impl Routes, steps: &[RouteStep]) {
    let mut model = BTreeMap::<usize, Vec<u8>>::new();
    for (step, peer, other, id) in steps {
        let (peer, other, id) = (*peer, *other, id.as_bytes());
        match step {
            0 => {
                let expected = match () {
                    () if id.is_empty() => Err(NoRoute::Length),
                    () if model.contains_key(&peer) => Err(NoRoute::Named),
                    () if model.values().any(|each| each == id) => Err(NoRoute::Taken),
                    () => Ok(()),
                };
                assert_eq!(table.insert(peer, id), expected);
                if expected.is_ok() {
                    model.insert(peer, id.to_vec());
                }
            }
            1 => {
                let expected = match () {
                    () if !model.contains_key(&peer) => Err(NoRoute::Unknown),
                    () if model.contains_key(&other) => Err(NoRoute::Named),
                    () => Ok(()),
                };
                assert_eq!(table.hand_over(peer, other), expected);
                if expected.is_ok() {
                    let id = model.remove(&peer).unwrap();
                    model.insert(other, id);
                }
            }
            _ => assert_eq!(table.remove(peer), model.remove(&peer).is_some()),
        }
        let mut seen = BTreeMap::new();
        table.visit(&mut |peer, id| assert!(seen.insert(peer, id.to_vec()).is_none(), "{peer} twice"));
        assert_eq!(seen, model);
        let holder = model.iter().find(|(_, each)| *each == id).map(|(peer, _)| *peer);
        assert_eq!(table.find(id), holder);
        assert_eq!(table.id_of(peer), model.get(&peer).map(Vec::as_slice));
    }
    assert_eq!(table.insert(9, &[1; 256]), Err(NoRoute::Length));
}
