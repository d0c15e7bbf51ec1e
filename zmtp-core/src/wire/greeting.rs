//! The greeting that opens a connection (RFC 37, "Version Negotiation" and "Authentication and Confidentiality").
//!
//! It is checked octet by octet as it arrives, so no buffer is needed and rubbish is refused at its first octet.

use super::{Emit, SocketType, Version};

/// Octets in a greeting of ZMTP 3.
pub const GREETING_LEN: usize = 64;
/// Octets in front of the version; they are alike in ZMTP 2.0 and 3, and an identity's head in 1.0.
const SIGNATURE_LEN: usize = 10;

const MAJOR: u8 = 3;
const MINOR: u8 = 1;
const MECHANISM_LEN: usize = 20;
const FILLER: [u8; 31] = [0; 31];

/// What this side says in its greeting.
///
/// ```
/// use zmtp_core::wire::{Emit, GREETING_LEN, Greeting, SocketType, Version};
///
/// let greeting = Greeting {
///     mechanism: "NULL",
///     as_server: false,
///     oldest: Version::V3_0,
///     socket_type: SocketType::Rep,
///     identity: b"",
/// };
/// let mut octets = [0; GREETING_LEN];
/// greeting.emit(Some(Version::V3_1), &mut Emit::new(&mut octets, 0));
/// assert_eq!(octets[..16], *b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\x01NULL");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting<'n> {
    /// The security mechanism: up to 20 of `A-Z 0-9 - _ . +`; more is cut off.
    pub mechanism: &'n str,
    /// Whether this side is the server of the mechanism. Has no meaning with NULL, which sends `false`.
    pub as_server: bool,
    /// The oldest version that is spoken.
    pub oldest: Version,
    /// Said to 2.0 peers, with the identity; 1.0 peers are told the identity only.
    pub socket_type: SocketType,
    /// Up to 255 octets.
    pub identity: &'n [u8],
}

impl Greeting<'_> {
    /// Renders the greeting for a peer of this version; `None` while it is not known, which is right for the octets
    /// up to the major version.
    pub fn emit(&self, peer: Option<Version>, emit: &mut Emit<'_>) {
        // RFC 37, "Detecting ZMTP 1.0": to a 1.0 peer this is the head of our identity frame, in the long form.
        let padding =
            if self.oldest > Version::V1 { 0 } else { (self.identity.len() as u16).saturating_add(1) };
        let [high, low] = padding.to_be_bytes();
        emit.put(&[0xFF, 0, 0, 0, 0, 0, 0, high, low, 0x7F]);
        match peer {
            Some(version) if version.is_v1() => emit.put(self.identity),
            Some(version) if version.is_v2() => {
                // Z15-012: our own major version is out already, in the place of the revision.
                emit.put(&[MAJOR, self.socket_type.octet(), 0]);
                emit.put(&[u8::try_from(self.identity.len()).unwrap_or(u8::MAX)]);
                emit.put(self.identity);
            }
            _ => {
                emit.put(&[MAJOR, MINOR]);
                let name = self.mechanism.as_bytes();
                emit.put(name.get(..MECHANISM_LEN).unwrap_or(name));
                emit.put(FILLER.get(..MECHANISM_LEN.saturating_sub(name.len())).unwrap_or_default());
                emit.put(&[u8::from(self.as_server)]);
                emit.put(&FILLER);
            }
        }
    }
}

/// The peer does not speak ZMTP, or not with our mechanism, or too old a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum MalformedGreeting {
    /// The octets are not those of a ZeroMQ peer.
    Signature,
    /// The peer speaks an older version than we do.
    Version,
    /// The peer announces another security mechanism than ours.
    Mechanism,
}

/// Reads the peer's greeting, however it is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GreetingReader {
    /// The octet that comes next, 0 to 64.
    at: u8,
    /// How many octets the greeting has, as far as is known.
    len: u8,
    version: Option<Version>,
    /// 1.0: the length of the identity frame, saturated. 2.0: the octet of the socket type.
    number: u16,
}

impl GreetingReader {
    pub(crate) const fn new() -> Self {
        Self { at: 0, len: GREETING_LEN as u8, version: None, number: 0 }
    }

    /// What is spoken with the peer, as soon as its greeting shows it.
    pub(crate) fn version(&self) -> Option<Version> {
        self.version
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.at >= self.len
    }

    /// Octets in the identity of a 1.0 peer.
    pub(crate) fn identity_len(&self) -> u16 {
        self.number.saturating_sub(1)
    }

    /// The socket type of a 2.0 peer.
    pub(crate) fn socket_type(&self) -> Option<SocketType> {
        u8::try_from(self.number).ok().and_then(SocketType::from_octet)
    }

    /// How many octets of our greeting may be out: as few as it takes to find out what the peer speaks, so that the
    /// rest can be said in its version (Z37-008, LZ-001).
    pub(crate) fn stage(&self, oldest: Version) -> usize {
        if oldest >= Version::V3_0 || self.version.is_some() {
            usize::MAX
        } else if usize::from(self.at) >= SIGNATURE_LEN {
            SIGNATURE_LEN.saturating_add(1)
        } else {
            SIGNATURE_LEN
        }
    }

    /// Takes the next octet of the greeting.
    pub(crate) fn take(
        &mut self,
        octet: u8,
        mechanism: &str,
        oldest: Version,
    ) -> Result<(), MalformedGreeting> {
        let old = self.version.is_some_and(Version::is_v1);
        match self.at {
            // Any other first octet is the length of a short identity frame of ZMTP 1.0, which counts its flags.
            0 if octet != 0xFF => {
                if oldest > Version::V1 || octet == 0 {
                    return Err(MalformedGreeting::Signature);
                }
                self.number = u16::from(octet);
                self.end(Version::V1, 2);
            }
            // RFC 13 has the flags of an identity ignored for the sake of the long form, in which later versions
            // greet (Z13-008). In the short form 1.0 peers have sent 0, and HTTP, TLS or SSH something else.
            1 if old && octet > 1 => return Err(MalformedGreeting::Signature),
            // Z37-004: otherwise the padding is not interpreted.
            1..=8 if !old => self.number = self.number.saturating_mul(256).saturating_add(u16::from(octet)),
            // RFC 37, "Detecting ZMTP 1.0": an even tenth octet is the flags of a long identity frame.
            9 if octet & 1 == 0 => {
                if oldest > Version::V1 {
                    return Err(MalformedGreeting::Version);
                }
                if self.number == 0 || self.identity_len() > 255 {
                    return Err(MalformedGreeting::Signature);
                }
                self.end(Version::V1, 10);
            }
            10 => self.take_major(octet, oldest)?,
            11 if self.version.is_some_and(Version::is_v2) => self.number = u16::from(octet),
            11 if octet > 0 => self.version = Some(Version::V3_1),
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

    fn take_major(&mut self, octet: u8, oldest: Version) -> Result<(), MalformedGreeting> {
        match octet {
            // Z37-096: 1 and 2 are 2.0. Of 0, which development versions sent, nobody knows the framing.
            1 | 2 if oldest <= Version::V2 => self.end(Version::V2, 12),
            0..MAJOR => return Err(MalformedGreeting::Version),
            MAJOR => self.version = Some(Version::V3_0),
            // Z37-005: every version above ours is answered in our own.
            _ => self.version = Some(Version::V3_1),
        }
        Ok(())
    }

    fn end(&mut self, version: Version, len: u8) {
        (self.version, self.len) = (Some(version), len);
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

    const GREETING: Greeting<'static> = Greeting {
        mechanism: "NULL",
        as_server: false,
        oldest: Version::V1,
        socket_type: SocketType::Dealer,
        identity: b"",
    };

    fn emitted(greeting: Greeting<'_>, peer: Version) -> Vec<u8> {
        let mut octets = [0; 300];
        let mut emit = Emit::new(&mut octets, 0);
        greeting.emit(Some(peer), &mut emit);
        let len = emit.written();
        octets[..len].to_vec()
    }

    fn null_greeting() -> Vec<u8> {
        emitted(Greeting { oldest: Version::V3_0, ..GREETING }, Version::V3_1)
    }

    /// Reads up to the end of the greeting. Returns what was read, or the error and the number of the octet that
    /// caused it.
    fn read_from(octets: &[u8], oldest: Version) -> Result<GreetingReader, (usize, MalformedGreeting)> {
        let mut reader = GreetingReader::new();
        for (at, &octet) in octets.iter().enumerate() {
            if reader.is_complete() {
                break;
            }
            reader.take(octet, "NULL", oldest).map_err(|error| (at, error))?;
        }
        Ok(reader)
    }

    fn read(octets: &[u8]) -> Result<GreetingReader, (usize, MalformedGreeting)> {
        read_from(octets, Version::V1)
    }

    #[test]
    fn z37_001_002_010_015_the_greeting_of_null_to_the_octet() {
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
    fn z37_097_z15_010_with_old_versions_the_padding_carries_the_length_of_the_identity() {
        assert_eq!(emitted(GREETING, Version::V3_1)[..11], *b"\xFF\0\0\0\0\0\0\0\x01\x7F\x03");
        let named = Greeting { identity: b"me", ..GREETING };
        assert_eq!(emitted(named, Version::V1), b"\xFF\0\0\0\0\0\0\0\x03\x7Fme");
        assert_eq!(emitted(named, Version::V2), b"\xFF\0\0\0\0\0\0\0\x03\x7F\x03\x05\0\x02me");
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
    fn z37_005_z23_005_lz_003_only_version_3_0_is_spoken_to_as_3_0() {
        for (major, minor, spoken) in [
            (3, 0, Version::V3_0),
            (3, 1, Version::V3_1),
            (3, 2, Version::V3_1),
            (4, 0, Version::V3_1),
            (255, 255, Version::V3_1),
        ] {
            let mut octets = null_greeting();
            octets[10] = major;
            octets[11] = minor;
            assert_eq!(read(&octets).unwrap().version(), Some(spoken), "{major}.{minor}");
        }
    }

    #[test]
    fn z37_096_z15_011_revisions_1_and_2_are_zmtp_2() {
        for revision in [1, 2] {
            let octets = [0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F, revision, 7, 0, 0];
            let reader = read(&octets).unwrap();
            assert_eq!((reader.version(), reader.socket_type()), (Some(Version::V2), Some(SocketType::Pull)));
            assert!(reader.is_complete());
            assert_eq!(read_from(&octets, Version::V3_0).unwrap_err(), (10, MalformedGreeting::Version));
        }
        let revision_0 = [0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F, 0];
        assert_eq!(read(&revision_0).unwrap_err(), (10, MalformedGreeting::Version));
    }

    #[test]
    fn z37_098_099_z13_007_short_and_long_identities_are_zmtp_1() {
        for (octets, identity_len) in [
            (&b"\x01\0"[..], 0),
            (b"\x05\0four", 4),
            (b"\xFE\x01", 253),
            (b"\xFF\0\0\0\0\0\0\0\x05\0four", 4),
            (b"\xFF\0\0\0\0\0\0\x01\0\x7Efour", 255),
        ] {
            let reader = read(octets).unwrap();
            assert_eq!(
                (reader.version(), reader.identity_len()),
                (Some(Version::V1), identity_len),
                "{octets:?}"
            );
            assert!(reader.is_complete());
        }
        for octets in [
            &b"\xFF\0\0\0\0\0\0\x01\x01\0"[..],
            b"\xFF\0\0\0\0\0\0\0\0\0",
            &[0xFF, 1, 0, 0, 0, 0, 0, 0, 1, 0],
        ] {
            assert_eq!(read(octets).unwrap_err(), (9, MalformedGreeting::Signature), "{octets:?}");
        }
    }

    #[test]
    fn z37_007_what_is_too_old_or_no_zmtp_is_refused_at_the_octet_that_shows_it() {
        assert_eq!(read_from(b"\x01\0", Version::V2).unwrap_err(), (0, MalformedGreeting::Signature));
        let long = b"\xFF\0\0\0\0\0\0\0\x05\0";
        assert_eq!(read_from(long, Version::V2).unwrap_err(), (9, MalformedGreeting::Version));
        for octets in [&b"GET / HTTP/1.1\r\n"[..], b"SSH-2.0-OpenSSH", b"\x16\x03\x01\x02\0", b"HELP\r\n"] {
            assert_eq!(read(octets).unwrap_err(), (1, MalformedGreeting::Signature), "{octets:?}");
            assert_eq!(read_from(octets, Version::V2).unwrap_err(), (0, MalformedGreeting::Signature));
        }
        assert_eq!(read(b"\0").unwrap_err(), (0, MalformedGreeting::Signature));
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

    #[test]
    fn z37_008_009_011_lz_001_our_greeting_waits_for_10_and_11_octets_of_the_peers_unless_only_3_is_spoken() {
        let mut reader = GreetingReader::new();
        for (at, octet) in null_greeting().into_iter().enumerate() {
            let expected = [10, 11][usize::from(at >= 10)];
            assert_eq!(reader.stage(Version::V2), if at >= 11 { usize::MAX } else { expected }, "at {at}");
            assert_eq!(reader.stage(Version::V3_0), usize::MAX);
            reader.take(octet, "NULL", Version::V2).unwrap();
        }
    }
}
