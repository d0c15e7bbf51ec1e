//! The greeting that opens a connection (RFC 37, "Version Negotiation" and "Authentication and Confidentiality").
//!
//! It is checked octet by octet as it arrives, so no buffer is needed and rubbish is refused at its first octet.

use super::Emit;

/// Octets in a greeting.
pub const GREETING_LEN: usize = 64;

const SIGNATURE: [u8; 10] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F];
const MAJOR: u8 = 3;
const MINOR: u8 = 1;
const MECHANISM_LEN: usize = 20;
const FILLER: [u8; 31] = [0; 31];

/// The minor version a peer of major version 3 speaks; later versions are spoken to as 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Minor {
    /// ZMTP 3.0 (RFC 23): no commands after the handshake; subscriptions are messages.
    Zero,
    /// ZMTP 3.1 (RFC 37) and everything after it.
    One,
}

/// What this side says in its greeting.
///
/// ```
/// use zmtp_core::wire::{Emit, GREETING_LEN, Greeting};
///
/// let mut octets = [0; GREETING_LEN];
/// Greeting { mechanism: "NULL", as_server: false }.emit(&mut Emit::new(&mut octets, 0));
/// assert_eq!(octets[..16], *b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\x01NULL");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting<'n> {
    /// The security mechanism: up to 20 of `A-Z 0-9 - _ . +`; more is cut off.
    pub mechanism: &'n str,
    /// Whether this side is the server of the mechanism. Has no meaning with NULL, which sends `false`.
    pub as_server: bool,
}

impl Greeting<'_> {
    /// Renders the 64 octets.
    pub fn emit(&self, emit: &mut Emit<'_>) {
        emit.put(&SIGNATURE);
        emit.put(&[MAJOR, MINOR]);
        emit.put(&self.mechanism_field());
        emit.put(&[u8::from(self.as_server)]);
        emit.put(&FILLER);
    }

    fn mechanism_field(&self) -> [u8; MECHANISM_LEN] {
        let mut field = [0; MECHANISM_LEN];
        for (to, from) in field.iter_mut().zip(self.mechanism.as_bytes()) {
            *to = *from;
        }
        field
    }
}

/// The peer does not speak ZMTP 3, or not with our mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum MalformedGreeting {
    /// The octets are not those of a ZeroMQ peer.
    Signature,
    /// The peer speaks ZMTP 1.0 or 2.0.
    Version,
    /// The peer announces another security mechanism than ours.
    Mechanism,
}

/// Reads the peer's greeting, however it is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GreetingReader {
    /// The octet that comes next, 0 to 64.
    at: u8,
    minor: Minor,
}

impl GreetingReader {
    pub(crate) const fn new() -> Self {
        Self { at: 0, minor: Minor::One }
    }

    /// What the peer speaks, once the greeting is complete.
    pub(crate) fn minor(&self) -> Minor {
        self.minor
    }

    pub(crate) fn is_complete(&self) -> bool {
        usize::from(self.at) >= GREETING_LEN
    }

    /// Takes the next octet of the greeting.
    pub(crate) fn take(&mut self, octet: u8, mechanism: &str) -> Result<(), MalformedGreeting> {
        match self.at {
            0 if octet != 0xFF => return Err(MalformedGreeting::Signature),
            // Z37-004: the padding, octets 1 to 8, is not interpreted.
            // An even tenth octet is the end of a ZMTP 1.0 length (RFC 37, "Detecting ZMTP 1.0").
            9 if octet & 1 == 0 => return Err(MalformedGreeting::Version),
            10 if octet < MAJOR => return Err(MalformedGreeting::Version),
            // Every major version above ours is answered in our own version, hence as 3.1.
            10 if octet > MAJOR => self.minor = Minor::One,
            10 => self.minor = Minor::Zero,
            11 if octet > 0 => self.minor = Minor::One,
            // Z37-013: every octet of the field counts, the fill too.
            12..=31 if octet != mechanism_octet(mechanism, self.at) => {
                return Err(MalformedGreeting::Mechanism);
            }
            // LZ-002: deployed servers announce as-server 0 too, so the flag decides nothing. The filler neither.
            _ => {}
        }
        self.at = self.at.saturating_add(1);
        Ok(())
    }
}

fn mechanism_octet(mechanism: &str, at: u8) -> u8 {
    mechanism.as_bytes().get(usize::from(at.saturating_sub(12))).copied().unwrap_or(0)
}

impl core::fmt::Display for MalformedGreeting {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Signature => "not the greeting of a ZeroMQ peer",
            Self::Version => "the greeting of ZMTP 1.0 or 2.0",
            Self::Mechanism => "another security mechanism than ours",
        })
    }
}

impl core::error::Error for MalformedGreeting {}

#[cfg(test)]
mod tests {
    use super::*;

    fn null_greeting() -> [u8; GREETING_LEN] {
        let mut octets = [0; GREETING_LEN];
        Greeting { mechanism: "NULL", as_server: false }.emit(&mut Emit::new(&mut octets, 0));
        octets
    }

    /// Returns what was read, or the error and the number of the octet that caused it.
    fn read(octets: &[u8]) -> Result<GreetingReader, (usize, MalformedGreeting)> {
        let mut reader = GreetingReader::new();
        for (at, &octet) in octets.iter().enumerate() {
            reader.take(octet, "NULL").map_err(|error| (at, error))?;
        }
        Ok(reader)
    }

    #[test]
    fn z37_001_002_015_the_greeting_of_null_to_the_octet() {
        let mut expected = [0; GREETING_LEN];
        expected[0] = 0xFF;
        expected[9] = 0x7F;
        expected[10] = 3;
        expected[11] = 1;
        expected[12..16].copy_from_slice(b"NULL");
        assert_eq!(null_greeting(), expected);
        assert!(read(&expected).unwrap().is_complete());
    }

    #[test]
    fn z37_004_padding_is_not_interpreted() {
        for padding in [[0; 8], [0xFF; 8], [0, 0, 0, 0, 0, 0, 0, 1], [0x5A; 8]] {
            let mut octets = null_greeting();
            octets[1..9].copy_from_slice(&padding);
            assert!(read(&octets).is_ok());
        }
    }

    #[test]
    fn z37_005_z23_005_only_version_3_0_is_spoken_to_as_3_0() {
        for (major, minor, spoken) in [
            (3, 0, Minor::Zero),
            (3, 1, Minor::One),
            (3, 2, Minor::One),
            (4, 0, Minor::One),
            (255, 255, Minor::One),
        ] {
            let mut octets = null_greeting();
            octets[10] = major;
            octets[11] = minor;
            assert_eq!(read(&octets).unwrap().minor(), spoken, "{major}.{minor}");
        }
    }

    #[test]
    fn z37_007_old_versions_are_refused_at_the_octet_that_shows_them() {
        let mut octets = null_greeting();
        octets[10] = 1;
        assert_eq!(read(&octets).unwrap_err(), (10, MalformedGreeting::Version));
        octets[9] = 0;
        assert_eq!(read(&octets).unwrap_err(), (9, MalformedGreeting::Version));
        assert_eq!(read(b"GET / HTTP/1.1\r\n").unwrap_err(), (0, MalformedGreeting::Signature));
    }

    #[test]
    fn z37_013_a_mechanism_that_differs_in_any_octet_is_refused() {
        for at in 12..32 {
            let mut octets = null_greeting();
            octets[at] ^= 1;
            assert_eq!(read(&octets).unwrap_err(), (at, MalformedGreeting::Mechanism));
        }
    }

    #[test]
    fn z37_014_lz_002_as_server_and_filler_are_not_judged() {
        let mut octets = null_greeting();
        octets[32..].fill(0xA5);
        assert!(read(&octets).is_ok());
    }
}
