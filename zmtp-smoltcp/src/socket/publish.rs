//! PUB: copies messages to the peers that subscribe to them (RFC 29).

use zmtp_core::link::QueueError;
use zmtp_core::pattern::Upstream;
use zmtp_core::subscription::{SubscriptionTable, Subscriptions};
use zmtp_core::{Config, Instant, SocketType};

use super::{Peers, Socket};
use crate::{Event, Peer, Reason, Stream};

/// Octets of the longest subscription in message form: 3.0 peers send `01` or `00` and the topic as one frame.
const LONGEST_UPSTREAM: usize = 256;

/// A PUB socket. It never blocks: a subscriber without room goes without, alone, and the sender is told (Z29-007).
#[derive(Debug)]
pub struct Pub<'p, 's> {
    peers: Peers<'p, 's>,
    subscriptions: SubscriptionTable<'s>,
}

/// What became of a published message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Delivery {
    /// Subscribers it is on the way to.
    pub queued: usize,
    /// Subscribers that had no room for it now.
    pub dropped: usize,
    /// Subscribers whose storage it will never fit.
    pub too_large: usize,
}

impl<'p, 's> Pub<'p, 's> {
    /// A socket with these peers, at most [`MAX_PEERS`](super::MAX_PEERS), whose topics are kept in `subscriptions`: each
    /// takes 4 octets more than it has. The socket type in `config` is replaced.
    #[must_use]
    pub fn new(config: Config<'p>, peers: &'p mut [Peer<'s>], subscriptions: &'s mut [u8]) -> Self {
        Self {
            peers: Peers::new(SocketType::Pub, config, peers),
            subscriptions: SubscriptionTable::new(subscriptions),
        }
    }

    /// Queues a message of these parts to every peer that subscribes to how the first part begins.
    pub fn send(&mut self, parts: &[&[u8]]) -> Delivery {
        let Self { peers, subscriptions } = self;
        let mut delivery = Delivery::default();
        let topic = parts.first().copied().unwrap_or_default();
        subscriptions.each_match(topic, &mut |peer| match peers.send(peer, parts) {
            Ok(()) => delivery.queued = delivery.queued.saturating_add(1),
            Err(QueueError::Full) => delivery.dropped = delivery.dropped.saturating_add(1),
            Err(QueueError::TooLarge) => delivery.too_large = delivery.too_large.saturating_add(1),
            // Its stream is just over: nobody is there.
            Err(QueueError::NotReady) => {}
        });
        delivery
    }

    /// Whether everything queued is in the streams: there is room for the next message in the queue of every subscriber.
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.peers.is_flushed()
    }

    /// Peers with at least one subscription.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        let mut subscribers = 0_usize;
        for peer in 0..self.peers.all.len() {
            let mut any = 0;
            self.subscriptions.each_topic(peer, &mut |_| any = 1);
            subscribers = subscribers.saturating_add(any);
        }
        subscribers
    }

    /// Reads the messages of a peer: subscriptions in the form of ZMTP 3.0, or nothing a PUB listens to (Z29-004).
    fn read_upstream(&mut self, at: usize, report: &mut impl FnMut(Event)) {
        let Some(peer) = self.peers.all.get_mut(at) else { return };
        let mut body = [0; LONGEST_UPSTREAM];
        while peer.link.can_receive() {
            let frame = match peer.link.take_frame(&mut body) {
                Ok((len, false)) => body.get(..len).unwrap_or_default(),
                // Of several frames, or longer than any topic that there is room for.
                Ok((_, true)) => {
                    peer.link.skip_message();
                    continue;
                }
                Err(_) => {
                    peer.link.skip_message();
                    report(Event::Oversize { peer: at });
                    continue;
                }
            };
            match Upstream::of_message(frame) {
                Upstream::Subscribe(topic) => subscribe(&mut self.subscriptions, at, topic, report),
                Upstream::Cancel(topic) => drop(self.subscriptions.forget(at, topic)),
                Upstream::Data => {}
            }
        }
    }
}

fn subscribe(
    table: &mut SubscriptionTable<'_>,
    peer: usize,
    topic: &[u8],
    report: &mut (impl FnMut(Event) + ?Sized),
) {
    if table.subscribe(peer, topic).is_err() {
        report(Event::SubscriptionRefused { peer });
    }
}

impl Socket for Pub<'_, '_> {
    fn peers(&self) -> usize {
        self.peers.all.len()
    }

    fn attach(&mut self, peer: usize, now: Instant) -> Option<usize> {
        self.peers.attach(peer, now)
    }

    fn drive(
        &mut self,
        peer: usize,
        stream: &mut impl Stream,
        now: Instant,
        report: &mut impl FnMut(Event),
    ) -> Result<(), Reason> {
        loop {
            let table = &mut self.subscriptions;
            self.peers.drive(peer, stream, now, report, |command, report| match command {
                zmtp_core::Event::Subscribe(topic) => subscribe(table, peer, topic, report),
                zmtp_core::Event::Cancel(topic) => drop(table.forget(peer, topic)),
                _ => {}
            })?;
            if !self.peers.can_receive(peer) {
                return Ok(());
            }
            self.read_upstream(peer, report);
        }
    }

    fn detach(&mut self, peer: usize) {
        self.peers.detach(peer);
        self.subscriptions.forget_holder(peer);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.peers.poll_timeout()
    }
}
