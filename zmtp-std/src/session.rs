//! One peer on a host, without a socket or a clock: octets come in and go out, messages go to and from a [`Lane`].
//!
//! ```text
//!  stream -> receive -> scan: whole messages, by the thousand --> Host::deliver
//!                   \-> receive: what is cut, large, or a command -> assembly
//!  stream <- slices <- what the connection owes; else a batch of the lane
//! ```

#[cfg(test)]
mod tests;

use std::io::IoSlice;
use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use zmtp_core::wire::{FrameHead, FrameKind, Metadata, Version};
use zmtp_core::{Config, Connection, Event, Failure, Instant, Step};

use crate::batch::Batch;
use crate::lane::Lane;
use crate::parcel::Parcel;

/// A body of which at least so much is still to come is read straight into its place.
const READ_IN_PLACE: u64 = 32 * 1024;

/// A message grows by what it has already, but at least by this: never by what a peer merely claims.
const GROWTH: usize = 64 * 1024;

/// Room for the beginning of a message that has not arrived yet.
const FIRST: usize = 1024;

/// What the socket does for its sessions.
pub(crate) trait Host {
    /// The rules of the connection.
    fn config(&self) -> Config<'_>;

    /// The handshake is over. `lane` is that of a peer we connect to; one that came to us gets one now. A failure ends
    /// the connection: the socket does not want the peer.
    fn established(
        &mut self,
        lane: Option<&Arc<Lane>>,
        peer: Version,
        metadata: &Metadata<'_>,
    ) -> Result<Arc<Lane>, Failure>;

    /// Hands messages over. A failure ends the connection.
    fn deliver(&mut self, lane: &Arc<Lane>, parcel: Parcel) -> Result<(), Failure>;

    /// The peer subscribes, or takes it back. A failure ends the connection.
    fn subscription(&mut self, lane: &Arc<Lane>, subscribe: bool, topic: &[u8]) -> Result<(), Failure>;

    /// A batch of the lane is out; `has_room` if a sender that was turned away may try again.
    fn written(&mut self, lane: &Lane, has_room: bool);
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Session<H> {
    pub(crate) host: H,
    connection: Connection,
    lane: Option<Arc<Lane>>,
    /// What the connection owes, rendered; `Vec` because it is mostly empty.
    owed: Vec<u8>,
    /// The batch that is being written.
    transit: Option<Batch>,
    /// Octets of `transit` that are out.
    written: usize,
    /// Octets that have arrived but wait: for room, or for something that must be sent first.
    input: Bytes,
    /// The body of a command so far.
    command: Vec<u8>,
    assembly: Assembly,
    /// A frame has begun that the receiver has no room for.
    paused: bool,
    was_established: bool,
}

/// A message that did not arrive in one piece, in the form of the wire.
#[derive(Debug, Default)]
struct Assembly {
    octets: BytesMut,
    bodies: usize,
    /// What the open frame is.
    open: Option<FrameKind>,
}

impl<H: Host> Session<H> {
    /// A connection that just opened; `lane` if it is we who connected.
    pub(crate) fn new(host: H, lane: Option<Arc<Lane>>, now: Instant) -> Self {
        let connection = Connection::new(&host.config(), now);
        Self {
            host,
            connection,
            lane,
            owed: Vec::new(),
            transit: None,
            written: 0,
            input: Bytes::new(),
            command: Vec::new(),
            assembly: Assembly::default(),
            paused: false,
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
        self.input.is_empty() && !self.paused
    }

    /// Takes octets from the stream.
    pub(crate) fn receive(&mut self, octets: Bytes, now: Instant) -> Result<(), Failure> {
        self.input = octets;
        self.advance(now)
    }

    /// Goes on with octets that wait, as far as there is room now.
    pub(crate) fn advance(&mut self, now: Instant) -> Result<(), Failure> {
        loop {
            if self.paused {
                let room = self.lane.as_ref().is_some_and(|lane| lane.has_room_for(self.assembly.bodies));
                if !room {
                    return Ok(());
                }
                self.paused = false;
                self.end_frame()?;
            }
            if !self.input.is_empty() && self.scan(now)? {
                continue;
            }
            let progress = self.connection.receive(&self.host.config(), &self.input, now)?;
            self.input.advance(progress.used);
            match progress.step {
                Step::Starved | Step::Transmit | Step::Admit => return Ok(()),
                Step::Frame(head) => self.begin_frame(head),
                Step::Body(octets) => self.take_body(octets, now)?,
                Step::Command => self.handle_command(now)?,
            }
        }
    }

    /// Hands over all whole messages at the start of the input.
    fn scan(&mut self, now: Instant) -> Result<bool, Failure> {
        let Some(lane) = &self.lane else { return Ok(false) };
        let limits = self.host.config().limits;
        let run = self.connection.scan(&limits, &self.input, lane.room(), now);
        if run.used == 0 {
            return Ok(false);
        }
        let (messages, bodies) = (run.messages as usize, run.octets as usize);
        lane.handed_over(messages, bodies);
        let parcel = Parcel::new(self.input.split_to(run.used), messages, bodies);
        self.host.deliver(lane, parcel).map_err(|failure| self.connection.abort(failure))?;
        Ok(true)
    }

    fn begin_frame(&mut self, head: FrameHead) {
        self.assembly.open = Some(head.kind);
        match head.kind {
            FrameKind::Command => self.command.clear(),
            FrameKind::Message { .. } => {
                let len = usize::try_from(head.len).unwrap_or(usize::MAX);
                self.assembly.octets.reserve(FrameHead::MAX_LEN + len.min(self.input.len().max(FIRST)));
                self.assembly.octets.put_slice(head.encode().as_ref());
                self.assembly.bodies = self.assembly.bodies.saturating_add(len);
                // The limits have admitted the frame; room for it may have to be waited for.
                self.paused = true;
            }
        }
    }

    fn take_body(&mut self, octets: usize, now: Instant) -> Result<(), Failure> {
        self.connection.take_body(octets, now)?;
        if self.assembly.open == Some(FrameKind::Command) {
            self.command.extend_from_slice(&self.input[..octets]);
        } else {
            self.assembly.octets.put_slice(&self.input[..octets]);
        }
        self.input.advance(octets);
        self.end_frame()
    }

    /// Hands the assembled message over, if that was its last octet.
    fn end_frame(&mut self) -> Result<(), Failure> {
        let last = self.assembly.open == Some(FrameKind::Message { more: false });
        let (true, 0, Some(lane)) = (last, self.connection.body_left(), &self.lane) else { return Ok(()) };
        self.assembly.open = None;
        let bodies = std::mem::take(&mut self.assembly.bodies);
        lane.handed_over(1, bodies);
        let octets = std::mem::take(&mut self.assembly.octets).freeze();
        let delivered = self.host.deliver(lane, Parcel::new(octets, 1, bodies));
        delivered.map_err(|failure| self.connection.abort(failure))
    }

    fn handle_command(&mut self, now: Instant) -> Result<(), Failure> {
        self.assembly.open = None;
        let mut command = std::mem::take(&mut self.command);
        let version = self.connection.version();
        match self.connection.handle_command(&self.host.config(), &mut command, now)? {
            Event::Established(metadata) => {
                let lane = self.host.established(self.lane.as_ref(), version, &metadata);
                self.lane = Some(lane.map_err(|failure| self.connection.abort(failure))?);
                self.was_established = true;
            }
            Event::Subscribe(topic) => self.subscription(true, topic)?,
            Event::Cancel(topic) => self.subscription(false, topic)?,
            Event::Heartbeat | Event::Handshake | Event::Ignored | Event::Message { .. } => {}
        }
        Ok(())
    }

    fn subscription(&mut self, subscribe: bool, topic: &[u8]) -> Result<(), Failure> {
        let Some(lane) = &self.lane else { return Ok(()) };
        let taken = self.host.subscription(lane, subscribe, topic);
        taken.map_err(|failure| self.connection.abort(failure))?;
        // It may be shown to the application, which has no room for endless ones.
        self.paused = !lane.has_room_for(0);
        Ok(())
    }

    /// If the stream is best read straight into the place of a large body: that place, and how much may be read.
    /// Tell what was read with [`received_in_place`](Self::received_in_place).
    pub(crate) fn read_in_place(&mut self) -> Option<(&mut BytesMut, usize)> {
        let left = self.connection.body_left();
        let message = matches!(self.assembly.open, Some(FrameKind::Message { .. }));
        if !message || left < READ_IN_PLACE {
            return None;
        }
        let most = self.assembly.octets.len().max(GROWTH).min(usize::try_from(left).unwrap_or(usize::MAX));
        self.assembly.octets.reserve(most);
        Some((&mut self.assembly.octets, most))
    }

    /// `octets` have been read in place.
    pub(crate) fn received_in_place(&mut self, octets: usize, now: Instant) -> Result<(), Failure> {
        self.connection.take_body(octets, now)?;
        self.end_frame()
    }

    // Sending.

    /// Gets ready what is to be written next; returns whether there is something.
    pub(crate) fn has_output(&mut self, now: Instant) -> bool {
        if self.transit.is_some() || !self.owed.is_empty() {
            return true;
        }
        self.render_owed(now);
        if !self.owed.is_empty() {
            return true;
        }
        if self.connection.may_send()
            && let Some(lane) = &self.lane
            && let Some(batch) = lane.next_batch()
        {
            let begun = self.connection.begin_octets(batch.len() as u64);
            debug_assert_eq!(begun, Ok(()));
            (self.transit, self.written) = (Some(batch), 0);
        }
        self.transit.is_some()
    }

    fn render_owed(&mut self, now: Instant) {
        let mut room = [0; 512];
        loop {
            let octets = self.connection.poll_transmit(&self.host.config(), &mut room, now);
            if octets == 0 {
                return;
            }
            self.owed.extend_from_slice(&room[..octets]);
        }
    }

    /// Fills `slices` with what is to be written; returns how many it filled.
    pub(crate) fn slices<'s>(&'s self, slices: &mut [IoSlice<'s>]) -> usize {
        match (&self.transit, slices) {
            (_, [first, ..]) if !self.owed.is_empty() => {
                *first = IoSlice::new(&self.owed);
                1
            }
            (Some(batch), slices) => batch.slices(self.written, slices),
            _ => 0,
        }
    }

    /// `octets` have been written.
    pub(crate) fn wrote(&mut self, octets: usize) {
        if !self.owed.is_empty() {
            self.owed.drain(..octets);
            if self.owed.is_empty() {
                self.owed = Vec::new();
            }
            return;
        }
        self.connection.sent_body(octets);
        self.written += octets;
        let (Some(mut batch), Some(lane)) = (self.transit.take(), &self.lane) else { return };
        let has_room = if self.written >= batch.len() {
            lane.written(batch)
        } else {
            let has_room = lane.progress(&mut batch, self.written);
            self.transit = Some(batch);
            has_room
        };
        self.host.written(lane, has_room);
    }

    /// Whether messages are left to be written. Subscriptions are none: they end with the connection.
    pub(crate) fn has_unsent(&self) -> bool {
        self.lane.as_ref().is_some_and(|lane| lane.unsent() > 0)
    }

    /// The stream is closed: what was not wholly written goes back to the lane.
    pub(crate) fn end(mut self) -> (H, Option<Arc<Lane>>) {
        if let (Some(batch), Some(lane)) = (self.transit.take(), &self.lane) {
            let has_room = lane.unwritten(batch, self.written);
            self.host.written(lane, has_room);
        }
        (self.host, self.lane)
    }
}
