//! Pub.
use crate::wait::Attempt;
use crate::*;
/// Publishes.
#[derive(Debug)]
pub struct Pub {
    core: super::core::Owner,
}
super::socket!(Pub);
super::sender!(Pub);
impl Pub {
    fn offer(&self, _: &Message) -> Attempt<Result<(), Unsent>> {
        unimplemented!()
    }
}
impl Pub {
    /// Waits until `count` peers have subscribed to something.
    ///
    /// # Errors
    /// [`Closing`] if the socket or its context is closed meanwhile.
    pub fn wait_for_subscribers(&self, count: usize) -> Result<(), Closing> {
        let _ = count;
        unimplemented!()
    }
    /// As [`wait_for_subscribers`](Self::wait_for_subscribers), without blocking the thread.
    ///
    /// # Errors
    /// [`Closing`] if the socket or its context is closed meanwhile.
    pub async fn wait_for_subscribers_async(&self, count: usize) -> Result<(), Closing> {
        let _ = count;
        unimplemented!()
    }
    /// How many messages were dropped, each subscriber counted, because a subscriber was at its high-water mark.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        unimplemented!()
    }
}
