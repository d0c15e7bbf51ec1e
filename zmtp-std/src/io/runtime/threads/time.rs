//! Timers of a thread: futures that its own tasks wait for, in the order of their times.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant as Moment};

thread_local! {
    static TIMERS: RefCell<Timers> = const { RefCell::new(Timers { waiting: BTreeMap::new(), next: 0 }) };
}

#[derive(Debug)]
struct Timers {
    /// Several may wait for the same time: a number tells them apart.
    waiting: BTreeMap<(Moment, u64), Waker>,
    next: u64,
}

/// Ends at a certain time. It belongs to the thread that has polled it first.
#[derive(Debug)]
pub(crate) struct Sleep {
    /// `None` is never: further away than the clock goes.
    at: Option<Moment>,
    /// Among the timers of the thread, once it is one.
    number: Option<u64>,
}

pub(crate) fn sleep(time: Duration) -> Sleep {
    Sleep { at: Moment::now().checked_add(time), number: None }
}

pub(crate) fn sleep_until(at: Moment) -> Sleep {
    Sleep { at: Some(at), number: None }
}

/// Has it sleep until another time.
pub(crate) fn reset(mut sleep: Pin<&mut Sleep>, at: Moment) {
    sleep.forget();
    sleep.at = Some(at);
}

/// Wakes the tasks whose time has come.
pub(super) fn wake_due() {
    loop {
        let due = TIMERS.with_borrow_mut(|timers| {
            let first = timers.waiting.first_entry()?;
            (first.key().0 <= Moment::now()).then(|| first.remove())
        });
        let Some(waker) = due else { return };
        waker.wake();
    }
}

/// How long to sleep until the next time; `None` is for ever.
pub(super) fn until_next() -> Option<Duration> {
    TIMERS.with_borrow(|timers| {
        let ((at, _), _) = timers.waiting.first_key_value()?;
        Some(at.saturating_duration_since(Moment::now()))
    })
}

impl Sleep {
    fn forget(&mut self) {
        if let (Some(at), Some(number)) = (self.at, self.number.take()) {
            TIMERS.with_borrow_mut(|timers| timers.waiting.remove(&(at, number)));
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else { return Poll::Pending };
        if at <= Moment::now() {
            self.forget();
            return Poll::Ready(());
        }
        TIMERS.with_borrow_mut(|timers| {
            let number = *self.number.get_or_insert_with(|| {
                timers.next += 1;
                timers.next
            });
            timers.waiting.insert((at, number), cx.waker().clone());
        });
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.forget();
    }
}
