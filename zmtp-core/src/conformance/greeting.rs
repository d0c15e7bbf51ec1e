//! Greetings of every version.

use super::*;
use crate::mechanism::{Plain, PlainSecurity};

/// What `side` has sent after each octet of the peer's.
fn sent_by_octet(octets: &[u8]) -> Vec<usize> {
    let mut side = side(SocketType::Dealer);
    let mut total = side.sent().len();
    let each = octets.iter().map(|octet| {
        side.feed(&[*octet]);
        total += side.sent().len();
        total
    });
    each.collect()
}

#[test]
fn z37_101_one_ten_and_eleven_octets_tell_what_a_peer_speaks() {
    // Ten octets are out at first; more leave as soon as it is known in which version.
    let mut first = side(SocketType::Dealer);
    assert_eq!(first.sent().len(), 10);
    first.feed(b"\x01");
    assert_eq!(first.connection.version(), Version::V1);

    let mut long = side(SocketType::Dealer);
    long.feed(b"\xFF\0\0\0\0\0\0\0\x01");
    assert_ne!(long.connection.version(), Version::V1);
    long.feed(b"\0");
    assert_eq!(long.connection.version(), Version::V1);

    let sent = sent_by_octet(&greeting()[..12]);
    assert_eq!(sent[..10], [[10; 9].as_slice(), &[11]].concat());
    assert_eq!(sent[10], 64, "the eleventh octet is the version, and the rest of the greeting can go");
}

#[test]
fn z37_006_z13_013_peers_of_every_version_are_met_in_theirs() {
    let old = |octets: &[u8]| octets.to_vec();
    let minor_0 = |mut octets: Vec<u8>| {
        octets[11] = 0;
        octets
    };
    for (octets, version) in [
        (old(b"\x01\0"), Version::V1),
        (old(b"\xFF\0\0\0\0\0\0\0\0\x7F\x01\x07\0\0"), Version::V2),
        (minor_0(hello(SocketType::Pull)), Version::V3_0),
        (hello(SocketType::Pull), Version::V3_1),
    ] {
        let mut push = side(SocketType::Push);
        push.feed(&octets);
        push.sent();
        assert!(push.connection.may_send(), "{version:?}");
        assert_eq!(push.connection.version(), version);
        // A 1.0 peer does not say what it is, so it cannot be refused for it.
        let Some(Seen::Established { socket_type, .. }) = push.seen.first() else {
            panic!("{:?}", push.seen)
        };
        assert_eq!(socket_type == "None", version == Version::V1);
    }
}

#[test]
fn z37_003_z38_001_each_mechanism_announces_its_one_public_name_and_others_are_refused() {
    let plain = PlainSecurity::Client { username: "a", password: "b" };
    let mut plain = Side::new(Config::new(SocketType::Dealer).with_security(plain), Plain::new());
    plain.feed(&greeting()[..11]);
    for (mut said, name) in [(plain.sent(), "PLAIN"), (greeting(), "NULL")] {
        let field = &said.split_off(12)[..20];
        let (letters, fill) = field.split_at(name.len());
        assert_eq!(letters, name.as_bytes());
        assert!(fill.iter().all(|&octet| octet == 0));
    }
    for name in ["GSSAPI", "CURVE", "null", "NULL2"] {
        let mut octets = greeting();
        octets[12..32].fill(0);
        octets[12..12 + name.len()].copy_from_slice(name.as_bytes());
        let mut pull = side(SocketType::Pull);
        pull.feed(&octets);
        assert_eq!(pull.failure(), Some(Failure::Mechanism), "{name}");
    }
}

#[test]
fn z37_045_who_cannot_be_talked_to_is_left_without_an_error_command() {
    let mut other_mechanism = greeting();
    other_mechanism[12] = b'X';
    for octets in [
        &other_mechanism[..],
        &[&greeting()[..], b"\x04\x00"].concat(),
        &[&greeting()[..], b"\x00\x01x"].concat(),
    ] {
        let mut pull = side(SocketType::Pull);
        pull.feed(octets);
        assert!(pull.failure().is_some());
        let sent = pull.sent();
        assert!(!sent.windows(5).any(|octets| octets == b"ERROR"), "{sent:?}");
    }
}
