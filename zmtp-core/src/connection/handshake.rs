//! Up to the first message: the greeting, the handshake, and who is let in.

use super::timer::Timer;
use super::transmit::Owed;
use super::{Config, Connection, Event, Failure, Limits, Phase};
use crate::mechanism::{Credentials, Mechanism, Next, Verdict};
use crate::time::Instant;
use crate::wire::{Metadata, Version};

impl<M: Mechanism> Connection<M> {
    /// Reads on in the greeting; returns the octets used.
    pub(super) fn read_greeting(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        input: &[u8],
    ) -> Result<usize, Failure> {
        let oldest = self.oldest(config);
        let mut used: usize = 0;
        for &octet in input {
            self.greeting.take(octet, self.mechanism.name(), oldest)?;
            used = used.wrapping_add(1);
            if self.greeting.is_complete() {
                self.end_greeting(config)?;
                break;
            }
        }
        Ok(used)
    }

    fn end_greeting(&mut self, config: &Config<'_, M::Security<'_>>) -> Result<(), Failure> {
        self.phase = Phase::Handshake;
        if self.version().is_v1() {
            return Ok(());
        }
        if self.version().is_v2() {
            let peer = self.greeting.socket_type().ok_or(Failure::Metadata)?;
            return if config.socket_type.accepts(peer) { Ok(()) } else { Err(Failure::SocketType) };
        }
        match self.mechanism.begin(&config.security, config.admission)? {
            Next::Say => self.owed.add(Owed::HANDSHAKE),
            Next::Ask => self.phase = Phase::Admission,
            Next::Wait | Next::Again | Next::Ready { .. } => {}
        }
        Ok(())
    }

    /// The oldest version that is spoken. Z37-018, LZ-004: older ones than 3.0 know no security, and cannot be refused.
    pub(super) fn oldest(&self, config: &Config<'_, M::Security<'_>>) -> Version {
        let any = !self.mechanism.has_roles() && !config.admission;
        config.oldest.max(if any { Version::OLDEST } else { Version::V3_0 })
    }

    /// A command of the handshake.
    pub(super) fn shake_hands<'b>(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        body: &'b mut [u8],
        now: Instant,
    ) -> Result<Event<'b>, Failure> {
        if self.version().is_v1() || self.version().is_v2() {
            let socket_type = if self.version().is_v2() { self.greeting.socket_type() } else { None };
            return self.establish(config, Metadata::of_identity(socket_type, body), now);
        }
        match self.mechanism.handle(&config.security, config.admission, body)? {
            Next::Wait | Next::Again => {}
            Next::Say => self.owed.add(Owed::HANDSHAKE),
            Next::Ask => self.phase = Phase::Admission,
            Next::Ready { metadata, say } => {
                if say {
                    self.owed.add(Owed::HANDSHAKE);
                }
                return self.establish(config, config.limits.admit_metadata(metadata)?, now);
            }
        }
        Ok(Event::Handshake)
    }

    /// What the peer shows, at [`Step::Admit`](crate::Step::Admit). `command` is the body of the last command, as
    /// [`handle_command`](Self::handle_command) left it; empty if there was none.
    ///
    /// `None` at any other time, or if these are not the octets of that command.
    #[must_use]
    pub fn credentials<'b>(&self, command: &'b [u8]) -> Option<Credentials<'b>> {
        if self.phase == Phase::Admission { self.mechanism.credentials(command) } else { None }
    }

    /// Answers [`Step::Admit`](crate::Step::Admit). A peer that is let in goes on with the handshake; if a command is to be handled for that,
    /// [`receive`](Self::receive) says [`Step::Command`](crate::Step::Command) once more, for the same body.
    ///
    /// # Errors
    /// [`Failure::Admission`] if the peer is refused: it may be told so, transmit that, and close.
    /// [`Failure::Misuse`] if nobody has asked, and whatever the connection has failed with before.
    pub fn admit(&mut self, verdict: Verdict) -> Result<(), Failure> {
        self.check()?;
        if self.phase != Phase::Admission {
            return Err(self.fail(Failure::Misuse));
        }
        if let Verdict::Refuse(refusal) = verdict {
            return Err(self.fail(Failure::Admission(refusal)));
        }
        self.phase = Phase::Handshake;
        if let Next::Say = self.mechanism.admitted() {
            self.decoder.close_command();
            self.owed.add(Owed::HANDSHAKE);
        }
        Ok(())
    }

    fn establish<'b>(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        metadata: Metadata<'b>,
        now: Instant,
    ) -> Result<Event<'b>, Failure> {
        if metadata.socket_type.is_some_and(|peer| !config.socket_type.accepts(peer)) {
            return Err(Failure::SocketType);
        }
        self.phase = Phase::Traffic;
        self.timers.set(Timer::Handshake, Instant::NEVER);
        if self.beats(config) {
            self.timers.set(Timer::Ping, now.after(config.heartbeat.interval));
        }
        Ok(Event::Established(metadata))
    }
}

impl Limits {
    /// Reads metadata, if there is not too much of it.
    fn admit_metadata<'b>(&self, octets: &'b [u8]) -> Result<Metadata<'b>, Failure> {
        if octets.len() as u64 > u64::from(self.metadata) {
            return Err(Failure::MetadataLimit);
        }
        let (metadata, properties) = Metadata::count(octets)?;
        if properties > usize::from(self.properties) { Err(Failure::PropertiesLimit) } else { Ok(metadata) }
    }
}
