//! ZMTP 1.0 and 2.0 behind the greeting.

use super::*;
use crate::wire::FrameHead;

#[test]
fn z13_005_006_only_the_first_flag_of_a_1_0_frame_is_looked_at_and_sent() {
    for flags in [0x00, 0x02, 0xFE] {
        let mut pull = side(SocketType::Pull);
        pull.feed(&[1, 0, 2, flags, b'a', 2, flags | 1, b'b', 1, flags]);
        assert_eq!(pull.seen[1..], [message(false, b"a"), message(true, b"b"), message(false, b"")]);
    }
    for (head, flags) in [(FrameHead::message(false, 1), 0), (FrameHead::message(true, 1), 1)] {
        assert_eq!(head.encode_v1().as_ref(), [2, flags]);
    }
}

#[test]
fn z13_012_envelopes_of_1_0_peers_are_those_of_all_others() {
    let mut router = side(SocketType::Router);
    router.feed(b"\x01\0\x02\x01A\x01\x01\x06\x00Hello");
    assert_eq!(router.seen[1..], [message(true, b"A"), message(true, b""), message(false, b"Hello")]);
}

#[test]
fn z15_006_who_may_meet_is_the_same_for_2_0_peers() {
    let octet = |socket_type| (0..=8u8).find(|&octet| SocketType::from_octet(octet) == Some(socket_type));
    let all = (0..=8).filter_map(SocketType::from_octet);
    for ours in all.clone() {
        for theirs in all.clone() {
            let mut octets = b"\xFF\0\0\0\0\0\0\0\0\x7F\x01".to_vec();
            octets.push(octet(theirs).unwrap());
            octets.extend([0, 0]);
            let mut side = side(ours);
            side.feed(&octets);
            let met = side.failure().is_none();
            assert_eq!(met, ours.accepts(theirs), "{ours:?} and {theirs:?}");
            assert!(met || !side.sent().windows(5).any(|octets| octets == b"ERROR"));
        }
    }
}
