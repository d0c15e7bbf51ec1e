//! Waiting until peers are there: those who are connected, or those who have subscribed.

use std::time::Duration;

use super::core::Core;
use crate::wait::{self, Attempt, Late};
use crate::{Closing, WaitError};

impl Core {
    pub(super) fn wait_for_audience(&self, wanted: usize, count: impl Fn() -> usize) -> Result<(), Closing> {
        wait::block(&self.audience, || None, || self.are_there(wanted, &count)).unwrap_or(Ok(()))
    }

    pub(super) fn wait_for_audience_timeout(
        &self,
        wanted: usize,
        timeout: Duration,
        count: impl Fn() -> usize,
    ) -> Result<(), WaitError> {
        match wait::block(&self.audience, || Some(timeout), || self.are_there(wanted, &count)) {
            Ok(done) => done.map_err(WaitError::from),
            Err(Late) => Err(WaitError::TimedOut { there: count(), wanted }),
        }
    }

    pub(super) async fn wait_for_audience_async(
        &self,
        wanted: usize,
        count: impl Fn() -> usize,
    ) -> Result<(), Closing> {
        wait::until(&self.audience, || self.are_there(wanted, &count)).await
    }

    /// How many peers are connected and ready.
    pub(crate) fn peers(&self) -> usize {
        self.route().links.peers()
    }

    fn are_there(&self, wanted: usize, count: &impl Fn() -> usize) -> Attempt<Result<(), Closing>> {
        if let Err(closing) = self.check() {
            return Some(Err(closing));
        }
        (count() >= wanted).then_some(Ok(()))
    }
}
