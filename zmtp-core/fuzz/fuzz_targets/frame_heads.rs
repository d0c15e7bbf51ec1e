//! Heads of frames of all versions: read back as written, and never read differently when more octets are there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zmtp_core::wire::{FrameHead, FrameKind, MalformedHead};

type Decode = fn(&[u8]) -> Result<Option<(FrameHead, usize)>, MalformedHead>;

fuzz_target!(|data: &[u8]| {
    let octets = &data[..data.len().min(24)];
    for (decode, v1) in [(FrameHead::decode as Decode, false), (FrameHead::decode_v1, true)] {
        let whole = decode(octets);
        for len in 0..octets.len() {
            match decode(&octets[..len]) {
                Ok(None) => {}
                early => assert_eq!(early, whole, "of {len} octets"),
            }
        }
        if let Ok(Some((head, len))) = whole {
            assert!(len <= octets.len() && head.len <= i64::MAX as u64);
            let again = if v1 { head.encode_v1() } else { head.encode() };
            assert!(again.as_ref().len() <= len, "ours is the shortest");
            assert_eq!(decode(again.as_ref()), Ok(Some((head, again.as_ref().len()))));
        }
        assert!(!matches!(whole, Ok(None)) || octets.len() < 10, "ten octets are enough to tell");
    }
    let Some((&kind, rest)) = data.split_first() else { return };
    let Some(len) = rest.first_chunk() else { return };
    let len = u64::from_be_bytes(*len) >> (1 + kind % 63);
    let kind = if kind & 64 == 0 { FrameKind::Message { more: kind & 128 != 0 } } else { FrameKind::Command };
    let head = FrameHead { kind, len };
    let octets = head.encode();
    assert_eq!(FrameHead::decode(octets.as_ref()), Ok(Some((head, octets.as_ref().len()))));
    let octets = head.encode_v1();
    let message = FrameHead::message(kind == FrameKind::Message { more: true }, len);
    assert_eq!(FrameHead::decode_v1(octets.as_ref()), Ok(Some((message, octets.as_ref().len()))));
});
