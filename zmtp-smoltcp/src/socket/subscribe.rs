//! SUB: takes the messages it subscribes to, from its peers in turn (RFC 29).

use core::convert::Infallible;

use zmtp_core::link::QueueError;
use zmtp_core::subscription::{SubscriptionTable, Subscriptions, TableFull};
use zmtp_core::{Config, Instant, SocketType};

use super::inbox::{Frame, Inbox, RecvError};
use super::{Peers, Socket};
use crate::{Event, Peer, Reason, Stream};

/// Us, in a table with one holder.
const SELF: usize = 0;

/// A SUB socket. Every new peer is told of all subscriptions; when its storage is full it stops reading, and the publisher
/// drops for it (Z29-019).
#[derive(Debug)]
pub struct Sub<'p, 's> {
    peers: Peers<'p, 's>,
    subscriptions: SubscriptionTable<'s>,
    inbox: Inbox,
}

impl<'p, 's> Sub<'p, 's> {
    /// A socket with these peers, at most [`MAX_PEERS`](super::MAX_PEERS), whose topics are kept in `subscriptions`: each
    /// takes 4 octets more than it has. The socket type in `config` is replaced.
    #[must_use]
    pub fn new(config: Config<'p>, peers: &'p mut [Peer<'s>], subscriptions: &'s mut [u8]) -> Self {
        Self {
            peers: Peers::new(SocketType::Sub, config, peers),
            subscriptions: SubscriptionTable::new(subscriptions),
            inbox: Inbox::default(),
        }
    }

    /// Subscribes to messages whose first frame begins with `topic`; all of them begin with an empty one. Subscriptions
    /// count: each wants its own [`cancel`](Self::cancel).
    ///
    /// # Errors
    /// [`TableFull`] if there is no room to remember it.
    pub fn subscribe(&mut self, topic: &[u8]) -> Result<(), TableFull> {
        self.subscriptions.subscribe(SELF, topic)?;
        for peer in self.peers.all.iter_mut() {
            announce(&self.subscriptions, peer);
        }
        Ok(())
    }

    /// Takes back one subscription to `topic`. None to take back is no error.
    ///
    /// # Errors
    /// `WouldBlock` while the queue to a peer has no room to tell it: drive the socket, then call again.
    pub fn cancel(&mut self, topic: &[u8]) -> nb::Result<(), Infallible> {
        let topics = self.topics();
        let ready = |peer: &Peer<'_>| peer.attached && peer.link.may_send();
        if self.peers.all.iter().any(|peer| ready(peer) && peer.announced < topics) {
            return Err(nb::Error::WouldBlock);
        }
        if !self.subscriptions.cancel(SELF, topic) {
            return Ok(());
        }
        for peer in self.peers.all.iter_mut().filter(|peer| ready(peer)) {
            if peer.link.subscribe(false, topic) == Err(QueueError::Full) {
                // Takes the room that the cancellation has freed; those who have heard of it hear of this, too.
                let _ = self.subscriptions.subscribe(SELF, topic);
                return Err(nb::Error::WouldBlock);
            }
            peer.announced = peer.announced.saturating_sub(1);
        }
        Ok(())
    }

    /// Receives the next frame into `buffer`.
    ///
    /// # Errors
    /// `WouldBlock` if nothing is there; [`RecvError::TooSmall`].
    pub fn recv<'b>(&mut self, buffer: &'b mut [u8]) -> nb::Result<Frame<'b>, RecvError> {
        loop {
            let first = self.inbox.is_between_messages();
            let peer = self.inbox.next(&self.peers).ok_or(nb::Error::WouldBlock)?;
            let (len, more) = self.inbox.take(&mut self.peers, peer, buffer)?;
            if !first || self.wants(buffer.get(..len).unwrap_or_default()) {
                return Ok(Frame::new(buffer, (len, more)));
            }
            // Under way when it was cancelled (Z29-021).
            if more {
                self.inbox.skip(&mut self.peers);
            }
        }
    }

    /// Drops the rest of the message that has been begun, or the next whole one.
    pub fn skip(&mut self) {
        self.inbox.skip(&mut self.peers);
    }

    fn wants(&self, topic: &[u8]) -> bool {
        let mut wanted = false;
        self.subscriptions.each_match(topic, &mut |_| wanted = true);
        wanted
    }

    fn topics(&self) -> usize {
        let mut topics = 0_usize;
        self.subscriptions.each_topic(SELF, &mut |_| topics = topics.saturating_add(1));
        topics
    }
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
fn announce(subscriptions: &SubscriptionTable<'_>, peer: &mut Peer<'_>) -> Announced {
    let mut announced = Announced::default();
    if !peer.attached || !peer.link.may_send() {
        return announced;
    }
    let mut known = peer.announced;
    let mut full = false;
    subscriptions.each_topic(SELF, &mut |topic| {
        if known > 0 || full {
            known = known.saturating_sub(1);
            return;
        }
        match peer.link.subscribe(true, topic) {
            Ok(()) => announced.told = announced.told.saturating_add(1),
            Err(QueueError::TooLarge) => announced.refused = announced.refused.saturating_add(1),
            Err(QueueError::Full | QueueError::NotReady) => full = true,
        }
    });
    peer.announced = peer.announced.saturating_add(announced.told).saturating_add(announced.refused);
    announced
}

impl Socket for Sub<'_, '_> {
    fn peers(&self) -> usize {
        self.peers.all.len()
    }

    fn attach(&mut self, peer: usize, now: Instant) -> Option<usize> {
        self.peers.attach_when_drained(peer, now)
    }

    fn drive(
        &mut self,
        peer: usize,
        stream: &mut impl Stream,
        now: Instant,
        report: &mut impl FnMut(Event),
    ) -> Result<(), Reason> {
        loop {
            self.peers.drive(peer, stream, now, report, |_, _| {})?;
            let Some(place) = self.peers.all.get_mut(peer) else { return Ok(()) };
            let announced = announce(&self.subscriptions, place);
            for _ in 0..announced.refused {
                report(Event::SubscriptionRefused { peer });
            }
            if announced.told == 0 {
                return Ok(());
            }
        }
    }

    fn detach(&mut self, peer: usize) {
        self.peers.detach(peer);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.peers.poll_timeout()
    }
}
