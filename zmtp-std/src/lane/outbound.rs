//! What waits in a lane to be written, and what becomes of it.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::Gate;
use super::direct::Link;
use super::hand::Hand;
use super::mark::{Mark, NoRoom};
use super::offer::Sender;
use super::outlet::Writing;
use super::pace::Course;
use super::spares::Spares;
use super::spill::Spill;
use crate::batch::Batch;
use crate::changes::Changes;
use crate::{Options, SlowPeer, SlowSubscriber, Traffic};

/// No more octets than this are written at once to an idle stream: a call of send should not take long.
const MOST_AT_ONCE: usize = 64 * 1024;

/// See the module. Most lanes are idle: what few of them have is boxed.
#[derive(Debug)]
pub(super) struct Outbound {
    /// What waits to be written; the last one is open.
    pub(super) waiting: VecDeque<Batch>,
    /// What waits behind that, beyond the mark.
    pub(super) spill: Spill,
    /// What a new connection begins with.
    pub(super) preface: Option<Box<Batch>>,
    /// Empty ones, to be filled next.
    pub(super) spares: Spares,
    /// What a publisher is still to be told of topics.
    pub(super) changes: Option<Box<Changes>>,
    /// Counts what waits and what is being written.
    pub(super) mark: Mark,
    pub(super) gate: Gate,
    /// Only the newest message is kept.
    pub(super) conflates: bool,
    /// The oldest messages make room for new ones, and a batch has no more than so many: what is being written cannot be taken back.
    pub(super) sheds: Option<NonZeroU32>,
    /// How many have made room.
    pub(super) shed: u32,
    /// The I/O thread knows that there is something, or need not know yet.
    pub(super) scheduled: bool,
    /// Batches are handed out, one after the other.
    pub(super) is_quick: bool,
    /// A sender was turned away, and wants to know when there is room.
    pub(super) blocked: bool,
    /// Messages have been dropped since there was room.
    pub(super) dropping: bool,
    /// Who writes to the stream.
    pub(super) writing: Writing,
    /// The other end, over `inproc`.
    pub(super) link: Option<Arc<Link>>,
    /// What is out.
    pub(super) sent: Traffic,
    /// How often everything that waits was forgotten.
    pub(super) cleared: u64,
}

/// What is to be done for a message that has been taken, without the lock.
#[derive(Debug)]
pub(super) enum Next {
    Nothing,
    /// To be written by the sender, or if it cannot, by the I/O thread.
    Write,
    /// The I/O thread is to be woken.
    Wake,
    /// More are to be put into the batch, which has been taken out of the lane.
    HandOut(Box<Hand>),
    /// The other end, over `inproc`, is to be told.
    Announce,
}

/// The most messages of a batch if the oldest are to make room: a quarter of the mark, without which there is none to make.
pub(super) fn sheds(options: &Options) -> Option<NonZeroU32> {
    let oldest =
        options.slow_subscriber == SlowSubscriber::DropOldest || options.slow_peer == SlowPeer::DropOldest;
    let sheds = oldest && !options.conflate;
    NonZeroU32::new(if sheds { (options.sndhwm / 4).max(1) } else { 0 })
}

impl Outbound {
    pub(super) fn new(mark: Mark, gate: Gate, options: &Options) -> Self {
        Self {
            waiting: VecDeque::new(),
            spill: Spill::default(),
            preface: None,
            spares: Spares::default(),
            changes: None,
            mark,
            gate,
            conflates: options.conflate,
            sheds: sheds(options),
            shed: 0,
            scheduled: false,
            is_quick: false,
            blocked: false,
            dropping: false,
            writing: Writing::default(),
            link: None,
            sent: Traffic::default(),
            cleared: 0,
        }
    }

    #[inline]
    pub(super) fn open_batch(&mut self) -> &mut Batch {
        let full = |batch: &Batch| {
            batch.is_full() || self.sheds.is_some_and(|most| batch.held().0 >= most.get() as usize)
        };
        if self.waiting.back().is_none_or(full) {
            let batch = self.spares.take();
            self.waiting.push_back(batch);
        }
        self.waiting.back_mut().expect("pushed above")
    }

    /// What is to be done for the message that has just been taken.
    #[inline]
    pub(super) fn next_step(&mut self, sender: Sender) -> Next {
        if std::mem::replace(&mut self.scheduled, true) { Next::Nothing } else { self.first_step(sender) }
    }

    /// The same, for one to which everything before it has been written.
    fn first_step(&mut self, sender: Sender) -> Next {
        if self.link.is_some() {
            return Next::Announce;
        }
        if matches!(sender, Sender::Other { .. }) {
            return Next::Wake;
        }
        match self.writing.course() {
            Course::AtOnce if self.waiting.front().is_some_and(|batch| batch.len() <= MOST_AT_ONCE) => {
                Next::Write
            }
            Course::AtOnce | Course::Soon => Next::Wake,
            Course::Together if sender == Sender::Quick => self.hand_out().map_or(Next::Write, Next::HandOut),
            Course::Together => Next::Write,
        }
    }

    /// Conflation: forgets what waits, for a newer message with `bodies`. What is being written stays, and the mark is for
    /// a single message.
    #[cold]
    pub(super) fn make_way(&mut self, bodies: usize) {
        let (messages, octets) = self.mark.held();
        let waiting = self.waiting.drain(..).map(|batch| batch.held());
        let (gone, gone_octets) = waiting.fold((0, 0), |sum, held| (sum.0 + held.0, sum.1 + held.1));
        self.mark.conflate(messages - gone, octets - gone_octets);
        self.mark.admit_run(1, bodies);
    }

    /// Forgets the oldest message that waits. Returns whether there was one: what is being written cannot be taken back.
    #[cold]
    pub(super) fn shed(&mut self) -> bool {
        let Some(oldest) = self.waiting.front_mut() else { return false };
        let (messages, bodies) = oldest.forget_first();
        let emptied = oldest.held().0 == 0;
        if emptied {
            self.waiting.pop_front();
        }
        self.mark.release(messages, bodies);
        self.shed = self.shed.saturating_add(1);
        messages > 0
    }

    pub(super) fn next_batch(&mut self) -> Option<(Batch, usize)> {
        if let Some(begun) = self.writing.take_begun() {
            return Some(begun);
        }
        // Changes before messages: those of an XSUB never come to an end, perhaps.
        let first = self.take_preface().or_else(|| self.batch_of_changes());
        self.next_of(first).map(|batch| (batch, 0))
    }

    pub(super) fn take_preface(&mut self) -> Option<Batch> {
        self.preface.take().map(|preface| *preface)
    }

    /// What is next: `first`, or what waits. Without either the lane is idle.
    pub(super) fn next_of(&mut self, first: Option<Batch>) -> Option<Batch> {
        let batch = first.or_else(|| self.waiting.pop_front()).or_else(|| self.refill());
        if batch.is_none() {
            self.scheduled = false;
            self.save_memory();
        }
        batch
    }

    /// Gives back what an idle lane does not need. One that is quick is empty for a moment only.
    pub(super) fn save_memory(&mut self) {
        if !self.is_quick {
            self.spares.shrink();
        }
    }

    /// Messages are out.
    pub(super) fn leave(&mut self, messages: usize, bodies: usize) {
        self.mark.release(messages, bodies);
        self.sent.add(messages, bodies);
    }

    /// What has waited beyond the mark, as far as there is room for it now.
    fn refill(&mut self) -> Option<Batch> {
        if self.spill.is_empty() {
            return None;
        }
        let batch = self.spill.take(self.mark.room())?;
        let (messages, bodies) = batch.held();
        self.mark.admit_run(messages, bodies);
        Some(batch)
    }

    /// Takes room for a message with `bodies` within the mark, if nothing waits beyond it.
    #[inline]
    pub(super) fn admit(&mut self, bodies: usize) -> Result<(), NoRoom> {
        if self.spill.is_empty() {
            return self.mark.admit(bodies);
        }
        // Behind what waits already.
        self.mark.would_admit(bodies).and(Err(NoRoom::Here))
    }

    /// Takes back a batch that has been written. Returns whether there were messages in it.
    pub(super) fn take_back(&mut self, mut batch: Batch) -> bool {
        let (messages, bodies) = batch.held();
        self.writing.note(messages, batch.len());
        batch.clear();
        self.leave(messages, bodies);
        self.spares.keep(batch);
        messages > 0
    }

    /// Takes back a batch of which only `written` octets went out before the connection was lost. Returns whether some of its
    /// messages did.
    pub(super) fn put_back(&mut self, mut batch: Batch, written: usize) -> bool {
        let (messages, bodies) = batch.rewind(written);
        self.leave(messages, bodies);
        let (left, bodies) = batch.held();
        if self.conflates && !self.waiting.is_empty() {
            self.mark.release(left, bodies);
        } else if left > 0 {
            self.waiting.push_front(batch);
        } // Else it belonged to the connection.
        messages > 0
    }

    pub(super) fn batch_of_changes(&mut self) -> Option<Batch> {
        let mut changes = self.changes.take().filter(|changes| !changes.is_empty())?;
        let mut batch = self.spares.take();
        while !batch.is_full()
            && let Some(change) = changes.pop()
        {
            batch.put_subscription(change.head.as_ref(), &change.topic);
        }
        if !changes.is_empty() {
            self.changes = Some(changes);
        }
        Some(batch)
    }

    pub(super) fn has_room_again(&mut self) -> bool {
        let again = self.blocked && self.mark.is_low();
        self.blocked &= !again;
        self.dropping &= !again;
        again | self.mark.total.as_ref().is_some_and(|total| total.has_room_again())
    }
}
