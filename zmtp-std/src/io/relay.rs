//! Moves octets between one plain stream of a STREAM and its lane. They are messages as they come: there is no protocol
//! to run.

use std::future::poll_fn;
use std::io::{ErrorKind, IoSlice};
use std::task::Poll;

use bytes::{BufMut, Bytes, BytesMut};
use zmtp_core::wire::FrameHead;

use super::driver::{Moved, ROUNDS, interest, lost, part, read_chunk};
use super::runtime::{Streamed, yield_now};
use crate::batch::{Batch, MOST_SLICES};
use std::sync::Arc;

use crate::lane::Lane;
use crate::monitor::Lost;
use crate::parcel::Parcel;
use crate::socket::{Phase, Watch};

/// What the socket does for it.
pub(crate) trait Receiver {
    fn deliver(&mut self, parcel: Parcel);

    /// A batch of the lane is out; `has_room` if a sender that was turned away may try again.
    fn written(&mut self, has_room: bool);
}

/// What is on its way.
#[derive(Debug)]
struct Relay<'l, R> {
    lane: &'l Arc<Lane>,
    receiver: &'l mut R,
    /// The batch that is being written, and how many of its octets are out.
    transit: Option<Batch>,
    written: usize,
    /// Octets that have arrived but wait for room.
    input: Bytes,
}

/// Runs a connection until it ends; returns why it did.
pub(crate) async fn relay(
    stream: &impl Streamed,
    lane: &Arc<Lane>,
    receiver: &mut impl Receiver,
    phase: &mut Watch,
) -> Lost {
    let mut relay = Relay { lane, receiver, transit: None, written: 0, input: Bytes::new() };
    let ended = relay.run(stream, phase).await;
    if let Some(batch) = relay.transit {
        // To be counted: nobody can tell how much of it arrived.
        lane.unwritten(batch, relay.written);
    }
    match ended {
        Ok(()) => {
            part(stream, phase).await;
            Lost::Closed
        }
        Err(lost) => lost,
    }
}

impl<R: Receiver> Relay<'_, R> {
    async fn run(&mut self, stream: &impl Streamed, phase: &mut Watch) -> Result<(), Lost> {
        let mut rounds = 0;
        loop {
            let unsent = self.lane.unsent() > 0;
            let goes_on = match phase.look() {
                Phase::Open => unsent || !self.lane.is_finished(),
                Phase::Closing => unsent,
                Phase::Closed => false,
            };
            if !goes_on {
                return Ok(());
            }
            let (written, read) = (self.write(stream)?, self.read(stream)?);
            if written == Moved::Some || read == Moved::Some {
                rounds += 1;
                if rounds % ROUNDS == 0 {
                    yield_now().await;
                }
                continue;
            }
            let interest = interest(read, written);
            let due = poll_fn(|cx| {
                if self.lane.wake.poll_woken(cx).is_ready() || phase.poll_changed(cx).is_ready() {
                    return Poll::Ready(Ok(()));
                }
                interest.map_or(Poll::Pending, |interest| stream.poll_ready(cx, interest))
            });
            due.await.map_err(lost)?;
        }
    }

    fn write(&mut self, stream: &impl Streamed) -> Result<Moved, Lost> {
        if self.transit.is_none() {
            let (batch, written) = self.lane.next_batch().unzip();
            (self.transit, self.written) = (batch, written.unwrap_or(0));
        }
        let Some(batch) = &self.transit else { return Ok(Moved::Nothing) };
        let mut slices = [IoSlice::new(&[]); MOST_SLICES];
        let count = batch.slices(self.written, &mut slices);
        match stream.try_write(&slices[..count]) {
            Ok(octets) => self.written += octets,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Moved::Blocked),
            Err(error) => return Err(lost(error)),
        }
        if let Some(batch) = self.transit.take_if(|batch| self.written >= batch.len()) {
            let has_room = self.lane.written(batch);
            self.receiver.written(has_room);
        }
        Ok(Moved::Some)
    }

    fn read(&mut self, stream: &impl Streamed) -> Result<Moved, Lost> {
        if self.input.is_empty() {
            match read_chunk(stream) {
                Ok(octets) if octets.is_empty() => return Err(Lost::Eof),
                Ok(octets) => self.input = octets,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Moved::Blocked),
                Err(error) => return Err(lost(error)),
            }
        }
        self.hand_over();
        // Woken when there is room.
        Ok(if self.input.is_empty() { Moved::Some } else { Moved::Nothing })
    }

    /// Hands over as much as there is room for.
    fn hand_over(&mut self) {
        while !self.input.is_empty() && self.lane.has_room_for(1) {
            let mut octets = Bytes::new();
            self.lane.hand_over_some(|room| {
                let most = usize::try_from(room.octets).unwrap_or(usize::MAX);
                if room.messages > 0 {
                    octets = self.input.split_to(self.input.len().min(most));
                }
                (usize::from(!octets.is_empty()), octets.len())
            });
            if octets.is_empty() {
                continue;
            }
            // A message of one frame, as everything that is received.
            let head = FrameHead::message(false, octets.len() as u64).encode();
            let mut frame = BytesMut::with_capacity(FrameHead::MAX_LEN + octets.len());
            frame.put_slice(head.as_ref());
            frame.put_slice(&octets);
            self.receiver.deliver(Parcel::new(frame.freeze(), 1, octets.len()));
        }
    }
}
