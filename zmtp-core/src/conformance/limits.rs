//! What a peer may ask of us at most; each limit has a failure of its own.

use super::*;
use crate::mechanism::testing::NOW;
use crate::wire::FrameHead;
use crate::{Blame, Connection, Instant, Limits, Step};

/// A READY with these properties behind the socket type.
fn ready(properties: &[u8]) -> Vec<u8> {
    let body = [b"\x05READY\x0BSocket-Type\0\0\0\x04PUSH", properties].concat();
    [FrameHead::command(body.len() as u64).encode().as_ref(), &body].concat()
}

/// How a PULL with these limits fails, that has read a greeting and these.
fn failure(limits: Limits, octets: &[u8]) -> Option<Failure> {
    let mut pull = Side::new(Config { limits, ..Config::new(SocketType::Pull) }, Null);
    pull.feed(&[&greeting()[..], octets].concat());
    pull.failure()
}

#[test]
fn z37_027_z37_041_a_handshake_has_limits_of_its_own_that_hold_exactly() {
    let octets = ready(b"\x03X-a\0\0\0\x02ab\x03X-b\0\0\0\0");
    let body = octets.len() as u64 - 2;
    let metadata = body as u32 - 6;
    let limits = Limits { handshake_frame: body, metadata, properties: 3, ..Limits::new() };
    assert_eq!(failure(limits, &octets), None);
    for (limits, expected) in [
        (Limits { handshake_frame: body - 1, ..limits }, Failure::HandshakeLimit),
        (Limits { metadata: metadata - 1, ..limits }, Failure::MetadataLimit),
        (Limits { properties: 2, ..limits }, Failure::PropertiesLimit),
    ] {
        assert_eq!(failure(limits, &octets), Some(expected));
        assert_eq!(expected.blame(), Blame::Limit);
    }
}

#[test]
fn z37_027_by_default_a_stranger_is_given_less_room_than_a_peer_and_judged_at_the_head() {
    let long = FrameHead::command(4096).encode();
    assert_eq!(failure(Limits::new(), long.as_ref()), Some(Failure::HandshakeLimit));
    let mut pull = established(SocketType::Pull, SocketType::Push);
    pull.feed(long.as_ref());
    assert_eq!(pull.failure(), None);
}

#[test]
fn z37_058_059_the_longest_identity_fits_the_limits_of_a_handshake() {
    let properties = [&b"\x08Identity\0\0\0\xFF"[..], &[7; 255]].concat();
    assert_eq!(failure(Limits::new(), &ready(&properties)), None);
}

const PING: &[u8] = b"\x04\x07\x04PING\0\0";

/// Takes a PING at `now`, and answers it.
fn ping(connection: &mut Connection, config: &Config<'_>, now: Instant) -> Result<(), Failure> {
    let progress = connection.receive(config, PING, now)?;
    assert_eq!((progress.used, progress.step), (2, Step::Frame(FrameHead::command(7))));
    connection.take_body(7, now)?;
    connection.handle_command(config, &mut PING[2..].to_vec(), now)?;
    assert_eq!(connection.poll_transmit(config, &mut [0; 64], now), 7);
    Ok(())
}

#[test]
fn z37_087_pings_are_answered_up_to_the_limit_and_a_flood_of_them_ends_the_connection() {
    let mut pull = established(SocketType::Pull, SocketType::Push);
    pull.config.limits.pings = 3;
    let (connection, config) = (&mut pull.connection, &pull.config);
    // A peer that keeps to the limit is served for ever.
    for second in 0..100 {
        let now = NOW.after(core::time::Duration::from_millis(second * 1_049));
        for _ in 0..3 {
            assert_eq!(ping(connection, config, now), Ok(()));
        }
    }
    let now = NOW.after(core::time::Duration::from_secs(1_000));
    let mut answered = 0;
    let failure = loop {
        match ping(connection, config, now) {
            Ok(()) => answered += 1,
            Err(failure) => break failure,
        }
    };
    assert_eq!((answered, failure, failure.blame()), (3, Failure::PingLimit, Blame::Limit));
    assert_eq!(connection.poll_transmit(config, &mut [0; 64], now), 0, "nothing is owed for it");
}

#[test]
fn z37_087_by_default_a_ping_every_millisecond_is_no_flood() {
    let mut pull = established(SocketType::Pull, SocketType::Push);
    for millis in 1..3_000 {
        assert_eq!(ping(&mut pull.connection, &pull.config, Instant::from_millis(millis)), Ok(()));
    }
}
