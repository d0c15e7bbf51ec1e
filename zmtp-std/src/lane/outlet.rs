//! Writing in the thread that sends, where it would only wait for the I/O thread otherwise.
//!
//! A lane that is full makes its sender sleep until the I/O thread has written: two switches of threads, for a call that the sender
//! can as well make itself. And a message for a stream that has been idle leaves sooner if no other thread has to be woken for it.
//!
//! Only one thread writes at a time, [`Writer`], and none holds a lock meanwhile. The I/O thread lends the stream when the handshake
//! is over, if batches leave as they are: what has to be encrypted is its own.

#[cfg(test)]
pub(super) mod tests;

use std::fmt::Debug;
use std::io::{self, IoSlice};
use std::sync::Arc;

use super::outbound::Outbound;
use super::pace::{Course, Pace};
use super::{Extent, Lane};
use crate::batch::{Batch, MOST_SLICES};

/// A stream that any thread may write to.
pub(crate) trait Outlet: Debug + Send + Sync {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
}

/// Who writes to the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Writer {
    #[default]
    Nobody,
    Session,
    Sender,
}

/// See the module; part of the outbound half of a lane, under its lock.
#[derive(Debug, Default)]
pub(super) struct Writing {
    outlet: Option<Arc<dyn Outlet>>,
    writer: Writer,
    /// The session wanted to write, and is to be woken when it may.
    awaited: bool,
    /// What a sender has begun to write, and how much of it is out: the session goes on with it.
    begun: Option<Box<(Batch, usize)>>,
    /// How fast; nothing is known of streams that were never written to.
    pace: Option<Box<Pace>>,
}

impl Writing {
    /// A batch has been written.
    pub(super) fn note(&mut self, messages: usize, octets: usize) {
        if self.outlet.is_some() {
            self.pace().note(messages, octets);
        }
    }

    pub(super) fn pace(&mut self) -> &mut Pace {
        self.pace.get_or_insert_with(|| Box::new(Pace::new()))
    }

    /// What becomes of a message for a stream to which all before it is written.
    pub(super) fn course(&mut self) -> Course {
        match &mut self.pace {
            _ if self.outlet.is_none() => Course::Soon,
            None => Course::AtOnce,
            Some(pace) => pace.course(),
        }
    }

    /// Whether nothing was written for so long that what waits is to wait no more.
    pub(super) fn is_quiet(&self) -> bool {
        self.pace.as_ref().is_none_or(|pace| pace.is_quiet())
    }

    /// What was left to senders had to be seen to.
    pub(super) fn disappointed(&mut self) {
        if let Some(pace) = &mut self.pace {
            pace.disappointed();
        }
    }

    /// Whether the session may take a batch; if so, none but it writes until it is [done](Self::done).
    pub(super) fn claim(&mut self) -> bool {
        let free = self.writer != Writer::Sender;
        if free {
            self.writer = Writer::Session;
        }
        self.awaited = !free;
        free
    }

    /// The session has nothing more to write.
    pub(super) fn done(&mut self) {
        self.writer = Writer::Nobody;
    }

    pub(super) fn take_begun(&mut self) -> Option<(Batch, usize)> {
        self.begun.take().map(|begun| *begun)
    }

    /// The stream, if a sender may write to it now; it has to return it with [`give_back`](Self::give_back).
    fn borrow(&mut self) -> Option<Arc<dyn Outlet>> {
        // What has been begun is the session's: the stream has no room.
        if self.writer != Writer::Nobody || self.begun.is_some() {
            return None;
        }
        let outlet = self.outlet.clone()?;
        self.writer = Writer::Sender;
        Some(outlet)
    }

    /// Returns whether the session is to be woken.
    fn give_back(&mut self) -> bool {
        self.writer = Writer::Nobody;
        std::mem::take(&mut self.awaited) || self.begun.is_some()
    }
}

impl Lane {
    /// Lets senders write to the stream of the connection, which is complete.
    pub(crate) fn lend(&self, outlet: Arc<dyn Outlet>) {
        self.outbound.lock().unwrap().writing.outlet = Some(outlet);
    }

    /// The connection ends: nobody writes to its stream any more.
    pub(crate) fn unlend(&self) {
        let mut outbound = self.outbound.lock().unwrap();
        outbound.writing.outlet = None;
        if outbound.writing.writer == Writer::Session {
            outbound.writing.writer = Writer::Nobody;
        }
        if let Some((batch, written)) = outbound.writing.take_begun() {
            outbound.put_back(batch, written);
        }
    }

    /// Whether the session may write. If not, because a sender is writing, it is woken when it may.
    pub(crate) fn claim(&self) -> bool {
        self.outbound.lock().unwrap().writing.claim()
    }

    /// Writes what waits, in the thread of the sender, if nobody else does; or hands it over. Returns whether that has made room.
    #[cold]
    pub(crate) fn flush(&self) -> bool {
        let mut outbound = self.outbound.lock().unwrap();
        if outbound.link.is_some() {
            return outbound.hand_over(Extent::Room);
        }
        let Some(outlet) = outbound.writing.borrow() else {
            // Whoever writes, or will, looks for what has come meanwhile: it need not be tried again for every message.
            return false;
        };
        let mut room = false;
        while let Some((batch, _)) = outbound.next_batch() {
            let cleared = outbound.cleared;
            drop(outbound);
            // The I/O thread finds out what is wrong with the stream: it has to end the connection.
            let written = write(&*outlet, &batch).unwrap_or(0);
            outbound = self.outbound.lock().unwrap();
            if outbound.cleared != cleared {
                continue;
            }
            let whole = written == batch.len();
            room |= if whole { outbound.take_back(batch) } else { outbound.interrupt(batch, written) };
            if !whole {
                break;
            }
        }
        let wake = outbound.writing.give_back();
        drop(outbound);
        if wake {
            self.wake.wake();
        }
        room
    }

    /// As [`flush`](Self::flush); what is not written then is left to the I/O thread.
    pub(super) fn flush_or_wake(&self) {
        self.flush();
        // Whoever writes now has not seen what came last, perhaps.
        if self.outbound.lock().unwrap().scheduled {
            self.wake.wake();
        }
    }
}

impl Outbound {
    /// Keeps a batch, of which only `written` octets are out, for the session, or for the next connection. Returns whether some of
    /// its messages are.
    fn interrupt(&mut self, mut batch: Batch, written: usize) -> bool {
        if self.writing.outlet.is_none() {
            return self.put_back(batch, written);
        }
        let (messages, bodies) = batch.progress(written);
        self.leave(messages, bodies);
        self.writing.begun = Some(Box::new((batch, written)));
        self.scheduled = true;
        messages > 0
    }
}

/// Writes once; what does not go into the buffer of the stream in one piece has to wait anyway.
fn write(outlet: &dyn Outlet, batch: &Batch) -> io::Result<usize> {
    let mut slices = [IoSlice::new(&[]); MOST_SLICES];
    let count = batch.slices(0, &mut slices);
    outlet.try_write(&slices[..count])
}
