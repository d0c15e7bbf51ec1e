//! What a half of a lane holds: within a mark of its own, and within that of the whole socket, if there is one.

use std::sync::Arc;

use zmtp_core::{Budget, Full, HighWater};

use super::total::Total;

/// See the module. What it holds is counted in the total as well, to the last message, whatever becomes of the lane.
#[derive(Debug)]
pub(super) struct Mark {
    own: HighWater,
    pub(super) total: Option<Arc<Total>>,
}

/// Why a message is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoom {
    /// The lane is full.
    Here,
    /// The socket is.
    Anywhere,
    /// It is larger than one of the marks.
    Ever,
}

impl Mark {
    pub(super) fn new(own: HighWater, total: Option<Arc<Total>>) -> Self {
        Self { own, total }
    }

    /// From now on its own mark is the only one.
    #[cfg(feature = "swap")]
    pub(super) fn leave_total(&mut self) {
        if let Some(total) = self.total.take() {
            let (messages, bodies) = self.held();
            total.lock().mark.release(messages, bodies);
        }
    }

    /// Another mark of its own.
    pub(super) fn set(&mut self, messages: u32, octets: u64) {
        self.own = super::mark(messages, octets, Some(self.own));
    }

    #[inline(always)]
    pub(super) fn admit(&mut self, bodies: usize) -> Result<(), NoRoom> {
        self.own.admit(bodies)?;
        if self.total.is_some() { self.admit_in_total(bodies) } else { Ok(()) }
    }

    /// The second half of [`admit`](Self::admit), which most sockets do without.
    #[cold]
    fn admit_in_total(&mut self, bodies: usize) -> Result<(), NoRoom> {
        let full = self.total.as_ref().and_then(|total| total.lock().admit(bodies).err());
        full.map_or(Ok(()), |full| {
            self.own.release(1, bodies);
            Err(NoRoom::anywhere(full))
        })
    }

    /// What [`admit`](Self::admit) would say. A sender that waits for the socket's room is told of it.
    pub(super) fn would_admit(&self, bodies: usize) -> Result<(), NoRoom> {
        self.own.clone().admit(bodies)?;
        self.total.as_ref().map_or(Ok(()), |total| total.would_admit(1, bodies)).map_err(NoRoom::anywhere)
    }

    /// Counts messages for which there is room, or which have none to wait for.
    pub(super) fn admit_run(&mut self, messages: usize, bodies: usize) {
        self.own.admit_run(messages, bodies);
        if let Some(total) = &self.total {
            total.lock().mark.admit_run(messages, bodies);
        }
    }

    /// As [`admit_run`](Self::admit_run), of what the total has counted.
    pub(super) fn admit_counted(&mut self, messages: usize, bodies: usize) {
        self.own.admit_run(messages, bodies);
    }

    /// Counts as much as there is room for, at `most`, before it comes. Not to be called by two threads at once: the room of the total would
    /// be theirs twice.
    pub(super) fn reserve(&mut self, most: Budget) -> Budget {
        let room = least(self.room(), most);
        self.admit_run(room.messages as usize, room.octets as usize);
        room
    }

    #[inline]
    pub(super) fn release(&mut self, messages: usize, bodies: usize) {
        let before = self.own.held();
        self.own.release(messages, bodies);
        self.release_total(before);
    }

    pub(super) fn conflate(&mut self, leaving: usize, octets: usize) {
        let before = self.own.held();
        self.own.conflate(leaving, octets);
        self.release_total(before);
    }

    /// The total holds no more than all lanes together: what was released twice counts once.
    #[inline]
    fn release_total(&self, (messages, bodies): (usize, usize)) {
        if let Some(total) = &self.total {
            let (messages_left, bodies_left) = self.own.held();
            total.lock().mark.release(messages - messages_left, bodies - bodies_left);
        }
    }

    /// What both have room for.
    pub(super) fn room(&self) -> Budget {
        let own = self.own.room();
        self.total.as_ref().map_or(own, |total| least(own, total.room()))
    }

    /// What is free of its own mark.
    pub(super) fn own_room(&self) -> Budget {
        self.own.room()
    }

    #[inline]
    pub(super) fn held(&self) -> (usize, usize) {
        self.own.held()
    }

    pub(super) fn is_full(&self) -> bool {
        self.own.is_full()
    }

    #[inline]
    pub(super) fn is_low(&self) -> bool {
        self.own.is_low()
    }
}

/// The lane goes, with all it holds.
impl Drop for Mark {
    fn drop(&mut self) {
        let (messages, bodies) = self.held();
        self.release(messages, bodies);
        if let Some(total) = &self.total {
            total.wake();
        }
    }
}

impl NoRoom {
    fn anywhere(full: Full) -> Self {
        match full {
            Full::Now => Self::Anywhere,
            Full::Never => Self::Ever,
        }
    }
}

impl From<Full> for NoRoom {
    #[inline]
    fn from(full: Full) -> Self {
        match full {
            Full::Now => Self::Here,
            Full::Never => Self::Ever,
        }
    }
}

/// What is in both.
pub(super) fn least(one: Budget, other: Budget) -> Budget {
    Budget { messages: one.messages.min(other.messages), octets: one.octets.min(other.octets) }
}
