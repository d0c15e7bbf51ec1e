//! Time as the core sees it: told by whoever embeds it, never asked for.

use core::time::Duration;

/// A moment, in microseconds since an origin of the embedder's choice.
///
/// Any monotonic counter will do: a SysTick count on a board, `std::time::Instant::elapsed` on a host, a
/// number under the control of a test. Sums saturate at [`Instant::NEVER`].
///
/// ```
/// use core::time::Duration;
/// use zmtp_core::Instant;
///
/// let start = Instant::from_millis(5);
/// assert_eq!(start.after(Duration::from_millis(2)), Instant::from_micros(7_000));
/// assert!(start < Instant::NEVER);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Instant(u64);

impl Instant {
    /// Later than every moment a clock shows: an alarm that is not set.
    pub const NEVER: Self = Self(u64::MAX);

    /// The moment `micros` microseconds after the origin.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// The moment `millis` milliseconds after the origin.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// Microseconds since the origin.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not after.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The moment `pause` after this one.
    #[must_use]
    pub const fn after(self, pause: Duration) -> Self {
        // Without u128 arithmetic, which would bring a soft division into small firmware.
        let micros = pause.as_secs().saturating_mul(1_000_000).saturating_add(pause.subsec_micros() as u64);
        self.plus(micros)
    }

    /// The moment so many microseconds after this one.
    #[inline]
    pub(crate) const fn plus(self, micros: u64) -> Self {
        Self(self.0.saturating_add(micros))
    }
}
