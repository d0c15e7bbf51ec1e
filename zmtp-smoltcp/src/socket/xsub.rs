//! XSUB: a SUB whose application subscribes by sending (RFC 29).

use zmtp_core::mechanism::Null;
use zmtp_core::pattern::{Upstream, Xsub as Machine, XsubSend};
use zmtp_core::subscription::SubscriptionTable;
use zmtp_core::{Config, SocketType};

use super::publish::Delivery;
use super::subscribe::{announce_driven, announce_to_all, cancel};
use super::take::{Inbox, Take};
use super::{Pattern, Peers, SendError, SocketOf};
use crate::places::{Fresh, Places};
use crate::{Event, Reason};

/// An XSUB socket: a frame `01` and a topic subscribes, `00` and a topic cancels, anything else goes to every publisher.
/// What is received is not looked at again: what publishers send is shown.
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
        let subscriptions = SubscriptionTable::new(subscriptions);
        let pattern = XsubPattern { machine: Machine::default(), subscriptions, inbox: Inbox::default() };
        Self::of(config, places, pattern)
    }

    /// Sends a message of these parts upstream, or keeps a subscription and tells the publishers (Z29-026). What is no
    /// subscription is dropped for a publisher without room (Z29-027).
    ///
    /// # Errors
    /// `WouldBlock` while a cancel cannot be told to all: drive the socket, then call again.
    /// [`SendError::SubscriptionsFull`]; nothing has changed then.
    pub fn send(&mut self, parts: &[&[u8]]) -> nb::Result<Delivery, SendError> {
        let Self { peers, pattern: XsubPattern { machine, subscriptions, .. } } = self;
        let mut delivery = Delivery::default();
        let Some((&first, rest)) = parts.split_first() else { return Ok(delivery) };
        let only = rest.is_empty();
        if only && let Upstream::Cancel(topic) = Upstream::of_message(first) {
            let take = |table: &mut SubscriptionTable<'_>| {
                matches!(machine.send(table, first, only), Ok(XsubSend::Cancel(_)))
            };
            let told = cancel(subscriptions, peers, topic, take);
            return told.map(|()| delivery).map_err(|_| nb::Error::WouldBlock);
        }
        match machine.send(subscriptions, first, only).map_err(SendError::from)? {
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
