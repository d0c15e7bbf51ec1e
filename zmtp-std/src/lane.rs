//! What stands between a socket and one peer: octets on their way out, and the marks of both directions.
//!
//! There is no queue of message objects: who sends encodes into the lane's open batch, the I/O thread takes whole
//! batches out and brings them back empty.

mod direct;
mod hand;
mod inbound;
mod mark;
mod offer;
mod outbound;
mod outlet;
mod pace;
mod spares;
#[cfg_attr(not(feature = "swap"), path = "lane/no_spill.rs")]
mod spill;
#[cfg(test)]
mod tests;
mod total;

use std::sync::Arc;

use bytes::Bytes;
use zmtp_core::wire::{SubscriptionHead, Version};
use zmtp_core::{HighWater, Limits};

pub(crate) use self::direct::{Extent, Link, Recipient};
pub(crate) use self::hand::Hand;
pub(crate) use self::inbound::Freed;
use self::inbound::Inbound;
use self::mark::Mark;
pub(crate) use self::offer::Offer;
use self::outbound::Outbound;
pub(crate) use self::outlet::Outlet;
#[cfg(all(test, not(shuttle)))]
pub(crate) use self::outlet::tests::Sink;
pub(crate) use self::total::Totals;
use crate::batch::Batch;
use crate::io::Wake;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use crate::{Lost, Options, Properties, Statistics, Traffic};

/// The connection of the lane is to be ended.
const FAILED: u8 = 1;

/// So it is, behind what waits, and there shall be no other.
const FINISH: u8 = 2;

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
    /// What is known of the peer, of the connection there is.
    properties: Mutex<Option<Arc<Properties>>>,
    /// Whether the socket ends the connection: [`FAILED`], [`FINISH`] or not.
    end: AtomicU8,
    /// Whether the socket has left the endpoint of the lane.
    retired: AtomicBool,
    /// Why, if it is [`FAILED`].
    failure: Mutex<Option<Box<Lost>>>,
    /// Over `inproc`: whether the receiver has been told that something waits at the other end.
    announced: AtomicBool,
    /// What a message over `inproc` has to keep to, if there is anything: others are checked where they arrive.
    limits: Option<Box<Limits>>,
    /// What has been read is handed over whole.
    reads_ahead: bool,
    /// Messages and octets that the receiver may take before it gives their room back.
    step: (usize, usize),
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

/// A mark at so many messages and octets, in front of which those of `before` wait.
fn mark(messages: u32, octets: u64, before: Option<HighWater>) -> HighWater {
    let mut mark = HighWater::new(messages as usize, usize::try_from(octets).unwrap_or(usize::MAX));
    if let Some((messages, octets)) = before.map(|before| before.held()) {
        mark.admit_run(messages, octets);
    }
    mark
}

impl Lane {
    pub(crate) fn new(id: usize, slot: usize, options: &Options, totals: &Totals, gate: Gate) -> Self {
        let (inbound, outbound) = if options.conflate {
            // What arrives always has room, in the place of what waits; each message is within the limits.
            (mark(0, 0, None), mark(1, options.sndhwm_bytes, None))
        } else {
            (
                mark(options.rcvhwm, options.rcvhwm_bytes, None),
                mark(options.sndhwm, options.sndhwm_bytes, None),
            )
        };
        let (inbound, outbound) =
            (Mark::new(inbound, totals.receive.clone()), Mark::new(outbound, totals.send.clone()));
        let room = inbound.room();
        let reads_ahead = options.rcvhwm_bytes == 0 && inbound.total.is_none() && !options.conflate;
        let quarter = |room: u64| usize::try_from(room / 4).unwrap_or(usize::MAX).max(1);
        Self {
            id,
            slot,
            wake: Wake::default(),
            outbound: Mutex::new(Outbound::new(outbound, gate, options)),
            inbound: Mutex::new(Inbound::new(inbound)),
            name: Mutex::default(),
            properties: Mutex::default(),
            end: AtomicU8::new(0),
            retired: AtomicBool::new(false),
            failure: Mutex::default(),
            announced: AtomicBool::new(false),
            limits: options.limits_messages().then(|| Box::new(options.limits())),
            reads_ahead,
            step: (quarter(room.messages), quarter(room.octets)),
        }
    }

    /// Tells the publisher at the other end of a subscription made or taken back. Each has to be news: made if it was
    /// not there, taken back if it was. Called under the lock of the intake, and not under that of the route.
    pub(crate) fn subscription(&self, peer: Version, subscribe: bool, topic: &[u8]) {
        let Some(head) = SubscriptionHead::new(peer, subscribe, topic.len()) else { return };
        let mut outbound = self.outbound.lock().unwrap();
        outbound.changes.get_or_insert_default().add(subscribe, topic, head);
        if outbound.link.is_some() {
            drop(outbound);
            return self.tell_changes();
        }
        outbound.scheduled = true;
        drop(outbound);
        self.wake.wake();
    }

    /// Has the new connection begin with `preface`.
    pub(crate) fn greet(&self, preface: &Batch) {
        let mut outbound = self.outbound.lock().unwrap();
        outbound.preface = Some(Box::new(preface.clone()));
        outbound.scheduled = true;
        drop(outbound);
        self.wake.wake();
    }

    /// The next batch to be written, and how many of its octets are out already. Without one, the next
    /// [`offer`](Self::offer) wakes the I/O thread.
    pub(crate) fn next_batch(&self) -> Option<(Batch, usize)> {
        let mut outbound = self.outbound.lock().unwrap();
        if !outbound.writing.claim() {
            return None;
        }
        let batch = outbound.next_batch();
        if batch.is_none() {
            outbound.writing.done();
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
        outbound.leave(messages, bodies);
        outbound.has_room_again()
    }

    /// Takes back a batch that has been written. Returns whether a sender that was turned away may try again.
    pub(crate) fn written(&self, batch: Batch) -> bool {
        let mut outbound = self.outbound.lock().unwrap();
        outbound.take_back(batch);
        outbound.has_room_again()
    }

    /// Takes back a batch of which only `written` octets went out before the connection was lost. Returns whether a
    /// sender that was turned away may try again.
    pub(crate) fn unwritten(&self, batch: Batch, written: usize) -> bool {
        let mut outbound = self.outbound.lock().unwrap();
        outbound.put_back(batch, written);
        outbound.has_room_again()
    }

    /// Forgets everything that waits. Returns how many messages that were.
    pub(crate) fn clear(&self) -> usize {
        let mut outbound = self.outbound.lock().unwrap();
        outbound.waiting.clear();
        outbound.changes = None;
        outbound.cleared += 1;
        (outbound.blocked, outbound.dropping) = (false, false);
        let (messages, bodies) = outbound.mark.held();
        outbound.mark.release(messages, bodies);
        messages + outbound.spill.clear()
    }

    pub(crate) fn name(&self) -> Bytes {
        self.name.lock().unwrap().clone()
    }

    pub(crate) fn set_name(&self, name: Bytes) {
        *self.name.lock().unwrap() = name;
    }

    pub(crate) fn properties(&self) -> Option<Arc<Properties>> {
        self.properties.lock().unwrap().clone()
    }

    pub(crate) fn set_properties(&self, properties: Arc<Properties>) {
        *self.properties.lock().unwrap() = Some(properties);
    }

    /// Ends the connection, for this reason: the socket does not want the peer any more. The first reason counts.
    pub(crate) fn fail(&self, why: Lost) {
        self.failure.lock().unwrap().get_or_insert_with(|| Box::new(why));
        self.end.store(FAILED, Ordering::Relaxed);
        self.wake.wake();
    }

    /// Why the connection is to be ended, if it is; the next one is not.
    pub(crate) fn take_failure(&self) -> Option<Lost> {
        let failed =
            self.end.load(Ordering::Relaxed) == FAILED && self.end.swap(0, Ordering::Relaxed) == FAILED;
        if !failed {
            return None;
        }
        self.failure.lock().unwrap().take().map(|why| *why)
    }

    /// Whether the connection is to be ended, and has not been yet.
    pub(crate) fn is_failed(&self) -> bool {
        self.end.load(Ordering::Relaxed) == FAILED
    }

    /// There is another connection, to which nothing applies that was wanted of the last.
    pub(crate) fn reopen(&self) {
        *self.failure.lock().unwrap() = None;
        self.end.store(0, Ordering::Relaxed);
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

    /// The socket has left the endpoint: the lane is there for what waits alone.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Relaxed)
    }

    pub(crate) fn set_gate(&self, gate: Gate) {
        self.outbound.lock().unwrap().gate = gate;
    }

    /// Messages that wait or are being written.
    pub(crate) fn unsent(&self) -> usize {
        let outbound = self.outbound.lock().unwrap();
        outbound.mark.held().0 + outbound.spill.messages()
    }

    /// Another mark on what waits to be sent. Returns whether a sender that was turned away may try again.
    pub(crate) fn set_sndhwm(&self, options: &Options) -> bool {
        let mut outbound = self.outbound.lock().unwrap();
        let messages = if outbound.conflates { 1 } else { options.sndhwm };
        outbound.mark.set(messages, options.sndhwm_bytes);
        outbound.sheds = outbound::sheds(options);
        let again = outbound.blocked && !outbound.mark.is_full();
        outbound.blocked &= !again;
        again
    }

    /// What was sent and received.
    pub(crate) fn traffic(&self) -> (Traffic, Traffic) {
        (self.outbound.lock().unwrap().sent, self.inbound.lock().unwrap().received)
    }

    /// Adds what is known of the lane.
    pub(crate) fn count(&self, all: &mut Statistics) {
        let outbound = self.outbound.lock().unwrap();
        all.sent += outbound.sent;
        all.to_send += outbound.mark.held().into();
        all.swapped += outbound.spill.messages() as u64;
        drop(outbound);
        let inbound = self.inbound.lock().unwrap();
        all.received += inbound.received;
        all.to_receive += inbound.mark.held().into();
    }
}
