//! The head of a frame: flags and size (RFC 37, "Framing"; RFC 13 for ZMTP 1.0).

/// What the body of a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FrameKind {
    /// A part of a message; with `more`, another part of the same message follows.
    Message {
        /// The MORE flag.
        more: bool,
    },
    /// A command, for the connection itself.
    Command,
}

/// The head of a frame: the kind of the frame, and how many octets of body follow.
///
/// ```
/// use zmtp_core::wire::{FrameHead, FrameKind};
///
/// let head = FrameHead { kind: FrameKind::Message { more: true }, len: 5 };
/// assert_eq!(head.encode().as_ref(), [0x01, 0x05]);
/// assert_eq!(FrameHead::decode(&[0x01, 0x05, b'H']), Ok(Some((head, 2))));
/// assert_eq!(FrameHead::decode(&[0x01]), Ok(None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FrameHead {
    /// What the body is for.
    pub kind: FrameKind,
    /// Octets in the body: 0 to 2^63 - 1.
    pub len: u64,
}

/// The head does not obey the framing rules; the stream cannot be followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum MalformedHead {
    /// A reserved flag is set, or a command has the MORE flag.
    Flags,
    /// The size is 2^63 or more.
    Size,
}

pub(super) const MORE: u8 = 0b001;
pub(super) const LONG: u8 = 0b010;
pub(super) const COMMAND: u8 = 0b100;
/// The largest body whose size fits the short form.
const SHORT_MAX: u64 = 255;
/// In ZMTP 1.0 the first octet of the long form.
pub(super) const LONG_V1: u8 = 0xFF;

impl FrameHead {
    /// The longest head: flags and a size of eight octets.
    pub const MAX_LEN: usize = 9;

    /// The longest head of ZMTP 1.0, which has an octet more to tell the forms apart.
    pub const MAX_LEN_V1: usize = 10;

    /// A head for a part of a message.
    #[must_use]
    pub const fn message(more: bool, len: u64) -> Self {
        Self { kind: FrameKind::Message { more }, len }
    }

    /// A head for a command.
    #[must_use]
    pub const fn command(len: u64) -> Self {
        Self { kind: FrameKind::Command, len }
    }

    /// Reads a head from the start of `octets`; `None` if it is not all there yet.
    ///
    /// Returns the head and the octets it took, 2 or 9.
    ///
    /// # Errors
    /// [`MalformedHead`] as soon as the octets that are there cannot begin a head.
    #[inline]
    pub fn decode(octets: &[u8]) -> Result<Option<(Self, usize)>, MalformedHead> {
        let Some((&flags, rest)) = octets.split_first() else { return Ok(None) };
        let kind = Self::kind(flags)?;
        if flags & LONG == 0 {
            return Ok(rest.first().map(|&len| (Self { kind, len: u64::from(len) }, 2)));
        }
        let Some(size) = rest.first_chunk::<8>() else {
            // RFC 37: "the most significant bit SHALL be zero"; one octet is enough to see that it is not.
            return if rest.first().is_some_and(|&top| top > 0x7F) {
                Err(MalformedHead::Size)
            } else {
                Ok(None)
            };
        };
        let len = u64::from_be_bytes(*size);
        if len > i64::MAX as u64 {
            Err(MalformedHead::Size)
        } else {
            Ok(Some((Self { kind, len }, Self::MAX_LEN)))
        }
    }

    #[inline]
    fn kind(flags: u8) -> Result<FrameKind, MalformedHead> {
        match flags & !LONG {
            0 => Ok(FrameKind::Message { more: false }),
            MORE => Ok(FrameKind::Message { more: true }),
            COMMAND => Ok(FrameKind::Command),
            // Reserved bits are refused (RFC 37 fixes the sender only), as is MORE on a command.
            _ => Err(MalformedHead::Flags),
        }
    }

    /// Reads a head of ZMTP 1.0; `None` if it is not all there yet. Returns the head and the octets it took, 2 or 10.
    ///
    /// # Errors
    /// [`MalformedHead::Size`] for a length of 0, which would have no flags (Z13-004), or a body of 2^63 octets and more.
    pub fn decode_v1(octets: &[u8]) -> Result<Option<(Self, usize)>, MalformedHead> {
        // Z13-001: the length counts the flags too.
        let (len, flags, head_len) = match octets {
            [0, ..] => return Err(MalformedHead::Size),
            [LONG_V1, a, b, c, d, e, f, g, h, flags, ..] => {
                (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), *flags, Self::MAX_LEN_V1)
            }
            [LONG_V1, ..] | [] | [_] => return Ok(None),
            [len, flags, ..] => (u64::from(*len), *flags, 2),
        };
        let len = len.checked_sub(1).filter(|&len| len <= i64::MAX as u64).ok_or(MalformedHead::Size)?;
        // Z13-005: the other flags are not to be relied on.
        Ok(Some((Self::message(flags & MORE != 0, len), head_len)))
    }

    /// The octets of this head for a ZMTP 1.0 peer, which knows no commands.
    #[must_use]
    pub const fn encode_v1(&self) -> HeadOctets {
        let flags = matches!(self.kind, FrameKind::Message { more: true }) as u8;
        let len = self.len.saturating_add(1);
        let [a, b, c, d, e, f, g, h] = len.to_be_bytes();
        // Z13-002: up to 254; 255 is the mark of the long form.
        let start = if len < LONG_V1 as u64 { 8 } else { 0 };
        HeadOctets { octets: [LONG_V1, a, b, c, d, e, f, g, h, flags], start }
    }

    /// The octets of this head, in the short form where the size allows it.
    #[must_use]
    #[inline]
    pub const fn encode(&self) -> HeadOctets {
        let flags = match self.kind {
            FrameKind::Message { more } => more as u8,
            FrameKind::Command => COMMAND,
        };
        // The short form is the end of the long one, but for the flags in front of the last octet.
        let short = self.len <= SHORT_MAX;
        let (start, len) = if short { (8, self.len | (flags as u64) << 8) } else { (1, self.len) };
        let [a, b, c, d, e, f, g, h] = len.to_be_bytes();
        HeadOctets { octets: [0, flags | LONG, a, b, c, d, e, f, g, h], start }
    }
}

/// An encoded [`FrameHead`]: 2 or 9 octets, 10 for the long form of ZMTP 1.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadOctets {
    /// The head is at the end: both forms end with the lowest octet of the length, or its flags in ZMTP 1.0.
    octets: [u8; FrameHead::MAX_LEN_V1],
    /// Where it begins.
    start: u8,
}

impl HeadOctets {
    /// How many octets the head has: 2, 9 or 10.
    #[must_use]
    #[inline]
    #[allow(clippy::len_without_is_empty, reason = "a head is never empty")]
    pub const fn len(&self) -> usize {
        FrameHead::MAX_LEN_V1.saturating_sub(self.start as usize)
    }
}

impl AsRef<[u8]> for HeadOctets {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self.octets.get(usize::from(self.start)..).unwrap_or_default()
    }
}

impl core::fmt::Display for MalformedHead {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Flags => "illegal flags in the head of a frame",
            Self::Size => "a frame size of 2^63 or more",
        })
    }
}

impl core::error::Error for MalformedHead {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn z37_024_bodies_of_255_octets_are_short_and_of_256_long() {
        assert_eq!(FrameHead::message(false, 255).encode().as_ref(), [0x00, 0xFF]);
        assert_eq!(FrameHead::message(false, 256).encode().as_ref(), [0x02, 0, 0, 0, 0, 0, 0, 1, 0]);
        assert_eq!(FrameHead::command(255).encode().as_ref(), [0x04, 0xFF]);
        assert_eq!(FrameHead::command(256).encode().as_ref(), [0x06, 0, 0, 0, 0, 0, 0, 1, 0]);
    }

    #[test]
    fn z37_023_the_long_form_of_a_short_body_is_accepted() {
        let head = FrameHead::decode(&[0x02, 0, 0, 0, 0, 0, 0, 0, 5, b'H']);
        assert_eq!(head, Ok(Some((FrameHead::message(false, 5), 9))));
    }

    #[test]
    fn z37_020_026_only_the_six_legal_flag_octets_begin_a_frame() {
        for flags in 0..=255u8 {
            let octets = [flags, 0, 0, 0, 0, 0, 0, 0, 0];
            let legal = matches!(flags, 0x00 | 0x01 | 0x02 | 0x03 | 0x04 | 0x06);
            assert_eq!(FrameHead::decode(&octets).is_ok(), legal, "flags {flags:#04x}");
            assert_eq!(FrameHead::decode(&octets[..1]).is_ok(), legal, "flags {flags:#04x} alone");
        }
    }

    #[test]
    fn z37_022_sizes_from_2_to_the_63_are_refused_at_their_first_octet() {
        let mut octets = [0x02, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        assert_eq!(FrameHead::decode(&octets), Ok(Some((FrameHead::message(false, i64::MAX as u64), 9))));
        octets[1] = 0x80;
        assert_eq!(FrameHead::decode(&octets), Err(MalformedHead::Size));
        assert_eq!(FrameHead::decode(&octets[..2]), Err(MalformedHead::Size));
    }

    #[test]
    fn z13_001_002_003_frames_of_zmtp_1_count_their_flags() {
        assert_eq!(FrameHead::message(false, 0).encode_v1().as_ref(), [1, 0]);
        assert_eq!(FrameHead::message(true, 0).encode_v1().as_ref(), [1, 1]);
        assert_eq!(FrameHead::message(false, 253).encode_v1().as_ref(), [0xFE, 0]);
        assert_eq!(FrameHead::message(false, 254).encode_v1().as_ref(), [0xFF, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0]);
        let long_for_short = FrameHead::decode_v1(&[0xFF, 0, 0, 0, 0, 0, 0, 0, 6, 0xFE]);
        assert_eq!(long_for_short, Ok(Some((FrameHead::message(false, 5), 10))));
    }

    #[test]
    fn z13_004_lengths_of_zero_and_of_2_to_the_63_are_refused_in_zmtp_1() {
        assert_eq!(FrameHead::decode_v1(&[0]), Err(MalformedHead::Size));
        assert_eq!(FrameHead::decode_v1(&[0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Err(MalformedHead::Size));
        assert_eq!(FrameHead::decode_v1(&[0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1, 0]), Err(MalformedHead::Size));
        assert_eq!(
            FrameHead::decode_v1(b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xDA\x00"),
            Err(MalformedHead::Size)
        );
        let largest = FrameHead::decode_v1(&[0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(largest, Ok(Some((FrameHead::message(false, i64::MAX as u64), 10))));
    }

    #[test]
    fn every_head_comes_back_from_its_octets_whole_and_from_no_part_of_them() {
        for len in [0, 1, 254, 255, 256, 65_536, u64::from(u32::MAX) + 5, i64::MAX as u64] {
            for kind in
                [FrameKind::Message { more: false }, FrameKind::Message { more: true }, FrameKind::Command]
            {
                let head = FrameHead { kind, len };
                let octets = head.encode();
                assert_eq!(FrameHead::decode(octets.as_ref()), Ok(Some((head, octets.len()))));
                for cut in 0..octets.len() {
                    assert_eq!(FrameHead::decode(&octets.as_ref()[..cut]), Ok(None));
                }
                if kind == FrameKind::Command {
                    continue;
                }
                let octets = head.encode_v1();
                assert_eq!(FrameHead::decode_v1(octets.as_ref()), Ok(Some((head, octets.len()))));
                for cut in 0..octets.len() {
                    assert_eq!(FrameHead::decode_v1(&octets.as_ref()[..cut]), Ok(None));
                }
            }
        }
    }
}
