//! What drives sessions: threads, streams, clocks. Nothing outside knows which runtime that is.

mod driver;
mod relay;
mod threads;

pub(crate) use driver::{Streamed, drive};
pub(crate) use relay::{Receiver, relay};
pub(crate) use threads::{Stop, Threads};

use std::sync::LazyLock;
use std::time::{Duration, Instant as Moment};

use zmtp_core::Instant;

/// Wakes the task of one connection. Waking one that is awake costs an atomic operation.
#[derive(Debug, Default)]
pub(crate) struct Wake(tokio::sync::Notify);

impl Wake {
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }

    pub(crate) async fn woken(&self) {
        self.0.notified().await;
    }
}

static START: LazyLock<Moment> = LazyLock::new(Moment::now);

/// The time, as the core counts it.
pub(crate) fn now() -> Instant {
    let elapsed = START.elapsed();
    Instant::from_micros(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX))
}

/// Sleeps until `at`.
pub(crate) async fn sleep_until(at: Instant) {
    let pause = Duration::from_micros(at.as_micros()).saturating_sub(START.elapsed());
    tokio::time::sleep(pause).await;
}
