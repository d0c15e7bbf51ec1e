//! A PUB for one peer on a [`Link`], which keeps messages of both directions: what the sockets of boards are built from.

use zmtp_core::link::{Link, LinkEvent, QueueError, Storage};
use zmtp_core::mechanism::{Mechanism, Verdict};
use zmtp_core::pattern::Upstream;
use zmtp_core::subscription::{SubscriptionTable, Subscriptions, TableFull};
use zmtp_core::{Config, Event, Failure, Instant};

/// A PUB with one peer.
pub struct Publisher<'a, M: Mechanism> {
    link: Link<'a, M>,
    subscriptions: SubscriptionTable<'a>,
}

impl<'a, M: Mechanism> Publisher<'a, M> {
    /// In this storage.
    pub fn new(
        config: &Config<'_, M::Security<'_>>,
        mechanism: M,
        storage: Storage<'a>,
        subscriptions: &'a mut [u8],
        now: Instant,
    ) -> Self {
        let link = Link::with(config, mechanism, storage, now);
        Self { link, subscriptions: SubscriptionTable::new(subscriptions) }
    }

    /// A stream to another peer opened.
    pub fn restart(&mut self, config: &Config<'_, M::Security<'_>>, mechanism: M, now: Instant) {
        self.link.restart(config, mechanism, now);
        self.subscriptions.forget_holder(0);
    }

    /// Takes octets from the stream, and keeps the subscriptions in them; returns how many are done with.
    pub fn receive(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        input: &[u8],
        now: Instant,
    ) -> Result<usize, Failure> {
        let mut used: usize = 0;
        loop {
            let received = self.link.receive(config, input.get(used..).unwrap_or_default(), now)?;
            used = used.saturating_add(received.used);
            let done = received.event.is_none();
            let kept = match received.event {
                Some(LinkEvent::Command(Event::Subscribe(topic))) => self.subscriptions.hold(0, topic),
                Some(LinkEvent::Command(Event::Cancel(topic))) => Ok(self.subscriptions.forget(0, topic)),
                _ => Ok(false),
            };
            if kept.and_then(|_| self.read_upstream()).is_err() {
                // A subscriber that goes without its topic had better know.
                return Err(self.link.abort(Failure::CommandLimit));
            }
            if done {
                return Ok(used);
            }
        }
    }

    /// Subscriptions of a 3.0 peer, which are messages.
    fn read_upstream(&mut self) -> Result<(), TableFull> {
        let mut body = [0; 64];
        while self.link.can_receive() {
            match self.link.take_frame(&mut body) {
                Ok((len, false)) => match Upstream::of_message(body.get(..len).unwrap_or_default()) {
                    Upstream::Subscribe(topic) => drop(self.subscriptions.hold(0, topic)?),
                    Upstream::Cancel(topic) => drop(self.subscriptions.forget(0, topic)),
                    Upstream::Data => {}
                },
                Ok((_, true)) | Err(_) => self.link.skip_message(),
            }
        }
        Ok(())
    }

    /// Lets a peer in that has asked; returns whether one had.
    pub fn admit(&mut self, verdict: impl FnOnce() -> Verdict) -> Result<bool, Failure> {
        if self.link.credentials().is_none() {
            return Ok(false);
        }
        self.link.admit(verdict()).map(|()| true)
    }

    /// Queues a message, if the peer subscribes to it; returns whether it does.
    pub fn publish(&mut self, parts: &[&[u8]]) -> Result<bool, QueueError> {
        let wanted = self.subscriptions.wants(0, parts.first().copied().unwrap_or_default());
        if wanted {
            self.link.send(parts)?;
        }
        Ok(wanted)
    }

    /// Gives octets to the stream.
    pub fn transmit(&mut self, config: &Config<'_, M::Security<'_>>, out: &mut [u8], now: Instant) -> usize {
        self.link.transmit(config, out, now)
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.link.poll_timeout()
    }

    /// Does what is due.
    pub fn handle_timeout(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        now: Instant,
    ) -> Result<(), Failure> {
        self.link.handle_timeout(config, now)
    }
}
