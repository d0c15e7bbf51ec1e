//! Routing ids: the names by which a ROUTER and a STREAM know their peers. One trait, for tables in fixed storage and
//! for those of hosts; one suite of tests to hold them to.

use crate::records;

/// The longest routing id (RFC 37: Identity is 0 to 255 octets).
pub const LONGEST: usize = 255;

/// Which routing id belongs to which peer: each peer has one, and no two have the same (Z28-029).
pub trait Routes {
    /// The peer with this id.
    fn find(&self, id: &[u8]) -> Option<usize>;

    /// The id of this peer: what a ROUTER puts in front of the peer's messages (Z28-030).
    fn id_of(&self, peer: usize) -> Option<&[u8]>;

    /// Gives `peer` its id.
    ///
    /// # Errors
    /// [`NoRoute`] says why not; nothing has changed then.
    fn insert(&mut self, peer: usize, id: &[u8]) -> Result<(), NoRoute>;

    /// Gives the id of `from` to `to`; `from` has none after it.
    ///
    /// # Errors
    /// [`NoRoute`] says why not; nothing has changed then.
    fn hand_over(&mut self, from: usize, to: usize) -> Result<(), NoRoute>;

    /// Takes the peer's id away; returns whether it had one.
    fn remove(&mut self, peer: usize) -> bool;

    /// Visits every peer with its id, in any order.
    fn visit(&self, visit: &mut dyn FnMut(usize, &[u8]));
}

/// Why a peer was not given an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NoRoute {
    /// The table has no room for it, or the peer's number is more than it can tell apart: ours to enlarge.
    Full,
    /// Another peer has this id.
    Taken,
    /// The peer has an id already.
    Named,
    /// An id has 1 to [`LONGEST`] octets.
    Length,
    /// The peer that should hand over its id has none.
    Unknown,
}

/// Ids for peers that have none of their own: `00`, then a counter of 32 bits, highest octet first (API-001).
///
/// The embedder chooses where to start, at random, so that ids of an earlier run are not mistaken for those of this one.
///
/// ```
/// use zmtp_core::identity::GeneratedIds;
///
/// let mut ids = GeneratedIds::starting_at(0x6B8B_4567);
/// assert_eq!(ids.take(), [0x00, 0x6B, 0x8B, 0x45, 0x67]);
/// assert_eq!(ids.take(), [0x00, 0x6B, 0x8B, 0x45, 0x68]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GeneratedIds {
    next: u32,
}

impl GeneratedIds {
    /// The first id has this number.
    #[must_use]
    pub const fn starting_at(start: u32) -> Self {
        Self { next: start }
    }

    /// The next id; they repeat after 2^32.
    pub fn take(&mut self) -> [u8; 5] {
        let [first, second, third, fourth] = self.next.to_be_bytes();
        self.next = self.next.wrapping_add(1);
        [0, first, second, third, fourth]
    }
}

/// Whether `id` can name a peer: it has 1 to [`LONGEST`] octets, and does not begin with `00`, which is kept for
/// generated ones (RFC 37, "The Identity Property").
#[must_use]
pub fn is_name(id: &[u8]) -> bool {
    id.len() <= LONGEST && id.first().is_some_and(|&first| first != 0)
}

/// Octets in front of the id in a record: peer, length.
const RECORD_HEAD: usize = 2;

/// Routing ids in a lent slice; an id takes 2 octets more than it has, so a generated one takes 7.
///
/// For boards: up to 256 peers, and a search that looks at every record.
///
/// ```
/// use zmtp_core::identity::{NoRoute, RouteTable, Routes};
///
/// let mut octets = [0; 16];
/// let mut routes = RouteTable::new(&mut octets);
/// routes.insert(3, b"pump-7")?;
/// assert_eq!(routes.find(b"pump-7"), Some(3));
/// assert_eq!(routes.insert(4, b"pump-7"), Err(NoRoute::Taken));
/// routes.remove(3);
/// assert_eq!(routes.find(b"pump-7"), None);
/// # Ok::<(), NoRoute>(())
/// ```
#[derive(Debug)]
pub struct RouteTable<'a> {
    octets: &'a mut [u8],
    used: usize,
}

struct Record<'t> {
    /// Where the record begins.
    at: usize,
    peer: u8,
    id: &'t [u8],
}

impl<'a> RouteTable<'a> {
    /// An empty table in `octets`.
    #[must_use]
    pub fn new(octets: &'a mut [u8]) -> Self {
        Self { octets, used: 0 }
    }

    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let mut at: usize = 0;
        core::iter::from_fn(move || {
            let (&[peer, length], rest) =
                self.octets.get(at..self.used)?.split_first_chunk::<RECORD_HEAD>()?;
            let id = rest.get(..usize::from(length))?;
            let record = Record { at, peer, id };
            at = at.saturating_add(RECORD_HEAD).saturating_add(id.len());
            Some(record)
        })
    }

    fn of_peer(&self, peer: usize) -> Option<Record<'_>> {
        self.records().find(|record| usize::from(record.peer) == peer)
    }
}

impl Routes for RouteTable<'_> {
    fn find(&self, id: &[u8]) -> Option<usize> {
        self.records().find(|record| record.id == id).map(|record| usize::from(record.peer))
    }

    fn id_of(&self, peer: usize) -> Option<&[u8]> {
        self.of_peer(peer).map(|record| record.id)
    }

    fn insert(&mut self, peer: usize, id: &[u8]) -> Result<(), NoRoute> {
        let length = u8::try_from(id.len()).ok().filter(|&length| length > 0).ok_or(NoRoute::Length)?;
        if self.of_peer(peer).is_some() {
            return Err(NoRoute::Named);
        }
        if self.find(id).is_some() {
            return Err(NoRoute::Taken);
        }
        let head = [u8::try_from(peer).map_err(|_| NoRoute::Full)?, length];
        self.used = records::append(self.octets, self.used, &head, id).ok_or(NoRoute::Full)?;
        Ok(())
    }

    fn hand_over(&mut self, from: usize, to: usize) -> Result<(), NoRoute> {
        let at = self.of_peer(from).ok_or(NoRoute::Unknown)?.at;
        if self.of_peer(to).is_some() {
            return Err(NoRoute::Named);
        }
        let peer = u8::try_from(to).map_err(|_| NoRoute::Full)?;
        if let Some(slot) = self.octets.get_mut(at) {
            *slot = peer;
        }
        Ok(())
    }

    fn remove(&mut self, peer: usize) -> bool {
        let Some(record) = self.of_peer(peer) else { return false };
        let (at, len) = (record.at, record.id.len().saturating_add(RECORD_HEAD));
        self.used = records::remove(self.octets, self.used, at, len);
        true
    }

    fn visit(&self, visit: &mut dyn FnMut(usize, &[u8])) {
        for record in self.records() {
            visit(usize::from(record.peer), record.id);
        }
    }
}

impl core::fmt::Display for NoRoute {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Full => "there is no room for another routing id",
            Self::Taken => "another peer has this routing id",
            Self::Named => "the peer has a routing id already",
            Self::Length => "a routing id has 1 to 255 octets",
            Self::Unknown => "the peer has no routing id",
        })
    }
}

impl core::error::Error for NoRoute {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::holds_routes;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn z28_029_every_peer_has_one_id_and_every_id_one_peer(
            steps in proptest::collection::vec((0u8..3, 0usize..5, 0usize..5, "[ab]{0,2}"), 0..80)
        ) {
            holds_routes(&mut RouteTable::new(&mut [0; 64]), &steps);
        }
    }

    #[test]
    fn a_full_table_says_so_and_keeps_what_it_has() {
        let mut octets = [0; 8];
        let mut table = RouteTable::new(&mut octets);
        assert_eq!(table.insert(0, b"abcd"), Ok(()));
        assert_eq!(table.insert(1, b"e"), Err(NoRoute::Full));
        assert_eq!(table.hand_over(0, 256), Err(NoRoute::Full));
        assert_eq!(table.insert(1, &[1; 256]), Err(NoRoute::Length));
        assert_eq!((table.find(b"abcd"), table.find(b"e")), (Some(0), None));
        assert!(table.remove(0));
        assert_eq!(table.insert(256, b"e"), Err(NoRoute::Full));
        assert_eq!(table.insert(255, b"efghij"), Ok(()));
    }

    #[test]
    fn api_001_generated_ids_count_on_beyond_the_largest_number() {
        let mut ids = GeneratedIds::starting_at(u32::MAX);
        assert_eq!([ids.take(), ids.take()], [[0, 255, 255, 255, 255], [0, 0, 0, 0, 0]]);
    }

    #[test]
    fn z37_060_a_name_is_not_empty_and_does_not_begin_with_zero() {
        assert!(is_name(b"a") && is_name(&[0xFF; 255]));
        assert!(!is_name(b"") && !is_name(b"\0abc") && !is_name(&[1; 256]));
    }
}
