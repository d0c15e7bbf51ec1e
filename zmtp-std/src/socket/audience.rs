//! Waiting until peers are there: those who are connected, or those who have subscribed.

use std::time::Duration;

use super::core::Core;
use super::route::Route;
use crate::wait::{self, Attempt, Late};
use crate::{Closing, WaitError};

/// How many are there, of those who count.
type Count = fn(&Route) -> usize;

impl Core {
    pub(super) fn wait_for_audience(&self, wanted: usize, count: Count) -> Result<(), Closing> {
        wait::block(&self.audience, None, || self.are_there(wanted, count)).unwrap_or(Ok(()))
    }

    pub(super) fn wait_for_audience_timeout(
        &self,
        wanted: usize,
        timeout: Duration,
        count: Count,
    ) -> Result<(), WaitError> {
        match wait::block(&self.audience, Some(timeout), || self.are_there(wanted, count)) {
            Ok(done) => done.map_err(WaitError::from),
            Err(Late) => Err(WaitError::TimedOut { there: count(&self.route()), wanted }),
        }
    }

    pub(super) async fn wait_for_audience_async(&self, wanted: usize, count: Count) -> Result<(), Closing> {
        wait::until(&self.audience, || self.are_there(wanted, count)).await
    }

    fn are_there(&self, wanted: usize, count: Count) -> Attempt<Result<(), Closing>> {
        if let Err(closing) = self.check() {
            return Some(Err(closing));
        }
        (count(&self.route()) >= wanted).then_some(Ok(()))
    }
}
