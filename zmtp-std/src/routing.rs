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
    use zmtp_core::identity::RouteTable;

    fn seen(table: &impl Routes) -> Vec<(usize, Vec<u8>)> {
        let mut seen = Vec::new();
        table.visit(&mut |peer, id| seen.push((peer, id.to_vec())));
        seen.sort();
        seen
    }

    proptest! {
        #[test]
        fn z28_029_it_does_what_the_table_of_boards_does(
            steps in proptest::collection::vec((0u8..3, 0usize..5, 0usize..5, "[ab]{0,2}"), 0..80)
        ) {
            let mut octets = [0; 64];
            let mut table = RouteTable::new(&mut octets);
            let mut ours = Ids::default();
            for (step, peer, other, id) in steps {
                let id = id.as_bytes();
                match step {
                    0 => prop_assert_eq!(ours.insert(peer, id), table.insert(peer, id)),
                    1 => prop_assert_eq!(ours.hand_over(peer, other), table.hand_over(peer, other)),
                    _ => prop_assert_eq!(ours.remove(peer), table.remove(peer)),
                }
                prop_assert_eq!(seen(&ours), seen(&table));
                prop_assert_eq!(ours.find(id), table.find(id));
                prop_assert_eq!(ours.id_of(peer), table.id_of(peer));
                prop_assert_eq!(&ours.shared_id(peer)[..], table.id_of(peer).unwrap_or_default());
            }
        }
    }

    #[test]
    fn an_id_has_up_to_255_octets() {
        let mut ids = Ids::default();
        assert_eq!(ids.insert(0, &[1; 256]), Err(NoRoute::Length));
        assert_eq!(ids.insert(0, &[1; 255]), Ok(()));
    }
}
