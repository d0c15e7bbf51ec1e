//! The alarms of a connection: all of its timekeeping.

use crate::time::Instant;

/// What an alarm is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// The handshake has to be over.
    Handshake,
    /// The next PING is due.
    Ping,
    /// The peer has to have given a sign of life.
    Silence,
}

/// One alarm a timer; [`Instant::NEVER`] is one that is not set.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimerTable {
    /// The handshake's deadline, and after the handshake the next PING: never both.
    next: Instant,
    silence: Instant,
}

impl TimerTable {
    /// With the deadline of the handshake.
    pub(super) const fn new(handshake: Instant) -> Self {
        Self { next: handshake, silence: Instant::NEVER }
    }

    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        match timer {
            Timer::Handshake | Timer::Ping => self.next = at,
            Timer::Silence => self.silence = at,
        }
    }

    /// Sets an alarm, unless an earlier one is set.
    pub(super) fn advance(&mut self, timer: Timer, at: Instant) {
        self.set(timer, at.min(self.at(timer)));
    }

    pub(super) fn is_set(&self, timer: Timer) -> bool {
        self.at(timer) != Instant::NEVER
    }

    pub(super) fn has_expired(&self, timer: Timer, now: Instant) -> bool {
        self.at(timer) <= now
    }

    /// The earliest alarm.
    pub(super) fn next(&self) -> Option<Instant> {
        let next = self.next.min(self.silence);
        (next != Instant::NEVER).then_some(next)
    }

    fn at(&self, timer: Timer) -> Instant {
        match timer {
            Timer::Handshake | Timer::Ping => self.next,
            Timer::Silence => self.silence,
        }
    }
}
