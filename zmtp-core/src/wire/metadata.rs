//! Properties: the metadata in a READY command (RFC 37, "Metadata").

use super::{Sink, SocketType};

/// The longest identity, in octets.
pub const IDENTITY_MAX: usize = 255;

/// One property: a name and a value of any octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property<'b> {
    /// 1 to 255 of `A-Z a-z 0-9 - _ . +`. Compare with [`Property::is`]: case does not count.
    pub name: &'b [u8],
    /// 0 to 2^31 - 1 octets.
    pub value: &'b [u8],
}

impl Property<'_> {
    /// Whether this is the property called `name`, in any case (Z37-037).
    #[must_use]
    #[inline(never)]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The properties are not what RFC 37 allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MalformedMetadata;

/// Iterates over the properties in the octets of a command; ends after the first malformed one.
///
/// ```
/// use zmtp_core::wire::Properties;
///
/// let mut properties = Properties::new(b"\x0BSocket-Type\0\0\0\x03REQ");
/// let property = properties.next().unwrap().unwrap();
/// assert!(property.is("socket-type"));
/// assert_eq!(property.value, b"REQ");
/// assert!(properties.next().is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Properties<'b> {
    rest: &'b [u8],
}

impl<'b> Properties<'b> {
    /// Over `octets`, the part of a READY command behind its name.
    #[must_use]
    pub fn new(octets: &'b [u8]) -> Self {
        Self { rest: octets }
    }

    fn split(octets: &'b [u8]) -> Option<(Property<'b>, &'b [u8])> {
        let (&name_len, rest) = octets.split_first()?;
        let (name, rest) = rest.split_at_checked(usize::from(name_len))?;
        let (value_len, rest) = rest.split_first_chunk::<4>()?;
        let (value, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*value_len)).ok()?)?;
        let named = !name.is_empty()
            && name.iter().all(|octet| octet.is_ascii_alphanumeric() || b"-_.+".contains(octet));
        named.then_some((Property { name, value }, rest))
    }
}

impl<'b> Iterator for Properties<'b> {
    type Item = Result<Property<'b>, MalformedMetadata>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((property, rest)) = Self::split(self.rest) else {
            self.rest = &[];
            return Some(Err(MalformedMetadata));
        };
        self.rest = rest;
        Some(Ok(property))
    }
}

/// What a peer says about itself, checked as a whole.
#[derive(Clone, Debug)]
pub struct Metadata<'b> {
    /// The type of the peer's socket; `None` if it did not say (deployed peers get away with that, LZ-009).
    pub socket_type: Option<SocketType>,
    /// The identity the peer asks to be known by: 0 to 255 octets, empty if it did not say.
    pub identity: &'b [u8],
    octets: &'b [u8],
}

impl<'b> Metadata<'b> {
    /// Parses and checks every property in `octets`.
    ///
    /// # Errors
    /// [`MalformedMetadata`] for a property that does not obey the grammar, an unknown socket type, an identity
    /// over 255 octets, and for either of the two given twice.
    pub fn parse(octets: &'b [u8]) -> Result<Self, MalformedMetadata> {
        Self::count(octets).map(|(metadata, _)| metadata)
    }

    /// The same, and how many properties there are.
    pub(crate) fn count(octets: &'b [u8]) -> Result<(Self, usize), MalformedMetadata> {
        let mut count: usize = 0;
        let mut socket_type = None;
        let mut identity = None;
        for property in Properties::new(octets) {
            let property = property?;
            count = count.wrapping_add(1);
            let twice = if property.is("Socket-Type") {
                socket_type.replace(SocketType::from_name(property.value).ok_or(MalformedMetadata)?).is_some()
            } else if property.is("Identity") {
                property.value.len() > IDENTITY_MAX || identity.replace(property.value).is_some()
            } else {
                false
            };
            if twice {
                return Err(MalformedMetadata);
            }
        }
        Ok((Self { socket_type, identity: identity.unwrap_or_default(), octets }, count))
    }

    /// What a peer of ZMTP 1.0 or 2.0 says, which sends no properties.
    pub(crate) fn of_identity(socket_type: Option<SocketType>, identity: &'b [u8]) -> Self {
        Self { socket_type, identity, octets: &[] }
    }

    /// Every property the peer sent, those of applications (`X-...`) included.
    #[must_use]
    pub fn properties(&self) -> Properties<'b> {
        Properties::new(self.octets)
    }
}

/// Renders one property, its name with the length in front. Names are written as deployed peers compare them:
/// case-sensitively (LZ-008).
pub(crate) fn put_property(sink: &mut impl Sink, name: &[u8], value: &[u8]) {
    sink.put(name);
    sink.put(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
    sink.put(value);
}

impl core::fmt::Display for MalformedMetadata {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the octets are not metadata of ZMTP")
    }
}

impl core::error::Error for MalformedMetadata {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn z37_037_038_049_051_names_ignore_case_and_unknown_properties_pass() {
        let octets = b"\x0Bsocket-TYPE\0\0\0\x06ROUTER\x03X-a\0\0\0\0\x08Resource\0\0\0\x01r";
        let metadata = Metadata::parse(octets).unwrap();
        assert_eq!(metadata.socket_type, Some(SocketType::Router));
        assert_eq!(metadata.identity, b"");
        assert_eq!(metadata.properties().count(), 3);
    }

    #[test]
    fn z37_036_038_lz_010_malformed_properties_are_refused() {
        for octets in [
            &b"\x00\0\0\0\x01v"[..],          // name of no octets
            b"\x01a\0\0\0\x02v",              // value longer than the rest
            b"\x01a\x7F\xFF\xFF\xFFv",        // far longer
            b"\x01a\xFF\xFF\xFF\xFFv",        // 2^32 - 1
            b"\x01a\0\0\0",                   // length cut
            b"\xFFa\0\0\0\x01v",              // name longer than the rest
            b"\x01a\0\0\0\x01v\x00",          // one octet left over
            b"\x01 \0\0\0\0",                 // a name with a space
            b"\x0BSocket-Type\0\0\0\x04TALK", // no such type
            b"\x0BSocket-Type\0\0\0\x03REQ\x0BSocket-Type\0\0\0\x03REQ",
        ] {
            assert!(Metadata::parse(octets).is_err(), "{octets:?}");
        }
    }

    #[test]
    fn z37_059_identities_have_up_to_255_octets() {
        for len in [0, 1, 255, 256usize] {
            let mut octets = b"\x08Identity\0\0".to_vec();
            octets.extend((len as u16).to_be_bytes());
            octets.extend(vec![7; len]);
            assert_eq!(Metadata::parse(&octets).is_ok(), len <= IDENTITY_MAX, "{len}");
        }
    }

    #[test]
    fn every_cut_of_good_metadata_but_the_ends_of_properties_is_malformed() {
        let octets = b"\x0BSocket-Type\0\0\0\x03REQ\x08Identity\0\0\0\x02me";
        for cut in 0..octets.len() {
            assert_eq!(Metadata::parse(&octets[..cut]).is_ok(), cut == 0 || cut == 19, "cut at {cut}");
        }
    }
}
