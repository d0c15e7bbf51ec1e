//! What a connection owes its peer by itself, and when the embedder may send.

use super::{Config, Connection, Failure, Timer};
use crate::mechanism::null;
use crate::time::Instant;
use crate::wire::{Emit, FrameHead, FrameKind, Greeting, HeadOctets, PING_CONTEXT_MAX, Version, put_command};

/// What is owed, one bit an item. Nothing is kept rendered: an item is made when there is room for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owed {
    items: u8,
    /// The item that is part of the way out, or [`Owed::NOTHING`].
    current: u8,
    /// How many octets of it are out.
    sent: u16,
    /// What the PONG repeats, `context_len` octets of it.
    context: [u8; PING_CONTEXT_MAX],
    context_len: u8,
}

impl Owed {
    const NOTHING: u8 = 0;
    pub(super) const GREETING: u8 = 1;
    pub(super) const READY: u8 = 1 << 1;
    pub(super) const ERROR: u8 = 1 << 2;
    pub(super) const PONG: u8 = 1 << 3;
    pub(super) const PING: u8 = 1 << 4;

    pub(super) const fn greeting() -> Self {
        Self { items: Self::GREETING, current: 0, sent: 0, context: [0; PING_CONTEXT_MAX], context_len: 0 }
    }

    pub(super) fn add(&mut self, item: u8) {
        self.items |= item;
    }

    pub(super) fn add_pong(&mut self, context: &[u8]) {
        for (to, from) in self.context.iter_mut().zip(context) {
            *to = *from;
        }
        self.context_len = u8::try_from(context.len().min(PING_CONTEXT_MAX)).unwrap_or_default();
        self.add(Self::PONG);
    }

    pub(super) fn contains(&self, item: u8) -> bool {
        self.items & item != 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items == Self::NOTHING
    }

    /// Forgets everything but the items in `kept` and the one that is part of the way out.
    pub(super) fn keep(&mut self, kept: u8) {
        self.items &= kept | self.current;
    }

    /// The next item to render: the one begun, else the lowest bit.
    fn next(&self) -> u8 {
        if self.current != Self::NOTHING { self.current } else { self.items & self.items.wrapping_neg() }
    }

    fn context(&self) -> &[u8] {
        self.context.get(..usize::from(self.context_len)).unwrap_or_default()
    }

    /// Notes that `octets` more of `item` are out, the last of it if `whole`.
    fn sent(&mut self, item: u8, octets: usize, whole: bool) {
        if whole {
            self.items &= !item;
            (self.current, self.sent) = (Self::NOTHING, 0);
        } else if octets > 0 {
            self.current = item;
            self.sent = self.sent.saturating_add(u16::try_from(octets).unwrap_or(u16::MAX));
        }
    }
}

/// Why a frame cannot be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SendError {
    /// The handshake is not over; wait for [`Event::Established`](crate::Event::Established).
    NotReady,
    /// Something is owed first; call [`Connection::poll_transmit`] until it gives nothing.
    Owed,
    /// The body of the frame before is not complete; send it and say so with [`Connection::sent_body`].
    BodyOpen,
    /// A body has at most 2^63 - 1 octets.
    TooLong,
    /// The peer's version of ZMTP knows no commands after the handshake (Z23-007, Z15-005).
    NoCommands,
    /// The connection is over.
    Failed(Failure),
}

impl Connection {
    /// Renders what the connection owes its peer into `out`: greeting, handshake, PING, PONG, ERROR.
    ///
    /// Returns the octets to send, 0 if nothing is owed, there is no room, or the body of a frame of the embedder is
    /// open. They must leave before any frame that is begun later. Works on after a failure, for what is still owed.
    pub fn poll_transmit(&mut self, config: &Config<'_>, out: &mut [u8], now: Instant) -> usize {
        let mut written: usize = 0;
        if self.sending > 0 {
            return written;
        }
        while !self.owed.is_empty() {
            let item = self.owed.next();
            let room = out.get_mut(written..).unwrap_or_default();
            let sent = usize::from(self.owed.sent);
            let most = if item == Owed::GREETING {
                self.greeting.stage(config.oldest).saturating_sub(sent)
            } else {
                room.len()
            };
            let mut emit = Emit::new(room.get_mut(..most.min(room.len())).unwrap_or_default(), sent);
            self.emit(item, config, &mut emit);
            let (octets, whole) = (emit.written(), emit.is_whole());
            self.owed.sent(item, octets, whole);
            written = written.saturating_add(octets);
            if !whole {
                break;
            }
            if item == Owed::PING && !self.timers.is_set(Timer::Silence) {
                self.timers.set(Timer::Silence, now.after(config.heartbeat.timeout));
            }
        }
        written
    }

    fn emit(&self, item: u8, config: &Config<'_>, emit: &mut Emit<'_>) {
        match item {
            Owed::GREETING => self.our_greeting(config).emit(self.greeting.version(), emit),
            Owed::READY => null::emit_ready(config, emit),
            Owed::ERROR => {
                let reason = self.failure.map_or("", Failure::reason);
                let len = u8::try_from(reason.len()).unwrap_or_default();
                put_command(emit, "ERROR", &[&[len], reason.as_bytes()]);
            }
            Owed::PONG => put_command(emit, "PONG", &[self.owed.context()]),
            _ => put_command(emit, "PING", &[&config.heartbeat.ttl.to_be_bytes()]),
        }
    }

    fn our_greeting<'c>(&self, config: &Config<'c>) -> Greeting<'c> {
        Greeting {
            mechanism: null::NAME,
            as_server: false,
            oldest: config.oldest,
            socket_type: config.socket_type,
            identity: if config.socket_type.has_identity() { config.identity } else { &[] },
        }
    }

    /// Whether the peer may be sent messages: both READY commands are through (Z37-040) and nothing has failed.
    #[must_use]
    pub fn may_send(&self) -> bool {
        self.is_established() && !self.owed.contains(Owed::READY | Owed::GREETING)
    }

    /// Begins a frame of a message; returns its head. Send the head, then `len` octets of body.
    ///
    /// # Errors
    /// [`SendError`] if a frame may not begin here; nothing has changed then.
    pub fn begin_frame(&mut self, more: bool, len: u64) -> Result<HeadOctets, SendError> {
        self.begin(FrameHead::message(more, len))
    }

    /// Begins a frame, of a message or of one of the embedder's commands, such as a subscription.
    ///
    /// # Errors
    /// [`SendError`] if a frame may not begin here; nothing has changed then.
    pub fn begin(&mut self, head: FrameHead) -> Result<HeadOctets, SendError> {
        if head.len > i64::MAX as u64 {
            return Err(SendError::TooLong);
        }
        if head.kind == FrameKind::Command && self.version() < Version::V3_1 {
            return Err(SendError::NoCommands);
        }
        self.begin_octets(head.len)?;
        Ok(if self.version() == Version::V1 { head.encode_v1() } else { head.encode() })
    }

    /// Says that from here on `len` octets belong together, encoded by the embedder itself: a run of whole frames. Those
    /// for a ZMTP 1.0 peer are to be encoded with [`FrameHead::encode_v1`].
    ///
    /// # Errors
    /// As [`begin_frame`](Self::begin_frame).
    pub fn begin_octets(&mut self, len: u64) -> Result<(), SendError> {
        if let Some(failure) = self.failure {
            return Err(SendError::Failed(failure));
        }
        if self.sending > 0 {
            return Err(SendError::BodyOpen);
        }
        if !self.is_established() {
            return Err(SendError::NotReady);
        }
        if !self.owed.is_empty() {
            return Err(SendError::Owed);
        }
        self.sending = len;
        Ok(())
    }

    /// Notes that `octets` of the open body have been sent.
    pub fn sent_body(&mut self, octets: usize) {
        self.sending = self.sending.saturating_sub(octets as u64);
    }

    /// Octets of the open body still to be sent.
    #[must_use]
    pub fn body_to_send(&self) -> u64 {
        self.sending
    }
}

impl core::fmt::Display for SendError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NotReady => f.write_str("the handshake is not over"),
            Self::Owed => f.write_str("something is owed to the peer first: transmit it"),
            Self::BodyOpen => f.write_str("the body of the frame before is not complete"),
            Self::NoCommands => f.write_str("the peer's version of ZMTP knows no such command"),
            Self::TooLong => f.write_str("a body has at most 2^63 - 1 octets"),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl core::error::Error for SendError {}
