//! PUB: to all who subscribed (RFC 29).

use std::sync::atomic::Ordering;
use std::time::Duration;

use zmtp_core::SocketType;

use super::close::Owner;
use super::publisher::Publisher;
use crate::wait::Attempt;
use crate::{Closing, Context, Message, Unsent, WaitError};

/// Publishes: a message goes to every peer that has subscribed to the beginning of its first part.
///
/// Sending never waits, unless [`Options::xpub_nodrop`](crate::Options::xpub_nodrop) is set. Without subscribers a message goes nowhere; a subscriber that has no room misses it, the others
/// do not, and it is counted in [`dropped`](Self::dropped).
///
/// ```
/// # let context = zmtp_std::Context::new();
/// let publisher = context.publisher();
/// let endpoint = publisher.bind("tcp://127.0.0.1:*")?;
/// let subscriber = context.subscriber();
/// subscriber.subscribe("weather.10001")?;
/// subscriber.connect(&endpoint)?;
///
/// publisher.wait_for_subscribers(1)?;
/// publisher.send("weather.20002 rain")?;
/// publisher.send("weather.10001 sun")?;
/// assert_eq!(subscriber.recv()?, "weather.10001 sun");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Pub {
    core: Owner<Publisher>,
}

super::socket!(Pub);
super::sender!(Pub);

impl Pub {
    pub(crate) fn new(context: &Context) -> Self {
        Self { core: context.socket(SocketType::Pub, Publisher::hidden(context.options())) }
    }

    #[inline]
    fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        if let Err(closing) = self.core.check() {
            return Some(Err(closing.into()));
        }
        let dropped = self.core.route().publish(message)?;
        Some(dropped.map(|dropped| {
            if dropped > 0 {
                self.core.dropped.fetch_add(dropped, Ordering::Relaxed);
            }
        }))
    }

    /// Waits until at least `count` peers have subscribed to something. What is sent before a subscription has arrived
    /// does not reach the subscriber.
    ///
    /// # Errors
    /// [`Closing`] if the socket or its context is closed meanwhile.
    pub fn wait_for_subscribers(&self, count: usize) -> Result<(), Closing> {
        self.core.wait_for_audience(count, || self.subscribers())
    }

    /// As [`wait_for_subscribers`](Self::wait_for_subscribers), for at most `timeout`.
    ///
    /// # Errors
    /// [`WaitError`] with the reason.
    pub fn wait_for_subscribers_timeout(&self, count: usize, timeout: Duration) -> Result<(), WaitError> {
        self.core.wait_for_audience_timeout(count, timeout, || self.subscribers())
    }

    /// As [`wait_for_subscribers`](Self::wait_for_subscribers), without blocking the thread.
    ///
    /// # Errors
    /// [`Closing`] if the socket or its context is closed meanwhile.
    pub async fn wait_for_subscribers_async(&self, count: usize) -> Result<(), Closing> {
        self.core.wait_for_audience_async(count, || self.subscribers()).await
    }

    /// How many peers have subscribed to something.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.core.route().pattern.subscribers()
    }

    /// How many messages were dropped, counted for each subscriber, because a subscriber was at its high-water mark.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.core.dropped.load(Ordering::Relaxed)
    }
}
