//! Waiting for something to become possible: blocking a thread, or as a future of any executor.

use std::time::{Duration, Instant};

use event_listener::{Event, Listener};

/// `None` if it is not possible yet.
pub(crate) type Attempt<T> = Option<T>;

/// The time was over first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Late;

/// Attempts until it is possible, again after every `event`, for at most `timeout` (`None` is for ever).
///
/// A listener is made only if the first attempt fails, and another attempt follows it: no event gets lost between.
#[inline]
pub(crate) fn block<T>(
    event: &Event,
    timeout: Option<Duration>,
    mut attempt: impl FnMut() -> Attempt<T>,
) -> Result<T, Late> {
    match attempt() {
        Some(done) => Ok(done),
        None => block_on_event(event, timeout, attempt),
    }
}

#[cold]
fn block_on_event<T>(
    event: &Event,
    timeout: Option<Duration>,
    mut attempt: impl FnMut() -> Attempt<T>,
) -> Result<T, Late> {
    // A time too far away to be computed is never.
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    loop {
        let listener = event.listen();
        if let Some(done) = attempt() {
            return Ok(done);
        }
        match deadline {
            None => listener.wait(),
            Some(deadline) => {
                if listener.wait_deadline(deadline).is_none() {
                    return attempt().ok_or(Late);
                }
            }
        }
    }
}

/// As [`block`], without a limit in time. Dropping the future is safe at any moment: it holds no more than a listener,
/// and an attempt is never left half done.
pub(crate) async fn until<T>(event: &Event, mut attempt: impl FnMut() -> Attempt<T>) -> T {
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        let listener = event.listen();
        if let Some(done) = attempt() {
            return done;
        }
        listener.await;
    }
}
