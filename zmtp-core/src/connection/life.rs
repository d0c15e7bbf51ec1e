//! Signs of life, and what is due when none comes (RFC 37, "Connection Heartbeating").

use super::{Config, Connection, Failure, Owed, Timer};
use crate::mechanism::Mechanism;
use crate::time::Instant;
use crate::wire::Version;

impl<M: Mechanism> Connection<M> {
    /// Z23-007: a peer older than 3.1 knows no PING.
    pub(super) fn beats(&self, config: &Config<'_, M::Security<'_>>) -> bool {
        config.heartbeat.is_on() && self.version() >= Version::V3_1
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.failure.is_some() { None } else { self.timers.next() }
    }

    /// Does what is due at `now`; may be called too early or too often.
    ///
    /// # Errors
    /// [`Failure::HandshakeTimeout`] or [`Failure::Silence`] when the peer's time is over.
    pub fn handle_timeout(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        now: Instant,
    ) -> Result<(), Failure> {
        self.check()?;
        if self.timers.has_expired(Timer::Silence, now) {
            return Err(self.fail(Failure::Silence));
        }
        if !self.is_established() {
            let late = self.timers.has_expired(Timer::Handshake, now);
            return if late { Err(self.fail(Failure::HandshakeTimeout)) } else { Ok(()) };
        }
        if config.heartbeat.is_on() && self.timers.has_expired(Timer::Ping, now) {
            // Z37-093: the next one waits for a sign of life.
            if !self.unanswered {
                self.owed.add(Owed::PING);
            }
            self.timers.set(Timer::Ping, now.after(config.heartbeat.interval));
        }
        Ok(())
    }

    /// Any traffic is a sign of life (Z37-090). Mostly nobody waits for one.
    #[inline]
    pub(super) fn heard(&mut self, now: Instant) {
        if self.is_listening() {
            self.believe(now);
        }
    }

    /// Whether it matters when the peer was heard.
    pub(super) fn is_listening(&self) -> bool {
        // Z37-091: without a timeout a PING has no alarm, and still waits for its answer.
        self.unanswered || self.timers.is_set(Timer::Silence)
    }

    #[inline(never)]
    pub(super) fn believe(&mut self, now: Instant) {
        let alarm = match self.peer_ttl {
            0 => Instant::NEVER,
            tenths => now.plus(u64::from(tenths).wrapping_mul(100_000)),
        };
        self.timers.set(Timer::Silence, alarm);
        self.unanswered = false;
    }

    /// Notes that octets of the peer are not taken for want of room. Who is not listened to is not silent (Z37-090).
    pub fn held_back(&mut self, now: Instant) {
        self.heard(now);
    }
}
