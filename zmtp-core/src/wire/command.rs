//! Commands: what peers say to each other beside messages (RFC 37, "Commands").

use super::{Emit, FrameHead, Version, names};

/// The longest context of a PING, in octets.
pub const PING_CONTEXT_MAX: usize = 16;

/// A command, read from the body of its frame.
///
/// ```
/// use zmtp_core::wire::Command;
///
/// let body = b"\x09SUBSCRIBEweather";
/// assert_eq!(Command::parse(body), Ok(Command::Subscribe { topic: b"weather" }));
/// assert!(Command::parse(b"").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command<'b> {
    /// The peer is ready for messages, and says what it is.
    Ready {
        /// To be read with [`Metadata::parse`](super::Metadata::parse).
        metadata: &'b [u8],
    },
    /// The peer refuses the connection.
    Error {
        /// For people to read: 0 to 255 octets. No behaviour may depend on it (Z37-043).
        reason: &'b [u8],
    },
    /// The peer wants messages that begin with `topic`.
    Subscribe {
        /// Any octets, also none.
        topic: &'b [u8],
    },
    /// The peer takes back a subscription.
    Cancel {
        /// As it was subscribed.
        topic: &'b [u8],
    },
    /// The peer asks for a sign of life.
    Ping {
        /// How long the peer will let us believe in it without traffic, in tenths of a second; 0 is for ever.
        ttl: u16,
        /// To be sent back, up to [`PING_CONTEXT_MAX`] octets; what a peer sends beyond that is cut off (Z37-095).
        context: &'b [u8],
    },
    /// The peer answers a PING.
    Pong {
        /// What the PING said.
        context: &'b [u8],
    },
    /// Any other command; after the handshake it is to be ignored (LZ-016).
    Other {
        /// 1 to 255 letters.
        name: &'b [u8],
        /// What follows the name.
        data: &'b [u8],
    },
}

/// The octets are not a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MalformedCommand;

impl<'b> Command<'b> {
    /// Reads a command from `body`, a whole frame without its head.
    ///
    /// # Errors
    /// [`MalformedCommand`] if there is no name of letters, or the data of a known command is too short.
    pub fn parse(body: &'b [u8]) -> Result<Self, MalformedCommand> {
        Self::split(body).or_else(|| Self::misspelt_error(body)).ok_or(MalformedCommand)
    }

    /// ERROR as servers of libzmq 4.3.5 with PLAIN say it: in its source, the length and the first letter are taken for
    /// one character, `5E`.
    fn misspelt_error(body: &'b [u8]) -> Option<Self> {
        Some(Self::Error { reason: reason(body.strip_prefix(b"\x5ERROR")?)? })
    }

    fn split(body: &'b [u8]) -> Option<Self> {
        let (&name_len, rest) = body.split_first()?;
        let (name, data) = rest.split_at_checked(usize::from(name_len))?;
        // One search in a table is half the code of a comparison for each.
        Some(match names::position(NAMES, name) {
            Some(READY) => Self::Ready { metadata: data },
            Some(ERROR) => Self::Error { reason: reason(data)? },
            Some(SUBSCRIBE) => Self::Subscribe { topic: data },
            Some(CANCEL) => Self::Cancel { topic: data },
            Some(PING) => {
                let (ttl, context) = data.split_first_chunk::<2>()?;
                Self::Ping { ttl: u16::from_be_bytes(*ttl), context: clip(context) }
            }
            Some(PONG) => Self::Pong { context: data },
            _ if !name.is_empty() && name.iter().all(u8::is_ascii_alphabetic) => Self::Other { name, data },
            _ => return None,
        })
    }
}

/// The names that mean something to a connection, and where they are in the table.
const NAMES: &[u8] = b"\x05READY\x05ERROR\x09SUBSCRIBE\x06CANCEL\x04PING\x04PONG";
const READY: usize = 0;
const ERROR: usize = 1;
const SUBSCRIBE: usize = 2;
const CANCEL: usize = 3;
const PING: usize = 4;
const PONG: usize = 5;

fn reason(data: &[u8]) -> Option<&[u8]> {
    let (&len, rest) = data.split_first()?;
    rest.get(..usize::from(len))
}

fn clip(context: &[u8]) -> &[u8] {
    context.get(..PING_CONTEXT_MAX).unwrap_or(context)
}

/// Begins a command: its head, and its name with the length in front. `data` octets are to follow.
#[inline(never)]
pub(crate) fn put_command(emit: &mut Emit<'_>, name: &[u8], data: usize) {
    emit.put(FrameHead::command(name.len().saturating_add(data) as u64).encode().as_ref());
    emit.put(name);
}

/// Everything in front of the topic when a subscription is made or taken back: up to 19 octets.
///
/// To a 3.1 peer this is the beginning of a SUBSCRIBE or CANCEL command, to a 3.0 peer that of a message
/// which begins with `01` or `00` (RFC 23, "The Publish-Subscribe Pattern"), and so it is for a 2.0 peer.
///
/// ```
/// use zmtp_core::wire::{SubscriptionHead, Version};
///
/// let command = SubscriptionHead::new(Version::V3_1, true, 1);
/// assert_eq!(command.unwrap().as_ref(), b"\x04\x0B\x09SUBSCRIBE");
/// let message = SubscriptionHead::new(Version::V3_0, false, 1);
/// assert_eq!(message.unwrap().as_ref(), b"\x00\x02\x00");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SubscriptionHead {
    frame: FrameHead,
    name: &'static [u8],
    octets: [u8; Self::MAX_LEN],
    len: usize,
}

impl SubscriptionHead {
    /// The longest one: a long frame head, and the name SUBSCRIBE with its length.
    pub const MAX_LEN: usize = 19;

    /// The head for subscribing to (or with `subscribe` false, cancelling) a topic of `topic_len` octets.
    ///
    /// `None` for a 1.0 peer, which sends everything to everybody (Z13-011).
    #[must_use]
    pub fn new(peer: Version, subscribe: bool, topic_len: usize) -> Option<Self> {
        let (name, command): (&'static [u8], bool) = match (peer, subscribe) {
            (Version::V1, _) => return None,
            (Version::V2 | Version::V3_0, true) => (&[1], false),
            (Version::V2 | Version::V3_0, false) => (&[0], false),
            (Version::V3_1, true) => (b"\x09SUBSCRIBE", true),
            (Version::V3_1, false) => (b"\x06CANCEL", true),
        };
        let body_len = (topic_len as u64).saturating_add(name.len() as u64);
        let frame = if command { FrameHead::command(body_len) } else { FrameHead::message(false, body_len) };
        let mut octets = [0; Self::MAX_LEN];
        let mut emit = Emit::new(&mut octets, 0);
        emit.put(frame.encode().as_ref());
        emit.put(name);
        let len = emit.written();
        Some(Self { frame, name, octets, len })
    }

    /// The head of the frame alone.
    #[must_use]
    pub fn frame(&self) -> FrameHead {
        self.frame
    }

    /// What stands between the head of the frame and the topic.
    #[must_use]
    pub fn name(&self) -> &'static [u8] {
        self.name
    }
}

impl AsRef<[u8]> for SubscriptionHead {
    fn as_ref(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}

impl core::fmt::Display for MalformedCommand {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the octets are not a command")
    }
}

impl core::error::Error for MalformedCommand {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn z37_032_malformed_commands_are_refused() {
        for body in [
            &b""[..],
            b"\x00",
            b"\x00READY",
            b"\x06READY",
            b"\x05RE-DY",
            b"\x05ERROR",
            b"\x05ERROR\x05four",
            b"\x04PING",
            b"\x04PING\x00",
        ] {
            assert_eq!(Command::parse(body), Err(MalformedCommand), "{body:?}");
        }
    }

    #[test]
    fn z37_042_070_071_085_commands_to_the_octet() {
        assert_eq!(Command::parse(b"\x05ERROR\x03400"), Ok(Command::Error { reason: b"400" }));
        assert_eq!(
            Command::parse(b"\x5ERROR\x03400"),
            Ok(Command::Error { reason: b"400" }),
            "libzmq's PLAIN"
        );
        assert_eq!(Command::parse(b"\x09SUBSCRIBEA"), Ok(Command::Subscribe { topic: b"A" }));
        assert_eq!(Command::parse(b"\x06CANCEL"), Ok(Command::Cancel { topic: b"" }));
        assert_eq!(
            Command::parse(b"\x04PING\xFF\xFFLOL"),
            Ok(Command::Ping { ttl: 65_535, context: b"LOL" })
        );
        assert_eq!(Command::parse(b"\x04PONG"), Ok(Command::Pong { context: b"" }));
        assert_eq!(Command::parse(b"\x04JOINgroup"), Ok(Command::Other { name: b"JOIN", data: b"group" }));
    }

    #[test]
    fn z37_095_a_ping_context_over_16_octets_is_cut_to_16() {
        let Ok(Command::Ping { context, .. }) = Command::parse(b"\x04PING\x00\x000123456789abcdefXX") else {
            panic!()
        };
        assert_eq!(context, b"0123456789abcdef");
    }

    #[test]
    fn z37_072_z23_002_lz_015_subscription_heads_grow_to_the_long_form_exactly_where_they_must() {
        let head = |version, subscribe, len| {
            SubscriptionHead::new(version, subscribe, len).unwrap().as_ref().to_vec()
        };
        assert_eq!(head(Version::V3_1, true, 245), b"\x04\xFF\x09SUBSCRIBE");
        assert_eq!(head(Version::V3_1, true, 246), b"\x06\0\0\0\0\0\0\x01\0\x09SUBSCRIBE");
        assert_eq!(head(Version::V3_1, false, 248), b"\x04\xFF\x06CANCEL");
        assert_eq!(head(Version::V3_1, false, 249), b"\x06\0\0\0\0\0\0\x01\0\x06CANCEL");
        assert_eq!(head(Version::V3_0, true, 254), b"\x00\xFF\x01");
        assert_eq!(head(Version::V3_0, true, 255), b"\x02\0\0\0\0\0\0\x01\0\x01");
    }
}
