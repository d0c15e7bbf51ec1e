//! A timer for those who have none: callers may be on any executor.

use std::sync::Arc;
use std::time::Duration;

use super::Wake;
use super::runtime::{Handle, sleep};
use crate::wait::first_of;

/// A timer that an I/O thread keeps, until it is dropped.
#[derive(Debug)]
pub(crate) struct Alarm(Arc<Wakes>);

#[derive(Debug, Default)]
struct Wakes {
    rung: Wake,
    dropped: Wake,
}

impl Alarm {
    pub(crate) fn set(thread: &Handle, after: Duration) -> Self {
        let wakes = Arc::new(Wakes::default());
        let alarm = Self(Arc::clone(&wakes));
        thread.spawn(async move {
            first_of(sleep(after), wakes.dropped.woken()).await;
            wakes.rung.wake();
        });
        alarm
    }

    /// Waits until the time is over.
    pub(crate) async fn rung(&self) {
        self.0.rung.woken().await;
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.dropped.wake();
    }
}
