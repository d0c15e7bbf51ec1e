//! Routing ids of hosts: as many as there is memory for, found in one step.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use bytes::Bytes;
use zmtp_core::identity::{GeneratedIds, LONGEST, NoRoute, Routes};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    peers: HashMap<Bytes, usize>,
    ids: HashMap<usize, Bytes>,
}

impl Ids {
    /// The id of a peer, to be kept.
    pub(crate) fn shared_id(&self, peer: usize) -> Bytes {
        self.ids.get(&peer).cloned().unwrap_or_default()
    }
}

/// Ids for peers without a name. They begin at random, so that those of an earlier run mean nobody now (API-001).
pub(crate) fn generated() -> GeneratedIds {
    GeneratedIds::starting_at(random())
}

/// A routing id at random, for people to read: two groups of four hexadecimal digits, such as `3F0A-91C2`.
///
/// For tests and traces. Two sockets may get the same; a ROUTER refuses the second of them.
///
/// ```
/// let id = zmtp_std::random_routing_id();
/// assert_eq!((id.len(), id.find('-')), (9, Some(4)));
/// ```
#[must_use]
pub fn random_routing_id() -> String {
    let number = random();
    format!("{:04X}-{:04X}", number >> 16, number & 0xFFFF)
}

/// Any number.
pub(crate) fn random() -> u32 {
    // Every RandomState has keys of its own.
    RandomState::new().hash_one(()) as u32
}

impl Routes for Ids {
    fn find(&self, id: &[u8]) -> Option<usize> {
        self.peers.get(id).copied()
    }

    fn id_of(&self, peer: usize) -> Option<&[u8]> {
        self.ids.get(&peer).map(|id| &id[..])
    }

    fn insert(&mut self, peer: usize, id: &[u8]) -> Result<(), NoRoute> {
        if id.is_empty() || id.len() > LONGEST {
            return Err(NoRoute::Length);
        }
        if self.ids.contains_key(&peer) {
            return Err(NoRoute::Named);
        }
        if self.peers.contains_key(id) {
            return Err(NoRoute::Taken);
        }
        let id = Bytes::copy_from_slice(id);
        self.peers.insert(id.clone(), peer);
        self.ids.insert(peer, id);
        Ok(())
    }

    fn hand_over(&mut self, from: usize, to: usize) -> Result<(), NoRoute> {
        let id = self.ids.get(&from).ok_or(NoRoute::Unknown)?.clone();
        if self.ids.contains_key(&to) {
            return Err(NoRoute::Named);
        }
        self.ids.remove(&from);
        self.peers.insert(id.clone(), to);
        self.ids.insert(to, id);
        Ok(())
    }

    fn remove(&mut self, peer: usize) -> bool {
        let id = self.ids.remove(&peer);
        id.is_some_and(|id| self.peers.remove(&id).is_some())
    }

    fn visit(&self, visit: &mut dyn FnMut(usize, &[u8])) {
        self.ids.iter().for_each(|(peer, id)| visit(*peer, id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use zmtp_core::testing::holds_routes;

    proptest! {
        #[test]
        fn z28_029_ids_of_hosts_name_one_peer_each(
            steps in proptest::collection::vec((0u8..3, 0usize..5, 0usize..5, "[ab]{0,2}"), 0..80)
        ) {
            let mut ids = Ids::default();
            holds_routes(&mut ids, &steps);
            for peer in 0..5 {
                prop_assert_eq!(&ids.shared_id(peer)[..], ids.id_of(peer).unwrap_or_default());
            }
        }
    }

    #[test]
    fn an_id_has_up_to_255_octets() {
        assert_eq!(Ids::default().insert(0, &[1; 255]), Ok(()));
    }
}
