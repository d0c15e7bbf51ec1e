//! One peer with everything it needs in lent storage: what boards are built from.
//!
//! A link takes octets from a stream and gives octets to it; in between are messages. It does not know what the
//! stream is, and waits for nothing: a message is taken, or there is no room, and the caller hears of it.

use crate::connection::{Config, Connection, Event, Failure, Step};
use crate::fmt::debug;
use crate::mark::Full;
use crate::store::{Assembly, FrameQueue, TakeError};
use crate::time::Instant;
use crate::wire::{FrameHead, FrameKind, SubscriptionHead, Version};

/// Storage for one [`Link`], lent for its whole life.
#[derive(Debug)]
pub struct Storage<'a> {
    /// Commands from the peer; bounds its metadata and its topics (10 octets longer with their name).
    pub command: &'a mut [u8],
    /// Messages from the peer that wait to be taken.
    pub incoming: &'a mut [u8],
    /// Messages to the peer that wait to be sent.
    pub outgoing: &'a mut [u8],
    /// The most messages in each of the two queues; 0 is as many as there is room for.
    pub messages: usize,
}

/// A connection, a queue of messages from the peer and one to it.
///
/// A message lies in its queue as it is framed on the wire from ZMTP 2.0 on; peers of version 1.0 are refused.
///
/// ```
/// use zmtp_core::link::{Link, Storage};
/// use zmtp_core::{Config, Instant, SocketType};
///
/// fn storage<'a>(octets: &'a mut [[u8; 64]; 3]) -> Storage<'a> {
///     let [command, incoming, outgoing] = octets;
///     Storage { command, incoming, outgoing, messages: 0 }
/// }
/// let now = Instant::from_millis(0);
/// let (push_config, pull_config) = (Config::new(SocketType::Push), Config::new(SocketType::Pull));
/// let (mut a, mut b) = ([[0; 64]; 3], [[0; 64]; 3]);
/// let mut push = Link::new(&push_config, storage(&mut a), now);
/// let mut pull = Link::new(&pull_config, storage(&mut b), now);
///
/// // The stream between the two, and the loop of a driver.
/// let mut stream = [0; 256];
/// for _ in 0..4 {
///     let sent = push.transmit(&push_config, &mut stream, now);
///     pull.receive(&pull_config, &stream[..sent], now)?;
///     let sent = pull.transmit(&pull_config, &mut stream, now);
///     push.receive(&push_config, &stream[..sent], now)?;
///     if push.may_send() {
///         push.send(&[b"hello"])?;
///     }
/// }
/// let mut body = [0; 16];
/// assert_eq!(pull.take_frame(&mut body)?, (5, false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Link<'a> {
    connection: Connection,
    command: Assembly<'a>,
    incoming: FrameQueue<'a>,
    outgoing: FrameQueue<'a>,
    /// A frame whose head has been read, and for whose body there is no room yet.
    waiting: Option<FrameHead>,
    /// Whether the body that is open is that of a command.
    in_command: bool,
    skip: Skip,
}

/// Passing over a message that is too large for the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skip {
    No,
    Frame,
    LastFrame,
}

/// What a link did with its input: octets used up, and what they brought.
#[derive(Debug)]
pub struct Received<'l> {
    /// Octets of the input that are done with. Fewer than there were, and no event: take messages or transmit first,
    /// there is no room.
    pub used: usize,
    /// What happened; ask again with the rest of the input afterwards.
    pub event: Option<LinkEvent<'l>>,
}

/// What the peer brought beside messages.
#[derive(Debug)]
pub enum LinkEvent<'l> {
    /// A command that concerns the socket; [`Event::Established`] begins the traffic.
    Command(Event<'l>),
    /// A message was larger than the queue for incoming messages, and is dropped.
    Oversize,
}

/// Why a message was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum QueueError {
    /// The handshake is not over, or the connection is.
    NotReady,
    /// The queue is full; there is room when octets have been transmitted.
    Full,
    /// The message is larger than the queue; lend more storage or send less at once.
    TooLarge,
}

impl From<Full> for QueueError {
    fn from(full: Full) -> Self {
        match full {
            Full::Now => Self::Full,
            Full::Never => Self::TooLarge,
        }
    }
}

impl core::fmt::Display for QueueError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NotReady => "the peer is not ready for messages",
            Self::Full => "the queue to the peer is full: transmit first",
            Self::TooLarge => "the message is larger than the storage lent to the queue",
        })
    }
}

impl core::error::Error for QueueError {}

impl<'a> Link<'a> {
    /// A link whose stream just opened.
    #[must_use]
    pub fn new(config: &Config<'_>, storage: Storage<'a>, now: Instant) -> Self {
        Self {
            connection: Connection::new(config, now),
            command: Assembly::new(storage.command),
            incoming: FrameQueue::new(storage.incoming, storage.messages),
            outgoing: FrameQueue::new(storage.outgoing, storage.messages),
            waiting: None,
            in_command: false,
            skip: Skip::No,
        }
    }

    /// Forgets the peer: a stream to another one just opened. Returns how many messages to the old one are lost.
    pub fn restart(&mut self, config: &Config<'_>, now: Instant) -> usize {
        let lost = self.outgoing.messages();
        self.connection = Connection::new(config, now);
        self.command.clear();
        self.incoming.clear();
        self.outgoing.clear();
        self.waiting = None;
        self.in_command = false;
        self.skip = Skip::No;
        lost
    }

    /// Takes octets from the stream, up to the next event, or as many as there is room for.
    ///
    /// # Errors
    /// [`Failure`] when the connection is over: transmit what is still owed, then close the stream.
    pub fn receive(
        &mut self,
        config: &Config<'_>,
        input: &[u8],
        now: Instant,
    ) -> Result<Received<'_>, Failure> {
        let mut used: usize = 0;
        loop {
            if let Some(head) = self.waiting
                && !self.place(head)?
            {
                return Ok(Received { used, event: None });
            }
            if self.skip == Skip::LastFrame && self.connection.body_left() == 0 {
                self.skip = Skip::No;
                return Ok(Received { used, event: Some(LinkEvent::Oversize) });
            }
            let rest = input.get(used..).unwrap_or_default();
            let progress = self.connection.receive(config, rest, now)?;
            used = used.saturating_add(progress.used);
            match progress.step {
                Step::Starved | Step::Transmit | Step::Admit => return Ok(Received { used, event: None }),
                Step::Frame(head) => self.waiting = Some(head),
                Step::Body(octets) => {
                    let rest = input.get(used..).unwrap_or_default();
                    self.store(rest.get(..octets).unwrap_or(rest));
                    self.connection.take_body(octets, now)?;
                    used = used.saturating_add(octets);
                }
                Step::Command => {
                    if self.connection.version() == Version::V1 {
                        return Err(self.connection.abort(Failure::Version));
                    }
                    let event = self.connection.handle_command(config, self.command.filled(), now)?;
                    return Ok(Received { used, event: Some(LinkEvent::Command(event)) });
                }
            }
        }
    }

    /// Finds a place for the body behind `head`; returns whether there is one now.
    fn place(&mut self, head: FrameHead) -> Result<bool, Failure> {
        self.in_command = head.kind == FrameKind::Command;
        if self.in_command {
            self.command.clear();
            if head.len > self.command.capacity() as u64 {
                return Err(self.connection.abort(Failure::CommandLimit));
            }
        } else if self.skip == Skip::No {
            match self.incoming.begin_frame(head) {
                Ok(()) => {}
                Err(Full::Now) => return Ok(false),
                Err(Full::Never) => {
                    debug!("a message is larger than the storage for it");
                    self.incoming.abort();
                    self.skip = Skip::of(head);
                }
            }
        } else {
            self.skip = Skip::of(head);
        }
        self.waiting = None;
        Ok(true)
    }

    fn store(&mut self, body: &[u8]) {
        if self.in_command {
            self.command.extend(body);
        } else if self.skip == Skip::No {
            self.incoming.write(body);
        }
    }

    /// Gives octets for the stream: what the connection owes, then messages. Returns how many.
    ///
    /// Call it also after a [`Failure`], for what is still owed.
    pub fn transmit(&mut self, config: &Config<'_>, out: &mut [u8], now: Instant) -> usize {
        let mut written: usize = 0;
        loop {
            if self.connection.body_to_send() == 0 {
                let room = out.get_mut(written..).unwrap_or_default();
                written = written.saturating_add(self.connection.poll_transmit(config, room, now));
                let Some(len) = self.outgoing.leaving() else { return written };
                if self.connection.begin_octets(len).is_err() {
                    return written;
                }
            }
            let sent = self.outgoing.take_octets(out.get_mut(written..).unwrap_or_default());
            self.connection.sent_body(sent);
            written = written.saturating_add(sent);
            if sent == 0 {
                return written;
            }
        }
    }

    /// Whether the peer may be sent messages. There may still be no room.
    #[must_use]
    pub fn may_send(&self) -> bool {
        self.connection.may_send()
    }

    /// Queues a message of these parts: whole, or not at all.
    ///
    /// # Errors
    /// [`QueueError`]; nothing has changed then.
    pub fn send(&mut self, parts: &[&[u8]]) -> Result<(), QueueError> {
        if !self.may_send() {
            return Err(QueueError::NotReady);
        }
        Ok(self.outgoing.push(parts)?)
    }

    /// Queues a subscription to `topic`, or with `subscribe` false its cancellation, in the form the peer understands.
    ///
    /// # Errors
    /// [`QueueError`]; nothing has changed then.
    pub fn subscribe(&mut self, subscribe: bool, topic: &[u8]) -> Result<(), QueueError> {
        if !self.may_send() {
            return Err(QueueError::NotReady);
        }
        let head = SubscriptionHead::new(self.connection.version(), subscribe, topic.len());
        let Some(head) = head else { return Ok(()) };
        self.outgoing.begin_frame(head.frame())?;
        self.outgoing.write(head.name());
        self.outgoing.write(topic);
        Ok(())
    }

    /// Whether a message from the peer waits.
    #[must_use]
    pub fn can_receive(&self) -> bool {
        !self.incoming.is_empty()
    }

    /// Takes the next frame of the next message into `body`; returns its octets and whether another one follows.
    ///
    /// # Errors
    /// [`TakeError`] if no message is there, or the frame does not fit; it stays then.
    pub fn take_frame(&mut self, body: &mut [u8]) -> Result<(usize, bool), TakeError> {
        self.incoming.take_frame(body)
    }

    /// The head of the next frame from the peer.
    #[must_use]
    pub fn next_frame(&self) -> Option<FrameHead> {
        self.incoming.front().map(|(head, _)| head)
    }

    /// Drops what is left of the message whose frames are being taken, or the next whole one.
    pub fn skip_message(&mut self) {
        self.incoming.skip_message();
    }

    /// Whether everything queued has been transmitted.
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.outgoing.is_empty() && self.connection.body_to_send() == 0
    }

    /// The protocol with the peer.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.connection.poll_timeout()
    }

    /// Does what is due at `now`; may be called too early or too often.
    ///
    /// # Errors
    /// [`Failure`] when the peer's time is over.
    pub fn handle_timeout(&mut self, config: &Config<'_>, now: Instant) -> Result<(), Failure> {
        self.connection.handle_timeout(config, now)
    }
}

impl Skip {
    fn of(head: FrameHead) -> Self {
        if head.kind == (FrameKind::Message { more: true }) { Self::Frame } else { Self::LastFrame }
    }
}

#[cfg(test)]
mod tests;
