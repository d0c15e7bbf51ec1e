//! What a lane counts of the other direction: messages that were handed to the receiver, and have not been received yet.

use zmtp_core::{Budget, HighWater};

use super::{Lane, mark};
use crate::{Options, Traffic};

/// See the module.
#[derive(Debug)]
pub(super) struct Inbound {
    pub(super) mark: HighWater,
    /// The I/O thread stopped reading for lack of room.
    pub(super) paused: bool,
    /// The other end, over `inproc`, keeps messages for lack of room.
    pub(super) held: bool,
    /// There may be room for them: the mark has been changed.
    pub(super) due: bool,
    /// What has come.
    pub(super) received: Traffic,
}

impl Inbound {
    pub(super) fn new(mark: HighWater) -> Self {
        Self { mark, paused: false, held: false, due: false, received: Traffic::default() }
    }

    /// There is more room. Returns whether the I/O thread is to be woken, and whether messages are to be fetched.
    fn resume(&mut self, room: bool) -> (bool, bool) {
        let (paused, held) = (self.paused && room, self.held && room);
        self.paused &= !paused;
        self.held &= !held;
        (paused, held)
    }
}

impl Lane {
    /// Another mark on messages that wait to be received.
    pub(crate) fn set_rcvhwm(&self, options: &Options) {
        if options.conflate {
            return;
        }
        let mut inbound = self.inbound.lock().unwrap();
        inbound.mark = mark(options.rcvhwm, options.rcvhwm_bytes, Some(inbound.mark));
        let room = !inbound.mark.is_full();
        let (paused, held) = inbound.resume(room);
        inbound.due |= held;
        drop(inbound);
        if paused || held {
            self.wake.wake();
        }
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
        let mut inbound = self.inbound.lock().unwrap();
        inbound.mark.admit_run(messages, bodies);
        inbound.received.add(messages, bodies);
    }

    /// As [`handed_over`](Self::handed_over), of what no peer has sent.
    pub(crate) fn make_room(&self, messages: usize, bodies: usize) {
        self.inbound.lock().unwrap().mark.admit_run(messages, bodies);
    }

    /// Whether the receiver has taken so much that its room should be given back.
    #[inline]
    pub(crate) fn is_worth_releasing(&self, messages: usize, bodies: usize) -> bool {
        messages >= self.step.0 || bodies >= self.step.1
    }

    /// Gives back the room of messages that the receiver has taken. Returns whether there is room now for messages that
    /// the other end keeps, over `inproc`: they are to be fetched.
    pub(crate) fn release(&self, messages: usize, bodies: usize) -> bool {
        let mut inbound = self.inbound.lock().unwrap();
        inbound.mark.release(messages, bodies);
        let low = inbound.mark.is_low();
        let (paused, held) = inbound.resume(low);
        drop(inbound);
        if paused {
            self.wake.wake();
        }
        held
    }
}
