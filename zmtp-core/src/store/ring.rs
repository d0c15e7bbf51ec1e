//! A ring of octets.

use crate::mark::Full;

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
        self.octets.len().wrapping_sub(self.len)
    }

    /// Appends what there is room for; returns how much that was.
    pub fn push(&mut self, octets: &[u8]) -> usize {
        let count = octets.len().min(self.room());
        self.write(octets.get(..count).unwrap_or_default());
        count
    }

    /// Appends a head and its body: both whole, or nothing.
    ///
    /// ```
    /// use zmtp_core::Full;
    /// use zmtp_core::store::Ring;
    ///
    /// let mut storage = [0; 8];
    /// let mut ring = Ring::new(&mut storage);
    /// assert_eq!(ring.append(b"\0\x03", b"abc"), Ok(()));
    /// assert_eq!(ring.append(b"\0\x03", b"def"), Err(Full::Now));
    /// assert_eq!(ring.append(b"\0\x07", b"abcdefg"), Err(Full::Never));
    /// assert_eq!(ring.front(), b"\0\x03abc");
    /// ```
    ///
    /// # Errors
    /// [`Full`] if there is no room for both.
    pub fn append(&mut self, head: &[u8], body: &[u8]) -> Result<(), Full> {
        let octets = head.len().saturating_add(body.len());
        if octets > self.capacity() {
            return Err(Full::Never);
        }
        if octets > self.room() {
            return Err(Full::Now);
        }
        let at = self.place(self.len);
        let end = self.octets.get_mut(at..).and_then(|end| end.get_mut(..octets));
        let Some((to_head, to_body)) = end.and_then(|end| end.split_at_mut_checked(head.len())) else {
            self.write(head);
            self.write(body);
            return Ok(());
        };
        // Mostly both lie in one piece, and no octet has to look where the end is.
        to_head.iter_mut().zip(head).for_each(|(to, from)| *to = *from);
        to_body.iter_mut().zip(body).for_each(|(to, from)| *to = *from);
        self.len = self.len.wrapping_add(octets);
        Ok(())
    }

    /// Appends octets that there is room for.
    #[inline(never)]
    fn write(&mut self, octets: &[u8]) {
        let mut at = self.place(self.len);
        self.len = self.len.wrapping_add(octets.len());
        for octet in octets {
            if at >= self.octets.len() {
                at = 0;
            }
            if let Some(slot) = self.octets.get_mut(at) {
                *slot = *octet;
            }
            at = at.wrapping_add(1);
        }
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
        self.len = self.len.wrapping_sub(count);
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
            at = at.wrapping_add(1);
            if at >= self.octets.len() {
                at = 0;
            }
        }
        self.discard(count);
        count
    }

    /// The place `behind` octets behind the oldest, at most the capacity.
    fn place(&self, behind: usize) -> usize {
        let at = self.start.wrapping_add(behind);
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
            operations in proptest::collection::vec((0u8..5, proptest::collection::vec(any::<u8>(), 0..9)), 0..60)
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
                    3 => {
                        let (head, body) = octets.split_at(octets.len().min(2));
                        let expected = match octets.len() {
                            len if len > capacity => Err(Full::Never),
                            len if len > capacity - model.len() => Err(Full::Now),
                            _ => Ok(()),
                        };
                        prop_assert_eq!(ring.append(head, body), expected);
                        if expected.is_ok() {
                            model.extend(&octets);
                        }
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
