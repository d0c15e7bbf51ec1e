//! Options that are a choice of a few.

/// After what a connection is not tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReconnectStop {
    /// Nobody listens at the address (`ZMQ_RECONNECT_STOP_CONN_REFUSED`).
    pub conn_refused: bool,
    /// The handshake failed: the peer is none for us, or left in the middle of it (`ZMQ_RECONNECT_STOP_HANDSHAKE_FAILED`).
    pub handshake_failed: bool,
    /// `disconnect` was called: what waits still leaves over the connection there is, but not over another one
    /// (`ZMQ_RECONNECT_STOP_AFTER_DISCONNECT`).
    pub after_disconnect: bool,
}

/// What a publisher does for a subscriber that is too slow. Others are not concerned, and what is dropped is counted in
/// [`Pub::dropped`](crate::Pub::dropped).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlowSubscriber {
    /// It misses the new message, as with libzmq.
    #[default]
    DropNewest,
    /// It misses the oldest of the messages that wait and are not on their way yet, and gets the new one: for values of which
    /// the latest count.
    DropOldest,
    /// It is disconnected, and finds out at once instead of by a gap ([`Lost::TooSlow`](crate::Lost::TooSlow)).
    Disconnect,
}

/// What a sender does for a peer that is too slow, with the message that it has no room for. Every message that is dropped is counted in
/// [`Statistics::dropped`](crate::Statistics::dropped) or, if it goes with its peer, in
/// [`Statistics::dropped_with_peers`](crate::Statistics::dropped_with_peers), and an event tells of the first.
///
/// ```
/// # use std::time::Duration;
/// # use zmtp_std::{Options, SlowPeer};
/// # let context = zmtp_std::Context::new();
/// let linger = Some(Duration::ZERO);
/// let options = Options { sndhwm: 1, slow_peer: SlowPeer::DropOldest, linger, ..Options::default() };
/// let push = context.with(options).push();
/// push.connect("tcp://127.0.0.1:5555")?; // where nobody is
/// push.send("yesterday's")?;
/// push.send("today's")?;
/// assert_eq!((push.statistics().dropped, push.statistics().to_send.messages), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlowPeer {
    /// Sending waits until a peer has room, as with libzmq.
    #[default]
    Wait,
    /// The new message is dropped, and sending succeeds.
    DropNewest,
    /// The oldest of the messages that wait for the peer whose turn it is, and are not on their way yet, makes room for the new one.
    /// If all are on their way, the new one is dropped.
    DropOldest,
    /// The peer whose turn it is is disconnected ([`Lost::TooSlow`](crate::Lost::TooSlow)), and what waits for it is dropped. The new message is
    /// not: it waits for another peer, or for this one to come back.
    Disconnect,
}

impl SlowPeer {
    /// Whether messages are dropped instead of waiting.
    pub(crate) fn drops(self) -> bool {
        matches!(self, Self::DropNewest | Self::DropOldest)
    }
}

/// Whether the application is told, by messages, who comes and who goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notify {
    /// Who comes (`ZMQ_NOTIFY_CONNECT`).
    pub connect: bool,
    /// Who goes (`ZMQ_NOTIFY_DISCONNECT`).
    pub disconnect: bool,
}
