//! Without the feature `swap` nothing waits beyond the mark of a lane.

use zmtp_core::Budget;

use crate::batch::Batch;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Spill(());

impl Spill {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        true
    }

    pub(super) fn messages(&self) -> usize {
        0
    }

    pub(super) fn admit(&self, _bodies: usize) -> bool {
        false
    }

    pub(super) fn would_admit(&self, _bodies: usize) -> bool {
        false
    }

    pub(super) fn put(&mut self, _put: impl FnOnce(&mut Batch)) {}

    pub(super) fn take(&mut self, _room: Budget) -> Option<Batch> {
        None
    }

    pub(super) fn clear(&mut self) -> usize {
        0
    }
}
