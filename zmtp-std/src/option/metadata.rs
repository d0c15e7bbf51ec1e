//! What a socket says of itself beside its type and its name.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

/// The most octets of all properties together, as they are sent: peers take 1 KiB with everything else.
const MOST_OCTETS: usize = 512;

/// The most properties: peers take 32 with everything else.
const MOST_PROPERTIES: usize = 24;

/// The most octets of a name.
const LONGEST_NAME: usize = 255;

/// Properties of the application that every peer is told in the handshake ([`Options::metadata`](crate::Options::metadata)). The peer
/// finds them in [`Received::properties`](crate::Received::properties) and in the event
/// [`HandshakeSucceeded`](crate::Event::HandshakeSucceeded), and libzmq's in `zmq_msg_gets`.
///
/// A name begins with `X-`, and has up to 255 letters, digits and `-_.+` in all; capitals do not count. Values are any octets; libzmq
/// shows those up to the first 0. All together take up to 512 octets, with five for each besides its name and value. Peers of ZMTP 1.0
/// and 2.0 are told nothing. Without CURVE they are in the clear, and what a peer says of itself is not proven by anything.
///
/// ```
/// use zmtp_std::{Metadata, Options};
///
/// let context = zmtp_std::Context::new();
/// let metadata = Metadata::new().with("X-Region", "eu")?.with("X-Build", "17")?;
/// let (push, pull) = (context.with(Options { metadata, ..Options::default() }).push(), context.pull());
/// push.connect(pull.bind("tcp://127.0.0.1:*")?)?;
/// push.send("task")?;
/// assert_eq!(pull.recv_from()?.properties.get("X-Region").as_deref(), Some(&b"eu"[..]));
///
/// let error = Metadata::new().with("Region", "eu").unwrap_err();
/// assert_eq!(error.to_string(), "\"Region\" is no name for a property: begin it with X-, as in X-Region");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Metadata(Vec<(String, Bytes)>);

/// A property cannot be told to peers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadMetadata {
    /// Other names are those of the protocol (Z37-049).
    #[error("\"{}\" is no name for a property: begin it with X-, as in X-Region", name.escape_debug())]
    NoPrefix {
        /// The name.
        name: String,
    },
    /// The name has a character that no name may have.
    #[error("\"{}\" is no name for a property: take letters of ASCII, digits and -_.+ only", name.escape_debug())]
    Character {
        /// The name.
        name: String,
    },
    /// The name is `X-` alone, or longer than 255 octets.
    #[error("a name of {octets} octets is none for a property: take 3 to 255")]
    Length {
        /// How long it is.
        octets: usize,
    },
    /// There are 24 others.
    #[error("a socket tells no more than 24 properties: put several values into one")]
    TooMany,
    /// All together would be larger than 512 octets.
    #[error(
        "the properties would take {octets} octets, and may take 512: shorten them, or send them as a message"
    )]
    TooLarge {
        /// How large they would be.
        octets: usize,
    },
}

impl Metadata {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The same with another property, which takes the place of one of the same name.
    ///
    /// # Errors
    /// [`BadMetadata`] if the name is none, or there would be too much.
    pub fn with(mut self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Result<Self, BadMetadata> {
        let (name, value) = (name.into(), Bytes::copy_from_slice(value.as_ref()));
        check(&name)?;
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        self.0.push((name, value));
        let octets = self.octets();
        match octets {
            _ if self.0.len() > MOST_PROPERTIES => Err(BadMetadata::TooMany),
            _ if octets > MOST_OCTETS => Err(BadMetadata::TooLarge { octets }),
            _ => Ok(self),
        }
    }

    /// The properties, in the order in which they are told.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (&name[..], &value[..]))
    }

    /// As a peer in this process reads them.
    pub(crate) fn to_said(&self) -> Vec<(String, Bytes)> {
        self.0.clone()
    }

    /// In the form of READY.
    pub(crate) fn encode(&self) -> Bytes {
        let mut octets = BytesMut::with_capacity(self.octets());
        for (name, value) in &self.0 {
            // Both lengths have been checked.
            octets.put_u8(name.len() as u8);
            octets.put_slice(name.as_bytes());
            octets.put_u32(value.len() as u32);
            octets.put_slice(value);
        }
        octets.freeze()
    }

    fn octets(&self) -> usize {
        self.0.iter().map(|(name, value)| 1 + name.len() + 4 + value.len()).sum()
    }
}

fn check(name: &str) -> Result<(), BadMetadata> {
    let has_prefix = name.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("X-"));
    let named = |char: char| char.is_ascii_alphanumeric() || "-_.+".contains(char);
    if !has_prefix {
        return Err(BadMetadata::NoPrefix { name: name.to_owned() });
    }
    if !(3..=LONGEST_NAME).contains(&name.len()) {
        return Err(BadMetadata::Length { octets: name.len() });
    }
    if name.chars().all(named) { Ok(()) } else { Err(BadMetadata::Character { name: name.to_owned() }) }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, value)| (name, value))).finish()
    }
}

#[cfg(test)]
mod tests {
    use zmtp_core::Limits;
    use zmtp_core::wire;

    use super::*;

    fn with(name: &str, value: &[u8]) -> Result<Metadata, BadMetadata> {
        Metadata::new().with(name, value)
    }

    #[test]
    fn z37_036_037_038_049_names_and_sizes_are_checked_when_they_are_set() {
        assert!(with("X-a", b"").is_ok() && with("x-A9-_.+", b"\0\xFF").is_ok());
        for name in ["", "X", "Y-a", "Socket-Type", "XX-a", "\u{e9}X-a"] {
            assert_eq!(with(name, b""), Err(BadMetadata::NoPrefix { name: name.into() }));
        }
        for name in ["X-a b", "X-a:b", "X-\u{e9}", "X-\0"] {
            assert_eq!(with(name, b""), Err(BadMetadata::Character { name: name.into() }));
        }
        assert_eq!(with("X-", b""), Err(BadMetadata::Length { octets: 2 }));
        let long = |octets: usize| format!("X-{}", "a".repeat(octets - 2));
        assert_eq!(with(&long(256), b""), Err(BadMetadata::Length { octets: 256 }));
        assert!(with(&long(255), &[0; 252]).is_ok());
        assert_eq!(with(&long(255), &[0; 253]), Err(BadMetadata::TooLarge { octets: 513 }));
        let many = |count| (0..count).try_fold(Metadata::new(), |all, at| all.with(format!("X-{at}"), ""));
        assert!(many(24).is_ok());
        assert_eq!(many(25), Err(BadMetadata::TooMany));
    }

    #[test]
    fn z37_037_048_a_name_is_told_once_and_all_are_told_as_the_core_reads_them() {
        let metadata =
            with("X-Region", b"us").unwrap().with("X-b", "").unwrap().with("x-region", "eu").unwrap();
        assert_eq!(metadata.encode(), &b"\x03X-b\0\0\0\0\x08x-region\0\0\0\x02eu"[..]);
        let octets = metadata.encode();
        let read = wire::Metadata::parse(&octets).unwrap();
        let read = read.properties().map(|property| {
            let property = property.unwrap();
            (std::str::from_utf8(property.name).unwrap(), property.value)
        });
        assert!(metadata.iter().eq(read));
    }

    #[test]
    fn whatever_is_allowed_is_within_our_own_limits_with_the_longest_of_everything_else() {
        let others = "Socket-Type".len() + "ROUTER".len() + "Identity".len() + 255 + 2 * 5;
        assert!(MOST_OCTETS + others <= Limits::new().metadata as usize);
        assert!(MOST_PROPERTIES + 2 <= Limits::new().properties.into());
    }
}
