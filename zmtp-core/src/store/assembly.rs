//! Where a body is put together that arrives in pieces.

use crate::records;

/// A lent slice that fills up.
///
/// ```
/// use zmtp_core::store::Assembly;
///
/// let mut storage = [0; 4];
/// let mut assembly = Assembly::new(&mut storage);
/// assert_eq!(assembly.extend(b"abc"), 3);
/// assert_eq!(assembly.extend(b"de"), 1);
/// assert_eq!(assembly.filled(), b"abcd");
/// ```
#[derive(Debug)]
pub struct Assembly<'a> {
    octets: &'a mut [u8],
    used: usize,
}

impl<'a> Assembly<'a> {
    /// Empty, with room for as much as `octets` is long.
    #[must_use]
    pub fn new(octets: &'a mut [u8]) -> Self {
        Self { octets, used: 0 }
    }

    /// Appends what there is room for; returns how much that was.
    pub fn extend(&mut self, octets: &[u8]) -> usize {
        let count = self.octets.get_mut(self.used..).map_or(0, |room| records::copy(room, octets));
        self.used = self.used.wrapping_add(count);
        count
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.used = 0;
    }

    /// Octets it can hold in all.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.octets.len()
    }

    /// What is in it, to look at.
    #[must_use]
    pub fn get(&self) -> &[u8] {
        self.octets.get(..self.used).unwrap_or_default()
    }

    /// What is in it.
    pub fn filled(&mut self) -> &mut [u8] {
        self.octets.get_mut(..self.used).unwrap_or_default()
    }
}
