//! XPUB: publishes, and shows who subscribes to what (RFC 29).

use zmtp_core::SocketType;
use zmtp_core::pattern::{NotGranted, Upstream};

use super::close::Owner;
use super::kept::Kept;
use super::publisher::Publisher;
use crate::wait::Attempt;
use crate::{Context, Message, RecvError, Unsent};

/// Publishes as a [`Pub`](crate::Pub), and receives what its subscribers ask for: `01` and a topic for the first
/// subscription to it, `00` and a topic for the last cancel, and whatever else an XSUB sends.
///
/// [`Options::xpub_verbose`](crate::Options::xpub_verbose), [`Options::xpub_verboser`](crate::Options::xpub_verboser) show more of it.
/// With [`Options::xpub_manual`](crate::Options::xpub_manual) nothing takes effect by itself:
/// [`subscribe`](Self::subscribe) and [`unsubscribe`](Self::unsubscribe) decide.
///
/// Requests wait to be received like messages, up to [`Options::rcvhwm`](crate::Options::rcvhwm) of each peer. Then no
/// more are taken from it, so receive them, or use a PUB.
///
/// ```
/// # let context = zmtp_std::Context::new();
/// let publisher = context.xpub();
/// let subscriber = context.subscriber();
/// subscriber.subscribe("weather")?;
/// subscriber.connect(publisher.bind("tcp://127.0.0.1:*")?)?;
///
/// assert_eq!(publisher.recv()?, "\u{1}weather");
/// publisher.send("weather is fine")?;
/// assert_eq!(subscriber.recv()?, "weather is fine");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct XPub {
    pub(super) core: Owner<Publisher>,
}

super::socket!(XPub);
super::sender!(XPub);
super::receiver!(XPub);
super::subscribed!(XPub);
super::subscribers!(XPub);

impl XPub {
    pub(crate) fn new(context: &Context) -> Self {
        Self { core: context.owner(SocketType::XPub, Publisher::shown(context.options())) }
    }

    #[inline]
    pub(super) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        self.core.publish(message)
    }

    pub(super) fn take_with<K: Kept>(&self) -> Attempt<Result<K::Taken, RecvError>> {
        if let Err(closing) = self.core.check() {
            return Some(Err(closing.into()));
        }
        let mut intake = self.core.intake();
        let (lane, message, kept) = self.core.next(&mut intake, |lane, parcel| {
            let message = parcel.cut()?;
            Some((lane.clone(), message, K::of(parcel)))
        })?;
        let only = message.part(0).filter(|_| message.len() == 1);
        if only.is_some_and(|part| Upstream::of_message(part) != Upstream::Data) {
            self.core.route().received(&lane);
        }
        Some(Ok(kept.with(message)))
    }

    pub(super) fn waits(&self) -> bool {
        self.core.waits(|_, _, _| true)
    }

    /// As with libzmq: what nobody has room for is dropped, or an error.
    pub(super) fn has_room(&self) -> bool {
        true
    }

    /// Of a manual XPUB: subscribes the peer whose request was received last to `topic`, which may be another than it
    /// asked for. With [`Options::xpub_manual_last_value`](crate::Options::xpub_manual_last_value) the next message is
    /// for that peer alone.
    ///
    /// # Errors
    /// [`NotGranted`] if the socket is not manual, or if that peer has gone.
    pub fn subscribe(&self, topic: impl AsRef<[u8]>) -> Result<(), NotGranted> {
        self.core.route().pattern.grant(topic.as_ref())?;
        self.core.audience.notify(usize::MAX);
        Ok(())
    }

    /// Of a manual XPUB: takes the subscription to `topic` from the peer whose request was received last; returns whether
    /// it had one.
    ///
    /// # Errors
    /// [`NotGranted`] if the socket is not manual, or if that peer has gone.
    pub fn unsubscribe(&self, topic: impl AsRef<[u8]>) -> Result<bool, NotGranted> {
        self.core.route().pattern.withdraw(topic.as_ref())
    }
}

impl Owner<Publisher> {
    /// Gives a message to everyone who is to have it, and counts who could not take it.
    #[inline]
    pub(super) fn publish(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        if let Err(closing) = self.check() {
            return Some(Err(closing.into()));
        }
        let drops = self.route().publish(message)?;
        Some(drops.map(|drops| self.count_drops(drops)))
    }
}
