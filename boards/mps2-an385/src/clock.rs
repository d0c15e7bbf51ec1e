//! Time: microseconds as a u64 out of a free-running 32-bit timer, and an alarm on a second one.

use crate::peripherals_unsafe::Timer;

/// Timer ticks a microsecond: both timers run at 25 MHz.
const TICKS_PER_MICROSECOND: u32 = 25;

/// The longest sleep, in microseconds: well below the 171 s after which the timer's reading repeats.
const LONGEST_SLEEP: u32 = 60_000_000;

/// Microseconds since the board was taken. Never goes back.
///
/// [`Clock::now`] must be called at least every 171 s, which a loop that sleeps by [`Board::sleep`](crate::Board::sleep)
/// does.
#[derive(Debug)]
pub struct Clock {
    counter: Timer,
    alarm: Timer,
    elapsed: Elapsed,
}

impl Clock {
    pub(crate) fn new(mut counter: Timer, mut alarm: Timer) -> Self {
        counter.run_free();
        alarm.stop();
        let elapsed = Elapsed { counted: counter.value(), microseconds: 0 };
        Self { counter, alarm, elapsed }
    }

    /// Microseconds since the board was taken.
    pub fn now(&mut self) -> u64 {
        self.elapsed.advance(self.counter.value())
    }

    /// Arms the alarm for `until`; `false` if that is not in the future.
    pub(crate) fn set_alarm(&mut self, until: Option<u64>) -> bool {
        let left = until.map_or(u64::from(LONGEST_SLEEP), |until| until.saturating_sub(self.now()));
        let left = u32::try_from(left).unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP);
        if left > 0 {
            self.alarm.interrupt_after(left * TICKS_PER_MICROSECOND);
        }
        left > 0
    }

    pub(crate) fn clear_alarm(&mut self) {
        self.alarm.stop();
    }
}

/// Adds up the readings of a timer that counts down through all 32 bits.
#[derive(Debug)]
struct Elapsed {
    /// The reading up to which whole microseconds have been counted.
    counted: u32,
    microseconds: u64,
}

impl Elapsed {
    fn advance(&mut self, reading: u32) -> u64 {
        let passed = self.counted.wrapping_sub(reading) / TICKS_PER_MICROSECOND;
        // The remainder stays to be counted: many short steps lose nothing.
        self.counted = self.counted.wrapping_sub(passed * TICKS_PER_MICROSECOND);
        self.microseconds += u64::from(passed);
        self.microseconds
    }
}

#[cfg(test)]
mod tests {
    use super::Elapsed;

    #[test]
    fn short_steps_lose_nothing() {
        let mut elapsed = Elapsed { counted: u32::MAX, microseconds: 0 };
        for step in 1..=10_000 {
            elapsed.advance(u32::MAX - 7 * step);
        }
        assert_eq!(elapsed.microseconds, 2_800);
    }

    #[test]
    fn time_goes_on_where_the_timer_wraps() {
        let mut elapsed = Elapsed { counted: 50, microseconds: 0 };
        assert_eq!(elapsed.advance(25), 1);
        assert_eq!(elapsed.advance(0_u32.wrapping_sub(24)), 2);
        assert_eq!(elapsed.advance(0_u32.wrapping_sub(25)), 3);
        let mut reading = 0;
        for _ in 0..100 {
            reading = u32::wrapping_sub(reading, 1 << 31);
            elapsed.advance(reading);
        }
        assert_eq!(elapsed.microseconds, (50 + 100 * (1 << 31)) / 25);
    }
}
