//! Octets and what they say, without any state: what is built here can be emitted, and parsed again.
//!
//! Nothing in here panics, whatever the octets are. RFC 37 is ZMTP 3.1, RFC 23 is ZMTP 3.0,
//! RFC 15 is ZMTP 2.0, RFC 13 is ZMTP 1.0.

mod command;
mod emit;
mod frame;
mod greeting;
mod group;
mod head_reader;
mod metadata;
mod names;
mod socket_type;
mod version;
mod z85;

pub(crate) use command::put_command;
pub use command::{Command, MalformedCommand, PING_CONTEXT_MAX, SubscriptionHead};
pub use emit::Emit;
pub(crate) use emit::Sink;
pub use frame::{FrameHead, FrameKind, HeadOctets, MalformedHead};
pub(crate) use greeting::GreetingReader;
pub use greeting::{GREETING_LEN, Greeting, MalformedGreeting};
pub use group::{GROUP_MAX, GroupHead, Membership};
pub(crate) use head_reader::HeadReader;
pub(crate) use metadata::put_property;
pub use metadata::{IDENTITY_MAX, MalformedMetadata, Metadata, Properties, Property};
pub use socket_type::SocketType;
pub use version::Version;
pub use z85::{MalformedZ85, z85_decode, z85_encode};
