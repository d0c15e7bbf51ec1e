//! REQ: one request, then its reply (RFC 28, "The REQ Socket Type").

use super::OutOfTurn;

/// The state of a REQ socket. On the wire every request begins with an empty frame, the delimiter, and so does the
/// reply (Z28-003); [`Envelope`](super::Envelope) finds it.
///
/// ```
/// use zmtp_core::pattern::{OutOfTurn, Req};
///
/// let mut req = Req::default();
/// req.sent(3);
/// assert_eq!(req.may_send(), Err(OutOfTurn::AwaitingReply));
/// assert!(req.accepts(3) && !req.accepts(2));
/// req.received();
/// assert_eq!(req.may_receive(), Err(OutOfTurn::NothingAsked));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Req {
    /// The peer that has the request.
    asked: Option<usize>,
}

impl Req {
    /// Whether a request may be sent.
    ///
    /// # Errors
    /// [`OutOfTurn::AwaitingReply`] while one is under way (Z28-002).
    pub fn may_send(&self) -> Result<(), OutOfTurn> {
        if self.asked.is_some() { Err(OutOfTurn::AwaitingReply) } else { Ok(()) }
    }

    /// Whether a reply may be awaited.
    ///
    /// # Errors
    /// [`OutOfTurn::NothingAsked`] if no request is under way (Z28-002).
    pub fn may_receive(&self) -> Result<(), OutOfTurn> {
        if self.asked.is_some() { Ok(()) } else { Err(OutOfTurn::NothingAsked) }
    }

    /// A whole request was queued to `peer`.
    pub fn sent(&mut self, peer: usize) {
        self.asked = Some(peer);
    }

    /// Whether a message from `peer` can be the reply; any other is to be dropped (Z28-007, Z28-008).
    #[must_use]
    pub fn accepts(&self, peer: usize) -> bool {
        self.asked == Some(peer)
    }

    /// The peer that has the request.
    #[must_use]
    pub fn asked(&self) -> Option<usize> {
        self.asked
    }

    /// The whole reply was received.
    pub fn received(&mut self) {
        self.asked = None;
    }
}
