//! How fast messages leave a lane, and so who writes them.
//!
//! A message for a stream that has been idle is written at once by its sender. Where more follow, the I/O thread is woken, and writes
//! what has come meanwhile. Where they follow so fast that the wake costs more than the messages, they are left: the sender writes a
//! batch's worth itself, and for the last ones the [ticker](super::ticker) wakes the I/O thread.

use std::time::Duration;

use crate::batch::Batch;
use crate::sync::Instant;

/// A stream to which nothing was written for so long is idle.
const IDLE: Duration = Duration::from_micros(20);

/// A batch's worth: so many messages, or octets. Less than the default mark, so that senders do not come to wait.
const MANY: usize = if cfg!(shuttle) { 2 } else { 512 };
const MUCH: usize = 32 * 1024;

/// Messages are left to their sender if it takes no longer than this for a batch's worth.
const QUICK: Duration = Duration::from_micros(200);

/// A stream to which nothing was written for so long is quiet: what waits is left no more.
const QUIET: Duration = Duration::from_micros(100);

/// Whether it is for the sender to write what waits.
pub(super) fn is_ripe(batch: &Batch) -> bool {
    batch.held().0 >= MANY || batch.len() >= MUCH
}

/// What becomes of a message for a stream to which all before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    AtOnce,
    /// By the I/O thread.
    Soon,
    /// By the sender, with others.
    Together,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Pace {
    /// When something was written last.
    last: Instant,
    /// Since when messages and octets have been counted.
    since: Instant,
    messages: usize,
    octets: usize,
    is_quick: bool,
}

impl Pace {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { last: now, since: now, messages: 0, octets: 0, is_quick: false }
    }

    /// So much has been written.
    pub(super) fn note(&mut self, messages: usize, octets: usize) {
        self.messages = self.messages.saturating_add(messages);
        self.octets = self.octets.saturating_add(octets);
        self.last = Instant::now();
        if self.messages >= MANY || self.octets >= MUCH {
            self.is_quick = self.since.elapsed() <= QUICK;
            (self.messages, self.octets, self.since) = (0, 0, self.last);
        }
    }

    pub(super) fn course(&mut self) -> Course {
        self.course_after(self.last.elapsed())
    }

    fn course_after(&mut self, pause: Duration) -> Course {
        if pause >= IDLE {
            self.is_quick = false;
            return Course::AtOnce;
        }
        if self.is_quick { Course::Together } else { Course::Soon }
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.last.elapsed() >= QUIET
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn messages_are_left_to_their_sender_from_a_quick_batch_on_until_the_stream_is_idle() {
        let mut pace = Pace::new();
        pace.note(1, 18);
        assert_eq!(pace.course_after(Duration::ZERO), Course::Soon);
        pace.is_quick = true;
        assert_eq!(pace.course_after(Duration::ZERO), Course::Together);
        assert_eq!(pace.course_after(IDLE), Course::AtOnce);
        assert_eq!(pace.course_after(Duration::ZERO), Course::Soon);
    }

    #[test]
    fn a_slow_batch_takes_messages_from_their_sender_again() {
        let mut pace = Pace { since: Instant::now().checked_sub(2 * QUICK).unwrap(), ..Pace::new() };
        pace.is_quick = true;
        pace.note(MANY - 1, 0);
        assert!(pace.is_quick);
        pace.note(1, 0);
        assert!(!pace.is_quick);
    }
}
