//! What a lane counts of the other direction: messages that were handed to the receiver, and have not been received yet.

use std::sync::Arc;

use zmtp_core::{Budget, Full, HighWater};

use super::Lane;
use super::mark::{self, Mark, NoRoom};
use super::total::Place;
use crate::{Options, Traffic};

/// See the module.
#[derive(Debug)]
pub(super) struct Inbound {
    pub(super) mark: Mark,
    /// Messages beyond the mark, which is full then: they came with others in a buffer that was handed over whole.
    ahead: u32,
    /// The I/O thread stopped reading for lack of room.
    pub(super) paused: bool,
    /// The other end, over `inproc`, keeps messages for lack of room.
    pub(super) held: bool,
    /// There may be room for them: the mark has been changed.
    pub(super) due: bool,
    /// The lane waits for room in the socket, and is in line.
    queued: bool,
    /// In which place, until it has got some.
    place: Option<Place>,
    /// What has come.
    pub(super) received: Traffic,
}

/// For whom there is room now, of those whose other ends keep messages, over `inproc`: they are to be fetched.
#[derive(Debug)]
pub(crate) struct Freed {
    /// The lane that gave it back.
    pub(crate) here: bool,
    /// The slots of others, who waits longest first.
    pub(crate) others: Vec<usize>,
}

impl Freed {
    #[inline]
    pub(crate) fn is_nothing(&self) -> bool {
        !self.here && self.others.is_empty()
    }
}

impl Inbound {
    pub(super) fn new(mark: Mark) -> Self {
        Self {
            mark,
            ahead: 0,
            paused: false,
            held: false,
            due: false,
            queued: false,
            place: None,
            received: Traffic::default(),
        }
    }

    /// Whether a message with `bodies` has room. If not, the lane is told when there is room in the socket.
    pub(super) fn has_room(&mut self, bodies: usize, lane: &Arc<Lane>) -> bool {
        fits(self.mark.own_room(), bodies) && self.total_has_room(bodies, Some(lane), |_| {})
    }

    /// As [`has_room`](Self::has_room), in the socket alone, if it has a mark; `then` does something with it before anybody else. Nothing
    /// waits without a `lane`.
    fn total_has_room(
        &mut self,
        bodies: usize,
        lane: Option<&Arc<Lane>>,
        then: impl FnOnce(&mut HighWater),
    ) -> bool {
        let Some(total) = &self.mark.total else { return true };
        let mut state = total.lock();
        let has_room = fits(state.room_in(self.place), bodies);
        if has_room {
            then(&mut state.mark);
        } else if let Some(lane) = lane
            && !std::mem::replace(&mut self.queued, true)
        {
            state.wait(lane, &mut self.place, bodies);
        }
        has_room
    }

    /// Counts a message for which the lane has room, if the socket has it as well.
    fn admit(&mut self, bodies: usize, lane: Option<&Arc<Lane>>) -> bool {
        let admitted = self.total_has_room(bodies, lane, |mark| mark.admit_run(1, bodies));
        if admitted {
            self.mark.admit_counted(1, bodies);
            self.place = None;
        }
        admitted
    }

    /// Counts messages that are ahead, as far as there is room for them now.
    fn catch_up(&mut self) {
        if self.ahead > 0 {
            let room = u32::try_from(self.mark.own_room().messages).unwrap_or(u32::MAX);
            let messages = self.ahead.min(room);
            self.ahead -= messages;
            self.mark.admit_run(messages as usize, 0);
        }
    }

    /// There is more room. Returns whether the I/O thread is to be woken, and whether messages are to be fetched.
    fn resume(&mut self, room: bool) -> (bool, bool) {
        let (paused, held) = (self.paused && room, self.held && room);
        self.paused &= !paused;
        self.held &= !held;
        (paused, held)
    }
}

fn fits(room: Budget, bodies: usize) -> bool {
    room.messages > 0 && room.octets >= bodies as u64
}

impl Lane {
    /// Another mark on messages that wait to be received.
    pub(crate) fn set_rcvhwm(&self, options: &Options) {
        if options.conflate {
            return;
        }
        let mut inbound = self.inbound.lock().unwrap();
        inbound.mark.set(options.rcvhwm, options.rcvhwm_bytes);
        inbound.catch_up();
        let room = !inbound.mark.is_full();
        let (paused, held) = inbound.resume(room);
        inbound.due |= held;
        drop(inbound);
        if paused || held {
            self.wake.wake();
        }
    }

    /// Whether a message with `bodies` octets so far may be handed to the receiver. If not, the I/O thread is woken
    /// when there is more room.
    pub(crate) fn has_room_for(self: &Arc<Self>, bodies: usize) -> bool {
        let mut inbound = self.inbound.lock().unwrap();
        inbound.paused = !inbound.has_room(bodies, self);
        !inbound.paused
    }

    /// Counts a message handed to the receiver, for which the lane has room. Returns whether the socket has it as well; if not, it is not
    /// counted, and the I/O thread is woken.
    pub(crate) fn hand_over_one(self: &Arc<Self>, bodies: usize) -> bool {
        let mut inbound = self.inbound.lock().unwrap();
        inbound.paused = !inbound.admit(bodies, Some(self));
        if !inbound.paused {
            inbound.received.add(1, bodies);
        }
        !inbound.paused
    }

    /// Counts messages handed to the receiver, as many of those that are there as there is room for: so `choose` says.
    pub(crate) fn hand_over_some(&self, choose: impl FnOnce(Budget) -> (usize, usize)) {
        let (own, total, place) = {
            let inbound = self.inbound.lock().unwrap();
            (inbound.mark.own_room(), inbound.mark.total.clone(), inbound.place)
        };
        let (messages, bodies) = match &total {
            None => choose(own),
            Some(total) => {
                // Nobody else takes this room meanwhile.
                let mut state = total.lock();
                let (messages, bodies) = choose(mark::least(own, state.room_in(place)));
                state.mark.admit_run(messages, bodies);
                (messages, bodies)
            }
        };
        if messages > 0 {
            let mut inbound = self.inbound.lock().unwrap();
            inbound.mark.admit_counted(messages, bodies);
            inbound.received.add(messages, bodies);
            inbound.place = None;
        }
    }

    /// As [`hand_over_some`](Self::hand_over_some), of what has been read. Where there is room for one message, and the only mark is one on
    /// messages, all of them are handed over: those beyond the mark stay in the buffer they were read into, as they would on this side,
    /// and are counted when there is room. So threads meet once for a buffer and not once for a mark.
    pub(crate) fn hand_over_read(&self, choose: impl FnOnce(Budget) -> (usize, usize)) {
        if !self.reads_ahead || self.inbound.lock().unwrap().mark.is_full() {
            return self.hand_over_some(choose);
        }
        let (messages, bodies) = choose(Budget { messages: u64::MAX, octets: u64::MAX });
        let mut inbound = self.inbound.lock().unwrap();
        // A buffer holds less.
        inbound.ahead = inbound.ahead.saturating_add(u32::try_from(messages).unwrap_or(u32::MAX));
        inbound.mark.admit_run(0, bodies);
        inbound.catch_up();
        inbound.received.add(messages, bodies);
    }

    /// Notes messages handed to the receiver that wait outside its marks.
    pub(super) fn leave_outside(&self, messages: usize, bodies: usize) {
        self.inbound.lock().unwrap().received.add(messages, bodies);
    }

    /// There is room in the socket. Returns whether messages are to be fetched.
    pub(super) fn resume(&self) -> bool {
        let mut inbound = self.inbound.lock().unwrap();
        inbound.queued = false;
        let (paused, held) = inbound.resume(true);
        inbound.due |= held;
        drop(inbound);
        if paused || held {
            self.wake.wake();
        }
        held
    }

    /// Counts a message that no peer has sent as such, if there is room for it. If not, the I/O thread is woken when there is more.
    pub(crate) fn take_room(self: &Arc<Self>, bodies: usize) -> Result<(), Full> {
        let mut inbound = self.inbound.lock().unwrap();
        if inbound.mark.would_admit(bodies) == Err(NoRoom::Ever) {
            return Err(Full::Never);
        }
        inbound.paused = !(fits(inbound.mark.own_room(), bodies) && inbound.admit(bodies, Some(self)));
        if inbound.paused { Err(Full::Now) } else { Ok(()) }
    }

    /// That message does not come.
    pub(crate) fn forgo_room(&self, bodies: usize) {
        if self.release(1, bodies).here {
            self.inbound.lock().unwrap().due = true;
            self.wake.wake();
        }
    }

    /// Counts a message that no peer has sent, and that cannot wait, if there is room for it. If not, it is outside the marks.
    pub(crate) fn takes_room(&self, bodies: usize) -> bool {
        let mut inbound = self.inbound.lock().unwrap();
        fits(inbound.mark.own_room(), bodies) && inbound.admit(bodies, None)
    }

    /// Whether the receiver has taken so much that its room should be given back.
    #[inline]
    pub(crate) fn is_worth_releasing(&self, messages: usize, bodies: usize) -> bool {
        messages >= self.step.0 || bodies >= self.step.1
    }

    /// Gives back the room of messages that the receiver has taken.
    pub(crate) fn release(&self, messages: usize, bodies: usize) -> Freed {
        let mut inbound = self.inbound.lock().unwrap();
        inbound.mark.release(messages, bodies);
        inbound.catch_up();
        let low = inbound.mark.is_low();
        let (paused, held) = inbound.resume(low);
        let total = inbound.mark.total.clone();
        drop(inbound);
        // Those who wait for longer are woken first, and fetched from first.
        let mut others = total.map_or_else(Vec::new, |total| total.wake());
        let goes_behind = held && !others.is_empty();
        if goes_behind {
            others.push(self.slot);
        }
        if paused {
            self.wake.wake();
        }
        Freed { here: held && !goes_behind, others }
    }
}
