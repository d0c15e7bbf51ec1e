//! NULL: READY, ERROR and metadata.

use super::*;
use crate::identity::{GeneratedIds, RouteTable, Routes};
use crate::pattern::{Introduced, Name, Router, RouterOptions};

const TYPES: [SocketType; 11] = [
    SocketType::Pair,
    SocketType::Pub,
    SocketType::Sub,
    SocketType::Req,
    SocketType::Rep,
    SocketType::Dealer,
    SocketType::Router,
    SocketType::Pull,
    SocketType::Push,
    SocketType::XPub,
    SocketType::XSub,
];

#[test]
fn z37_039_z23_003_ready_follows_the_peers_greeting_without_waiting_for_its_ready() {
    for minor in [0, 1] {
        let mut push = side(SocketType::Push);
        let mut octets = greeting();
        octets[11] = minor;
        push.feed(&octets);
        let sent = push.sent();
        assert_eq!(sent[64..], hello(SocketType::Push)[64..]);
        assert!(!push.connection.may_send(), "but no message");
    }
}

#[test]
fn z37_035_050_ready_is_its_name_and_properties_and_every_type_says_what_it_is() {
    for socket_type in TYPES {
        let name = socket_type.name();
        let property = [b"\x0BSocket-Type\0\0\0".as_slice(), &[name.len() as u8], name.as_bytes()].concat();
        let octets = hello(socket_type);
        let body = &octets[66..];
        assert_eq!((octets[64], usize::from(octets[65])), (0x04, body.len()), "{name}");
        assert_eq!(body[..6], *b"\x05READY");
        assert_eq!(body[6..6 + property.len()], property);
    }
}

#[test]
fn z37_041_a_ready_that_does_not_fit_or_add_up_ends_the_connection() {
    for (ready, failure) in [
        (&b"\x04\x1A\x05READY\x0BSocket-Type\0\0\0\x04PUSH"[..], None),
        (b"\x04\x19\x05READY\x0BSocket-Type\0\0\0\x03SUB", Some(Failure::SocketType)),
        (b"\x04\x1A\x05READY\x0BSocket-Type\0\0\0\x04PUSX", Some(Failure::Metadata)),
        (b"\x04\x1A\x05READY\x0BSocket-Type\0\0\0\x05PUSH", Some(Failure::Metadata)),
    ] {
        assert_eq!(failure_in_handshake(ready), failure, "{ready:?}");
    }
}

#[test]
fn lz_009_z37_051_a_ready_without_socket_type_is_accepted() {
    assert_eq!(failure_in_handshake(b"\x04\x06\x05READY"), None);
    assert_eq!(failure_in_handshake(b"\x04\x0F\x05READY\x04X-us\0\0\0\0"), None);
}

#[test]
fn z37_043_whatever_the_reason_of_an_error_it_means_the_same() {
    for reason in [&b""[..], b"400", b"Invalid socket type", b"\x00\xFF", &[b'!'; 255]] {
        let mut error = b"\x05ERROR".to_vec();
        error.push(reason.len() as u8);
        error.extend(reason);
        let head = crate::wire::FrameHead::command(error.len() as u64).encode();
        assert_eq!(
            failure_in_handshake(&[head.as_ref(), &error].concat()),
            Some(Failure::Refused),
            "{reason:?}"
        );
    }
}

#[test]
fn z37_058_an_identity_is_told_and_names_the_peer_at_a_router() {
    for theirs in [SocketType::Req, SocketType::Dealer, SocketType::Router] {
        let config = Config { identity: b"pump", ..Config::new(theirs) };
        let (mut peer, mut router) = (Side::new(config, Null), side(SocketType::Router));
        talk(&mut peer, &mut router);
        let [Seen::Established { identity, .. }] = &router.seen[..] else { panic!("{:?}", router.seen) };
        assert_eq!(identity, b"pump");
        let mut octets = [0; 32];
        let mut routes = RouteTable::new(&mut octets);
        let mut rules = Router::new(RouterOptions::default(), GeneratedIds::starting_at(0));
        assert_eq!(rules.introduce(&mut routes, 3, Name::Announced(identity)), Ok(Introduced::Named));
        assert_eq!(routes.find(b"pump"), Some(3));
    }
    // Where no ROUTER uses it, it is not said unless there is one.
    let says_identity = |identity| {
        let config = Config { identity, ..Config::new(SocketType::Push) };
        let (mut push, mut pull) = (Side::new(config, Null), side(SocketType::Pull));
        let (said, _) = talk(&mut push, &mut pull);
        said.windows(8).any(|octets| octets == b"Identity")
    };
    assert!(says_identity(b"pump") && !says_identity(b""));
}

#[test]
fn z13_009_z37_060_an_identity_that_begins_with_zero_is_not_used_as_a_routing_id() {
    let mut octets = [0; 32];
    let mut routes = RouteTable::new(&mut octets);
    let mut rules = Router::new(RouterOptions::default(), GeneratedIds::starting_at(7));
    let mut router = side(SocketType::Router);
    router.feed(b"\x04\0\0me");
    let [Seen::Established { identity, .. }] = &router.seen[..] else { panic!("{:?}", router.seen) };
    assert_eq!(rules.introduce(&mut routes, 0, Name::Announced(identity)), Ok(Introduced::Generated));
    assert_eq!(routes.id_of(0), Some(&[0, 0, 0, 0, 7][..]));
}
