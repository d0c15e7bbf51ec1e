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
mod handshake;
mod life;
mod pings;
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
use crate::mechanism::{Mechanism, Null, Refusal};
use crate::time::Instant;
use crate::wire::{Command, FrameHead, FrameKind, GreetingReader, IDENTITY_MAX, Metadata, Version};
use decode::{Decoder, Open};
use pings::PingCount;
use timer::{Timer, TimerTable};
use transmit::Owed;

/// The protocol with one peer, driven by whoever embeds it.
///
/// `M` is the security [`Mechanism`], by default none; the [`Config`] has to be for the same one.
///
/// It is told octets and the time; it answers what the octets are and what is owed. Bodies never enter it: it says
/// how many octets belong where, and the embedder stores them. Its methods are of four kinds:
///
/// - inputs: [`receive`](Self::receive), [`take_body`](Self::take_body), [`handle_command`](Self::handle_command),
///   [`admit`](Self::admit), [`handle_timeout`](Self::handle_timeout), and [`scan`](Self::scan) as a shortcut;
/// - outputs: [`poll_transmit`](Self::poll_transmit), [`poll_timeout`](Self::poll_timeout);
/// - what the embedder sends: [`begin_frame`](Self::begin_frame) or [`seal`](Self::seal), [`sent_body`](Self::sent_body);
/// - getters.
///
/// Every call of one connection gets the same [`Config`], and a `now` that never goes back.
///
/// # Encryption
/// With a mechanism that encrypts, every frame arrives as a command, whatever is in it: the same loop collects it whole, and
/// [`handle_command`](Self::handle_command) opens it in place. It may be a part of a message, [`Event::Message`].
/// What is sent goes through [`seal`](Self::seal). All else is the same.
///
/// # Invariants
/// 1. *Progress.* With input and no open body, octets are used or the step is not [`Step::Starved`].
/// 2. *Cut-invariance.* However the octets are cut, the steps are the same, but for the cuts of [`Step::Body`].
/// 3. *No payload.* The octets of bodies are never kept.
/// 4. *Debt.* While a body is open, its direction does nothing else.
/// 5. *Limits first.* A head is checked against [`Limits`], as 64-bit numbers, before a body octet is asked for.
/// 6. *A failure is for ever.* It is repeated by every later input; an ERROR command may still be owed.
/// 7. *No clock, no randomness* of its own: time comes with the calls, randomness with the mechanism.
/// 8. *No panic*, on any input and any order of calls.
#[derive(Clone, Debug)]
pub struct Connection<M = Null> {
    mechanism: M,
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
    /// Nothing was heard since a PING of ours.
    unanswered: bool,
    pings: PingCount,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Greeting,
    Handshake,
    /// The application is asked whether the peer may come in.
    Admission,
    Traffic,
    /// There is a failure.
    Over,
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
    /// [`Limits::command`] octets, and [`Limits::handshake_frame`] before.
    Frame(FrameHead),
    /// The next so many octets of the input belong to the open body. Store them, then call
    /// [`Connection::take_body`]. They may as well be read from the stream straight into their place.
    Body(usize),
    /// A command is complete: give its body to [`Connection::handle_command`].
    Command,
    /// The peer wants in: look at its [`Connection::credentials`], and answer with [`Connection::admit`], now or later.
    /// There is no answer by default, and nothing more is read before it. Keep the body of the last command until then.
    Admit,
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
    /// A part of a message that came encrypted.
    Message {
        /// Another part of the same message follows.
        more: bool,
        /// The part: what is left of the storage of the command behind the first 33 octets.
        body: &'b [u8],
    },
    /// The handshake goes on. Nothing to do: what comes next is owed.
    Handshake,
    /// A PING or PONG. Nothing to do: the answer is owed, the sign of life noted.
    Heartbeat,
    /// A command that means nothing to us.
    Ignored,
}

impl Connection {
    /// A connection without security that just opened. Its greeting is owed, and its handshake has to be over in time.
    #[must_use]
    pub fn new(config: &Config<'_>, now: Instant) -> Self {
        Self::with(config, Null, now)
    }
}

impl<M: Mechanism> Connection<M> {
    /// A connection with this security that just opened. Its greeting is owed, and its handshake has to be over in time.
    #[must_use]
    pub fn with(config: &Config<'_, M::Security<'_>>, mechanism: M, now: Instant) -> Self {
        let limit = config.limits.handshake;
        Self::opened(mechanism, if limit > Duration::ZERO { now.after(limit) } else { Instant::NEVER })
    }

    /// One that has all the time there is: nothing is known of the rules it will have.
    pub(crate) fn idle(mechanism: M) -> Self {
        Self::opened(mechanism, Instant::NEVER)
    }

    /// One whose handshake has to be over at `deadline`.
    #[inline(never)]
    fn opened(mechanism: M, deadline: Instant) -> Self {
        Self {
            mechanism,
            decoder: Decoder::new(),
            owed: Owed::greeting(),
            timers: TimerTable::new(deadline),
            sending: 0,
            greeting: GreetingReader::new(),
            phase: Phase::Greeting,
            failure: None,
            peer_ttl: 0,
            unanswered: false,
            pings: PingCount::new(),
        }
    }

    /// Looks at octets from the peer; see [`Progress`].
    ///
    /// # Errors
    /// [`Failure`] when the connection is over.
    #[inline(always)]
    pub fn receive(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        input: &[u8],
        now: Instant,
    ) -> Result<Progress, Failure> {
        if let Some(head) = self.short_message(&config.limits, input) {
            return Ok(Progress { used: 2, step: Step::Frame(head) });
        }
        self.receive_any(config, input, now)
    }

    /// The same for whatever it is.
    #[inline(never)]
    fn receive_any(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        input: &[u8],
        now: Instant,
    ) -> Result<Progress, Failure> {
        self.check()?;
        if !input.is_empty() {
            self.heard(now);
        }
        self.advance(config, input).map_err(|failure| self.fail(failure))
    }

    /// Begins a message of one short frame, in traffic and with nothing else under way: a shortcut for nearly all there is.
    #[inline]
    fn short_message(&mut self, limits: &Limits, input: &[u8]) -> Option<FrameHead> {
        let &[0, len, ..] = input else { return None };
        let quiet = self.is_established()
            && self.decoder.is_between_messages()
            && !self.must_transmit()
            && !self.is_listening()
            && !self.version().is_v1()
            && self.mechanism.overhead() == 0;
        if quiet { self.decoder.begin_short(len, limits) } else { None }
    }

    fn advance(&mut self, config: &Config<'_, M::Security<'_>>, input: &[u8]) -> Result<Progress, Failure> {
        let mut used = 0;
        if self.phase == Phase::Greeting {
            used = self.read_greeting(config, input)?;
            if self.phase == Phase::Greeting {
                return Ok(Progress { used, step: Step::Starved });
            }
            if self.version().is_v1() {
                let len = u64::from(self.greeting.identity_len());
                return Ok(Progress { used, step: Step::Frame(self.decoder.begin_identity(len)) });
            }
        }
        if self.phase == Phase::Admission {
            return Ok(Progress { used, step: Step::Admit });
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
        let overhead = (self.phase == Phase::Traffic).then(|| self.mechanism.overhead() as u64);
        let (taken, head) = self.decoder.take_head(rest, self.version(), &config.limits, overhead)?;
        used = used.wrapping_add(taken);
        let Some(head) = head else { return Ok(Progress { used, step: Step::Starved }) };
        Ok(Progress { used, step: Step::Frame(self.admit_frame(head)?) })
    }

    /// Whether a frame may come now.
    fn admit_frame(&mut self, head: FrameHead) -> Result<FrameHead, Failure> {
        let command = head.kind == FrameKind::Command;
        match (self.phase, self.version().is_v2()) {
            // Z15-003: the identity is a short frame, and the last of its message.
            (Phase::Handshake, true) => {
                let identity =
                    head.kind == FrameKind::Message { more: false } && head.len <= IDENTITY_MAX as u64;
                if identity { Ok(self.decoder.begin_identity(head.len)) } else { Err(Failure::Unexpected) }
            }
            (Phase::Handshake, false) if !command => Err(Failure::Unexpected),
            // Z15-004, Z15-005: in ZMTP 2.0 the flag is reserved.
            (_, true) if command => Err(Failure::Flags),
            _ => Ok(head),
        }
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

    /// Handles the command whose body was collected in `body`. What is encrypted is decrypted in there.
    ///
    /// When the peer refuses us, [`Failure::Refused`], `body` says why: [`Command::parse`] finds the reason in it.
    ///
    /// # Errors
    /// [`Failure`] when the connection is over.
    pub fn handle_command<'b>(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        body: &'b mut [u8],
        now: Instant,
    ) -> Result<Event<'b>, Failure> {
        self.check()?;
        if self.decoder.open() != Open::Command || self.decoder.left() > 0 {
            return Err(self.fail(Failure::Misuse));
        }
        let event = match self.phase {
            Phase::Handshake => self.shake_hands(config, body, now),
            _ if self.mechanism.overhead() > 0 => self.open(config, body, now),
            _ => self.interpret(config, body, now),
        };
        // While the application is asked, the command stays: it may have to be handled once more.
        if self.phase != Phase::Admission {
            self.decoder.close_command();
        }
        event.map_err(|failure| self.fail(failure))
    }

    /// A frame of encrypted traffic.
    fn open<'b>(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        body: &'b mut [u8],
        now: Instant,
    ) -> Result<Event<'b>, Failure> {
        let (kind, body) = self.mechanism.open(body)?;
        match kind {
            FrameKind::Message { more } => {
                self.decoder.count_part(&config.limits, body.len() as u64, more)?;
                Ok(Event::Message { more, body })
            }
            FrameKind::Command if body.len() as u64 > config.limits.command => Err(Failure::CommandLimit),
            FrameKind::Command => self.interpret(config, body, now),
        }
    }

    /// A command of traffic.
    fn interpret<'b>(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        body: &'b [u8],
        now: Instant,
    ) -> Result<Event<'b>, Failure> {
        match Command::parse(body)? {
            // Z37-044 is for the handshake; out of it there is no peer to go on with either.
            Command::Error { .. } => Err(Failure::Refused),
            Command::Ready { .. } => Err(Failure::Unexpected),
            Command::Subscribe { topic } if config.socket_type.publishes() => Ok(Event::Subscribe(topic)),
            Command::Cancel { topic } if config.socket_type.publishes() => Ok(Event::Cancel(topic)),
            Command::Ping { .. } if !self.pings.admit(config.limits.pings, now) => Err(Failure::PingLimit),
            Command::Ping { ttl, context } => {
                self.peer_ttl = ttl;
                self.believe(now);
                self.owed.add_pong(context);
                Ok(Event::Heartbeat)
            }
            Command::Pong { .. } => Ok(Event::Heartbeat),
            _ => Ok(Event::Ignored),
        }
    }

    #[cfg(all(test, feature = "curve"))]
    pub(crate) fn mechanism(&self) -> &M {
        &self.mechanism
    }

    #[cfg(all(test, feature = "curve"))]
    pub(crate) fn mechanism_mut(&mut self) -> &mut M {
        &mut self.mechanism
    }

    /// Whether the peer has introduced itself, and nothing has failed since.
    #[must_use]
    pub fn is_established(&self) -> bool {
        self.phase == Phase::Traffic
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
    /// however many there are, and none is stored; and so that a handshake has one command under way.
    fn must_transmit(&self) -> bool {
        self.owed.contains(Owed::PONG) || self.mechanism.has_roles() && self.owed.contains(Owed::HANDSHAKE)
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

    /// Out of line: it is called from everywhere, and once.
    #[cold]
    #[inline(never)]
    fn fail(&mut self, failure: Failure) -> Failure {
        debug!("connection failed: {}", failure.reason());
        (self.failure, self.phase) = (Some(failure), Phase::Over);
        // Z37-012: the greeting goes out even if the peer's was refused.
        self.owed.keep(Owed::GREETING);
        // Z37-057: on an illegal pairing an ERROR, then the end. Z15-007: older peers know none. LZ-028: a peer that may
        // come later is told nothing.
        let told =
            matches!(failure, Failure::SocketType | Failure::Admission(Refusal::Denied | Refusal::Internal));
        if told && self.version() >= Version::V3_0 {
            self.owed.add(Owed::ERROR);
        }
        failure
    }
}
