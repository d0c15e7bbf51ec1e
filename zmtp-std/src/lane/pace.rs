//! How fast messages leave a lane, and so who writes them.
//!
//! A message for a stream that has been idle is written at once by its sender. Where more follow, the I/O thread is woken, and writes
//! what has come meanwhile. Where they follow so fast that the wake costs more than the messages, they are left: the sender writes a
//! batch's worth itself, or what there is after some time, and for the last ones the ticker of sockets wakes the I/O thread.
//!
//! Wakes can be what keeps a stream from being quick, so now and then it is tried without, less often each time that this is in vain.
//! And a quick stream is slow for a moment when the system gives its processor to somebody else, so that is forgiven.

use std::time::Duration;

use crate::sync::Instant;

/// A stream to which nothing was written for so long is idle.
const IDLE: Duration = Duration::from_micros(20);

/// A batch's worth: so many messages, or octets. Less than the default mark, so that senders do not come to wait.
pub(super) const MANY: usize = if cfg!(shuttle) { 2 } else { 800 };
pub(super) const MUCH: usize = 32 * 1024;

/// Who fills a batch writes it after this time, full or not: before the ticker does.
pub(super) const AGE: Duration = Duration::from_micros(50);

/// Messages are left to their sender if it takes no longer than this for each, or for each octet, of so many.
const QUICK_MESSAGE: Duration = Duration::from_micros(1);
const QUICK_OCTET: Duration = Duration::from_nanos(6);
const SOME: usize = if cfg!(shuttle) { 2 } else { 64 };

/// A stream to which nothing was written for so long is quiet: what waits is left no more.
const QUIET: Duration = Duration::from_micros(100);

/// A stream to which nothing was written for so long is another one by now.
const OVER: Duration = Duration::from_millis(10);

/// How often in a row a quick stream may be slow.
const TRUST: u8 = 4;

/// It is tried whether a stream is quick after so many wakes, and then after twice as many each time, up to the last.
const FIRST_TRIAL: u32 = 16;
const LAST_TRIAL: u32 = 1 << 16;

fn times(each: Duration, many: usize) -> Duration {
    each.saturating_mul(u32::try_from(many).unwrap_or(u32::MAX))
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
    /// How often in a row the stream may be slow before its messages are left to their sender no more; 0 if they are not.
    trust: u8,
    /// Messages in a row for which the I/O thread was woken.
    woken: u32,
    /// After so many of them it is tried whether the stream is quick without.
    trial: u32,
}

impl Pace {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { last: now, since: now, messages: 0, octets: 0, trust: 0, woken: 0, trial: FIRST_TRIAL }
    }

    /// So much has been written.
    pub(super) fn note(&mut self, messages: usize, octets: usize) {
        self.messages = self.messages.saturating_add(messages);
        self.octets = self.octets.saturating_add(octets);
        self.last = Instant::now();
        if self.messages >= SOME || self.octets >= MUCH {
            if self.since.elapsed()
                <= times(QUICK_MESSAGE, self.messages).max(times(QUICK_OCTET, self.octets))
            {
                (self.trust, self.trial) = (TRUST, FIRST_TRIAL);
            } else {
                self.disappointed();
            }
            self.count_anew();
        }
    }

    /// The stream was slow: what was left to the sender had to be seen to, or a batch's worth took long.
    pub(super) fn disappointed(&mut self) {
        self.trust = self.trust.saturating_sub(1);
    }

    /// When something was written last.
    pub(super) fn last(&self) -> Instant {
        self.last
    }

    fn count_anew(&mut self) {
        (self.messages, self.octets, self.since) = (0, 0, self.last);
    }

    pub(super) fn course(&mut self) -> Course {
        self.course_after(self.last.elapsed())
    }

    fn course_after(&mut self, pause: Duration) -> Course {
        if pause >= IDLE {
            self.woken = 0;
            // A sender that the system has interrupted goes on as before.
            if pause >= OVER {
                self.trust = 0;
            } else {
                self.disappointed();
            }
            return Course::AtOnce;
        }
        if self.trust == 0 && !self.is_tried() { Course::Soon } else { Course::Together }
    }

    /// Whether it is time to find out if the stream is quick: wakes can be what makes it slow.
    fn is_tried(&mut self) -> bool {
        self.woken += 1;
        let tried = self.woken >= self.trial;
        if tried {
            (self.trust, self.woken, self.trial) = (1, 0, (self.trial * 2).min(LAST_TRIAL));
            self.count_anew();
        }
        tried
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.last.elapsed() >= QUIET
    }

    /// As if it had been quick for long, and for a long time to come.
    #[cfg(all(test, not(shuttle)))]
    pub(super) fn pretend_quick(&mut self) {
        (self.trust, self.last) = (TRUST, Instant::now() + Duration::from_secs(3600));
    }

    /// As if nothing had been written for a while.
    #[cfg(all(test, not(shuttle)))]
    pub(super) fn pretend_quiet(&mut self) {
        self.last = Instant::now().checked_sub(QUIET).unwrap();
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    fn after(pause: Duration, times: u32, pace: &mut Pace) -> Vec<Course> {
        (0..times).map(|_| pace.course_after(pause)).collect()
    }

    /// A stream whose last messages took no time.
    fn quick() -> Pace {
        let mut pace = Pace::new();
        pace.note(MANY, 0);
        pace
    }

    #[test]
    fn messages_are_left_to_their_sender_once_some_were_quick_until_the_stream_is_idle_for_long() {
        let mut pace = Pace::new();
        pace.note(SOME - 1, 0);
        assert_eq!(pace.course_after(Duration::ZERO), Course::Soon);
        pace.since = Instant::now();
        pace.note(MANY, 0);
        assert_eq!(pace.course_after(Duration::ZERO), Course::Together);
        assert_eq!(pace.course_after(IDLE), Course::AtOnce);
        assert_eq!(pace.course_after(Duration::ZERO), Course::Together);
        assert_eq!(pace.course_after(OVER), Course::AtOnce);
        assert_eq!(pace.course_after(Duration::ZERO), Course::Soon);
    }

    #[test]
    fn a_stream_that_is_slow_several_times_in_a_row_is_quick_no_more() {
        let mut pace = quick();
        for _ in 1..TRUST {
            pace.since = Instant::now().checked_sub(2 * times(QUICK_MESSAGE, SOME)).unwrap();
            pace.note(SOME, 0);
            assert_eq!(pace.course_after(Duration::ZERO), Course::Together);
        }
        pace.disappointed();
        assert_eq!(pace.course_after(Duration::ZERO), Course::Soon);
        let mut pace = quick();
        (1..TRUST).for_each(|_| pace.disappointed());
        pace.note(MANY, 0);
        pace.disappointed();
        assert_eq!(pace.course_after(Duration::ZERO), Course::Together, "in a row");
    }

    #[test]
    fn it_is_tried_whether_a_stream_is_quick_and_less_often_each_time_in_vain() {
        let mut pace = Pace::new();
        for trial in [FIRST_TRIAL, 2 * FIRST_TRIAL, 4 * FIRST_TRIAL] {
            assert_eq!(after(Duration::ZERO, trial - 1, &mut pace), vec![Course::Soon; trial as usize - 1]);
            assert_eq!(pace.course_after(Duration::ZERO), Course::Together);
            pace.disappointed();
        }
        pace.note(MANY, 0);
        (0..TRUST).for_each(|_| pace.disappointed());
        after(Duration::ZERO, FIRST_TRIAL - 1, &mut pace);
        assert_eq!(pace.course_after(Duration::ZERO), Course::Together, "it was quick since");
    }
}
