//! XSUB: a SUB whose application subscribes by sending (RFC 29).

use zmtp_core::mechanism::Null;
use zmtp_core::pattern::{Upstream, Xsub as Machine, XsubOptions, XsubSend};
use zmtp_core::subscription::{SubscriptionTable, Subscriptions};
use zmtp_core::{Config, SocketType};

use super::publish::Delivery;
use super::subscribe::{SELF, announce_driven, announce_to_all, cancel, may_tell, tell};
use super::take::{Inbox, Take};
use super::{Pattern, Peers, SendError, SocketOf};
use crate::places::{Fresh, Places};
use crate::{Event, Reason};

/// An XSUB socket: a frame `01` and a topic subscribes, `00` and a topic cancels, anything else goes to every publisher.
/// What is received is not looked at again: what publishers send is shown. A message of several frames is never a
/// subscription: on the wire of ZMTP 3.0 these have one.
pub type Xsub<'p, 's, M = Null> = SocketOf<'p, 's, XsubPattern<'s>, M>;

/// What makes an [`Xsub`].
#[derive(Debug)]
pub struct XsubPattern<'s> {
    machine: Machine,
    subscriptions: SubscriptionTable<'s>,
    inbox: Inbox,
}

impl<'p, 's, M: Fresh> Xsub<'p, 's, M> {
    /// A socket with these peers, whose topics are kept in `subscriptions`: each takes 4 octets more than it has. The socket
    /// type in `config` is replaced.
    #[must_use]
    pub fn new(
        config: Config<'p, M::Security<'p>>,
        places: impl Into<Places<'p, 's, M>>,
        subscriptions: &'s mut [u8],
    ) -> Self {
        Self::with_options(config, places, XsubOptions::default(), subscriptions)
    }

    /// The same, where publishers hear more than the first subscription to a topic and the last cancel: for an XPUB that
    /// counts what it is told. Others forget a topic with the first cancel.
    #[must_use]
    pub fn with_options(
        config: Config<'p, M::Security<'p>>,
        places: impl Into<Places<'p, 's, M>>,
        options: XsubOptions,
        subscriptions: &'s mut [u8],
    ) -> Self {
        let (machine, subscriptions) = (Machine::new(options), SubscriptionTable::new(subscriptions));
        Self::of(config, places, XsubPattern { machine, subscriptions, inbox: Inbox::default() })
    }

    /// Sends a message of these parts upstream, or keeps a subscription and tells the publishers (Z29-026). What is no
    /// subscription is dropped for a publisher without room (Z29-027).
    ///
    /// # Errors
    /// `WouldBlock` while a cancel, or a subscription that is not the first, cannot be told to all: drive the socket, then call
    /// again. [`SendError::SubscriptionsFull`]. Nothing has changed then.
    pub fn send(&mut self, parts: &[&[u8]]) -> nb::Result<Delivery, SendError> {
        let Self { peers, pattern: XsubPattern { machine, subscriptions, .. } } = self;
        let mut delivery = Delivery::default();
        let Some((&first, rest)) = parts.split_first() else { return Ok(delivery) };
        let only = rest.is_empty();
        let said = if only { Upstream::of_message(first) } else { Upstream::Data };
        if let Upstream::Cancel(topic) = said {
            let take = |table: &mut SubscriptionTable<'_>| {
                matches!(machine.send(table, first, only), Ok(XsubSend::Cancel(_)))
            };
            let told = cancel(subscriptions, peers, topic, take);
            return told.map(|()| delivery).map_err(|_| nb::Error::WouldBlock);
        }
        let again = matches!(said, Upstream::Subscribe(topic) if subscriptions.holds(SELF, topic));
        match machine.send(subscriptions, first, only).map_err(SendError::from)? {
            XsubSend::Subscribe(topic) if again => {
                if !may_tell(subscriptions, peers, true, topic) {
                    // Counted, and not told.
                    subscriptions.cancel(SELF, topic);
                    return Err(nb::Error::WouldBlock);
                }
                tell(subscriptions, peers, true, topic);
            }
            XsubSend::Subscribe(_) => announce_to_all(subscriptions, peers),
            XsubSend::Message => (0..peers.all.len()).for_each(|peer| delivery.give(peers, peer, parts)),
            XsubSend::Cancel(_) | XsubSend::Nothing => {}
        }
        Ok(delivery)
    }
}

impl Pattern for XsubPattern<'_> {
    const TYPE: SocketType = SocketType::XSub;

    fn driven<M: Fresh>(
        &mut self,
        peers: &mut Peers<'_, '_, M>,
        peer: usize,
        report: &mut dyn FnMut(Event),
    ) -> Result<bool, Reason> {
        Ok(announce_driven(&self.subscriptions, peers, peer, report))
    }
}

impl Take for XsubPattern<'_> {
    fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }
}
