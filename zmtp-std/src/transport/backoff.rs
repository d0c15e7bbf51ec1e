//! How long to wait before a connection is tried again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::Options;

/// libzmq's rule (API-022): the same pause each time, lengthened by chance so that not all clients of a server come at
/// once; or with a maximum, doubling up to it.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Option<Duration>,
    most: Duration,
    current: Duration,
}

impl Backoff {
    pub(crate) fn new(options: &Options) -> Self {
        let first = options.reconnect_ivl;
        Self { first, most: options.reconnect_ivl_max, current: first.unwrap_or_default() }
    }

    /// A connection was complete: begin anew.
    pub(crate) fn reset(&mut self) {
        self.current = self.first.unwrap_or_default();
    }

    /// The pause before the next attempt; `None` if there is to be none.
    pub(crate) fn next(&mut self) -> Option<Duration> {
        let first = self.first?;
        if self.most <= first {
            return Some(first + chance(first));
        }
        let pause = self.current;
        self.current = (pause * 2).min(self.most);
        Some(pause)
    }
}

/// Anything from zero to `most`.
fn chance(most: Duration) -> Duration {
    // Every RandomState has keys of its own.
    let share = RandomState::new().hash_one(()) as u32;
    most.mul_f64(f64::from(share) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn api_022_z37_047_without_a_maximum_pauses_vary_between_once_and_twice_the_interval() {
        let mut backoff = Backoff::new(&Options { reconnect_ivl: Some(MS(100)), ..Options::default() });
        let pauses: Vec<_> = (0..100).map(|_| backoff.next().unwrap()).collect();
        assert!(pauses.iter().all(|pause| (MS(100)..=MS(200)).contains(pause)));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }

    #[test]
    fn api_022_z37_047_with_a_maximum_pauses_double_up_to_it_and_begin_anew_after_success() {
        let options =
            Options { reconnect_ivl: Some(MS(100)), reconnect_ivl_max: MS(300), ..Options::default() };
        let mut backoff = Backoff::new(&options);
        assert_eq!([(); 4].map(|()| backoff.next().unwrap()), [MS(100), MS(200), MS(300), MS(300)]);
        backoff.reset();
        assert_eq!(backoff.next(), Some(MS(100)));
    }

    #[test]
    fn without_an_interval_there_is_no_second_attempt() {
        assert_eq!(Backoff::new(&Options { reconnect_ivl: None, ..Options::default() }).next(), None);
    }
}
