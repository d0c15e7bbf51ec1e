//! REQ: one request, then its reply (RFC 28, "The REQ Socket Type").

use super::OutOfTurn;

/// The state of a REQ socket. On the wire every request begins with an empty frame, the delimiter, and so does the
/// reply (Z28-003); [`Reply`] finds what is behind it, or [`Envelope`](super::Envelope) if requests are not correlated.
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
    options: ReqOptions,
    /// The number of the request that was sent last.
    number: u32,
    /// Whether it has that in front.
    numbered: bool,
}

/// How strictly requests and replies take turns, and how they are told apart.
///
/// Relaxed alone takes an old reply of the same peer for the new one; it is meant to be used with correlation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ReqOptions {
    /// `ZMQ_REQ_RELAXED`: a request may be sent while another is under way; the reply to that one is not awaited any more
    /// (API-007).
    pub relaxed: bool,
    /// `ZMQ_REQ_CORRELATE`: a number in front of the delimiter, which the reply brings back (API-006).
    pub correlated: bool,
}

impl Req {
    /// A REQ with `options`; its first request has the number behind `number`, which the embedder chooses at random.
    #[must_use]
    pub const fn new(options: ReqOptions, number: u32) -> Self {
        Self { asked: None, options, number, numbered: false }
    }

    /// Changes the options. A request that is under way stays as it was sent, and so does what its reply has to bring back.
    pub fn configure(&mut self, options: ReqOptions) {
        self.options = options;
    }

    /// Whether a request may be sent. Throw away what waits from all peers before it goes: those are replies to nothing.
    ///
    /// # Errors
    /// [`OutOfTurn::AwaitingReply`] while one is under way (Z28-002), unless the REQ is relaxed.
    pub fn may_send(&self) -> Result<(), OutOfTurn> {
        if self.asked.is_some() && !self.options.relaxed { Err(OutOfTurn::AwaitingReply) } else { Ok(()) }
    }

    /// Whether a reply may be awaited.
    ///
    /// # Errors
    /// [`OutOfTurn::NothingAsked`] if no request is under way (Z28-002).
    pub fn may_receive(&self) -> Result<(), OutOfTurn> {
        if self.asked.is_some() { Ok(()) } else { Err(OutOfTurn::NothingAsked) }
    }

    /// The frame in front of the next request's delimiter, if requests are correlated.
    #[must_use]
    pub fn request_id(&self) -> Option<[u8; 4]> {
        self.options.correlated.then(|| self.number.wrapping_add(1).to_be_bytes())
    }

    /// A whole request was queued to `peer`, with [`request_id`](Self::request_id) in front.
    pub fn sent(&mut self, peer: usize) {
        self.asked = Some(peer);
        self.number = self.number.wrapping_add(1);
        self.numbered = self.options.correlated;
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

/// Walks over the frames of a message from the peer that was asked, and says whether it is the reply.
///
/// ```
/// use zmtp_core::pattern::{Reply, ReplyPart, Req, ReqOptions};
///
/// let mut req = Req::new(ReqOptions { relaxed: true, correlated: true }, 41);
/// let id = req.request_id().unwrap();
/// assert_eq!(id, [0, 0, 0, 42]);
/// req.sent(0);
///
/// let mut reply = Reply::default();
/// assert_eq!(reply.frame(&req, &[0, 0, 0, 41], true), ReplyPart::Skip, "of the request before");
/// assert_eq!(reply.frame(&req, b"", true), ReplyPart::Skip);
/// assert_eq!(reply.frame(&req, b"late", false), ReplyPart::Skip);
///
/// assert_eq!(reply.frame(&req, &id, true), ReplyPart::Prefix);
/// assert_eq!(reply.frame(&req, b"", true), ReplyPart::Prefix);
/// assert_eq!(reply.frame(&req, b"World", false), ReplyPart::Body);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Reply {
    next: Next,
}

/// What the next frame of the message should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Next {
    #[default]
    First,
    Delimiter,
    Body,
    Skip,
}

/// What a frame is in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ReplyPart {
    /// The request's number or the delimiter: not the application's.
    Prefix,
    /// The application's.
    Body,
    /// Of a message that is not the reply: drop it, and go on waiting (Z28-009).
    Skip,
}

impl Reply {
    /// Judges the next frame, with another one behind it if `more`. Of `body` no more than the first five octets are looked
    /// at, so a large one need not be there whole.
    pub fn frame(&mut self, req: &Req, body: &[u8], more: bool) -> ReplyPart {
        let (part, next) = match self.next {
            Next::First if req.numbered => prefix(body == req.number.to_be_bytes(), Next::Delimiter),
            Next::First | Next::Delimiter => prefix(body.is_empty(), Next::Body),
            Next::Body => (ReplyPart::Body, Next::Body),
            Next::Skip => (ReplyPart::Skip, Next::Skip),
        };
        if more {
            self.next = next;
            return part;
        }
        self.next = Next::First;
        // There is no reply without a body.
        if part == ReplyPart::Prefix { ReplyPart::Skip } else { part }
    }
}

fn prefix(right: bool, next: Next) -> (ReplyPart, Next) {
    if right { (ReplyPart::Prefix, next) } else { (ReplyPart::Skip, Next::Skip) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asked(options: ReqOptions) -> Req {
        let mut req = Req::new(options, u32::MAX);
        assert_eq!(req.request_id(), options.correlated.then_some([0; 4]));
        req.sent(5);
        req
    }

    /// The body of a message, if it is the reply.
    fn body<'m>(reply: &mut Reply, req: &Req, message: &[&'m [u8]]) -> Option<Vec<&'m [u8]>> {
        let mut bodies = Vec::new();
        let mut skipped = false;
        for (at, frame) in message.iter().enumerate() {
            match reply.frame(req, frame, at + 1 < message.len()) {
                ReplyPart::Body => bodies.push(*frame),
                ReplyPart::Skip => skipped = true,
                ReplyPart::Prefix => {}
            }
        }
        assert!(!skipped || bodies.is_empty(), "a message is the reply whole or not at all");
        (!skipped).then_some(bodies)
    }

    #[test]
    fn z28_009_a_reply_without_delimiter_is_skipped_and_the_next_one_is_taken() {
        let req = asked(ReqOptions::default());
        let mut reply = Reply::default();
        for wrong in [&[&b"x"[..]][..], &[b""], &[b"x", b"y"], &[b"x", b"", b"y"]] {
            assert_eq!(body(&mut reply, &req, wrong), None, "{wrong:?}");
        }
        assert_eq!(body(&mut reply, &req, &[b"", b"y", b""]), Some(vec![&b"y"[..], b""]));
    }

    #[test]
    fn api_006_only_the_reply_with_the_number_of_the_request_is_taken() {
        let req = asked(ReqOptions { relaxed: false, correlated: true });
        let mut reply = Reply::default();
        let id = &[0; 4][..];
        for wrong in
            [&[&b""[..], b"y"][..], &[b"\xFF\xFF\xFF\xFF", b"", b"y"], &[id], &[id, b""], &[id, b"y", b"z"]]
        {
            assert_eq!(body(&mut reply, &req, wrong), None, "{wrong:?}");
        }
        assert_eq!(body(&mut reply, &req, &[id, b"", b"y"]), Some(vec![&b"y"[..]]));
    }

    #[test]
    fn api_007_a_relaxed_second_request_moves_on_and_the_old_reply_is_not_taken() {
        let mut req = asked(ReqOptions { relaxed: true, correlated: true });
        let old = [0; 4];
        assert_eq!(req.may_send(), Ok(()));
        assert_eq!(req.may_receive(), Ok(()));
        let new = req.request_id().unwrap();
        req.sent(6);
        assert!(!req.accepts(5), "the first peer is not asked any more");
        assert_eq!(body(&mut Reply::default(), &req, &[&old, b"", b"y"]), None);
        assert_eq!(body(&mut Reply::default(), &req, &[&new, b"", b"y"]), Some(vec![&b"y"[..]]));
        req.received();
        assert_eq!(req.may_receive(), Err(OutOfTurn::NothingAsked));
    }

    #[test]
    fn z28_002_correlation_does_not_relax_the_turns() {
        assert_eq!(
            asked(ReqOptions { relaxed: false, correlated: true }).may_send(),
            Err(OutOfTurn::AwaitingReply)
        );
    }

    #[test]
    fn api_006_007_other_options_hold_for_the_next_request_and_its_turn() {
        let mut req = asked(ReqOptions::default());
        req.configure(ReqOptions { relaxed: true, correlated: true });
        let old: &[&[u8]] = &[b"", b"y"];
        assert_eq!(body(&mut Reply::default(), &req, old), Some(vec![&b"y"[..]]), "as it was asked for");
        assert_eq!(req.may_send(), Ok(()));
        let id = req.request_id().unwrap();
        req.sent(5);
        assert_eq!(body(&mut Reply::default(), &req, old), None);
        req.configure(ReqOptions::default());
        assert_eq!(req.may_send(), Err(OutOfTurn::AwaitingReply));
        assert_eq!(body(&mut Reply::default(), &req, &[&id, b"", b"y"]), Some(vec![&b"y"[..]]));
    }

    proptest! {
        #[test]
        fn a_message_is_the_reply_if_and_only_if_it_has_the_prefix_and_a_body(
            message in proptest::collection::vec(prop_oneof![
                Just(vec![]), Just(vec![0; 4]), Just(vec![0, 0, 0, 1]), Just(vec![7])
            ], 1..5),
            before in proptest::collection::vec(Just(vec![0u8; 4]), 0..4),
            correlated in any::<bool>(),
        ) {
            let req = asked(ReqOptions { relaxed: false, correlated });
            let message: Vec<&[u8]> = message.iter().map(Vec::as_slice).collect();
            let prefix: &[&[u8]] = if correlated { &[&[0; 4], &[]] } else { &[&[]] };
            let expected = message.strip_prefix(prefix).filter(|body| !body.is_empty()).map(<[_]>::to_vec);
            let mut reply = Reply::default();
            // What came before it has no influence.
            body(&mut reply, &req, &before.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prop_assert_eq!(body(&mut reply, &req, &message), expected);
        }
    }
}
