//! A ring of octets.

/// Octets in the order they came, in a lent slice that is used round and round.
///
/// ```
/// use zmtp_core::store::Ring;
///
/// let mut storage = [0; 4];
/// let mut ring = Ring::new(&mut storage);
/// assert_eq!(ring.push(b"abcdef"), 4);
/// ring.discard(2);
/// assert_eq!(ring.push(b"ef"), 2);
/// assert_eq!(ring.front(), b"cd");
/// ring.discard(2);
/// assert_eq!(ring.front(), b"ef");
/// ```
#[derive(Debug)]
pub struct Ring<'a> {
    octets: &'a mut [u8],
    /// Where the oldest octet is; less than the capacity, or 0.
    start: usize,
    /// How many there are; at most the capacity.
    len: usize,
}

impl<'a> Ring<'a> {
    /// An empty ring in `octets`.
    #[must_use]
    pub fn new(octets: &'a mut [u8]) -> Self {
        Self { octets, start: 0, len: 0 }
    }

    /// Octets in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Octets it can hold.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.octets.len()
    }

    /// Octets there is room for.
    #[must_use]
    pub fn room(&self) -> usize {
        self.octets.len().saturating_sub(self.len)
    }

    /// Appends what there is room for; returns how much that was.
    pub fn push(&mut self, octets: &[u8]) -> usize {
        let count = octets.len().min(self.room());
        let mut at = self.place(self.len);
        for octet in octets.iter().take(count) {
            if let Some(slot) = self.octets.get_mut(at) {
                *slot = *octet;
            }
            at = self.next(at);
        }
        self.len = self.len.saturating_add(count);
        count
    }

    /// The oldest octets, as many as lie in one piece.
    #[must_use]
    pub fn front(&self) -> &[u8] {
        let end = self.start.saturating_add(self.len).min(self.octets.len());
        self.octets.get(self.start..end).unwrap_or_default()
    }

    /// The octet `at` places behind the oldest.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<u8> {
        if at < self.len { self.octets.get(self.place(at)).copied() } else { None }
    }

    /// `len` octets behind the oldest `from`, in one piece or two; fewer if there are not so many.
    #[must_use]
    pub fn pieces(&self, from: usize, len: usize) -> [&[u8]; 2] {
        let from = from.min(self.len);
        let len = len.min(self.len.saturating_sub(from));
        let start = self.place(from);
        let end = start.saturating_add(len);
        let first = self.octets.get(start..end.min(self.octets.len())).unwrap_or_default();
        [first, self.octets.get(..end.saturating_sub(self.octets.len())).unwrap_or_default()]
    }

    /// Removes the oldest `count` octets, or all there are.
    pub fn discard(&mut self, count: usize) {
        let count = count.min(self.len);
        self.start = self.place(count);
        self.len = self.len.saturating_sub(count);
        if self.len == 0 {
            // So that the next ones lie in one piece.
            self.start = 0;
        }
    }

    /// Removes the newest octets, so that `len` are left.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Moves the oldest octets to `out`, as many as fit; returns how many.
    pub fn pop(&mut self, out: &mut [u8]) -> usize {
        let count = out.len().min(self.len);
        let mut at = self.start;
        for slot in out.iter_mut().take(count) {
            *slot = self.octets.get(at).copied().unwrap_or_default();
            at = self.next(at);
        }
        self.discard(count);
        count
    }

    /// The place behind `at`, which is less than the capacity.
    fn next(&self, at: usize) -> usize {
        self.fold(at.wrapping_add(1))
    }

    /// The place `behind` octets behind the oldest.
    fn place(&self, behind: usize) -> usize {
        self.fold(self.start.saturating_add(behind))
    }

    /// `at`, which is less than twice the capacity, as a place in the slice.
    fn fold(&self, at: usize) -> usize {
        at.checked_sub(self.octets.len()).unwrap_or(at)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_ring_does_what_a_deque_does(
            capacity in 0usize..12,
            operations in proptest::collection::vec((0u8..4, proptest::collection::vec(any::<u8>(), 0..9)), 0..60)
        ) {
            let mut storage = vec![0; capacity];
            let mut ring = Ring::new(&mut storage);
            let mut model = VecDeque::new();
            for (operation, octets) in operations {
                match operation {
                    0 | 1 => {
                        let fits = octets.len().min(capacity - model.len());
                        prop_assert_eq!(ring.push(&octets), fits);
                        model.extend(&octets[..fits]);
                    }
                    2 => {
                        let mut out = vec![0; octets.len()];
                        let count = ring.pop(&mut out);
                        let expected: Vec<u8> = model.drain(..out.len().min(model.len())).collect();
                        prop_assert_eq!(&out[..count], &expected);
                    }
                    _ => {
                        ring.truncate(octets.len());
                        model.truncate(octets.len());
                    }
                }
                prop_assert_eq!((ring.len(), ring.room()), (model.len(), capacity - model.len()));
                let all: Vec<u8> = (0..ring.len() + 1).map_while(|at| ring.get(at)).collect();
                prop_assert_eq!(&all, &model.iter().copied().collect::<Vec<_>>());
                for from in 0..all.len() {
                    prop_assert_eq!(ring.pieces(from, all.len()).concat(), &all[from..]);
                    prop_assert_eq!(ring.pieces(0, from).concat(), &all[..from]);
                }
                prop_assert!(all.starts_with(ring.front()) && ring.front().is_empty() == ring.is_empty());
            }
        }
    }
}
