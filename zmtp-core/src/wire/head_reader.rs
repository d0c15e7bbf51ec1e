//! The head of a frame, octet by octet as it arrives: no buffer, and a violation is found at the octet that commits it.

use super::frame::{COMMAND, LONG, LONG_V1, MORE};
use super::{FrameHead, FrameKind, MalformedHead, Version};

/// Collects the head of a frame.
///
/// A ring buffer shows only the part up to its end: a decoder that asks for the whole head at once would wait for ever at
/// the wrap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadReader {
    /// Octets so far.
    have: u8,
    /// The first of them.
    first: u8,
    /// What there is of the length. As octets, because a connection is smaller without the alignment of a number.
    len: [u8; 8],
}

impl HeadReader {
    pub(crate) const fn new() -> Self {
        Self { have: 0, first: 0, len: [0; 8] }
    }

    /// Takes the next octet; returns the head with its last one.
    #[inline]
    pub(crate) fn take(&mut self, octet: u8, version: Version) -> Result<Option<FrameHead>, MalformedHead> {
        if version.is_v1() {
            return self.take_v1(octet);
        }
        let at = self.have;
        self.have = at.wrapping_add(1);
        if at == 0 {
            (self.first, self.len) = (octet, [0; 8]);
            // Reserved bits are refused (RFC 37 fixes the sender only), as is MORE on a command.
            let legal = octet <= COMMAND | LONG && octet != COMMAND | MORE;
            return if legal { Ok(None) } else { Err(MalformedHead::Flags) };
        }
        let long = self.first & LONG != 0;
        // RFC 37: "the most significant bit SHALL be zero"; one octet is enough to see that it is not.
        if at == 1 && long && octet > 0x7F {
            return Err(MalformedHead::Size);
        }
        self.add(octet);
        if long && usize::from(self.have) < FrameHead::MAX_LEN {
            return Ok(None);
        }
        self.have = 0;
        let more = self.first & MORE != 0;
        let kind = if self.first & COMMAND != 0 { FrameKind::Command } else { FrameKind::Message { more } };
        Ok(Some(FrameHead { kind, len: self.len() }))
    }

    #[inline(never)]
    fn add(&mut self, octet: u8) {
        self.len = (self.len().wrapping_shl(8) | u64::from(octet)).to_ne_bytes();
    }

    fn len(&self) -> u64 {
        u64::from_ne_bytes(self.len)
    }

    /// Z13-001: the length comes first, and counts the flags behind it.
    fn take_v1(&mut self, octet: u8) -> Result<Option<FrameHead>, MalformedHead> {
        let at = self.have;
        self.have = at.wrapping_add(1);
        let long = at > 0 && self.first == LONG_V1;
        if at == 0 {
            (self.first, self.len) = (octet, [0; 8]);
            if octet != LONG_V1 {
                self.add(octet);
            }
            // Z13-004: without flags there is no frame.
            return if octet > 0 { Ok(None) } else { Err(MalformedHead::Size) };
        }
        if long && usize::from(at) < FrameHead::MAX_LEN {
            self.add(octet);
            return Ok(None);
        }
        self.have = 0;
        let len = self.len().checked_sub(1).filter(|&len| len <= i64::MAX as u64);
        // Z13-005: the other flags are not to be relied on.
        Ok(Some(FrameHead::message(octet & MORE != 0, len.ok_or(MalformedHead::Size)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What `FrameHead::decode` says of the same octets, given all at once.
    fn at_once(octets: &[u8], version: Version) -> Result<Option<(FrameHead, usize)>, MalformedHead> {
        if version == Version::V1 { FrameHead::decode_v1(octets) } else { FrameHead::decode(octets) }
    }

    fn one_by_one(octets: &[u8], version: Version) -> Result<Option<(FrameHead, usize)>, MalformedHead> {
        let mut reader = HeadReader::new();
        for (at, &octet) in octets.iter().enumerate() {
            if let Some(head) = reader.take(octet, version)? {
                assert_eq!(reader.have, 0, "ready for the next");
                return Ok(Some((head, at + 1)));
            }
        }
        Ok(None)
    }

    proptest! {
        #[test]
        fn z37_020_022_z13_001_004_octet_by_octet_a_head_is_what_it_is_at_once(
            octets in proptest::collection::vec(prop_oneof![0u8..8, any::<u8>(), Just(0xFF)], 0..12)
        ) {
            for version in [Version::V3_1, Version::V2, Version::V1] {
                prop_assert_eq!(one_by_one(&octets, version), at_once(&octets, version), "{:?}", version);
            }
        }
    }
}
