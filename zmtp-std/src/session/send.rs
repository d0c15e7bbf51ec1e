//! The sending half of a session: what the connection owes, and batches of the lane.
//!
//! A batch leaves as it is, in one vectored write. For a peer that takes another form, encrypted or the framing of ZMTP 1.0, its
//! frames are translated, a piece at a time, just before they are written.

use std::io::IoSlice;

use zmtp_core::wire::FrameHead;
use zmtp_core::{Instant, SendError};

use super::{Host, Secured, Session};
use crate::batch::{Batch, Place};

/// A piece takes no more frames once it has so many octets.
const PIECE: usize = 64 * 1024;

impl<H: Host> Session<H> {
    /// Gets ready what is to be written next; returns whether there is something.
    pub(crate) fn has_output(&mut self, now: Instant) -> bool {
        // Nothing may come between the octets of a batch that a sender writes.
        if self.lane.as_ref().is_some_and(|lane| !lane.claim()) {
            return false;
        }
        if !self.owed.is_empty() || self.transit.as_ref().is_some_and(|transit| transit.is_under_way()) {
            return true;
        }
        // Between two pieces as well: what is owed is sealed as it is rendered, and nonces follow the order of the wire.
        self.render_owed(now);
        if !self.owed.is_empty() {
            return true;
        }
        if !self.connection.may_send() {
            return false;
        }
        let translated = self.is_translated();
        if self.transit.is_none() {
            let batch = self.lane.as_ref().and_then(|lane| lane.next_batch());
            self.transit = batch.map(|(batch, written)| Box::new(Transit::new(batch, written, translated)));
        }
        let Some(transit) = &mut self.transit else { return false };
        let begun = transit.begin(&mut self.connection);
        debug_assert_eq!(begun, Ok(()));
        begun.is_ok()
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
            (Some(transit), slices) => transit.slices(slices),
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
        let (Some(mut transit), Some(lane)) = (self.transit.take(), &self.lane) else { return };
        transit.wrote(octets);
        let has_room = if transit.written >= transit.batch.len() {
            lane.written(transit.batch)
        } else {
            let has_room = lane.progress(&mut transit.batch, transit.written);
            self.transit = Some(transit);
            has_room
        };
        self.host.written(lane, has_room);
    }
}

/// A batch that is being written.
#[derive(Debug)]
pub(super) struct Transit {
    batch: Batch,
    /// Octets of the batch that are out.
    written: usize,
    /// What is being written instead of it, if it has to be translated.
    piece: Option<Piece>,
    begun: bool,
}

/// Translated frames.
#[derive(Debug, Default)]
struct Piece {
    octets: Vec<u8>,
    /// How many of them are out.
    written: usize,
    /// Of each frame, where it ends in here, and where in the batch.
    ends: Vec<(usize, usize)>,
    /// The first frame of the batch that is not in here.
    next: Place,
}

impl Transit {
    fn new(batch: Batch, written: usize, translated: bool) -> Self {
        Self { batch, written, piece: translated.then(Piece::default), begun: false }
    }

    /// Whether there are octets to be written without another word of the connection.
    fn is_under_way(&self) -> bool {
        match &self.piece {
            Some(piece) => piece.written < piece.octets.len(),
            None => self.begun,
        }
    }

    /// Begins the batch, or its next piece.
    fn begin(&mut self, connection: &mut Secured) -> Result<(), SendError> {
        match &mut self.piece {
            Some(piece) => piece.translate(&self.batch, connection),
            None => {
                self.begun = true;
                connection.begin_octets((self.batch.len() - self.written) as u64)
            }
        }
    }

    fn slices<'s>(&'s self, slices: &mut [IoSlice<'s>]) -> usize {
        match (&self.piece, slices) {
            (Some(piece), [first, ..]) => {
                *first = IoSlice::new(&piece.octets[piece.written..]);
                1
            }
            (Some(_), []) => 0,
            (None, slices) => self.batch.slices(self.written, slices),
        }
    }

    fn wrote(&mut self, octets: usize) {
        let Some(piece) = &mut self.piece else {
            self.written += octets;
            return;
        };
        piece.written += octets;
        // A frame of which an octet is missing is as good as not sent.
        let whole = piece.ends.partition_point(|&(end, _)| end <= piece.written);
        if let Some(&(_, end)) = whole.checked_sub(1).and_then(|last| piece.ends.get(last)) {
            self.written = end;
        }
    }

    /// The batch, and how many of its octets are out.
    pub(super) fn end(self) -> (Batch, usize) {
        (self.batch, self.written)
    }
}

impl Piece {
    fn translate(&mut self, batch: &Batch, connection: &mut Secured) -> Result<(), SendError> {
        self.octets.clear();
        self.ends.clear();
        self.written = 0;
        let overhead = connection.overhead();
        while self.octets.len() < PIECE
            && let Some((head, body)) = batch.frame(&mut self.next)
        {
            if overhead > 0 {
                let start = self.octets.len();
                let outer = FrameHead { len: head.len + overhead as u64, ..head }.encode();
                let inner = start + outer.len();
                self.octets.resize(inner + overhead, 0);
                self.octets.extend_from_slice(body);
                let sealed = connection.seal(head.kind, &mut self.octets[inner..])?;
                self.octets[start..inner].copy_from_slice(sealed.as_ref());
            } else {
                self.octets.extend_from_slice(head.encode_v1().as_ref());
                self.octets.extend_from_slice(body);
            }
            self.ends.push((self.octets.len(), self.next.written));
        }
        if overhead > 0 { Ok(()) } else { connection.begin_octets(self.octets.len() as u64) }
    }
}
