//! From the stream into the queue: what a link does with octets.

use super::{Link, LinkEvent, Oversize, Received, Skip};
use crate::connection::{Config, Event, Failure, Step};
use crate::fmt::debug;
use crate::mark::Full;
use crate::mechanism::Mechanism;
use crate::time::Instant;
use crate::wire::{FrameHead, FrameKind};

impl<M: Mechanism> Link<'_, M> {
    /// Takes octets from the stream, up to the next event, or as many as there is room for.
    ///
    /// While the application is asked whether the peer may come in, nothing is taken: see [`credentials`](Self::credentials).
    ///
    /// # Errors
    /// [`Failure`] when the connection is over: transmit what is still owed, then close the stream.
    pub fn receive(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        input: &[u8],
        now: Instant,
    ) -> Result<Received<'_>, Failure> {
        if let Some(failure) = self.connection.failure() {
            return Err(failure);
        }
        let mut used: usize = 0;
        loop {
            if let Some(head) = self.waiting
                && !self.place(head)?
            {
                return Ok(self.hold_back(used, input, now));
            }
            if self.skip == Skip::LastFrame && self.connection.body_left() == 0 {
                self.skip = Skip::No;
                if self.oversize == Oversize::Skip {
                    return Ok(Received { used, event: Some(LinkEvent::Oversize) });
                }
            }
            let rest = input.get(used..).unwrap_or_default();
            let progress = self.connection.receive(config, rest, now)?;
            used = used.saturating_add(progress.used);
            match progress.step {
                Step::Starved | Step::Transmit | Step::Admit => return Ok(Received { used, event: None }),
                Step::Frame(head) => self.waiting = Some(head),
                Step::Body(octets) => {
                    let rest = input.get(used..).unwrap_or_default();
                    let stored = self.store(rest.get(..octets).unwrap_or(rest));
                    self.connection.take_body(stored, now)?;
                    used = used.saturating_add(stored);
                    if stored < octets {
                        return Ok(self.hold_back(used, input, now));
                    }
                }
                Step::Command => {
                    if !self.is_ready_to_open() {
                        return Ok(self.hold_back(used, input, now));
                    }
                    return Ok(Received { used, event: Some(self.handle_command(config, now)?) });
                }
            }
        }
    }

    /// There is no room: what is left of the input waits, and is a sign of life all the same.
    fn hold_back(&mut self, used: usize, input: &[u8], now: Instant) -> Received<'_> {
        if used < input.len() {
            self.connection.held_back(now);
        }
        Received { used, event: None }
    }

    fn handle_command(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        now: Instant,
    ) -> Result<LinkEvent<'_>, Failure> {
        if self.connection.version().is_v1() {
            return Err(self.connection.abort(Failure::Version));
        }
        let event = self.connection.handle_command(config, self.command.filled(), now)?;
        let Event::Message { more, body } = event else { return Ok(LinkEvent::Command(event)) };
        let head = FrameHead::message(more, body.len() as u64);
        if self.skip == Skip::No && self.incoming.begin_frame(head).is_err() {
            // There is room now, or never will be.
            if self.oversize == Oversize::Skip {
                self.incoming.abort();
                self.skip = Skip::Frame;
            } else if self.oversize == Oversize::Refuse || self.incoming.stream_frame(head).is_err() {
                return Err(self.connection.abort(Failure::MessageLimit));
            }
        }
        if self.skip == Skip::No && self.incoming.write(body) < body.len() {
            return Err(self.connection.abort(Failure::MessageLimit));
        }
        if self.skip != Skip::No {
            self.skip = Skip::of(head);
        }
        Ok(LinkEvent::Part)
    }

    /// Whether the command that is here may be handled: what is encrypted waits until there is room for what may be in it.
    fn is_ready_to_open(&mut self) -> bool {
        let overhead = self.connection.overhead();
        if overhead == 0 || !self.connection.is_established() || self.skip != Skip::No {
            return true;
        }
        let len = self.command.get().len().saturating_sub(overhead);
        self.incoming.admits(len, self.oversize == Oversize::Stream) != Err(Full::Now)
    }

    /// Finds a place for the body behind `head`; returns whether there is one now.
    fn place(&mut self, head: FrameHead) -> Result<bool, Failure> {
        self.in_command = head.kind == FrameKind::Command;
        if self.in_command {
            self.command.clear();
            if head.len > self.command.capacity() as u64 {
                return Err(self.connection.abort(Failure::CommandLimit));
            }
        } else if self.skip != Skip::No {
            self.skip = Skip::of(head);
        } else {
            match self.incoming.begin_frame(head) {
                Ok(()) => {}
                Err(Full::Now) => return Ok(false),
                Err(Full::Never) if self.oversize == Oversize::Skip => {
                    debug!("a message is larger than the storage for it");
                    self.incoming.abort();
                    self.skip = Skip::of(head);
                }
                Err(Full::Never) => match self.oversize {
                    Oversize::Stream if self.incoming.stream_frame(head) == Ok(()) => {}
                    Oversize::Stream if self.incoming.capacity() >= FrameHead::MAX_LEN => return Ok(false),
                    _ => return Err(self.connection.abort(Failure::MessageLimit)),
                },
            }
        }
        self.waiting = None;
        Ok(true)
    }

    /// Puts octets of the open body where they belong; returns how many there was room for.
    fn store(&mut self, body: &[u8]) -> usize {
        if self.in_command {
            self.command.extend(body)
        } else if self.skip == Skip::No {
            self.incoming.write(body)
        } else {
            body.len()
        }
    }
}

impl Skip {
    fn of(head: FrameHead) -> Self {
        if head.kind == (FrameKind::Message { more: true }) { Self::Frame } else { Self::LastFrame }
    }
}
