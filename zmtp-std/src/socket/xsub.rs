//! XSUB: a subscriber that subscribes by sending (RFC 29).

use std::sync::atomic::Ordering;

use zmtp_core::SocketType;
use zmtp_core::pattern::{Xsub, XsubSend};

use super::close::Owner;
use super::kept::Kept;
use super::overflow::Drops;
use super::subscribe::Subscriber;
use crate::lane::Offer;
use crate::wait::Attempt;
use crate::{Closing, Context, Message, Part, RecvError, Unsent};

/// Subscribes by sending a message of one part, `01` and the topic; with `00` and the topic it takes that back. So what an
/// [`XPub`](crate::XPub) receives can be passed on as it is.
///
/// Subscriptions are counted, and of the socket, as those of a [`Sub`](crate::Sub). Every other message goes to all
/// publishers that are connected; sending never waits, and what one of them has no room for is counted in
/// [`dropped`](Self::dropped). What is received is not filtered once more.
///
/// ```
/// # let context = zmtp_std::Context::new();
/// let publisher = context.xpub();
/// let subscriber = context.xsub();
/// subscriber.connect(publisher.bind("tcp://127.0.0.1:*")?)?;
///
/// subscriber.send("\u{1}weather")?;
/// assert_eq!(publisher.recv()?, "\u{1}weather");
/// publisher.send("weather is fine")?;
/// assert_eq!(subscriber.recv()?, "weather is fine");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct XSub {
    pub(super) core: Owner<Subscriber>,
    rules: Xsub,
}

super::socket!(XSub);
super::meeting!(XSub);
super::sender!(XSub);
super::receiver!(XSub);

impl XSub {
    pub(crate) fn new(context: &Context) -> Self {
        Self { core: context.owner(SocketType::XSub, Subscriber), rules: Xsub::default() }
    }

    pub(super) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        if let Err(closing) = self.core.check() {
            return Some(Err(closing.into()));
        }
        let mut intake = self.core.intake();
        let first = message.part(0).unwrap_or(Part::NONE);
        match self.rules.send(&mut intake.wanted.topics, first, message.len() == 1) {
            Ok(XsubSend::Subscribe(topic)) => self.core.tell(true, topic),
            Ok(XsubSend::Cancel(topic)) => self.core.tell(false, topic),
            Ok(XsubSend::Message) => self.send_to_all(message),
            // Four billion subscriptions to one topic cannot be counted, and need not be.
            Ok(XsubSend::Nothing) | Err(_) => {}
        }
        Some(Ok(()))
    }

    /// As if the application had sent it.
    pub(super) fn subscription(&self, subscribe: u8, topic: &[u8]) -> Result<(), Closing> {
        self.core.check()?;
        let _ = self.offer(&Message::from([&[subscribe], topic].concat()));
        Ok(())
    }

    fn send_to_all(&self, message: &Message) {
        let mut drops = Drops::default();
        for (lane, _) in self.core.route().links.connections() {
            let refused =
                matches!(lane.offer(&[], message.into()), Offer::Full | Offer::Crowded | Offer::TooLarge);
            drops.add(lane, u64::from(refused));
        }
        self.core.count_drops(drops);
    }

    pub(super) fn take_with<K: Kept>(&self) -> Attempt<Result<K::Taken, RecvError>> {
        self.core.take_with::<K>()
    }

    pub(super) fn waits(&self) -> bool {
        self.core.waits(|_, _, _| true)
    }

    /// As with libzmq: what nobody has room for is dropped, or an error.
    pub(super) fn has_room(&self) -> bool {
        true
    }

    /// How many messages, counted for each publisher, were dropped because it had no room.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.core.dropped.load(Ordering::Relaxed)
    }
}
