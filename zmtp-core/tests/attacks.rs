//! Attacks on peers without encryption, and on what is older than it. Those of CURVE are in `attacks_curve.rs`.
//!
//! After each of them a good client is served, as ever.

mod driver;

use driver::{Driver, Seen, parts, record};
use zmtp_core::mechanism::{Mechanism, Null, Plain, PlainSecurity};
use zmtp_core::wire::{MalformedZ85, z85_decode};
use zmtp_core::{Config, Failure, Limits, SocketType};

const V1: &[u8] = b"\x01\0";
const V2: &[u8] = b"\xFF\0\0\0\0\0\0\0\0\x7F\x01\x08\0\0";
const NULL_GREETING: &[u8] = b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\x00NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
const READY: &[u8] = b"\x04\x1A\x05READY\x0BSocket-Type\0\0\0\x04PUSH";

fn pull() -> Driver<'static, Null> {
    let limits = Limits { frame: 1 << 20, message: 4 << 20, parts: 100, ..Limits::new() };
    Driver::new(Config { limits, ..Config::new(SocketType::Pull) }, Null)
}

fn plain(security: PlainSecurity<'static>) -> Driver<'static, Plain> {
    Driver::new(Config::new(SocketType::Dealer).with_security(security), Plain::new())
}

fn plain_client() -> Driver<'static, Plain> {
    plain(PlainSecurity::Client { username: "admin", password: "secret" })
}

/// The peer is refused, nothing of what it said comes through, and a good client is served.
fn refused<M: Mechanism>(mut victim: Driver<'_, M>, octets: &[u8], failures: &[Failure]) {
    victim.feed(octets);
    let failure = victim.failure().expect("a failure");
    assert!(failures.contains(&failure), "{failure:?} is none of {failures:?}");
    assert_eq!(parts(&victim.seen), []);
    assert_eq!(victim.connection.receive(&victim.config, READY, victim.now), Err(failure));
    a_good_client_is_served();
}

fn a_good_client_is_served() {
    let mut pull = pull();
    pull.feed(&[NULL_GREETING, READY, b"\0\x05Hello"].concat());
    assert_eq!(parts(&pull.seen), [(false, b"Hello".to_vec())]);
    let recording = record(plain_client(), plain(PlainSecurity::Server));
    assert_eq!(recording.messages.len(), 4);
}

#[test]
fn cve_2014_7202_a_client_without_security_is_refused_by_a_server_of_plain() {
    let octets = [NULL_GREETING, READY, b"\0\x06sneaky"].concat();
    refused(plain(PlainSecurity::Server), &octets, &[Failure::Mechanism]);
}

#[test]
fn cve_2014_9721_headers_of_old_versions_do_not_get_around_plain() {
    for octets in [
        &b"\x01\0\x08\0sneaky\0"[..],
        b"\xFF\0\0\0\0\0\0\0\x01\0\x08\0sneaky\0",
        b"\xFF\0\0\0\0\0\0\0\x01\x7F\x01\x05\0\0\0\x06sneaky",
        b"\xFF\0\0\0\0\0\0\0\x01\x7F\x02\x05\0\0\0\x06sneaky",
    ] {
        refused(plain(PlainSecurity::Server), octets, &[Failure::NotZmtp, Failure::Version]);
    }
}

#[test]
fn libzmq_1488_a_huge_size_of_a_zmtp_1_0_peer_is_refused_at_its_head() {
    let identity = [b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xDA\0", &[0x41; 5000][..]].concat();
    refused(pull(), &identity, &[Failure::NotZmtp]);
    for size in [u64::MAX, u64::MAX - 37, 1 << 63, (1 << 63) + 1] {
        let octets = [V1, b"\xFF", &size.to_be_bytes(), b"\0", &[0x41; 5000]].concat();
        refused(pull(), &octets, &[Failure::Size, Failure::FrameLimit]);
    }
}

#[test]
fn libzmq_87_a_zmtp_1_0_frame_without_room_for_its_flags_is_refused() {
    refused(pull(), &[V1, b"\0"].concat(), &[Failure::Size]);
    refused(pull(), &[V1, b"\xFF\0\0\0\0\0\0\0\0\0"].concat(), &[Failure::Size]);
    refused(pull(), b"\0", &[Failure::NotZmtp]);
}

#[test]
fn cve_2021_20235_two_large_messages_of_old_peers_arrive_whatever_the_cuts() {
    for (greeting, head) in [(V1, &b"\xFF\0\0\0\0\0\0\x20\x02\0"[..]), (V2, b"\x02\0\0\0\0\0\0\x20\x01")] {
        let body = vec![0x41; 8193];
        let octets = [greeting, head, &body, head, &body].concat();
        let near = |at: usize| at.saturating_sub(12)..at + 12;
        let second = greeting.len() + head.len() + body.len();
        for cut in (1..40).chain(near(8192)).chain(near(second)) {
            let mut pull = pull();
            pull.feed_cut(&octets, [cut]);
            let messages = parts(&pull.seen);
            assert!(messages.len() == 2 && messages.iter().all(|message| *message == (false, body.clone())));
        }
    }
    a_good_client_is_served();
}

#[test]
fn endless_more_ends_at_the_limit_of_parts_in_every_version() {
    for (peer, part) in [
        ([NULL_GREETING, READY].concat(), b"\x01\x01a"),
        (V2.to_vec(), b"\x01\x01a"),
        (V1.to_vec(), b"\x02\x01a"),
    ] {
        let mut pull = pull();
        pull.feed(&[&peer[..], &part.repeat(1000)].concat());
        assert_eq!(pull.failure(), Some(Failure::PartsLimit));
        assert_eq!(parts(&pull.seen).len(), 100);
    }
    a_good_client_is_served();
}

#[test]
fn rfc_130_every_length_of_the_context_of_a_ping_is_answered() {
    for len in 0..=240 {
        let mut pull = pull();
        pull.feed(&[NULL_GREETING, READY].concat());
        pull.sent();
        let context = vec![b'c'; len];
        pull.feed(&[&[4, 7 + len as u8, 4], &b"PING\0\0"[..], &context].concat());
        let kept = len.min(16);
        assert_eq!(pull.sent(), [&[4, 5 + kept as u8, 4], &b"PONG"[..], &context[..kept]].concat());
    }
    a_good_client_is_served();
}

#[test]
fn a_cancel_of_a_topic_that_nobody_subscribed_to_is_an_event_like_any_other() {
    let mut publisher = Driver::new(Config::new(SocketType::XPub), Null);
    let ready = b"\x04\x19\x05READY\x0BSocket-Type\0\0\0\x03SUB";
    publisher.feed(&[NULL_GREETING, ready, b"\x04\x08\x06CANCELB\0\x02\x00C\0\x02\x02D"].concat());
    assert_eq!(publisher.seen[1], Seen::Cancel(b"B".to_vec()));
    assert_eq!(parts(&publisher.seen), [(false, b"\0C".to_vec()), (false, b"\x02D".to_vec())]);
    assert_eq!(publisher.failure(), None);
}

#[test]
fn osv_2020_1655_text_that_is_no_z85_is_refused_and_nothing_is_read_behind_it() {
    let mut octets = [0; 4];
    for (text, error) in [
        (&b"0000"[..], MalformedZ85::Length),
        (b"000000", MalformedZ85::Length),
        (b"", MalformedZ85::Length),
        (b"0000\0", MalformedZ85::Character),
        (b"0000~", MalformedZ85::Character),
        (b"0000\x7F", MalformedZ85::Character),
        (b"0000\x80", MalformedZ85::Character),
        (b"\xFF\xFF\xFF\xFF\xFF", MalformedZ85::Character),
        (b"#####", MalformedZ85::Overflow),
    ] {
        assert_eq!(z85_decode(text, &mut octets), Err(error), "{text:?}");
    }
}
