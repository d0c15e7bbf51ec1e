//! A PUB for one peer, over any stream: what a board needs of the library for it, and nothing that it does not.

use zmtp_core::link::{Link, LinkEvent, QueueError, Storage};
use zmtp_core::mechanism::Null;
use zmtp_core::pattern::Upstream;
use zmtp_core::subscription::{SubscriptionTable, Subscriptions, TableFull};
use zmtp_core::{Config, Event, Failure, Instant, SocketType};

/// In flash.
static CONFIG: Config<'static> = Config::new(SocketType::Pub);

/// A PUB with one peer.
pub struct Publisher<'a> {
    link: Link<'a>,
    subscriptions: SubscriptionTable<'a>,
}

impl<'a> Publisher<'a> {
    /// In this storage.
    pub fn new(storage: Storage<'a>, subscriptions: &'a mut [u8], now: Instant) -> Self {
        Self { link: Link::new(&CONFIG, storage, now), subscriptions: SubscriptionTable::new(subscriptions) }
    }

    /// A stream to another peer opened.
    pub fn restart(&mut self, now: Instant) {
        self.link.restart(&CONFIG, Null, now);
        self.subscriptions.forget_holder(0);
    }

    /// Takes octets from the stream, and keeps the subscriptions in them; returns how many are done with.
    pub fn receive(&mut self, input: &[u8], now: Instant) -> Result<usize, Failure> {
        let mut used: usize = 0;
        loop {
            let received = self.link.receive(&CONFIG, input.get(used..).unwrap_or_default(), now)?;
            used = used.saturating_add(received.used);
            let done = received.event.is_none();
            let kept = match received.event {
                Some(LinkEvent::Command(Event::Subscribe(topic))) => hold(&mut self.subscriptions, topic),
                Some(LinkEvent::Command(Event::Cancel(topic))) => forget(&mut self.subscriptions, topic),
                _ => Ok(()),
            };
            let kept = kept.and_then(|()| self.read_upstream());
            if kept.is_err() {
                // A subscriber that goes without its topic had better know.
                return Err(Failure::CommandLimit);
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
                    Upstream::Subscribe(topic) => hold(&mut self.subscriptions, topic)?,
                    Upstream::Cancel(topic) => forget(&mut self.subscriptions, topic)?,
                    Upstream::Data => {}
                },
                Ok((_, true)) | Err(_) => self.link.skip_message(),
            }
        }
        Ok(())
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
    pub fn transmit(&mut self, out: &mut [u8], now: Instant) -> usize {
        self.link.transmit(&CONFIG, out, now)
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.link.poll_timeout()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), Failure> {
        self.link.handle_timeout(&CONFIG, now)
    }
}

fn hold(table: &mut SubscriptionTable<'_>, topic: &[u8]) -> Result<(), TableFull> {
    table.hold(0, topic).map(|_| ())
}

fn forget(table: &mut SubscriptionTable<'_>, topic: &[u8]) -> Result<(), TableFull> {
    table.forget(0, topic);
    Ok(())
}
