//! Messages of a lane that are beyond its mark, and wait behind it: the first and the last in memory, up to 64 KiB and a message of
//! each, and what is between in a file. With the feature `swap`.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use zmtp_core::Budget;

use super::Lane;
use crate::batch::Batch;
use crate::swap::{Key, Reader, Store};

/// Octets of a run in the file, at least.
const RUN: usize = 64 * 1024;

/// What a message counts for beside its parts.
const OVERHEAD: usize = 16;

/// See the module. Most lanes have none.
#[derive(Debug, Default)]
pub(super) struct Spill(Option<Box<Waiting>>);

#[derive(Debug)]
struct Waiting {
    store: Arc<Store>,
    reader: Weak<dyn Reader>,
    lane: u64,
    head: Batch,
    runs: VecDeque<Run>,
    /// The first run has been asked for.
    reading: bool,
    tail: Batch,
    next: u64,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    number: u64,
    messages: usize,
    bodies: usize,
}

fn room((messages, bodies): (usize, usize)) -> u64 {
    (messages * OVERHEAD + bodies) as u64
}

impl Spill {
    /// Whether no message waits here. Those that come have to wait behind it.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|waiting| waiting.is_empty())
    }

    pub(super) fn messages(&self) -> usize {
        let Some(waiting) = &self.0 else { return 0 };
        let runs: usize = waiting.runs.iter().map(|run| run.messages).sum();
        waiting.head.held().0 + runs + waiting.tail.held().0
    }

    /// Whether a message with `bodies` may wait here; then it has to be [put](Self::put).
    pub(super) fn admit(&self, bodies: usize) -> bool {
        self.0.as_ref().is_some_and(|waiting| waiting.store.reserve(room((1, bodies))))
    }

    /// As [`admit`](Self::admit), for a message that does not come now.
    pub(super) fn would_admit(&self, bodies: usize) -> bool {
        let admits = self.admit(bodies);
        if let Some(waiting) = self.0.as_ref().filter(|_| admits) {
            waiting.store.release(room((1, bodies)));
        }
        admits
    }

    /// Puts the message that was admitted.
    pub(super) fn put(&mut self, put: impl FnOnce(&mut Batch)) {
        let Some(waiting) = &mut self.0 else { return };
        put(&mut waiting.tail);
        if waiting.tail.len() >= RUN {
            waiting.write();
        }
    }

    /// The messages that are next, as far as there is room. Without any, the lane is told when they have been read.
    pub(super) fn take(&mut self, room: Budget) -> Option<Batch> {
        self.0.as_mut()?.take(room)
    }

    /// Forgets all; returns how many messages that were.
    pub(super) fn clear(&mut self) -> usize {
        let messages = self.messages();
        let Some(waiting) = &mut self.0 else { return 0 };
        let runs: u64 = waiting.runs.drain(..).map(|run| room((run.messages, run.bodies))).sum();
        waiting.store.release(runs + room(waiting.head.held()) + room(waiting.tail.held()));
        waiting.store.forget(waiting.lane);
        waiting.head.clear();
        waiting.tail.clear();
        waiting.reading = false;
        messages
    }

    /// A run has been read, or is lost. Returns how many messages are lost; `None` if it is wanted no more.
    fn read(&mut self, number: u64, run: Option<Bytes>) -> Option<usize> {
        let waiting = self.0.as_mut()?;
        waiting.runs.front().filter(|run| waiting.reading && run.number == number)?;
        let Run { messages, bodies, .. } = waiting.runs.pop_front()?;
        waiting.reading = false;
        let Some(octets) = run else {
            waiting.store.release(room((messages, bodies)));
            return Some(messages);
        };
        waiting.head = Batch::of_octets(octets.into(), messages, bodies);
        Some(0)
    }
}

impl Waiting {
    /// Asked for every message, so nothing is summed up: no run is without messages.
    fn is_empty(&self) -> bool {
        self.head.held().0 == 0 && self.runs.is_empty() && self.tail.held().0 == 0
    }

    fn write(&mut self) {
        let run = std::mem::take(&mut self.tail);
        let (messages, bodies) = run.held();
        self.store.write((self.lane, self.next), run.to_octets().into());
        self.runs.push_back(Run { number: self.next, messages, bodies });
        self.next += 1;
    }

    fn take(&mut self, most: Budget) -> Option<Batch> {
        if self.head.held().0 == 0 {
            match self.runs.front() {
                Some(run) => {
                    if !std::mem::replace(&mut self.reading, true) {
                        self.store.read((self.lane, run.number), self.reader.clone());
                    }
                    return None;
                }
                None => self.head = std::mem::take(&mut self.tail),
            }
        }
        let front = self.head.front(most);
        if front.messages == 0 {
            return None;
        }
        self.store.release(room((front.messages, front.bodies)));
        Some(self.head.split_front(&front))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.store.forget(self.lane);
    }
}

impl Lane {
    /// What is beyond the mark waits in `store` from now on.
    pub(crate) fn spill_into(self: &Arc<Self>, store: &Arc<Store>) {
        let mut outbound = self.outbound.lock().unwrap();
        if outbound.conflates || outbound.spill.0.is_some() {
            return;
        }
        // What waits in the file comes back as soon as this lane has room, and is told of no other's.
        outbound.mark.leave_total();
        let lane: Weak<Self> = Arc::downgrade(self);
        outbound.spill = Spill(Some(Box::new(Waiting {
            store: Arc::clone(store),
            reader: lane,
            lane: self.id as u64,
            head: Batch::default(),
            runs: VecDeque::new(),
            reading: false,
            tail: Batch::default(),
            next: 0,
        })));
    }
}

impl Reader for Lane {
    fn read(&self, (_, number): Key, run: Option<Bytes>) -> u64 {
        let mut outbound = self.outbound.lock().unwrap();
        let Some(lost) = outbound.spill.read(number, run) else { return 0 };
        outbound.scheduled = true;
        let link = outbound.link.clone();
        drop(outbound);
        match link {
            Some(link) => link.announce(),
            None => self.wake.wake(),
        }
        lost as u64
    }
}
