//! SUB: takes the messages it subscribes to, from its peers in turn (RFC 29).

use core::convert::Infallible;
use core::marker::PhantomData;

use zmtp_core::link::QueueError;
use zmtp_core::mechanism::Null;
use zmtp_core::subscription::{SubscriptionTable, Subscriptions, TableFull};
use zmtp_core::{Config, SocketType};

use super::matching::{Inverted, Match, Prefix};
use super::take::{Inbox, Take};
use super::{Pattern, Peers, SocketOf};
use crate::places::{Fresh, Places};
use crate::{Event, Peer, Reason};

/// Us, in a table with one holder.
pub(crate) const SELF: usize = 0;

/// A SUB socket. Every new peer is told of all subscriptions; when its storage is full it stops reading, and the publisher
/// drops for it (Z29-019).
pub type Sub<'p, 's, M = Null> = SocketOf<'p, 's, SubPattern<'s>, M>;

/// A SUB that takes the messages it does not subscribe to (`ZMQ_INVERT_MATCHING`, API-013): without subscriptions all of them.
/// Its publishers have to be [`InvertedPub`](crate::InvertedPub)s, or XPUBs whose options say so.
pub type InvertedSub<'p, 's, M = Null> = SocketOf<'p, 's, SubPattern<'s, Inverted>, M>;

/// What makes a [`Sub`], or with `Inverted` an [`InvertedSub`].
#[derive(Debug)]
pub struct SubPattern<'s, T = Prefix> {
    subscriptions: SubscriptionTable<'s>,
    inbox: Inbox,
    matching: PhantomData<T>,
}

impl<'p, 's, M: Fresh, T: Match> SocketOf<'p, 's, SubPattern<'s, T>, M> {
    /// A socket with these peers, whose topics are kept in `subscriptions`: each takes 4 octets more than it has. The socket
    /// type in `config` is replaced.
    #[must_use]
    pub fn new(
        config: Config<'p, M::Security<'p>>,
        places: impl Into<Places<'p, 's, M>>,
        subscriptions: &'s mut [u8],
    ) -> Self {
        let subscriptions = SubscriptionTable::new(subscriptions);
        let pattern = SubPattern { subscriptions, inbox: Inbox::default(), matching: PhantomData };
        Self::of(config, places, pattern)
    }

    /// Subscribes to messages whose first frame begins with `topic`; all of them begin with an empty one. Inverted, it is
    /// these that are not wanted. Subscriptions count: each wants its own [`cancel`](Self::cancel).
    ///
    /// # Errors
    /// [`TableFull`] if there is no room to remember it.
    pub fn subscribe(&mut self, topic: &[u8]) -> Result<(), TableFull> {
        self.pattern.subscriptions.subscribe(SELF, topic)?;
        announce_to_all(&self.pattern.subscriptions, &mut self.peers);
        Ok(())
    }

    /// Takes back one subscription to `topic`. None to take back is no error.
    ///
    /// # Errors
    /// `WouldBlock` while the queue to a peer has no room to tell it: drive the socket, then call again. Nothing has changed then.
    pub fn cancel(&mut self, topic: &[u8]) -> nb::Result<(), Infallible> {
        let table = &mut self.pattern.subscriptions;
        cancel(table, &mut self.peers, topic, |table| table.cancel(SELF, topic))
    }
}

/// Tells every peer of the subscriptions it does not know yet, as far as there is room.
pub(crate) fn announce_to_all<M: Fresh>(table: &SubscriptionTable<'_>, peers: &mut Peers<'_, '_, M>) {
    for peer in peers.all.iter_mut() {
        announce(table, peer);
    }
}

/// Takes a subscription back with `take`, which says whether peers are to hear of it, and tells them.
pub(crate) fn cancel<M: Fresh>(
    table: &mut SubscriptionTable<'_>,
    peers: &mut Peers<'_, '_, M>,
    topic: &[u8],
    take: impl FnOnce(&mut SubscriptionTable<'_>) -> bool,
) -> nb::Result<(), Infallible> {
    if !may_tell(table, peers, false, topic) {
        return Err(nb::Error::WouldBlock);
    }
    if take(table) {
        tell(table, peers, false, topic);
    }
    Ok(())
}

/// Whether every peer knows all subscriptions of `table`, and has room to hear of `topic` now, or never.
pub(crate) fn may_tell<M: Fresh>(
    table: &SubscriptionTable<'_>,
    peers: &mut Peers<'_, '_, M>,
    subscribe: bool,
    topic: &[u8],
) -> bool {
    let topics = table.held(SELF).topics;
    introduced(peers).all(|peer| {
        peer.announced >= topics && peer.link.has_room_to_subscribe(subscribe, topic) != Err(QueueError::Full)
    })
}

/// Tells every peer of `topic`, each of which knows all others of `table`.
pub(crate) fn tell<M: Fresh>(
    table: &SubscriptionTable<'_>,
    peers: &mut Peers<'_, '_, M>,
    subscribe: bool,
    topic: &[u8],
) {
    let topics = table.held(SELF).topics;
    for peer in introduced(peers) {
        // There is room, unless its storage is too small: then it was not told of the topic before.
        let _ = peer.link.subscribe(subscribe, topic);
        peer.announced = topics;
    }
}

/// The peers that may be told of subscriptions.
fn introduced<'a, 's: 'a, M: Fresh>(
    peers: &'a mut Peers<'_, 's, M>,
) -> impl Iterator<Item = &'a mut Peer<'s, M>> {
    peers.all.iter_mut().filter(|peer| peer.attached && peer.link.may_send())
}

/// What became of telling a peer.
#[derive(Clone, Copy, Debug, Default)]
struct Announced {
    /// Topics it was told of now.
    told: usize,
    /// Topics that will never fit its storage.
    refused: usize,
}

/// Tells a peer of the subscriptions that it does not know yet, as far as there is room (Z29-022).
fn announce<M: Fresh>(table: &SubscriptionTable<'_>, peer: &mut Peer<'_, M>) -> Announced {
    let mut announced = Announced::default();
    if !peer.attached || !peer.link.may_send() {
        return announced;
    }
    let mut known = peer.announced;
    let mut full = false;
    table.each_topic(SELF, &mut |topic| {
        if known > 0 || full {
            known = known.saturating_sub(1);
            return;
        }
        match peer.link.subscribe(true, topic) {
            Ok(()) => announced.told = announced.told.saturating_add(1),
            Err(QueueError::TooLarge) => announced.refused = announced.refused.saturating_add(1),
            Err(QueueError::Full | QueueError::NotReady | QueueError::Unfinished) => full = true,
        }
    });
    peer.announced = peer.announced.saturating_add(announced.told).saturating_add(announced.refused);
    announced
}

/// Tells a peer that was driven what it does not know yet; returns whether there was something.
pub(crate) fn announce_driven<M: Fresh>(
    table: &SubscriptionTable<'_>,
    peers: &mut Peers<'_, '_, M>,
    peer: usize,
    report: &mut dyn FnMut(Event),
) -> bool {
    let Some(place) = peers.all.get_mut(peer) else { return false };
    let announced = announce(table, place);
    for _ in 0..announced.refused {
        report(Event::SubscriptionRefused { peer });
    }
    announced.told > 0
}

impl<T> Pattern for SubPattern<'_, T> {
    const TYPE: SocketType = SocketType::Sub;

    fn driven<M: Fresh>(
        &mut self,
        peers: &mut Peers<'_, '_, M>,
        peer: usize,
        report: &mut dyn FnMut(Event),
    ) -> Result<bool, Reason> {
        Ok(announce_driven(&self.subscriptions, peers, peer, report))
    }
}

impl<T: Match> Take for SubPattern<'_, T> {
    fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }

    /// Some are under way when their topic is cancelled (Z29-021). One that comes in pieces is not held up for that.
    fn wants(&self, first: &[u8]) -> bool {
        T::MATCHING.wants(&self.subscriptions, SELF, first)
    }
}
