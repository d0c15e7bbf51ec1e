//! A PUB for one peer on a [`Connection`]: all that a board needs for it, and nothing that it does not.

use zmtp_core::pattern::Upstream;
use zmtp_core::store::{Assembly, Ring};
use zmtp_core::subscription::{SubscriptionTable, Subscriptions, TableFull};
use zmtp_core::wire::{FrameHead, FrameKind};
use zmtp_core::{Config, Connection, Event, Failure, Full, Instant, SocketType, Step};

/// In flash.
static CONFIG: Config<'static> = Config::new(SocketType::Pub);

/// A PUB with one peer.
pub struct Publisher<'a> {
    connection: Connection,
    /// The body of a command, or of a subscription of a 3.0 peer, which is a message.
    incoming: Assembly<'a>,
    /// Whether the open body is a message of one frame that can be a subscription.
    upstream: bool,
    /// Whether another frame follows of the message that is coming in.
    more: bool,
    /// Whole messages as they are on the wire.
    outgoing: Ring<'a>,
    subscriptions: SubscriptionTable<'a>,
}

impl<'a> Publisher<'a> {
    /// In this storage: for a command, for messages, for topics.
    pub fn new(
        incoming: &'a mut [u8],
        outgoing: &'a mut [u8],
        subscriptions: &'a mut [u8],
        now: Instant,
    ) -> Self {
        Self {
            connection: Connection::new(&CONFIG, now),
            incoming: Assembly::new(incoming),
            upstream: false,
            more: false,
            outgoing: Ring::new(outgoing),
            subscriptions: SubscriptionTable::new(subscriptions),
        }
    }

    /// A stream to another peer opened.
    pub fn restart(&mut self, now: Instant) {
        self.connection = Connection::new(&CONFIG, now);
        self.more = false;
        self.outgoing.truncate(0);
        self.subscriptions.clear();
    }

    /// Takes octets from the stream, and keeps the subscriptions in them; returns how many are done with.
    pub fn receive(&mut self, input: &[u8], now: Instant) -> Result<usize, Failure> {
        let mut used: usize = 0;
        loop {
            let rest = input.get(used..).unwrap_or_default();
            let progress = self.connection.receive(&CONFIG, rest, now)?;
            used = used.wrapping_add(progress.used);
            match progress.step {
                Step::Frame(head) => self.begin(head)?,
                Step::Body(octets) => {
                    let rest = input.get(used..).unwrap_or_default();
                    self.incoming.extend(rest.get(..octets).unwrap_or_default());
                    self.connection.take_body(octets, now)?;
                    used = used.wrapping_add(octets);
                    if self.upstream && self.connection.body_left() == 0 {
                        let kept = match Upstream::of_message(self.incoming.filled()) {
                            Upstream::Subscribe(topic) => self.subscriptions.hold(0, topic),
                            Upstream::Cancel(topic) => Ok(self.subscriptions.forget(0, topic)),
                            Upstream::Data => Ok(false),
                        };
                        self.check(kept)?;
                    }
                }
                Step::Command => {
                    let event = self.connection.handle_command(&CONFIG, self.incoming.filled(), now)?;
                    let kept = match event {
                        Event::Subscribe(topic) => self.subscriptions.hold(0, topic),
                        Event::Cancel(topic) => Ok(self.subscriptions.forget(0, topic)),
                        _ => Ok(false),
                    };
                    self.check(kept)?;
                }
                Step::Starved | Step::Transmit | Step::Admit => return Ok(used),
            }
        }
    }

    fn begin(&mut self, head: FrameHead) -> Result<(), Failure> {
        let first = !self.more;
        self.more = head.kind == FrameKind::Message { more: true };
        self.incoming.clear();
        let fits = head.len <= self.incoming.capacity() as u64;
        let command = head.kind == FrameKind::Command;
        self.upstream = !command && first && !self.more && fits;
        if command && !fits { Err(self.connection.abort(Failure::CommandLimit)) } else { Ok(()) }
    }

    /// A subscriber that goes without its topic had better know.
    fn check(&mut self, kept: Result<bool, TableFull>) -> Result<(), Failure> {
        if kept.is_err() { Err(self.connection.abort(Failure::CommandLimit)) } else { Ok(()) }
    }

    /// Queues a message of one part, if the peer is there and subscribes to it; returns whether it does.
    pub fn publish(&mut self, body: &[u8]) -> Result<bool, Full> {
        if !self.connection.may_send() || !self.subscriptions.wants(0, body) {
            return Ok(false);
        }
        let head = FrameHead::message(false, body.len() as u64).encode();
        self.outgoing.append(head.as_ref(), body).map(|()| true)
    }

    /// Gives octets to the stream: what is owed, then messages.
    pub fn transmit(&mut self, out: &mut [u8], now: Instant) -> usize {
        let mut written = 0;
        if self.connection.body_to_send() == 0 {
            written = self.connection.poll_transmit(&CONFIG, out, now);
            if self.connection.begin_octets(self.outgoing.len() as u64).is_err() {
                return written;
            }
        }
        let left = usize::try_from(self.connection.body_to_send()).unwrap_or(usize::MAX);
        let room = out.get_mut(written..).unwrap_or_default();
        let most = left.min(room.len());
        let sent = self.outgoing.pop(room.get_mut(..most).unwrap_or_default());
        self.connection.sent_body(sent);
        written.wrapping_add(sent)
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.connection.poll_timeout()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), Failure> {
        self.connection.handle_timeout(&CONFIG, now)
    }
}
