//! Octets on their way between a peer and a stream that reads and writes slices.

/// A lent slice that is filled behind and emptied in front.
#[derive(Debug)]
pub(crate) struct Window<'b> {
    octets: &'b mut [u8],
    start: usize,
    end: usize,
}

impl<'b> Window<'b> {
    pub(crate) fn new(octets: &'b mut [u8]) -> Self {
        Self { octets, start: 0, end: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// What is in it.
    pub(crate) fn filled(&self) -> &[u8] {
        self.octets.get(self.start..self.end).unwrap_or_default()
    }

    /// Removes the first `count` octets.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
        if self.is_empty() {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Where more of them go; say how many came with [`add`](Self::add).
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.start > 0 && self.end == self.octets.len() {
            let len = self.end.saturating_sub(self.start);
            for to in 0..len {
                let from = self.octets.get(self.start.saturating_add(to)).copied().unwrap_or_default();
                if let Some(slot) = self.octets.get_mut(to) {
                    *slot = from;
                }
            }
            (self.start, self.end) = (0, len);
        }
        self.octets.get_mut(self.end..).unwrap_or_default()
    }

    pub(crate) fn add(&mut self, count: usize) {
        self.end = self.end.saturating_add(count).min(self.octets.len());
    }

    /// Shows what is in it to `take`, and removes what that says.
    pub(crate) fn show<T>(&mut self, take: impl FnOnce(&[u8]) -> (usize, T)) -> T {
        let (used, result) = take(self.filled());
        self.consume(used);
        result
    }

    /// Shows the room to `fill`, and adds what that says.
    pub(crate) fn offer<T>(&mut self, fill: impl FnOnce(&mut [u8]) -> (usize, T)) -> T {
        let (written, result) = fill(self.room());
        self.add(written);
        result
    }
}
