//! Waiting for something to become possible: blocking a thread, or as a future of any executor.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use event_listener::{Event, EventListener, Listener};

/// `None` if it is not possible yet.
pub(crate) type Attempt<T> = Option<T>;

/// The time was over first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Late;

/// Attempts until it is possible, again after every `event`, for at most `timeout` (`None` is for ever), which is looked up only if it
/// has to be waited for.
///
/// A listener is made only if the first attempt fails, and another attempt follows it: no event gets lost between.
#[inline]
pub(crate) fn block<T>(
    event: &Event,
    timeout: impl FnOnce() -> Option<Duration>,
    mut attempt: impl FnMut() -> Attempt<T>,
) -> Result<T, Late> {
    block_or(event, timeout, || attempt().map(Ok), || Err(Late))
}

/// As [`block`]; `late` is what it comes to when the time is over. Its result is moved once, as it is.
#[inline]
pub(crate) fn block_or<T>(
    event: &Event,
    timeout: impl FnOnce() -> Option<Duration>,
    mut attempt: impl FnMut() -> Attempt<T>,
    late: impl FnOnce() -> T,
) -> T {
    match attempt() {
        Some(done) => done,
        None => block_on_event(event, timeout(), attempt).unwrap_or_else(|Late| late()),
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
pub(crate) async fn until<T>(event: &Event, attempt: impl FnMut() -> Attempt<T>) -> T {
    until_heard(|| event.listen(), attempt).await
}

/// As [`until`]; `listen` makes a listener to the event.
pub(crate) async fn until_heard<T>(
    listen: impl Fn() -> EventListener,
    mut attempt: impl FnMut() -> Attempt<T>,
) -> T {
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        let listener = listen();
        if let Some(done) = attempt() {
            return done;
        }
        listener.await;
    }
}

/// The outcome of whichever is done first, and of `one` if both are; the other is dropped.
pub(crate) async fn first_of<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> T {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| match one.as_mut().poll(context) {
        Poll::Pending => other.as_mut().poll(context),
        done => done,
    })
    .await
}

/// Lets others have their turn.
pub(crate) async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Runs a future on this thread, which sleeps meanwhile.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = unpark();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
        thread::park();
    }
}

/// What wakes this thread when it is parked.
pub(crate) fn unpark() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

#[derive(Debug)]
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
