//! One peer on a host, without a socket or a clock: octets come in and go out, messages go to and from a [`Lane`].
//!
//! ```text
//!  stream -> receive -> scan: whole messages, by the thousand --> Host::deliver
//!                   \-> receive: what is cut, large, encrypted, or a command -> assembly
//!  stream <- slices <- what the connection owes; else a batch of the lane, as it is or translated
//! ```

mod assembly;
mod host;
mod pause;
mod send;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use zmtp_core::mechanism::{AnyMechanism, CurveHandshake};
use zmtp_core::wire::{Command, FrameHead, FrameKind, Version};
use zmtp_core::{Connection, Event, Failure, Instant, Run, Step};

use self::assembly::Assembly;
pub(crate) use self::host::Host;
use self::pause::Paused;
use self::send::Transit;
use crate::lane::Lane;
use crate::parcel::Parcel;
use crate::security::{self, Judging, Verdict};

/// A body of which at least so much is still to come is read straight into its place.
const READ_IN_PLACE: u64 = 32 * 1024;

/// A command may leave so much memory behind for the next one.
const KEPT_FOR_COMMANDS: usize = 512;

/// Every mechanism that a host speaks. The memory of a handshake goes with it.
type Secured = Connection<AnyMechanism<Box<CurveHandshake>>>;

/// See the module.
#[derive(Debug)]
pub(crate) struct Session<H> {
    pub(crate) host: Box<H>,
    connection: Secured,
    lane: Option<Arc<Lane>>,
    /// What the connection owes, rendered; `Vec` because it is mostly empty.
    owed: Vec<u8>,
    /// The batch that is being written.
    transit: Option<Box<Transit>>,
    /// Octets that have arrived but wait: for room, or for something that must be sent first.
    input: Bytes,
    /// The body of a command so far.
    command: Vec<u8>,
    assembly: Assembly,
    /// Set while the application makes up its mind about the peer.
    judging: Option<Box<Judging>>,
    paused: Paused,
    was_established: bool,
}

impl<H: Host> Session<H> {
    /// A connection that just opened; `lane` if it is we who connected.
    pub(crate) fn new(host: Box<H>, lane: Option<Arc<Lane>>, now: Instant) -> Self {
        let config = host.config();
        let memory = || Box::new(CurveHandshake::new());
        let mechanism = AnyMechanism::new(&config.security, memory, &mut security::system_randomness);
        let connection = Connection::with(&config, mechanism, now);
        Self {
            host,
            connection,
            lane,
            owed: Vec::new(),
            transit: None,
            input: Bytes::new(),
            command: Vec::new(),
            assembly: Assembly::default(),
            judging: None,
            paused: Paused::No,
            was_established: false,
        }
    }

    pub(crate) fn lane(&self) -> Option<&Arc<Lane>> {
        self.lane.as_ref()
    }

    /// Whether the handshake was completed, whatever came then.
    pub(crate) fn was_established(&self) -> bool {
        self.was_established
    }

    /// The lane, if senders may write its batches to the stream themselves from now on: as they are, and behind our last word of the
    /// handshake, which may still be owed (Z37-040).
    pub(crate) fn lendable(&self) -> Option<&Arc<Lane>> {
        let ready = self.was_established && self.connection.may_send() && self.owed.is_empty();
        self.lane.as_ref().filter(|_| ready && !self.is_translated())
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.connection.poll_timeout()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Result<(), Failure> {
        if !self.wants_input() {
            self.connection.held_back(now);
        }
        self.connection.handle_timeout(&self.host.config(), now)
    }

    // Receiving.

    /// Whether octets can be taken: if not, some wait already.
    pub(crate) fn wants_input(&self) -> bool {
        self.input.is_empty() && self.paused == Paused::No && self.judging.is_none()
    }

    /// Takes octets from the stream.
    pub(crate) fn receive(&mut self, octets: Bytes, now: Instant) -> Result<(), Failure> {
        self.input = octets;
        self.advance(now)
    }

    /// Goes on with octets that wait, as far as there is room now.
    pub(crate) fn advance(&mut self, now: Instant) -> Result<(), Failure> {
        let advanced = self.take_in(now);
        // What was whole before a failure was received.
        self.hand_over().and(advanced)
    }

    fn take_in(&mut self, now: Instant) -> Result<(), Failure> {
        loop {
            if self.paused != Paused::No && !self.goes_on()? {
                return Ok(());
            }
            if !self.input.is_empty() && self.scan(now)? {
                continue;
            }
            let progress = self.connection.receive(&self.host.config(), &self.input, now)?;
            self.input.advance(progress.used);
            match progress.step {
                Step::Starved | Step::Transmit => return Ok(()),
                Step::Admit => match self.ask() {
                    Some(verdict) => self.answer(verdict)?,
                    None => return Ok(()),
                },
                Step::Frame(head) => self.begin_frame(head),
                Step::Body(octets) => self.take_body(octets, now)?,
                Step::Command => self.handle_command(now)?,
            }
        }
    }

    /// Asks whether the peer may come in; the answer, if there is one yet.
    fn ask(&mut self) -> Option<Verdict> {
        if self.judging.is_some() {
            return None;
        }
        match self.host.judge(self.connection.credentials(&self.command)) {
            Judging::Now(verdict) => Some(verdict),
            later @ Judging::Later(_) => {
                self.judging = Some(Box::new(later));
                None
            }
        }
    }

    /// The answer of the application, if it has been asked about the peer, and answers now.
    pub(crate) fn poll_verdict(&mut self, cx: &mut Context<'_>) -> Poll<Verdict> {
        self.judging.as_mut().map_or(Poll::Pending, |judging| judging.poll_verdict(cx))
    }

    /// The application has answered.
    pub(crate) fn admit(&mut self, verdict: Verdict, now: Instant) -> Result<(), Failure> {
        self.judging = None;
        self.answer(verdict)?;
        self.advance(now)
    }

    fn answer(&mut self, verdict: Verdict) -> Result<(), Failure> {
        let told = verdict.to_core();
        self.host.judged(verdict);
        self.connection.admit(told)
    }

    /// Hands over all whole messages at the start of the input.
    fn scan(&mut self, now: Instant) -> Result<bool, Failure> {
        let Some(lane) = &self.lane else { return Ok(false) };
        let limits = self.host.config().limits;
        let mut run = Run::default();
        lane.hand_over_read(|room| {
            run = self.connection.scan(&limits, &self.input, room, now);
            (run.messages as usize, run.octets as usize)
        });
        if run.used == 0 {
            return Ok(false);
        }
        let (messages, bodies) = (run.messages as usize, run.octets as usize);
        debug_assert!(self.assembly.is_handed_over());
        let parcel = Parcel::new(self.input.split_to(run.used), messages, bodies);
        self.host.deliver(lane, parcel).map_err(|failure| self.connection.abort(failure))?;
        Ok(true)
    }

    fn begin_frame(&mut self, head: FrameHead) {
        if head.kind == FrameKind::Command {
            self.command.clear();
            self.assembly.close();
        } else {
            self.assembly.begin(head, self.input.len());
            // The limits have admitted the frame; room for it may have to be waited for.
            self.paused = Paused::Frame;
        }
    }

    fn take_body(&mut self, octets: usize, now: Instant) -> Result<(), Failure> {
        self.connection.take_body(octets, now)?;
        let body = self.input.split_to(octets);
        if self.assembly.is_open() {
            self.assembly.put(&body);
        } else {
            self.command.extend_from_slice(&body);
        }
        self.end_frame()
    }

    /// Counts the assembled message, if that was its last octet.
    fn end_frame(&mut self) -> Result<(), Failure> {
        let (0, Some(lane)) = (self.connection.body_left(), &self.lane) else { return Ok(()) };
        if self.assembly.ending().is_some_and(|bodies| !lane.hand_over_one(bodies)) {
            self.paused = Paused::Frame;
            return Ok(());
        }
        if !self.assembly.end() {
            return Ok(());
        }
        // Where nothing can be passed over, many messages are handed over together.
        if self.is_translated() { Ok(()) } else { self.hand_over() }
    }

    /// Hands over what was assembled.
    fn hand_over(&mut self) -> Result<(), Failure> {
        let Some(lane) = &self.lane else { return Ok(()) };
        let Some(parcel) = self.assembly.take() else { return Ok(()) };
        self.host.deliver(lane, parcel).map_err(|failure| self.connection.abort(failure))
    }

    /// Whether lanes hold frames in another form than the peer speaks: they are as in ZMTP 2.0 and later, in the clear.
    fn is_translated(&self) -> bool {
        self.connection.overhead() > 0 || self.connection.version() == Version::V1
    }

    fn handle_command(&mut self, now: Instant) -> Result<(), Failure> {
        let mut command = std::mem::take(&mut self.command);
        let handled = self.obey(&mut command, now);
        // A peer that has to be judged is judged by it, and so it stays. Else what it was may wait in its place.
        let free = !matches!(self.paused, Paused::Subscription { .. });
        if free && (!self.was_established || command.capacity() <= KEPT_FOR_COMMANDS) {
            self.command = command;
        }
        handled
    }

    fn obey(&mut self, command: &mut [u8], now: Instant) -> Result<(), Failure> {
        let version = self.connection.version();
        match self.connection.handle_command(&self.host.config(), command, now) {
            Ok(Event::Established(metadata)) => {
                let lane = self.host.established(self.lane.as_ref(), version, &metadata);
                self.lane = Some(lane.map_err(|failure| self.connection.abort(failure))?);
                self.was_established = true;
            }
            Ok(Event::Subscribe(topic)) => self.subscription(true, topic)?,
            Ok(Event::Cancel(topic)) => self.subscription(false, topic)?,
            Ok(Event::Message { more, body }) => {
                self.assembly.begin(FrameHead::message(more, body.len() as u64), body.len());
                self.assembly.put(body);
                self.paused = Paused::Frame;
            }
            Ok(Event::Heartbeat | Event::Handshake | Event::Ignored) => {}
            Err(failure) => {
                if failure == Failure::Refused
                    && let Ok(Command::Error { reason }) = Command::parse(command)
                {
                    self.host.refused(reason);
                }
                return Err(failure);
            }
        }
        Ok(())
    }

    /// If the stream is best read straight into the place of a large body: that place, and how much may be read.
    /// Tell what was read with [`received_in_place`](Self::received_in_place).
    pub(crate) fn read_in_place(&mut self) -> Option<(&mut BytesMut, usize)> {
        let left = self.connection.body_left();
        if !self.assembly.is_open() || left < READ_IN_PLACE {
            return None;
        }
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        Some(self.assembly.grow(left))
    }

    /// `octets` have been read in place.
    pub(crate) fn received_in_place(&mut self, octets: usize, now: Instant) -> Result<(), Failure> {
        self.connection.take_body(octets, now)?;
        self.end_frame()?;
        self.hand_over()
    }

    /// Whether messages are left to be written. Subscriptions are none: they end with the connection.
    pub(crate) fn has_unsent(&self) -> bool {
        self.lane.as_ref().is_some_and(|lane| lane.unsent() > 0)
    }

    /// The stream is closed: what was not wholly written goes back to the lane.
    pub(crate) fn end(mut self) -> (Box<H>, Option<Arc<Lane>>) {
        if let (Some(transit), Some(lane)) = (self.transit.take(), &self.lane) {
            let (batch, written) = transit.end();
            let has_room = lane.unwritten(batch, written);
            self.host.written(lane, has_room);
        }
        (self.host, self.lane)
    }
}
