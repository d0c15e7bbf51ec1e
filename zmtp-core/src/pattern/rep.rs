//! REP: one request, then our reply to whoever asked (RFC 28, "The REP Socket Type").

use super::OutOfTurn;

/// The state of a REP socket. The envelope of the request, up to the delimiter, is the embedder's to keep
/// ([`Envelope`](super::Envelope) finds it), and to send in front of the reply (Z28-014).
///
/// ```
/// use zmtp_core::pattern::{OutOfTurn, Rep};
///
/// let mut rep = Rep::default();
/// assert_eq!(rep.may_send(), Err(OutOfTurn::NothingToAnswer));
/// rep.received(7);
/// assert_eq!(rep.may_receive(), Err(OutOfTurn::OwingReply));
/// assert_eq!(rep.replied(), Some(7));
/// assert_eq!(rep.may_receive(), Ok(()));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Rep {
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Receiving,
    Replying {
        to: usize,
    },
    /// The requester has gone: the reply will be dropped (Z28-015).
    ReplyingToNobody,
}

impl Rep {
    /// Whether a request may be received.
    ///
    /// # Errors
    /// [`OutOfTurn::OwingReply`] while one waits for its reply (Z28-011).
    pub fn may_receive(&self) -> Result<(), OutOfTurn> {
        if self.state == State::Receiving { Ok(()) } else { Err(OutOfTurn::OwingReply) }
    }

    /// Whether a reply may be sent.
    ///
    /// # Errors
    /// [`OutOfTurn::NothingToAnswer`] if no request waits (Z28-011).
    pub fn may_send(&self) -> Result<(), OutOfTurn> {
        if self.state == State::Receiving { Err(OutOfTurn::NothingToAnswer) } else { Ok(()) }
    }

    /// A whole request was received from `peer`.
    pub fn received(&mut self, peer: usize) {
        self.state = State::Replying { to: peer };
    }

    /// The reply is given; returns where it goes, `None` if the requester has gone.
    pub fn replied(&mut self) -> Option<usize> {
        match core::mem::take(&mut self.state) {
            State::Replying { to } => Some(to),
            State::Receiving | State::ReplyingToNobody => None,
        }
    }

    /// `peer` has gone. The application still owes its reply, which will go nowhere.
    pub fn lost(&mut self, peer: usize) {
        if self.state == (State::Replying { to: peer }) {
            self.state = State::ReplyingToNobody;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn z28_015_the_reply_to_a_lost_requester_goes_nowhere_and_is_still_owed() {
        let mut rep = Rep::default();
        rep.received(1);
        rep.lost(2);
        assert_eq!(rep.replied(), Some(1));
        rep.received(1);
        rep.lost(1);
        assert_eq!(rep.may_receive(), Err(OutOfTurn::OwingReply));
        assert_eq!(rep.may_send(), Ok(()));
        assert_eq!(rep.replied(), None);
        assert_eq!(rep.may_receive(), Ok(()));
    }
}
