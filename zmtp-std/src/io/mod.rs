//! What drives sessions: threads, streams, clocks. Nothing outside knows which runtime that is.

mod alarm;
mod driver;
mod relay;
mod runtime;
mod threads;

pub(crate) use alarm::Alarm;
pub(crate) use driver::{drive, ready};
pub(crate) use relay::{Receiver, relay};
pub(crate) use runtime::{Interest, Streamed, TcpListener, TcpStream, accept_tcp, resolve, sleep, within};
#[cfg(unix)]
pub(crate) use runtime::{UnixListener, UnixStream, accept_unix};
#[cfg(test)]
pub(crate) use threads::run;
pub(crate) use threads::{Stop, Threads};

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant as Moment};

use zmtp_core::Instant;

use self::runtime::Sleep;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};

/// Wakes the task of one connection. Waking one that is awake costs an atomic operation.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    woken: AtomicBool,
    /// Of the task, while it waits.
    waker: Mutex<Option<Waker>>,
}

impl Wake {
    pub(crate) fn wake(&self) {
        if self.woken.swap(true, Ordering::AcqRel) {
            return;
        }
        let waker = self.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits until it is woken, if it has not been since the last time. Only one task at a time may wait. Dropping the future
    /// loses nothing.
    pub(crate) async fn woken(&self) {
        poll_fn(|cx| self.poll_woken(cx)).await;
    }

    pub(crate) fn poll_woken(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.woken.swap(false, Ordering::AcqRel) {
            return Poll::Ready(());
        }
        *self.waker.lock().unwrap() = Some(cx.waker().clone());
        // Whoever came before the waker was there has not seen it.
        if self.woken.swap(false, Ordering::AcqRel) { Poll::Ready(()) } else { Poll::Pending }
    }
}

static START: LazyLock<Moment> = LazyLock::new(Moment::now);

/// The time, as the core counts it.
pub(crate) fn now() -> Instant {
    let elapsed = START.elapsed();
    Instant::from_micros(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX))
}

/// Sleeps until a time that changes now and then. Without one it takes no memory: most connections have nothing to wait for.
#[derive(Debug, Default)]
pub(crate) struct Timer(Option<(Instant, Pin<Box<Sleep>>)>);

impl Timer {
    /// Whether it is `deadline`, or later. Without one it never is.
    fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Option<Instant>) -> Poll<()> {
        let Some(deadline) = deadline else {
            self.0 = None;
            return Poll::Pending;
        };
        if self.0.as_ref().is_none_or(|(set, _)| *set != deadline) {
            let at = *START + Duration::from_micros(deadline.as_micros());
            match &mut self.0 {
                Some((set, sleep)) => {
                    *set = deadline;
                    runtime::reset(sleep.as_mut(), at);
                }
                none => *none = Some((deadline, Box::pin(runtime::sleep_until(at)))),
            }
        }
        self.0.as_mut().map_or(Poll::Pending, |(_, sleep)| sleep.as_mut().poll(cx))
    }
}

#[cfg(test)]
mod tests;
