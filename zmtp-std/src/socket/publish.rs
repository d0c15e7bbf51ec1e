//! PUB: to all who subscribed (RFC 29).

use zmtp_core::SocketType;

use super::close::Owner;
use super::publisher::Publisher;
use crate::wait::Attempt;
use crate::{Context, Message, Unsent};

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
    pub(super) core: Owner<Publisher>,
}

super::socket!(Pub);
super::sender!(Pub);
super::subscribed!(Pub);
super::subscribers!(Pub);

impl Pub {
    pub(crate) fn new(context: &Context) -> Self {
        Self { core: context.owner(SocketType::Pub, Publisher::hidden(context.options())) }
    }

    #[inline]
    pub(super) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        self.core.publish(message)
    }

    /// As with libzmq: what nobody has room for is dropped, or an error.
    pub(super) fn has_room(&self) -> bool {
        true
    }
}
