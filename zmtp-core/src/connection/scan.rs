//! Passing over many whole messages at once: the fast path of hosts.

use super::{Connection, Limits};
use crate::mechanism::Mechanism;
use crate::time::Instant;
use crate::wire::{FrameHead, FrameKind};

/// How much a scan may pass over: the room in the queue that the messages will wait in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Whole messages.
    pub messages: u64,
    /// Octets in their bodies.
    pub octets: u64,
}

/// What a scan passed over: whole messages, head to tail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Octets from the start of the input.
    pub used: usize,
    /// Messages in them.
    pub messages: u64,
    /// Octets in the bodies of these messages.
    pub octets: u64,
}

impl<M: Mechanism> Connection<M> {
    /// Passes over as many whole messages at the start of `input` as there are and the budget allows.
    ///
    /// A shortcut for the same calls of [`receive`](Self::receive) and [`take_body`](Self::take_body), under the same
    /// limits. It stops in front of what it cannot do: a command, an incomplete message, a violation;
    /// `receive` then says what it is. It uses nothing before the handshake is over, while a message is open, from a
    /// ZMTP 1.0 peer, whose framing is another one, or of what is encrypted.
    pub fn scan(&mut self, limits: &Limits, input: &[u8], budget: Budget, now: Instant) -> Run {
        let mut run = Run::default();
        let other_framing = self.version().is_v1() || self.mechanism.overhead() > 0;
        if other_framing
            || !self.is_established()
            || !self.decoder.is_between_messages()
            || self.must_transmit()
        {
            return run;
        }
        while run.messages < budget.messages {
            let rest = input.get(run.used..).unwrap_or_default();
            let Some((used, octets)) = whole_message(rest, limits) else { break };
            let together = run.octets.saturating_add(octets);
            if together > budget.octets {
                break;
            }
            run.octets = together;
            run.used = run.used.saturating_add(used);
            run.messages = run.messages.saturating_add(1);
        }
        if run.used > 0 {
            self.heard(now);
        }
        run
    }
}

/// The octets of the message at the start of `input`, and those in its bodies, if it is whole and within the limits.
#[inline]
fn whole_message(input: &[u8], limits: &Limits) -> Option<(usize, u64)> {
    let mut rest = input;
    let (mut parts, mut room) = (0, limits.message);
    loop {
        let (head, head_len) = FrameHead::decode(rest).ok()??;
        let FrameKind::Message { more } = head.kind else { return None };
        (parts, room) = limits.admit(head.len, parts, room).ok()?;
        let len = usize::try_from(head.len).ok()?.checked_add(head_len)?;
        rest = rest.get(len..)?;
        if !more {
            return Some((input.len().saturating_sub(rest.len()), limits.message.saturating_sub(room)));
        }
    }
}
