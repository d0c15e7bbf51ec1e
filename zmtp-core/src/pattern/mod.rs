//! What makes a socket of a type: whose turn it is, what may be done now, what the frames of an envelope are.
//!
//! The machines know their peers as numbers, the places the embedder has given them. They hold no message and no
//! connection, so that hosts and boards share every routing rule.

mod envelope;
mod notice;
mod pair;
mod publish;
mod rep;
mod req;
mod router;
mod stream;
mod turn;

pub use envelope::{Envelope, Part};
pub use notice::{Notice, Notices};
pub use pair::{Occupied, Pair};
pub use publish::{Matching, Upstream};
pub use rep::Rep;
pub use req::{Reply, ReplyPart, Req, ReqOptions};
pub use router::{Introduced, Name, Refused, Route, Router, RouterOptions, Unroutable};
pub use stream::{Stream, StreamSend};
pub use turn::{Ready, Turn};

/// The socket's pattern does not allow this call now; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum OutOfTurn {
    /// A REQ has sent a request: receive the reply first.
    AwaitingReply,
    /// A REQ has sent nothing: send a request first.
    NothingAsked,
    /// A REP has received a request: send the reply first.
    OwingReply,
    /// A REP has received nothing: receive a request first.
    NothingToAnswer,
}

impl OutOfTurn {
    /// One line for people: what to do instead.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::AwaitingReply => "a request is under way: receive its reply before sending the next",
            Self::NothingAsked => "no request is under way: send one before receiving",
            Self::OwingReply => "a request waits for its reply: send it before receiving the next",
            Self::NothingToAnswer => "no request waits for a reply: receive one before sending",
        }
    }
}

impl core::fmt::Display for OutOfTurn {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.reason())
    }
}

impl core::error::Error for OutOfTurn {}
