//! One peer with everything it needs in lent storage: what boards are built from.
//!
//! A link takes octets from a stream and gives octets to it; in between are messages. It does not know what the
//! stream is, and waits for nothing: a message is taken, or there is no room, and the caller hears of it.

mod plain;
mod receive;
mod send;

use crate::connection::{Config, Connection, Event, Failure};
use crate::mark::Full;
use crate::mechanism::{Credentials, Mechanism, Null, Verdict};
use crate::store::{Assembly, FrameQueue, TakeError, Taken};
use crate::time::Instant;
use crate::wire::FrameHead;

/// Storage for one [`Link`], lent for its whole life.
#[derive(Debug)]
pub struct Storage<'a> {
    /// Commands from the peer; bounds its metadata and its topics (10 octets longer with their name). With encryption
    /// every frame of a message comes as a command, 33 octets longer than it is.
    pub command: &'a mut [u8],
    /// Messages from the peer that wait to be taken.
    pub incoming: &'a mut [u8],
    /// Messages to the peer that wait to be sent.
    pub outgoing: &'a mut [u8],
    /// The most messages in each of the two queues; 0 is as many as there is room for.
    pub messages: usize,
}

/// What becomes of a message that is larger than the queue for incoming ones.
///
/// [`Limits`](crate::Limits) come first: what they do not allow ends the connection. A frame that comes encrypted has to
/// fit, whatever is said here: it cannot be opened before all of it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Oversize {
    /// The connection ends with [`Failure::MessageLimit`].
    Refuse,
    /// It is dropped and reported, and the next one is served.
    #[default]
    Skip,
    /// It passes through the queue in pieces: see [`Link::take_piece`]. Its peer is not read from while the queue is full,
    /// and if the peer is lost on the way, so is the rest of the message.
    Stream,
}

/// A connection, a queue of messages from the peer and one to it.
///
/// `M` is the security [`Mechanism`], by default none. A message lies in its queue as it is framed on the wire from
/// ZMTP 2.0 on, and in the clear: it is sealed as it leaves. Peers of version 1.0 are refused.
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
pub struct Link<'a, M = Null> {
    connection: Connection<M>,
    command: Assembly<'a>,
    incoming: FrameQueue<'a>,
    outgoing: FrameQueue<'a>,
    /// A frame whose head has been read, and for whose body there is no room yet.
    waiting: Option<FrameHead>,
    /// Whether the body that is open is that of a command.
    in_command: bool,
    skip: Skip,
    oversize: Oversize,
}

/// Passing over a message that is too large for the queue, or that nobody wants.
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
    /// A part of a message came encrypted, and is in the queue or passed over.
    Part,
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
    /// A frame has been begun and is not written to its end: [`write`](Link::write) the rest of it first.
    Unfinished,
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
            Self::Unfinished => {
                "a frame has been begun and is not written to its end: write the rest of it first"
            }
        })
    }
}

impl core::error::Error for QueueError {}

impl<'a> Link<'a> {
    /// A link without security whose stream just opened.
    #[must_use]
    pub fn new(config: &Config<'_>, storage: Storage<'a>, now: Instant) -> Self {
        Self::with(config, Null, storage, now)
    }
}

impl<'a, M: Mechanism> Link<'a, M> {
    /// A link with this security whose stream just opened.
    #[must_use]
    pub fn with(
        config: &Config<'_, M::Security<'_>>,
        mechanism: M,
        storage: Storage<'a>,
        now: Instant,
    ) -> Self {
        Self::of(Connection::with(config, mechanism, now), storage)
    }

    /// A link that has no stream yet: [`restart`](Self::restart) it when there is one.
    #[must_use]
    pub fn idle(mechanism: M, storage: Storage<'a>) -> Self {
        Self::of(Connection::idle(mechanism), storage)
    }

    fn of(connection: Connection<M>, storage: Storage<'a>) -> Self {
        Self {
            connection,
            command: Assembly::new(storage.command),
            incoming: FrameQueue::new(storage.incoming, storage.messages),
            outgoing: FrameQueue::new(storage.outgoing, storage.messages),
            waiting: None,
            in_command: false,
            skip: Skip::No,
            oversize: Oversize::default(),
        }
    }

    /// Says what becomes of messages that are larger than the queue, from the next one on.
    pub fn set_oversize(&mut self, oversize: Oversize) {
        self.oversize = oversize;
    }

    /// Has the queues keep only their newest whole message (`ZMQ_CONFLATE`), see
    /// [`FrameQueue::set_conflate`](crate::store::FrameQueue::set_conflate). `outgoing` is not for an encrypted connection,
    /// nor for one that subscribes: a subscription waits in the same queue.
    #[cfg(any(test, feature = "conflate"))]
    pub fn set_conflate(&mut self, incoming: bool, outgoing: bool) {
        self.incoming.set_conflate(incoming);
        self.outgoing.set_conflate(outgoing);
    }

    /// Forgets the peer: a stream to another one just opened. Returns how many messages to the old one are lost.
    pub fn restart(&mut self, config: &Config<'_, M::Security<'_>>, mechanism: M, now: Instant) -> usize {
        let lost = self.outgoing.messages();
        self.connection = Connection::with(config, mechanism, now);
        self.command.clear();
        self.incoming.clear();
        self.outgoing.clear();
        self.waiting = None;
        self.in_command = false;
        self.skip = Skip::No;
        lost
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

    /// Takes octets of the next frame into `body`, as many as are there and fit: with [`Oversize::Stream`] a frame may be
    /// larger than the queue.
    ///
    /// # Errors
    /// [`TakeError::Empty`] if there are none.
    pub fn take_piece(&mut self, body: &mut [u8]) -> Result<Taken, TakeError> {
        self.incoming.take_piece(body)
    }

    /// Whether a message from the peer can be taken that is not whole yet.
    #[must_use]
    pub fn is_streaming(&self) -> bool {
        self.incoming.is_streaming()
    }

    /// What the peer shows, if the application is asked whether it may come in: answer with [`admit`](Self::admit), now or
    /// later. There is no answer by default.
    #[must_use]
    pub fn credentials(&self) -> Option<Credentials<'_>> {
        self.connection.credentials(self.command.get())
    }

    /// Says whether the peer may come in; then take octets and transmit as before.
    ///
    /// # Errors
    /// As [`Connection::admit`].
    pub fn admit(&mut self, verdict: Verdict) -> Result<(), Failure> {
        self.connection.admit(verdict)
    }

    /// Ends the connection for a reason of the embedder's, as [`Connection::abort`].
    pub fn abort(&mut self, failure: Failure) -> Failure {
        self.connection.abort(failure)
    }

    /// The head of the next frame from the peer.
    #[must_use]
    pub fn next_frame(&self) -> Option<FrameHead> {
        self.incoming.front().map(|(head, _)| head)
    }

    /// Drops what is left of the message whose frames are being taken, or the next whole one.
    pub fn skip_message(&mut self) {
        let last = self.incoming.is_last_open();
        if !self.incoming.skip_message() {
            self.skip = if last { Skip::LastFrame } else { Skip::Frame };
        }
    }

    /// Whether everything queued has been transmitted.
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.outgoing.is_empty() && self.connection.body_to_send() == 0
    }

    /// The protocol with the peer.
    #[must_use]
    pub fn connection(&self) -> &Connection<M> {
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
    pub fn handle_timeout(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        now: Instant,
    ) -> Result<(), Failure> {
        self.connection.handle_timeout(config, now)
    }
}

#[cfg(test)]
mod tests;
