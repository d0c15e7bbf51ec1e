//! A growing set of small numbers: which places are ready.

use zmtp_core::pattern::Ready;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// Adds `at`; returns whether it was not there.
    pub(crate) fn insert(&mut self, at: usize) -> bool {
        let (word, bit) = (at / 64, 1 << (at % 64));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        new
    }

    pub(crate) fn remove(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at / 64) {
            *word &= !(1 << (at % 64));
        }
    }

    pub(crate) fn contains(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word & (1 << (at % 64)) != 0)
    }

    pub(crate) fn clear(&mut self) {
        self.0.fill(0);
    }
}

impl Ready for Bits {
    #[inline]
    fn next_ready(&self, from: usize) -> Option<usize> {
        let first = from / 64;
        let mut mask = u64::MAX << (from % 64);
        for (word, bits) in self.0.iter().enumerate().skip(first) {
            let here = bits & mask;
            if here != 0 {
                return Some(word * 64 + here.trailing_zeros() as usize);
            }
            mask = u64::MAX;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_is_found_across_words_and_from_any_place() {
        let mut bits = Bits::default();
        assert_eq!(bits.next_ready(0), None);
        assert!(bits.insert(3) && bits.insert(200) && !bits.insert(3));
        assert_eq!(bits.next_ready(0), Some(3));
        assert_eq!(bits.next_ready(4), Some(200));
        assert_eq!(bits.next_ready(201), None);
        assert_eq!(bits.next_ready(10_000), None);
        bits.remove(3);
        assert_eq!(bits.next_ready(0), Some(200));
        bits.clear();
        assert_eq!(bits.next_ready(0), None);
    }
}
