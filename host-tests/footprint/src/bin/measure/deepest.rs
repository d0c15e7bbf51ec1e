//! The deepest of several calls, each measured for itself.

use crate::board_unsafe;

/// The deepest call so far.
#[derive(Default)]
pub struct Deepest(pub usize);

impl Deepest {
    /// Calls `work`.
    pub fn of<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let (octets, result) = board_unsafe::stack(work);
        self.0 = self.0.max(octets);
        result
    }
}
