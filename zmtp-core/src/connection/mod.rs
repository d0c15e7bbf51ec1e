//! One peer: greeting, handshake, framing, heartbeats.
//!
//! ```text
//!              greeting         READY of the peer (ZMTP 1.0 and 2.0: its identity)
//!  Greeting ------------> Handshake ------------> Traffic
//!     |                       |                      |
//!     +-----------------------+----------------------+----> a Failure, for ever
//! ```

mod config;
mod decode;
mod failure;
mod scan;
#[cfg(test)]
mod tests;
mod timer;
mod transmit;

pub use config::{Config, Heartbeat, Limits};
pub use failure::{Blame, Failure};
pub use scan::{Budget, Run};
pub use transmit::SendError;

use core::time::Duration;

use crate::fmt::debug;
use crate::mechanism::null;
use crate::time::Instant;
use crate::wire::{Command, FrameHead, FrameKind, GreetingReader, IDENTITY_MAX, Metadata, Version};
use decode::{Decoder, Open};
use timer::{Timer, TimerTable};
use transmit::Owed;

/// The protocol with one peer, driven by whoever embeds it.
///
/// It is told octets and the time; it answers what the octets are and what is owed. Bodies never enter it: it says
/// how many octets belong where, and the embedder stores them. Its methods are of four kinds:
///
/// - inputs: [`receive`](Self::receive), [`take_body`](Self::take_body), [`handle_command`](Self::handle_command),
///   [`handle_timeout`](Self::handle_timeout), and [`scan`](Self::scan) as a shortcut;
/// - outputs: [`poll_transmit`](Self::poll_transmit), [`poll_timeout`](Self::poll_timeout);
/// - what the embedder sends: [`begin_frame`](Self::begin_frame), [`sent_body`](Self::sent_body);
/// - getters.
///
/// Every call of one connection gets the same [`Config`], and a `now` that never goes back.
///
/// # Invariants
/// 1. *Progress.* With input and no open body, octets are used or the step is not [`Step::Starved`].
/// 2. *Cut-invariance.* However the octets are cut, the steps are the same, but for the cuts of [`Step::Body`].
/// 3. *No payload.* The octets of bodies are never kept.
/// 4. *Debt.* While a body is open, its direction does nothing else.
/// 5. *Limits first.* A head is checked against [`Limits`], as 64-bit numbers, before a body octet is asked for.
/// 6. *A failure is for ever.* It is repeated by every later input; an ERROR command may still be owed.
/// 7. *No clock, no randomness* of its own.
/// 8. *No panic*, on any input and any order of calls.
#[derive(Clone, Debug)]
pub struct Connection {
    decoder: Decoder,
    owed: Owed,
    timers: TimerTable,
    /// Octets still to be sent of the embedder's open body.
    sending: u64,
    greeting: GreetingReader,
    phase: Phase,
    failure: Option<Failure>,
    /// Tenths of a second the peer wants us to believe in it without traffic; 0 is for ever.
    peer_ttl: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Greeting,
    Handshake,
    Traffic,
}

/// What [`Connection::receive`] found: use up `used` octets of the input, then do what `step` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Progress {
    /// Octets of the input that are done with.
    pub used: usize,
    /// What comes next.
    pub step: Step,
}

/// What to do next on the receiving side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Step {
    /// Come back with more octets.
    Starved,
    /// A frame begins: `len` octets of body follow. A command is to be collected whole, in storage for
    /// [`Limits::command`] octets.
    Frame(FrameHead),
    /// The next so many octets of the input belong to the open body. Store them, then call
    /// [`Connection::take_body`]. They may as well be read from the stream straight into their place.
    Body(usize),
    /// A command is complete: give its body to [`Connection::handle_command`].
    Command,
    /// The peer wants an answer before more is read: call [`Connection::poll_transmit`] and send.
    Transmit,
}

/// What a command meant.
#[derive(Clone, Debug)]
pub enum Event<'b> {
    /// The handshake is over; this is the peer. Messages may follow.
    Established(Metadata<'b>),
    /// The peer subscribes to a topic (for PUB and XPUB).
    Subscribe(&'b [u8]),
    /// The peer cancels a subscription (for PUB and XPUB).
    Cancel(&'b [u8]),
    /// A PING or PONG. Nothing to do: the answer is owed, the sign of life noted.
    Heartbeat,
    /// A command that means nothing to us.
    Ignored,
}

impl Connection {
    /// A connection that just opened. Its greeting is owed, and its handshake has to be over in time.
    #[must_use]
    pub fn new(config: &Config<'_>, now: Instant) -> Self {
        let mut timers = TimerTable::new();
        if config.limits.handshake > Duration::ZERO {
            timers.set(Timer::Handshake, now.after(config.limits.handshake));
        }
        Self {
            decoder: Decoder::new(),
            owed: Owed::greeting(),
            timers,
            sending: 0,
            greeting: GreetingReader::new(),
            phase: Phase::Greeting,
            failure: None,
            peer_ttl: 0,
        }
    }

    /// Looks at octets from the peer; see [`Progress`].
    ///
    /// # Errors
    /// [`Failure`] when the connection is over.
    pub fn receive(&mut self, config: &Config<'_>, input: &[u8], now: Instant) -> Result<Progress, Failure> {
        self.check()?;
        if !input.is_empty() {
            self.heard(now);
        }
        self.advance(config, input).map_err(|failure| self.fail(failure))
    }

    fn advance(&mut self, config: &Config<'_>, input: &[u8]) -> Result<Progress, Failure> {
        let mut used = 0;
        if self.phase == Phase::Greeting {
            used = self.read_greeting(config, input)?;
            if self.phase == Phase::Greeting {
                return Ok(Progress { used, step: Step::Starved });
            }
            if self.version() == Version::V1 {
                let len = u64::from(self.greeting.identity_len());
                return Ok(Progress { used, step: Step::Frame(self.decoder.begin_identity(len)) });
            }
        }
        let rest = input.get(used..).unwrap_or_default();
        if self.decoder.left() > 0 {
            let here = usize::try_from(self.decoder.left()).unwrap_or(usize::MAX).min(rest.len());
            let step = if here == 0 { Step::Starved } else { Step::Body(here) };
            return Ok(Progress { used, step });
        }
        if self.decoder.open() == Open::Command {
            return Ok(Progress { used, step: Step::Command });
        }
        if self.must_transmit() {
            return Ok(Progress { used, step: Step::Transmit });
        }
        let (taken, head) = self.decoder.take_head(rest, self.version(), &config.limits)?;
        used = used.saturating_add(taken);
        let Some(head) = head else { return Ok(Progress { used, step: Step::Starved }) };
        Ok(Progress { used, step: Step::Frame(self.admit_frame(head)?) })
    }

    /// Whether a frame may come now.
    fn admit_frame(&mut self, head: FrameHead) -> Result<FrameHead, Failure> {
        let command = head.kind == FrameKind::Command;
        match (self.phase, self.version()) {
            // Z15-003: the identity is a short frame, and the last of its message.
            (Phase::Handshake, Version::V2) => {
                let identity =
                    head.kind == FrameKind::Message { more: false } && head.len <= IDENTITY_MAX as u64;
                if identity { Ok(self.decoder.begin_identity(head.len)) } else { Err(Failure::Unexpected) }
            }
            (Phase::Handshake, _) if !command => Err(Failure::Unexpected),
            // Z15-004, Z15-005: in ZMTP 2.0 the flag is reserved.
            (_, Version::V2) if command => Err(Failure::Flags),
            _ => Ok(head),
        }
    }

    /// Reads on in the greeting; returns the octets used.
    fn read_greeting(&mut self, config: &Config<'_>, input: &[u8]) -> Result<usize, Failure> {
        let mut used: usize = 0;
        for &octet in input {
            self.greeting.take(octet, null::NAME, config.oldest)?;
            used = used.saturating_add(1);
            if self.greeting.is_complete() {
                self.end_greeting(config)?;
                break;
            }
        }
        Ok(used)
    }

    fn end_greeting(&mut self, config: &Config<'_>) -> Result<(), Failure> {
        self.phase = Phase::Handshake;
        match self.version() {
            Version::V1 => {}
            Version::V2 => {
                let peer = self.greeting.socket_type().ok_or(Failure::Metadata)?;
                if !config.socket_type.accepts(peer) {
                    return Err(Failure::SocketType);
                }
            }
            // Z23-003, LZ-011: both sides say READY at once, without waiting for the other's.
            Version::V3_0 | Version::V3_1 => self.owed.add(Owed::READY),
        }
        Ok(())
    }

    /// Notes that `octets` of the open body have been stored.
    ///
    /// # Errors
    /// [`Failure`] if the connection is over, or these are more octets than [`body_left`](Self::body_left).
    pub fn take_body(&mut self, octets: usize, now: Instant) -> Result<(), Failure> {
        self.check()?;
        self.heard(now);
        self.decoder.take_body(octets as u64).map_err(|failure| self.fail(failure))
    }

    /// Handles the command whose body was collected in `body`.
    ///
    /// # Errors
    /// [`Failure`] when the connection is over.
    pub fn handle_command<'b>(
        &mut self,
        config: &Config<'_>,
        body: &'b mut [u8],
        now: Instant,
    ) -> Result<Event<'b>, Failure> {
        self.check()?;
        if self.decoder.open() != Open::Command || self.decoder.left() > 0 {
            return Err(self.fail(Failure::Misuse));
        }
        self.decoder.close_command();
        self.interpret(config, body, now).map_err(|failure| self.fail(failure))
    }

    fn interpret<'b>(
        &mut self,
        config: &Config<'_>,
        body: &'b [u8],
        now: Instant,
    ) -> Result<Event<'b>, Failure> {
        if self.phase == Phase::Handshake && self.version() <= Version::V2 {
            let socket_type = if self.version() == Version::V2 { self.greeting.socket_type() } else { None };
            return self.establish(config, Metadata::of_identity(socket_type, body), now);
        }
        match (self.phase, Command::parse(body)?) {
            (Phase::Handshake, Command::Ready { metadata }) => {
                self.establish(config, Metadata::parse(metadata)?, now)
            }
            // Z37-044 for the handshake; out of it there is no peer to go on with either.
            (_, Command::Error { .. }) => Err(Failure::Refused),
            (Phase::Greeting | Phase::Handshake, _) | (Phase::Traffic, Command::Ready { .. }) => {
                Err(Failure::Unexpected)
            }
            (Phase::Traffic, Command::Subscribe { topic }) if config.socket_type.publishes() => {
                Ok(Event::Subscribe(topic))
            }
            (Phase::Traffic, Command::Cancel { topic }) if config.socket_type.publishes() => {
                Ok(Event::Cancel(topic))
            }
            (Phase::Traffic, Command::Ping { ttl, context }) => {
                self.peer_ttl = ttl;
                self.heard(now);
                self.owed.add_pong(context);
                Ok(Event::Heartbeat)
            }
            (Phase::Traffic, Command::Pong { .. }) => Ok(Event::Heartbeat),
            (Phase::Traffic, _) => Ok(Event::Ignored),
        }
    }

    fn establish<'b>(
        &mut self,
        config: &Config<'_>,
        metadata: Metadata<'b>,
        now: Instant,
    ) -> Result<Event<'b>, Failure> {
        if metadata.socket_type.is_some_and(|peer| !config.socket_type.accepts(peer)) {
            return Err(Failure::SocketType);
        }
        self.phase = Phase::Traffic;
        self.timers.set(Timer::Handshake, Instant::NEVER);
        if self.beats(config) {
            self.timers.set(Timer::Ping, now.after(config.heartbeat.interval));
        }
        Ok(Event::Established(metadata))
    }

    /// Z23-007: a peer older than 3.1 knows no PING.
    fn beats(&self, config: &Config<'_>) -> bool {
        config.heartbeat.interval > Duration::ZERO && self.version() >= Version::V3_1
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.failure.is_some() { None } else { self.timers.next() }
    }

    /// Does what is due at `now`; may be called too early or too often.
    ///
    /// # Errors
    /// [`Failure::HandshakeTimeout`] or [`Failure::Silence`] when the peer's time is over.
    pub fn handle_timeout(&mut self, config: &Config<'_>, now: Instant) -> Result<(), Failure> {
        self.check()?;
        if self.timers.has_expired(Timer::Silence, now) {
            return Err(self.fail(Failure::Silence));
        }
        if !self.is_established() {
            let late = self.timers.has_expired(Timer::Handshake, now);
            return if late { Err(self.fail(Failure::HandshakeTimeout)) } else { Ok(()) };
        }
        if self.timers.has_expired(Timer::Ping, now) {
            self.owed.add(Owed::PING);
            self.timers.set(Timer::Ping, now.after(config.heartbeat.interval));
        }
        Ok(())
    }

    /// Whether the peer has introduced itself, and nothing has failed since.
    #[must_use]
    pub fn is_established(&self) -> bool {
        self.phase == Phase::Traffic && self.failure.is_none()
    }

    /// What is spoken with the peer; meaningful once its greeting is here.
    #[must_use]
    pub fn version(&self) -> Version {
        self.greeting.version().unwrap_or(Version::V3_1)
    }

    /// Octets still to come of the open body.
    #[must_use]
    pub fn body_left(&self) -> u64 {
        self.decoder.left()
    }

    /// Why the connection is over, if it is.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        self.failure
    }

    /// Whether something must leave before more may be read: so that no PING goes without its PONG (Z37-087),
    /// however many there are, and none is stored.
    fn must_transmit(&self) -> bool {
        self.owed.contains(Owed::PONG)
    }

    /// Any traffic is a sign of life (Z37-090).
    fn heard(&mut self, now: Instant) {
        let alarm = match self.peer_ttl {
            0 => Instant::NEVER,
            tenths => now.after(Duration::from_millis(u64::from(tenths).saturating_mul(100))),
        };
        self.timers.set(Timer::Silence, alarm);
    }

    /// Ends the connection for a reason of the embedder's: storage that is too small, a table that is full.
    ///
    /// Returns the failure it ended with, which is an earlier one if there was one.
    pub fn abort(&mut self, failure: Failure) -> Failure {
        self.failure.unwrap_or_else(|| self.fail(failure))
    }

    fn check(&self) -> Result<(), Failure> {
        self.failure.map_or(Ok(()), Err)
    }

    fn fail(&mut self, failure: Failure) -> Failure {
        debug!("connection failed: {}", failure.reason());
        self.failure = Some(failure);
        // Z37-012: the greeting goes out even if the peer's was refused.
        self.owed.keep(Owed::GREETING);
        if failure == Failure::SocketType && self.version() >= Version::V3_0 {
            // Z37-057: on an illegal pairing an ERROR, then the end. Z15-007: older peers know none.
            self.owed.add(Owed::ERROR);
        }
        failure
    }
}
