//! What stands between a socket and one peer: octets on their way out, and the marks of both directions.
//!
//! There is no queue of message objects: who sends encodes into the lane's open batch, the I/O thread takes whole
//! batches out and brings them back empty.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};

use bytes::Bytes;
use zmtp_core::wire::{SubscriptionHead, Version};
use zmtp_core::{Budget, Full, HighWater};

use crate::Options;
use crate::batch::Batch;
use crate::body::Body;
use crate::changes::Changes;
use crate::io::Wake;

/// The connection of the lane is to be ended.
const CUT: u8 = 1;

/// So it is, behind what waits, and there shall be no other.
const FINISH: u8 = 2;

/// An idle lane keeps no more memory than this for its next batch.
const IDLE_CAPACITY: usize = 1024;

/// See the module.
#[derive(Debug)]
pub(crate) struct Lane {
    /// Which lane of the socket: never used twice.
    pub(crate) id: usize,
    /// Its place among the lanes of the socket: used again when it is gone.
    pub(crate) slot: usize,
    /// Wakes the I/O thread's task.
    pub(crate) wake: Wake,
    outbound: Mutex<Outbound>,
    inbound: Mutex<Inbound>,
    /// The routing id of the peer, if the socket shows it.
    name: Mutex<Bytes>,
    /// Whether the socket ends the connection: [`CUT`], [`FINISH`] or not.
    end: AtomicU8,
    /// Messages and octets that the receiver may take before it gives their room back.
    step: (usize, usize),
}

#[derive(Debug)]
struct Outbound {
    /// What waits to be written; the last one is open.
    waiting: VecDeque<Batch>,
    /// What a new connection begins with.
    preface: Option<Batch>,
    /// An empty one, to be filled next.
    spare: Option<Batch>,
    /// What a publisher is still to be told of topics.
    changes: Changes,
    /// Counts what waits and what is being written.
    mark: HighWater,
    gate: Gate,
    /// The I/O thread knows that there is something.
    scheduled: bool,
    /// A sender was turned away, and wants to know when there is room.
    blocked: bool,
}

/// Whether messages may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    /// Until the next connection is complete.
    Shut,
    /// For ever.
    Gone,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    Taken,
    Full,
    TooLarge,
    /// The gate is shut.
    Shut,
}

#[derive(Debug)]
struct Inbound {
    mark: HighWater,
    /// The I/O thread stopped reading for lack of room.
    paused: bool,
}

impl Lane {
    pub(crate) fn new(id: usize, slot: usize, options: &Options, gate: Gate) -> Self {
        let mark = |messages: u32, octets: u64| {
            HighWater::new(messages as usize, usize::try_from(octets).unwrap_or(usize::MAX))
        };
        let inbound = mark(options.rcvhwm, options.rcvhwm_bytes);
        let room = inbound.room();
        let quarter = |room: u64| usize::try_from(room / 4).unwrap_or(usize::MAX).max(1);
        Self {
            id,
            slot,
            wake: Wake::default(),
            outbound: Mutex::new(Outbound {
                waiting: VecDeque::new(),
                preface: None,
                spare: None,
                changes: Changes::default(),
                mark: mark(options.sndhwm, options.sndhwm_bytes),
                gate,
                scheduled: false,
                blocked: false,
            }),
            inbound: Mutex::new(Inbound { mark: inbound, paused: false }),
            name: Mutex::default(),
            end: AtomicU8::new(0),
            step: (quarter(room.messages), quarter(room.octets)),
        }
    }

    /// Takes a message in, behind `envelope`, if there is room.
    #[inline]
    pub(crate) fn offer(&self, envelope: &[u8], body: Body<'_>) -> Offer {
        let bodies = body.octets();
        self.admit(bodies, |batch| batch.put(envelope, body, bodies))
    }

    /// As [`offer`](Self::offer), of octets that leave as they are.
    pub(crate) fn offer_raw(&self, body: Body<'_>) -> Offer {
        self.admit(body.octets(), |batch| batch.put_raw(body))
    }

    #[inline]
    fn admit(&self, bodies: usize, put: impl FnOnce(&mut Batch)) -> Offer {
        let mut outbound = self.outbound.lock().unwrap();
        if outbound.gate != Gate::Open {
            return Offer::Shut;
        }
        match outbound.mark.admit(bodies) {
            Ok(()) => {}
            Err(Full::Never) => return Offer::TooLarge,
            Err(Full::Now) => {
                outbound.blocked = true;
                return Offer::Full;
            }
        }
        put(outbound.open_batch());
        let idle = !std::mem::replace(&mut outbound.scheduled, true);
        drop(outbound);
        if idle {
            self.wake.wake();
        }
        Offer::Taken
    }

    /// What [`offer`](Self::offer) would say, without an envelope. A sender that is turned away is told of room as there.
    pub(crate) fn would_take(&self, body: Body<'_>) -> Offer {
        let mut outbound = self.outbound.lock().unwrap();
        if outbound.gate != Gate::Open {
            return Offer::Shut;
        }
        let mut after = outbound.mark;
        match after.admit(body.octets()) {
            Ok(()) => Offer::Taken,
            Err(Full::Never) => Offer::TooLarge,
            Err(Full::Now) => {
                outbound.blocked = true;
                Offer::Full
            }
        }
    }

    /// Tells the publisher at the other end of a subscription made or taken back. Each has to be news: made if it was
    /// not there, taken back if it was.
    pub(crate) fn subscription(&self, peer: Version, subscribe: bool, topic: &[u8]) {
        let Some(head) = SubscriptionHead::new(peer, subscribe, topic.len()) else { return };
        let mut outbound = self.outbound.lock().unwrap();
        outbound.changes.add(topic, head);
        outbound.scheduled = true;
        drop(outbound);
        self.wake.wake();
    }

    /// Has the new connection begin with `preface`.
    pub(crate) fn greet(&self, preface: &Batch) {
        let mut outbound = self.outbound.lock().unwrap();
        outbound.preface = Some(preface.clone());
        outbound.scheduled = true;
        drop(outbound);
        self.wake.wake();
    }

    /// The next batch to be written. Without one, the next [`offer`](Self::offer) wakes the I/O thread.
    pub(crate) fn next_batch(&self) -> Option<Batch> {
        let mut outbound = self.outbound.lock().unwrap();
        // Changes before messages: those of an XSUB never come to an end, perhaps.
        let first = outbound.preface.take().or_else(|| outbound.batch_of_changes());
        let batch = first.or_else(|| outbound.waiting.pop_front());
        if batch.is_none() {
            outbound.scheduled = false;
            outbound.spare.take_if(|spare| spare.capacity() > IDLE_CAPACITY);
        }
        batch
    }

    /// Notes that `written` octets of a batch are out. Returns whether a sender that was turned away may try again.
    pub(crate) fn progress(&self, batch: &mut Batch, written: usize) -> bool {
        let (messages, bodies) = batch.progress(written);
        if messages == 0 {
            return false;
        }
        let mut outbound = self.outbound.lock().unwrap();
        outbound.mark.release(messages, bodies);
        outbound.has_room_again()
    }

    /// Takes back a batch that has been written. Returns whether a sender that was turned away may try again.
    pub(crate) fn written(&self, mut batch: Batch) -> bool {
        let (messages, bodies) = batch.held();
        batch.clear();
        let mut outbound = self.outbound.lock().unwrap();
        outbound.mark.release(messages, bodies);
        outbound.spare.get_or_insert(batch);
        outbound.has_room_again()
    }

    /// Takes back a batch of which only `written` octets went out before the connection was lost. Returns whether a
    /// sender that was turned away may try again.
    pub(crate) fn unwritten(&self, mut batch: Batch, written: usize) -> bool {
        let (messages, bodies) = batch.rewind(written);
        let mut outbound = self.outbound.lock().unwrap();
        outbound.mark.release(messages, bodies);
        // A batch that holds no message belonged to the connection.
        if batch.held().0 > 0 {
            outbound.waiting.push_front(batch);
        }
        outbound.has_room_again()
    }

    /// Forgets everything that waits. Returns how many messages that were.
    pub(crate) fn clear(&self) -> usize {
        let mut outbound = self.outbound.lock().unwrap();
        outbound.waiting.clear();
        outbound.changes.clear();
        let (messages, bodies) = outbound.mark.held();
        outbound.mark.release(messages, bodies);
        messages
    }

    pub(crate) fn name(&self) -> Bytes {
        self.name.lock().unwrap().clone()
    }

    pub(crate) fn set_name(&self, name: Bytes) {
        *self.name.lock().unwrap() = name;
    }

    /// Ends the connection.
    pub(crate) fn cut(&self) {
        self.end.store(CUT, Ordering::Relaxed);
        self.wake.wake();
    }

    /// Whether the connection is to be ended; the next one is not.
    pub(crate) fn take_cut(&self) -> bool {
        self.end.load(Ordering::Relaxed) == CUT && self.end.swap(0, Ordering::Relaxed) == CUT
    }

    /// Ends the connection behind what waits; there shall be no other.
    pub(crate) fn finish(&self) {
        self.set_gate(Gate::Shut);
        self.end.store(FINISH, Ordering::Relaxed);
        self.wake.wake();
    }

    /// Whether there shall be no other connection.
    pub(crate) fn is_finished(&self) -> bool {
        self.end.load(Ordering::Relaxed) == FINISH
    }

    pub(crate) fn set_gate(&self, gate: Gate) {
        self.outbound.lock().unwrap().gate = gate;
    }

    /// Messages that wait or are being written.
    pub(crate) fn unsent(&self) -> usize {
        self.outbound.lock().unwrap().mark.held().0
    }

    /// What may still be handed to the receiver.
    pub(crate) fn room(&self) -> Budget {
        self.inbound.lock().unwrap().mark.room()
    }

    /// Whether a message with `bodies` octets so far may be handed to the receiver. If not, the I/O thread is woken
    /// when there is more room.
    pub(crate) fn has_room_for(&self, bodies: usize) -> bool {
        let mut inbound = self.inbound.lock().unwrap();
        let room = inbound.mark.room();
        inbound.paused = room.messages == 0 || room.octets < bodies as u64;
        !inbound.paused
    }

    /// Counts messages handed to the receiver.
    pub(crate) fn handed_over(&self, messages: usize, bodies: usize) {
        self.inbound.lock().unwrap().mark.admit_run(messages, bodies);
    }

    /// Whether the receiver has taken so much that its room should be given back.
    #[inline]
    pub(crate) fn is_worth_releasing(&self, messages: usize, bodies: usize) -> bool {
        messages >= self.step.0 || bodies >= self.step.1
    }

    /// Gives back the room of messages that the receiver has taken.
    pub(crate) fn release(&self, messages: usize, bodies: usize) {
        let mut inbound = self.inbound.lock().unwrap();
        inbound.mark.release(messages, bodies);
        let resumes = inbound.paused && inbound.mark.is_low();
        inbound.paused &= !resumes;
        drop(inbound);
        if resumes {
            self.wake.wake();
        }
    }
}

impl Outbound {
    #[inline]
    fn open_batch(&mut self) -> &mut Batch {
        if self.waiting.back().is_none_or(Batch::is_full) {
            let batch = self.spare.take().unwrap_or_default();
            self.waiting.push_back(batch);
        }
        self.waiting.back_mut().expect("pushed above")
    }

    fn batch_of_changes(&mut self) -> Option<Batch> {
        if self.changes.is_empty() {
            return None;
        }
        let mut batch = self.spare.take().unwrap_or_default();
        while !batch.is_full()
            && let Some((topic, head)) = self.changes.pop()
        {
            batch.put_subscription(head.as_ref(), &topic);
        }
        Some(batch)
    }

    fn has_room_again(&mut self) -> bool {
        let again = self.blocked && self.mark.is_low();
        self.blocked &= !again;
        again
    }
}
