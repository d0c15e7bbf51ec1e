//! SUB: what it subscribed to (RFC 29).

use std::sync::Arc;

use zmtp_core::SocketType;
use zmtp_core::pattern::Matching;
use zmtp_core::subscription::Subscriptions;

use super::close::Owner;
use super::kept::Kept;
use super::pattern::Pattern;
use crate::subscription::Topics;
use crate::wait::Attempt;
use crate::{Closing, Context, Message, RecvError};

/// The holder of all subscriptions: the application.
const APPLICATION: usize = 0;

/// Subscribes: receives, fairly from all its peers, the messages whose first part begins with one of its topics.
///
/// Without a subscription it receives nothing. Subscriptions are of the socket: peers that come later, or come back, are
/// told of them. For an example, see [`Pub`](crate::Pub).
#[derive(Debug)]
pub struct Sub {
    pub(super) core: Owner<Subscriber>,
}

/// Which messages a subscriber wants.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(super) topics: Topics,
    pub(super) matching: Matching,
}

impl Wanted {
    fn wants(&self, message: &Message) -> bool {
        message.part(0).is_some_and(|topic| self.matching.wants(&self.topics, APPLICATION, topic))
    }
}

/// What a subscriber remembers of its publishers: nothing. Each new connection is told all subscriptions, so that none
/// waits for it.
#[derive(Debug)]
pub(crate) struct Subscriber;

impl Pattern for Subscriber {
    fn keeps(&self, _slot: usize) -> bool {
        false
    }
}

super::socket!(Sub);
super::meeting!(Sub);
super::receiver!(Sub);

impl Sub {
    pub(crate) fn new(context: &Context) -> Self {
        Self { core: context.owner(SocketType::Sub, Subscriber) }
    }

    pub(super) fn take_with<K: Kept>(&self) -> Attempt<Result<K::Taken, RecvError>> {
        if let Err(closing) = self.core.check() {
            return Some(Err(closing.into()));
        }
        let mut intake = self.core.intake();
        loop {
            let (message, kept) = self.core.next(&mut intake, |_, parcel| {
                let message = parcel.cut()?;
                Some((message, K::of(parcel)))
            })?;
            // Z29-021: what a publisher had sent before it learnt of a cancel.
            if intake.wanted.wants(&message) {
                return Some(Ok(kept.with(message)));
            }
        }
    }

    pub(super) fn waits(&self) -> bool {
        self.core.waits(|wanted, _, parcel| parcel.cut().is_some_and(|message| wanted.wants(&message)))
    }

    /// Subscribes to messages whose first part begins with `topic`; an empty topic is all messages.
    ///
    /// Subscriptions are counted: two to the same topic want two [`unsubscribe`](Self::unsubscribe).
    ///
    /// # Errors
    /// [`Closing`] if the socket or its context is closed.
    pub fn subscribe(&self, topic: impl AsRef<[u8]>) -> Result<(), Closing> {
        self.core.check()?;
        let topic = topic.as_ref();
        let mut intake = self.core.intake();
        // Peers hear of the first only. Four billion of one topic cannot be counted, and need not be.
        if intake.wanted.topics.subscribe(APPLICATION, topic) == Ok(true) {
            self.core.tell(true, topic);
        }
        Ok(())
    }

    /// Takes back one subscription to `topic`; returns whether there was one.
    ///
    /// # Errors
    /// [`Closing`] if the socket or its context is closed.
    pub fn unsubscribe(&self, topic: impl AsRef<[u8]>) -> Result<bool, Closing> {
        self.core.check()?;
        let topic = topic.as_ref();
        let mut intake = self.core.intake();
        let was_there = intake.wanted.topics.holds(APPLICATION, topic);
        if intake.wanted.topics.cancel(APPLICATION, topic) {
            self.core.tell(false, topic);
        }
        Ok(was_there)
    }
}

impl Owner<Subscriber> {
    /// Tells all publishers, while the intake is locked: a connection that is made meanwhile learns of it once.
    pub(super) fn tell(&self, subscribe: bool, topic: &[u8]) {
        // Over inproc the publisher's route is locked, which must not be under the lock of this one.
        let connections: Vec<_> =
            self.route().links.connections().map(|(lane, peer)| (Arc::clone(lane), peer)).collect();
        for (lane, peer) in connections {
            lane.subscription(peer, subscribe, topic);
        }
    }
}
