//! What a connection owes its peer by itself, and when the embedder may send.

use core::time::Duration;

use super::{Config, Connection, Failure, Timer};
use crate::mechanism::Mechanism;
use crate::records;
use crate::time::Instant;
use crate::wire::{Emit, FrameHead, FrameKind, Greeting, HeadOctets, PING_CONTEXT_MAX, Version, put_command};

/// The largest command of ours in traffic, sealed: a PONG, its name and context behind 33 octets of overhead.
const SEALED_MAX: usize = 33 + 5 + PING_CONTEXT_MAX;

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
    /// The next command of the handshake; which one, the mechanism knows.
    pub(super) const HANDSHAKE: u8 = 1 << 1;
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
        // At most 16.
        self.context_len = records::copy(&mut self.context, context) as u8;
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
    /// What this connection sends is encrypted: use [`Connection::seal`].
    MustSeal,
    /// The octets of [`Connection::overhead`] are missing in front of the payload.
    NoRoom,
    /// The peer's version of ZMTP knows no commands after the handshake (Z23-007, Z15-005).
    NoCommands,
    /// The connection is over.
    Failed(Failure),
}

impl<M: Mechanism> Connection<M> {
    /// Renders what the connection owes its peer into `out`: greeting, handshake, PING, PONG, ERROR.
    ///
    /// Returns the octets to send, 0 if nothing is owed, there is no room, or the body of a frame of the embedder is
    /// open. They must leave before any frame that is begun later. Works on after a failure, for what is still owed.
    #[inline(never)]
    pub fn poll_transmit(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        out: &mut [u8],
        now: Instant,
    ) -> usize {
        let mut written: usize = 0;
        while self.sending == 0 && !self.owed.is_empty() {
            let (octets, whole) = self.transmit_next(config, out.get_mut(written..).unwrap_or_default(), now);
            written = written.wrapping_add(octets);
            if !whole {
                break;
            }
        }
        written
    }

    /// Renders the next item; returns its octets, and whether it is out. Out of line, so that nothing of it is worked out
    /// ahead of the loop.
    #[inline(never)]
    fn transmit_next(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        room: &mut [u8],
        now: Instant,
    ) -> (usize, bool) {
        let item = self.owed.next();
        let sent = usize::from(self.owed.sent);
        let most = if item == Owed::GREETING {
            self.greeting.stage(self.oldest(config)).saturating_sub(sent)
        } else {
            room.len()
        };
        let mut emit = Emit::new(room.get_mut(..most.min(room.len())).unwrap_or_default(), sent);
        self.emit(item, config, &mut emit);
        let (octets, whole) = (emit.written(), emit.is_whole());
        self.owed.sent(item, octets, whole);
        if whole {
            self.was_sent(item, config, now);
        }
        (octets, whole)
    }

    fn emit(&self, item: u8, config: &Config<'_, M::Security<'_>>, emit: &mut Emit<'_>) {
        match item {
            Owed::GREETING => self.our_greeting(config).emit(self.greeting.version(), emit),
            Owed::HANDSHAKE => self.mechanism.put(&config.security, &config.introduction(), emit),
            Owed::ERROR if !M::may_refuse(&config.security) => {}
            Owed::ERROR => {
                // Owed for these two only. Naming them keeps all other texts out of firmware that does not print them.
                let reason = match self.failure {
                    Some(Failure::Admission(refusal)) => refusal.status(),
                    _ => Failure::SocketType.reason(),
                };
                let len = u8::try_from(reason.len()).unwrap_or_default();
                put_command(emit, b"\x05ERROR", reason.len().saturating_add(1));
                emit.put(&[len]);
                emit.put(reason.as_bytes());
            }
            Owed::PONG => self.emit_command(b"\x04PONG", self.owed.context(), emit),
            Owed::PING if config.heartbeat.is_on() => {
                self.emit_command(b"\x04PING", &config.heartbeat.ttl.to_be_bytes(), emit);
            }
            _ => {}
        }
    }

    fn our_greeting<'c>(&self, config: &Config<'c, M::Security<'_>>) -> Greeting<'c> {
        Greeting {
            mechanism: self.mechanism.name(),
            as_server: M::is_server(&config.security),
            oldest: self.oldest(config),
            socket_type: config.socket_type,
            identity: config.identity,
        }
    }

    /// A command of traffic; sealed if that is.
    fn emit_command(&self, name: &[u8], data: &[u8], emit: &mut Emit<'_>) {
        let overhead = self.mechanism.overhead();
        if overhead == 0 {
            put_command(emit, name, data.len());
            return emit.put(data);
        }
        let mut octets = [0; SEALED_MAX];
        let mut inside = Emit::new(octets.get_mut(overhead..).unwrap_or_default(), 0);
        inside.put(name);
        inside.put(data);
        let len = overhead.saturating_add(inside.written());
        let octets = octets.get_mut(..len).unwrap_or_default();
        // Rendered again after a cut, it has the same nonce and so the same octets: nothing else is sealed in between.
        if self.mechanism.seal(FrameKind::Command, octets).is_ok() {
            emit.put(FrameHead::message(false, len as u64).encode().as_ref());
            emit.put(octets);
        }
    }

    /// The last octet of `item` is out.
    fn was_sent(&mut self, item: u8, config: &Config<'_, M::Security<'_>>, now: Instant) {
        match item {
            Owed::HANDSHAKE => self.mechanism.was_sent(&config.security),
            Owed::PONG => self.mechanism.was_sealed(),
            Owed::PING if config.heartbeat.is_on() => {
                self.mechanism.was_sealed();
                self.await_sign(config, now);
            }
            _ => {}
        }
    }

    /// A PING is out. Out of line, so that the time is only reckoned then.
    #[inline(never)]
    fn await_sign(&mut self, config: &Config<'_, M::Security<'_>>, now: Instant) {
        let timeout = config.heartbeat.timeout;
        self.unanswered = true;
        if timeout > Duration::ZERO {
            self.timers.advance(Timer::Silence, now.after(timeout));
        }
    }

    /// Whether the peer may be sent messages: the handshake is through (Z37-040) and nothing has failed.
    #[must_use]
    pub fn may_send(&self) -> bool {
        self.is_established() && !self.owed.contains(Owed::HANDSHAKE | Owed::GREETING)
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
        Ok(self.encode(head))
    }

    fn encode(&self, head: FrameHead) -> HeadOctets {
        if self.version().is_v1() { head.encode_v1() } else { head.encode() }
    }

    /// Says that from here on `len` octets belong together, encoded by the embedder itself: a run of whole frames. Those
    /// for a ZMTP 1.0 peer are to be encoded with [`FrameHead::encode_v1`].
    ///
    /// # Errors
    /// As [`begin_frame`](Self::begin_frame).
    pub fn begin_octets(&mut self, len: u64) -> Result<(), SendError> {
        if self.sending > 0 {
            return Err(SendError::BodyOpen);
        }
        self.may_begin()?;
        if self.mechanism.overhead() > 0 {
            return Err(SendError::MustSeal);
        }
        self.sending = len;
        Ok(())
    }

    fn may_begin(&self) -> Result<(), SendError> {
        if let Some(failure) = self.failure {
            return Err(SendError::Failed(failure));
        }
        if !self.is_established() {
            return Err(SendError::NotReady);
        }
        // What is owed has to leave before; if the body of a frame is open, it comes behind that.
        if !self.owed.is_empty() && self.sending == 0 {
            return Err(SendError::Owed);
        }
        Ok(())
    }

    /// How many octets [`seal`](Self::seal) needs in front of a payload: 33 with encryption, else 0.
    #[must_use]
    pub fn overhead(&self) -> usize {
        self.mechanism.overhead()
    }

    /// Makes a frame of the payload in `octets`, behind the first [`overhead`](Self::overhead) of them; returns its head.
    ///
    /// Send the head, then all of `octets`, and count both with [`sent_body`](Self::sent_body). Frames that are sealed before
    /// the last one is out are to be sent in their order. Without encryption nothing but the head is made. The payload of a
    /// command (SUBSCRIBE, CANCEL) begins with its name.
    ///
    /// # Errors
    /// [`SendError`] if a frame may not begin here; nothing has changed then.
    pub fn seal(&mut self, kind: FrameKind, octets: &mut [u8]) -> Result<HeadOctets, SendError> {
        self.may_begin()?;
        if octets.len() < self.mechanism.overhead() {
            return Err(SendError::NoRoom);
        }
        if kind == FrameKind::Command && self.version() < Version::V3_1 {
            return Err(SendError::NoCommands);
        }
        if let Err(failure) = self.mechanism.seal(kind, octets) {
            return Err(SendError::Failed(self.fail(failure)));
        }
        self.mechanism.was_sealed();
        let len = octets.len() as u64;
        // LZ-024: deployed peers take what has the flag of a command outside for one inside.
        let kind = if self.mechanism.overhead() > 0 { FrameKind::Message { more: false } } else { kind };
        let head = self.encode(FrameHead { kind, len });
        self.sending = self.sending.saturating_add(len).saturating_add(head.len() as u64);
        Ok(head)
    }

    /// Renders a frame, sealed, from `body` in two pieces into `out`, from where it was cut before; the octets to send.
    /// Until [`body_to_send`](Self::body_to_send) is 0 again, the frame has to stay the same, as its nonce does.
    pub(crate) fn transmit_sealed(
        &mut self,
        head: FrameHead,
        body: [&[u8]; 2],
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let len = head.len.saturating_add(self.mechanism.overhead() as u64);
        // LZ-024, as in `seal`.
        let outer = FrameHead::message(false, len).encode();
        let total = len.saturating_add(outer.len() as u64);
        if self.sending == 0 {
            self.may_begin()?;
            if head.kind == FrameKind::Command && self.version() < Version::V3_1 {
                return Err(SendError::NoCommands);
            }
        }
        let before = if self.sending == 0 { 0 } else { total.saturating_sub(self.sending) };
        let mut emit = Emit::new(out, usize::try_from(before).unwrap_or(usize::MAX));
        emit.put(outer.as_ref());
        if let Err(failure) = self.mechanism.put_sealed(head.kind, body, &mut emit) {
            return Err(SendError::Failed(self.fail(failure)));
        }
        let written = emit.written();
        let sent = before.saturating_add(written as u64);
        // If nothing has left, nothing is open: something else may take the nonce.
        self.sending = if sent == 0 { 0 } else { total.saturating_sub(sent) };
        if sent == total {
            self.mechanism.was_sealed();
        }
        Ok(written)
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
            Self::MustSeal => f.write_str("the connection is encrypted: frames have to be sealed"),
            Self::NoRoom => f.write_str("there is no room for the encryption in front of the payload"),
            Self::NoCommands => f.write_str("the peer's version of ZMTP knows no such command"),
            Self::TooLong => f.write_str("a body has at most 2^63 - 1 octets"),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl core::error::Error for SendError {}
