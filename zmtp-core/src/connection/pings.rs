//! How often the peer asks for a sign of life: a PING costs us a PONG, so there is a limit to them.

use crate::time::Instant;

/// A span of this many microseconds, as a power of two: 1.05 s. A second would bring a soft division into small firmware.
const SPAN: u32 = 20;

/// The PINGs of the span that the last one fell into.
#[derive(Clone, Copy, Debug)]
pub(super) struct PingCount {
    span: u16,
    count: u16,
}

impl PingCount {
    pub(super) const fn new() -> Self {
        Self { span: 0, count: 0 }
    }

    /// Counts one more; returns whether there may be so many.
    pub(super) fn admit(&mut self, most: u16, now: Instant) -> bool {
        // Spans have the same number again after 19 hours; a peer cannot gain by that.
        let span = (now.as_micros() >> SPAN) as u16;
        if span != self.span {
            *self = Self { span, count: 0 };
        }
        self.count = self.count.saturating_add(1);
        self.count <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: u64 = 1 << SPAN;

    #[test]
    fn every_span_has_its_own_pings() {
        let mut pings = PingCount::new();
        for span in [0, 1, 2, 70_000] {
            let now = Instant::from_micros(span * LENGTH);
            assert!(pings.admit(2, now) && pings.admit(2, now));
            assert!(!pings.admit(2, Instant::from_micros(span * LENGTH + LENGTH - 1)));
        }
    }

    #[test]
    fn the_largest_limit_is_none() {
        let mut pings = PingCount::new();
        for _ in 0..100_000 {
            assert!(pings.admit(u16::MAX, Instant::from_micros(0)));
        }
    }
}
