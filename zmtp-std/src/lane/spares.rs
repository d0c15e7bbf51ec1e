//! Empty batches of a lane, kept for their memory: what was written makes room for what is to be.

use crate::batch::Batch;

/// So many are kept, as much as the default mark holds of messages of 1 KiB.
const MOST: usize = 16;

/// An idle lane keeps one, if it has no more memory than this.
const IDLE_CAPACITY: usize = 1024;

/// See the module.
#[derive(Debug, Default)]
#[expect(clippy::box_collection, reason = "idle lanes have none, and are many")]
pub(super) struct Spares(Option<Box<Vec<Batch>>>);

impl Spares {
    pub(super) fn take(&mut self) -> Batch {
        self.0.as_mut().and_then(|spares| spares.pop()).unwrap_or_default()
    }

    /// Keeps an empty batch, if it is not one too many.
    pub(super) fn keep(&mut self, batch: Batch) {
        let spares = self.0.get_or_insert_default();
        if spares.len() < MOST {
            spares.push(batch);
        }
    }

    /// Gives back what an idle lane does not need.
    pub(super) fn shrink(&mut self) {
        // In place: a lane that is idle after each message has nothing to give back, and allocates nothing.
        if let Some(spares) = &mut self.0 {
            spares.retain(is_small);
            spares.truncate(1);
            spares.shrink_to(1);
        }
        self.0.take_if(|spares| spares.is_empty());
    }

    pub(super) fn clear(&mut self) {
        self.0 = None;
    }
}

fn is_small(batch: &Batch) -> bool {
    (1..=IDLE_CAPACITY).contains(&batch.capacity())
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;
    use crate::Message;

    fn used(octets: usize) -> Batch {
        let (mut batch, message) = (Batch::default(), Message::from(vec![0; octets]));
        batch.put(&[], (&message).into(), octets);
        batch.clear();
        batch
    }

    #[test]
    fn a_batch_is_kept_with_its_memory_and_no_more_than_so_many() {
        let mut spares = Spares::default();
        assert_eq!(spares.take().capacity(), 0);
        (0..MOST + 1).for_each(|_| spares.keep(used(5000)));
        (0..MOST).for_each(|_| assert!(spares.take().capacity() > 5000));
        assert_eq!(spares.take().capacity(), 0);
    }

    #[test]
    fn an_idle_lane_keeps_a_small_one_at_most() {
        let mut spares = Spares::default();
        [5000, 100, 200, 6000].into_iter().for_each(|octets| spares.keep(used(octets)));
        spares.shrink();
        assert!((1..=IDLE_CAPACITY).contains(&spares.take().capacity()));
        assert_eq!(spares.take().capacity(), 0);
        spares.keep(used(5000));
        spares.shrink();
        assert!(spares.0.is_none());
    }
}
