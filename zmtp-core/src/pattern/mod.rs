//! What makes a socket of a type: whose turn it is, what may be done now, what the frames of an envelope are.
//!
//! The machines know their peers as numbers, the places the embedder has given them. They hold no message and no
//! connection, so that hosts and boards share every routing rule.
//!
//! | socket | machines | a message goes | queue full | no peer | a peer is lost |
//! |---|---|---|---|---|---|
//! | REQ | [`Req`], [`Reply`], [`Turn`] | to the next peer | next peer; all full: waits | waits | goes on waiting; if [relaxed](ReqOptions), can ask again |
//! | REP | [`Rep`], [`Envelope`], [`Turn`] | back to who asked | reply dropped | receiving waits | its reply is dropped |
//! | DEALER | [`Turn`], twice | to the next peer | next peer; all full: waits | waits | what was queued is not given to others |
//! | ROUTER | [`Router`], [`Turn`], [`Notices`] | to the routing id in front | error, or dropped if not [mandatory](RouterOptions) | as full | its routing id is unknown |
//! | PUB | [`Upstream`], [`Matching`] | to all who subscribe | dropped for this peer | dropped | its subscriptions vanish |
//! | XPUB | [`Xpub`], [`Upstream`], [`Turn`] | to all who subscribe | dropped for this peer, or waits with [no drop](XpubOptions) | dropped | the application is shown cancels |
//! | SUB | [`Matching`], [`Turn`] | (subscriptions: to all) | a subscription waits | receiving waits | connected again, it is sent all subscriptions |
//! | XSUB | [`Xsub`], [`Matching`], [`Turn`] | to all | dropped for this peer; a subscription waits | dropped | as SUB |
//! | PUSH | [`Turn`] | to the next peer | next peer; all full: waits | waits | what was queued is not given to others |
//! | PULL | [`Turn`] | (sends nothing) | the peer is not read from | receiving waits | what was received stays |
//! | PAIR | [`Pair`] | to the one peer | waits | waits | its place is free when it is closed |
//! | STREAM | [`Stream`], [`Turn`], [`Notices`] | to the routing id in front | error | error | the application is told |
//!
//! "Waits" is an error that says so to those who do not want to wait. A DEALER has no machine of its own: frames pass
//! unchanged (Z28-019), one [`Turn`] is for sending and one for receiving. So for PUSH and PULL, which have one of the two.
//! Which types may be connected with each other says [`SocketType`](crate::SocketType).

mod envelope;
mod notice;
mod pair;
mod publish;
mod rep;
mod req;
mod router;
mod stream;
mod turn;
mod xpub;
mod xsub;

pub use envelope::{Envelope, Part};
pub use notice::{Notice, Notices};
pub use pair::{Occupied, Pair};
pub use publish::{Matching, Upstream};
pub use rep::Rep;
pub use req::{Reply, ReplyPart, Req, ReqOptions};
pub use router::{Introduced, Name, Refused, Route, Router, RouterOptions, Unroutable};
pub use stream::{Stream, StreamSend};
pub use turn::{Ready, Turn};
pub use xpub::{NotGranted, Show, Xpub, XpubOptions};
pub use xsub::{Xsub, XsubOptions, XsubSend};

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
