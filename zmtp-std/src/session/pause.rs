//! What a session does not go on with before there is room for it.

use zmtp_core::Failure;

use super::{Host, Session};

/// What waits for room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paused {
    No,
    /// A frame of a message has begun.
    Frame,
    /// A subscription, or its end, of which the receiver may be shown something. Its topic is in the place of the command.
    Subscription {
        subscribe: bool,
    },
}

impl<H: Host> Session<H> {
    /// Goes on with what there was no room for. Returns whether there is now.
    pub(super) fn goes_on(&mut self) -> Result<bool, Failure> {
        if let Paused::Subscription { subscribe } = self.paused {
            let topic = std::mem::take(&mut self.command);
            self.subscription(subscribe, &topic)?;
            return Ok(self.paused == Paused::No);
        }
        if !self.lane.as_ref().is_some_and(|lane| lane.has_room_for(self.assembly.bodies())) {
            return Ok(false);
        }
        self.paused = Paused::No;
        self.end_frame()?;
        // Others may have been quicker.
        Ok(self.paused == Paused::No)
    }

    /// Takes a subscription, or keeps it until there is room.
    pub(super) fn subscription(&mut self, subscribe: bool, topic: &[u8]) -> Result<(), Failure> {
        let Some(lane) = &self.lane else { return Ok(()) };
        let taken = self.host.subscription(lane, subscribe, topic);
        if taken.map_err(|failure| self.connection.abort(failure))? {
            self.paused = Paused::No;
        } else {
            self.paused = Paused::Subscription { subscribe };
            self.command = topic.to_vec();
        }
        Ok(())
    }
}
