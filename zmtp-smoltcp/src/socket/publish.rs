//! PUB: copies messages to the peers that subscribe to them (RFC 29).

use core::marker::PhantomData;

use zmtp_core::link::{Link, QueueError};
use zmtp_core::mechanism::Null;
use zmtp_core::pattern::Upstream;
use zmtp_core::subscription::{SubscriptionTable, Subscriptions};
use zmtp_core::{Config, Limits, SocketType};

use super::matching::{Inverted, Match, Prefix};
use super::{Pattern, Peers, SocketOf};
use crate::places::{Fresh, Places};
use crate::{Event, Reason};

/// Octets of the longest subscription in message form: 3.0 peers send `01` or `00` and the topic as one frame.
const LONGEST_UPSTREAM: usize = 256;

/// A PUB socket. It never blocks: a subscriber without room goes without, alone, and the sender is told (Z29-007).
///
/// It sends whole messages only. The length of a frame is said at its start, so one sent in pieces to a subscriber that stops
/// reading could neither be dropped nor go on at the others' pace: either it would wait for the slowest, or lose a connection.
pub type Pub<'p, 's, M = Null> = SocketOf<'p, 's, PubPattern<'s>, M>;

/// A PUB whose peers get what they do not subscribe to (`ZMQ_INVERT_MATCHING`, API-013): a peer without subscriptions gets
/// everything. They have to be [`InvertedSub`](crate::InvertedSub)s or XSUBs; a SUB would drop it all.
pub type InvertedPub<'p, 's, M = Null> = SocketOf<'p, 's, PubPattern<'s, Inverted>, M>;

/// What makes a [`Pub`], or with `Inverted` an [`InvertedPub`].
#[derive(Debug)]
pub struct PubPattern<'s, T = Prefix> {
    subscriptions: SubscriptionTable<'s>,
    /// What one peer may subscribe to.
    limits: Limits,
    matching: PhantomData<T>,
}

/// What became of a published message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Delivery {
    /// Peers it is on the way to.
    pub queued: usize,
    /// Peers that had no room for it now.
    pub dropped: usize,
    /// Peers whose storage it will never fit.
    pub too_large: usize,
}

impl Delivery {
    /// Queues a message to one more peer.
    pub(crate) fn give<M: Fresh>(&mut self, peers: &mut Peers<'_, '_, M>, peer: usize, parts: &[&[u8]]) {
        let count = match peers.open(peer).and_then(|link| link.send(parts)) {
            Ok(()) => &mut self.queued,
            Err(QueueError::Full) => &mut self.dropped,
            Err(QueueError::TooLarge) => &mut self.too_large,
            // Its stream is just over: nobody is there.
            Err(QueueError::NotReady | QueueError::Unfinished) => return,
        };
        *count = count.saturating_add(1);
    }
}

impl<'p, 's, M: Fresh, T: Match> SocketOf<'p, 's, PubPattern<'s, T>, M> {
    /// A socket with these peers, whose topics are kept in `subscriptions`: each takes 4 octets more than it has. The socket
    /// type in `config` is replaced.
    #[must_use]
    pub fn new(
        config: Config<'p, M::Security<'p>>,
        places: impl Into<Places<'p, 's, M>>,
        subscriptions: &'s mut [u8],
    ) -> Self {
        let subscriptions = SubscriptionTable::new(subscriptions);
        Self::of(config, places, PubPattern { subscriptions, limits: config.limits, matching: PhantomData })
    }

    /// Queues a message of these parts to every peer that subscribes to how the first part begins; inverted, to every other.
    pub fn send(&mut self, parts: &[&[u8]]) -> Delivery {
        let Self { peers, pattern } = self;
        let mut delivery = Delivery::default();
        let topic = parts.first().copied().unwrap_or_default();
        let ready = peers.ready();
        let give = &mut |peer| delivery.give(peers, peer, parts);
        T::MATCHING.each_recipient(&pattern.subscriptions, &ready, topic, give);
        delivery
    }

    /// Peers with at least one subscription.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        subscribers(&self.pattern.subscriptions, self.peers.all.len())
    }
}

/// How many of the first `peers` holders have a topic.
pub(crate) fn subscribers(table: &SubscriptionTable<'_>, peers: usize) -> usize {
    let mut subscribers = 0_usize;
    for peer in 0..peers {
        let mut any = 0;
        table.each_topic(peer, &mut |_| any = 1);
        subscribers = subscribers.saturating_add(any);
    }
    subscribers
}

/// The next message of a peer of a publisher, if it has one frame that there is room for; others are dropped, those of
/// several frames and those too large: ZMTP 3.0 subscribes with one (LZ-021).
pub(crate) fn next_upstream<'b, M: Fresh>(
    link: &mut Link<'_, M>,
    body: &'b mut [u8; LONGEST_UPSTREAM],
    mut dropped: impl FnMut(TooMuch),
) -> Option<&'b [u8]> {
    while link.can_receive() || link.is_streaming() {
        match link.take_frame(body) {
            Ok((len, false)) => return Some(body.get(..len).unwrap_or_default()),
            Ok((_, true)) => {
                link.skip_message();
                dropped(TooMuch::Frames);
            }
            Err(_) => {
                link.skip_message();
                dropped(TooMuch::Octets);
            }
        }
    }
    None
}

/// Why a message to a publisher is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooMuch {
    Frames,
    Octets,
}

pub(crate) const fn upstream_room() -> [u8; LONGEST_UPSTREAM] {
    [0; LONGEST_UPSTREAM]
}

impl<T> PubPattern<'_, T> {
    fn hear(&mut self, peer: usize, said: Upstream<'_>, report: &mut dyn FnMut(Event)) {
        match said {
            Upstream::Subscribe(topic) => {
                let may = self.subscriptions.admits(&self.limits, peer, topic).is_ok();
                if !may || self.subscriptions.hold(peer, topic).is_err() {
                    report(Event::SubscriptionRefused { peer });
                }
            }
            Upstream::Cancel(topic) => drop(self.subscriptions.forget(peer, topic)),
            // Z29-004: not what a PUB listens to.
            Upstream::Data => {}
        }
    }
}

impl<T> Pattern for PubPattern<'_, T> {
    const TYPE: SocketType = SocketType::Pub;
    const KEEPS: bool = false;

    fn told(&mut self, peer: usize, command: &zmtp_core::Event<'_>, report: &mut dyn FnMut(Event)) {
        match command {
            zmtp_core::Event::Subscribe(topic) => self.hear(peer, Upstream::Subscribe(topic), report),
            zmtp_core::Event::Cancel(topic) => self.hear(peer, Upstream::Cancel(topic), report),
            _ => {}
        }
    }

    fn driven<M: Fresh>(
        &mut self,
        peers: &mut Peers<'_, '_, M>,
        peer: usize,
        report: &mut dyn FnMut(Event),
    ) -> Result<bool, Reason> {
        let Some(link) = peers.link(peer) else { return Ok(false) };
        let (mut any, mut body) = (false, upstream_room());
        let mut too_large = false;
        while let Some(frame) =
            next_upstream(link, &mut body, |too_much| too_large |= too_much == TooMuch::Octets)
        {
            self.hear(peer, Upstream::of_message(frame), report);
            any = true;
        }
        if too_large {
            report(Event::Oversize { peer });
        }
        Ok(any)
    }

    fn lost<M: Fresh>(&mut self, _peers: &mut Peers<'_, '_, M>, peer: usize) {
        self.subscriptions.forget_holder(peer);
    }
}
