//! High-water marks: how much may wait in a queue.

use crate::connection::Budget;

/// The bound of one queue, in messages and in octets, and what the queue holds. Exact: it is never exceeded.
///
/// ```
/// use zmtp_core::{Full, HighWater};
///
/// let mut mark = HighWater::new(2, 100);
/// assert_eq!(mark.admit(60), Ok(()));
/// assert_eq!(mark.admit(60), Err(Full::Now));
/// assert_eq!(mark.admit(101), Err(Full::Never));
/// mark.release(1, 60);
/// assert_eq!(mark.admit(60), Ok(()));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HighWater {
    most_messages: usize,
    most_octets: usize,
    messages: usize,
    octets: usize,
}

/// Why a message is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Full {
    /// The queue is full; there is room when messages have left it.
    Now,
    /// The message alone is larger than the mark; the caller or the configuration has to change.
    Never,
}

impl HighWater {
    /// A mark at `messages` (`ZMQ_SNDHWM`, `ZMQ_RCVHWM`) and at `octets` of their bodies; 0 is no mark.
    #[must_use]
    pub const fn new(messages: usize, octets: usize) -> Self {
        const fn or_none(most: usize) -> usize {
            if most == 0 { usize::MAX } else { most }
        }
        Self { most_messages: or_none(messages), most_octets: or_none(octets), messages: 0, octets: 0 }
    }

    /// Admits a message with `octets` in its bodies.
    ///
    /// # Errors
    /// [`Full`] if it would exceed the mark; nothing has changed then.
    #[inline]
    pub fn admit(&mut self, octets: usize) -> Result<(), Full> {
        if octets > self.most_octets {
            return Err(Full::Never);
        }
        let together =
            self.octets.checked_add(octets).filter(|&sum| sum <= self.most_octets).ok_or(Full::Now)?;
        if self.messages >= self.most_messages {
            return Err(Full::Now);
        }
        self.messages = self.messages.saturating_add(1);
        self.octets = together;
        Ok(())
    }

    /// Admits a run of messages that was measured against [`room`](Self::room).
    pub fn admit_run(&mut self, messages: usize, octets: usize) {
        self.messages = self.messages.saturating_add(messages);
        self.octets = self.octets.saturating_add(octets);
    }

    /// Notes that `messages` with together `octets` have left the queue.
    #[inline]
    pub fn release(&mut self, messages: usize, octets: usize) {
        self.messages = self.messages.saturating_sub(messages);
        self.octets = self.octets.saturating_sub(octets);
    }

    /// Conflation (`ZMQ_CONFLATE`): a newer message takes the place of all that wait, but `leaving` of them, with together
    /// `octets`, that are part of the way out. Returns how many go.
    pub fn conflate(&mut self, leaving: usize, octets: usize) -> usize {
        let gone = self.messages.saturating_sub(leaving);
        self.messages = self.messages.min(leaving);
        self.octets = self.octets.min(octets);
        gone
    }

    /// What is still free.
    #[must_use]
    pub fn room(&self) -> Budget {
        Budget {
            messages: self.most_messages.saturating_sub(self.messages) as u64,
            octets: self.most_octets.saturating_sub(self.octets) as u64,
        }
    }

    /// Messages and octets in the queue.
    #[must_use]
    pub fn held(&self) -> (usize, usize) {
        (self.messages, self.octets)
    }

    /// Whether one more message, of no octets, is not admitted.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.messages >= self.most_messages || self.octets >= self.most_octets
    }

    /// Whether at most half is held: the point at which a sender that waits is woken, so that it finds room for
    /// many messages and not for one.
    #[must_use]
    pub fn is_low(&self) -> bool {
        self.messages <= self.most_messages / 2 && self.octets <= self.most_octets / 2
    }
}

impl core::fmt::Display for Full {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Now => "the queue is full",
            Self::Never => "the message is larger than the queue's high-water mark",
        })
    }
}

impl core::error::Error for Full {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_mark_is_no_bound() {
        let mut mark = HighWater::new(0, 0);
        for _ in 0..10_000 {
            assert_eq!(mark.admit(1 << 20), Ok(()));
        }
        assert!(!mark.is_full() && mark.is_low());
    }

    #[test]
    fn a_mark_of_one_message_is_low_only_when_empty() {
        let mut mark = HighWater::new(1, 0);
        assert!(mark.is_low());
        mark.admit(0).unwrap();
        assert!(mark.is_full() && !mark.is_low());
    }

    #[test]
    fn api_011_conflation_leaves_what_is_on_its_way_out_and_counts_what_goes() {
        let mut mark = HighWater::new(3, 10);
        for _ in 0..3 {
            mark.admit(3).unwrap();
        }
        assert_eq!((mark.conflate(1, 3), mark.held()), (2, (1, 3)));
        assert_eq!((mark.conflate(1, 3), mark.held()), (0, (1, 3)));
        assert_eq!((mark.conflate(0, 0), mark.held()), (1, (0, 0)));
    }

    proptest! {
        #[test]
        fn the_mark_is_never_exceeded_and_refuses_only_what_would_exceed_it(
            messages in 1usize..8, octets in 1usize..64, sizes in proptest::collection::vec((0usize..40, any::<bool>()), 0..100)
        ) {
            let mut mark = HighWater::new(messages, octets);
            let mut model = std::collections::VecDeque::new();
            for (size, release) in sizes {
                if release && let Some(size) = model.pop_front() {
                    mark.release(1, size);
                }
                let fits = model.len() < messages && model.iter().sum::<usize>() + size <= octets;
                prop_assert_eq!(mark.admit(size).is_ok(), fits);
                if fits {
                    model.push_back(size);
                }
                prop_assert_eq!(mark.held(), (model.len(), model.iter().sum::<usize>()));
            }
        }
    }
}
