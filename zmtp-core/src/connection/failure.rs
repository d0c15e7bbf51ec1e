//! Why a connection is over.

use crate::mechanism::Refusal;
use crate::wire::{MalformedCommand, MalformedGreeting, MalformedHead, MalformedMetadata};

/// Why a connection is over. It is terminal: every later call returns the same again.
///
/// What to do next: send what [`poll_transmit`](crate::Connection::poll_transmit) still gives (an ERROR command may be
/// owed), then close the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Failure {
    /// The octets are not those of a ZeroMQ peer.
    NotZmtp,
    /// The peer speaks a version of ZMTP that we do not.
    Version,
    /// The peer announces another security mechanism.
    Mechanism,
    /// Reserved flags, or MORE on a command.
    Flags,
    /// A size of 2^63 or more.
    Size,
    /// A command that cannot be parsed.
    Command,
    /// Metadata that cannot be parsed.
    Metadata,
    /// A command or message out of turn: a message before the handshake, READY after it.
    Unexpected,
    /// The peer's socket type does not go with ours.
    SocketType,
    /// The peer refused us with an ERROR command; trying again with the same configuration is in vain (Z37-044).
    Refused,
    /// We refused the peer: the application did, with [`Connection::admit`](crate::Connection::admit).
    Admission(Refusal),
    /// A box from the peer does not open: the keys do not match, or somebody has changed octets.
    Box,
    /// A command with a nonce that is not above the one before: somebody has repeated it.
    Nonce,
    /// A frame over [`Limits::frame`](crate::Limits::frame).
    FrameLimit,
    /// A message over [`Limits::message`](crate::Limits::message).
    MessageLimit,
    /// A message of more frames than [`Limits::parts`](crate::Limits::parts).
    PartsLimit,
    /// A command over [`Limits::command`](crate::Limits::command).
    CommandLimit,
    /// A command of the handshake over [`Limits::handshake_frame`](crate::Limits::handshake_frame).
    HandshakeLimit,
    /// Metadata over [`Limits::metadata`](crate::Limits::metadata).
    MetadataLimit,
    /// More properties than [`Limits::properties`](crate::Limits::properties).
    PropertiesLimit,
    /// A topic over [`Limits::topic`](crate::Limits::topic).
    TopicLimit,
    /// More than [`Limits::subscriptions`](crate::Limits::subscriptions) or
    /// [`Limits::subscription_octets`](crate::Limits::subscription_octets), or than there is storage for.
    SubscriptionLimit,
    /// More PINGs than [`Limits::pings`](crate::Limits::pings).
    PingLimit,
    /// The handshake took longer than [`Limits::handshake`](crate::Limits::handshake).
    HandshakeTimeout,
    /// The peer gave no sign of life.
    Silence,
    /// The embedder broke the order of calls: a body handed in that was never announced.
    Misuse,
}

/// Who has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Blame {
    /// The peer does not obey the protocol, or does not fit.
    Peer,
    /// The peer obeys the protocol but exceeds what we allow; see [`Limits`](crate::Limits).
    Limit,
    /// Nobody in particular: the peer or the network fell silent.
    Network,
    /// The code around the connection.
    Caller,
}

impl Failure {
    /// Who has to change something.
    #[must_use]
    pub const fn blame(self) -> Blame {
        match self {
            Self::NotZmtp
            | Self::Version
            | Self::Mechanism
            | Self::Flags
            | Self::Size
            | Self::Command
            | Self::Metadata
            | Self::Unexpected
            | Self::SocketType
            | Self::Refused
            | Self::Admission(_)
            | Self::Box
            | Self::Nonce => Blame::Peer,
            Self::FrameLimit
            | Self::MessageLimit
            | Self::PartsLimit
            | Self::CommandLimit
            | Self::HandshakeLimit
            | Self::MetadataLimit
            | Self::PropertiesLimit
            | Self::TopicLimit
            | Self::SubscriptionLimit
            | Self::PingLimit => Blame::Limit,
            Self::HandshakeTimeout | Self::Silence => Blame::Network,
            Self::Misuse => Blame::Caller,
        }
    }

    /// One line for people.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NotZmtp => "the peer does not speak ZMTP",
            Self::Version => "the peer speaks a version of ZMTP older than 3.0",
            Self::Mechanism => "the peer uses another security mechanism",
            Self::Flags => "the peer sent a frame with illegal flags",
            Self::Size => "the peer sent a frame size of 2^63 or more",
            Self::Command => "the peer sent a malformed command",
            Self::Metadata => "the peer sent malformed metadata",
            Self::Unexpected => "the peer sent a command or message out of turn",
            Self::SocketType => "the peer's socket type does not go with ours",
            Self::Refused => "the peer refused the connection",
            Self::Admission(Refusal::Temporary) => "the peer was not admitted, for now",
            Self::Admission(Refusal::Denied) => "the peer was not admitted",
            Self::Admission(Refusal::Internal) => "the application could not say whether to admit the peer",
            Self::Box => "a box from the peer does not open: wrong keys, or octets were changed",
            Self::Nonce => "the peer repeated a nonce",
            Self::FrameLimit => "a frame is larger than our limit",
            Self::MessageLimit => "a message is larger than our limit",
            Self::PartsLimit => "a message has more parts than our limit",
            Self::CommandLimit => "a command is larger than our limit",
            Self::HandshakeLimit => "a command of the handshake is larger than our limit",
            Self::MetadataLimit => "the peer's metadata is larger than our limit",
            Self::PropertiesLimit => "the peer's metadata has more properties than our limit",
            Self::TopicLimit => "a topic is longer than our limit",
            Self::SubscriptionLimit => "the peer subscribes to more than our limit",
            Self::PingLimit => "the peer sends more PINGs than our limit",
            Self::HandshakeTimeout => "the handshake took too long",
            Self::Silence => "the peer gave no sign of life",
            Self::Misuse => "a frame body was handed in that was never announced",
        }
    }
}

impl core::fmt::Display for Failure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.reason())
    }
}

impl core::error::Error for Failure {}

impl From<MalformedGreeting> for Failure {
    fn from(error: MalformedGreeting) -> Self {
        match error {
            MalformedGreeting::Signature => Self::NotZmtp,
            MalformedGreeting::Version => Self::Version,
            MalformedGreeting::Mechanism => Self::Mechanism,
        }
    }
}

impl From<MalformedHead> for Failure {
    fn from(error: MalformedHead) -> Self {
        match error {
            MalformedHead::Flags => Self::Flags,
            MalformedHead::Size => Self::Size,
        }
    }
}

impl From<MalformedCommand> for Failure {
    fn from(_: MalformedCommand) -> Self {
        Self::Command
    }
}

impl From<MalformedMetadata> for Failure {
    fn from(_: MalformedMetadata) -> Self {
        Self::Metadata
    }
}
