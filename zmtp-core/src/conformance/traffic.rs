//! Subscriptions and heartbeats behind the handshake.

use core::time::Duration;

use super::*;
use crate::mechanism::testing::NOW;
use crate::pattern::Upstream;
use crate::{Heartbeat, Instant};

#[test]
fn lz_021_a_publisher_takes_subscriptions_as_commands_and_as_messages_from_any_peer() {
    let mut xpub = established(SocketType::XPub, SocketType::Sub);
    xpub.feed(b"\x04\x0B\x09SUBSCRIBEA\x00\x02\x01B\x00\x02\x00B");
    let event = Seen::Event("Subscribe([65])".into());
    assert_eq!(xpub.seen, [event, message(false, b"\x01B"), message(false, b"\x00B")]);
    assert_eq!(Upstream::of_message(b"\x01B"), Upstream::Subscribe(b"B"));
    assert_eq!(Upstream::of_message(b"\x00B"), Upstream::Cancel(b"B"));
    assert_eq!(Upstream::of_message(b"B"), Upstream::Data);
}

fn beating(heartbeat: Heartbeat) -> Side<'static, Null> {
    let mut side = Side::new(Config { heartbeat, ..Config::new(SocketType::Pull) }, Null);
    side.feed(&hello(SocketType::Push));
    side.sent();
    side
}

#[test]
fn lz_018_our_ping_has_no_context_and_who_sends_none_answers_all_the_same() {
    let mut side = beating(Heartbeat::every(Duration::from_secs(1)));
    side.connection.handle_timeout(&side.config, NOW.after(Duration::from_secs(1))).unwrap();
    assert_eq!(side.sent(), b"\x04\x07\x04PING\0\0");
    let mut quiet = beating(Heartbeat::off());
    assert_eq!(quiet.connection.poll_timeout(), None);
    quiet.feed(b"\x04\x0A\x04PING\0\0LOL");
    assert_eq!(quiet.sent(), b"\x04\x08\x04PONGLOL");
}

#[test]
fn z37_093_before_the_peer_answers_few_pings_are_under_way() {
    let mut side = beating(Heartbeat::every(Duration::from_secs(1)));
    let mut pings = 0;
    while let Some(due) = side.connection.poll_timeout() {
        if side.connection.handle_timeout(&side.config, due).is_err() {
            break;
        }
        let mut room = [0; 64];
        pings += usize::from(side.connection.poll_transmit(&side.config, &mut room, due) > 0);
    }
    assert_eq!(side.failure(), Some(Failure::Silence));
    assert_eq!(pings, 1);
    // And those that cannot leave are one.
    let mut stuck = beating(Heartbeat::every(Duration::from_secs(1)));
    for second in 1..100 {
        stuck.connection.handle_timeout(&stuck.config, NOW.after(Duration::from_secs(second))).unwrap();
    }
    assert_eq!(stuck.sent().len(), 9);
}

#[test]
fn z37_091_092_of_two_deadlines_for_silence_the_earlier_holds() {
    let heartbeat =
        Heartbeat { timeout: Duration::from_millis(300), ..Heartbeat::every(Duration::from_secs(1)) };
    for (ttl, death) in [(50u8, 1_300), (11, 1_100)] {
        let mut side = beating(heartbeat);
        side.feed(&[4, 7, 4, b'P', b'I', b'N', b'G', 0, ttl]);
        side.sent();
        side.connection.handle_timeout(&side.config, NOW.after(Duration::from_secs(1))).unwrap();
        let mut room = [0; 64];
        let due = NOW.after(Duration::from_secs(1));
        assert_eq!(side.connection.poll_transmit(&side.config, &mut room, due), 9);
        assert_eq!(side.connection.poll_timeout(), Some(NOW.after(Duration::from_millis(death))), "{ttl}");
    }
}

#[test]
fn z37_091_without_a_timeout_silence_is_no_death() {
    let heartbeat = Heartbeat { timeout: Duration::ZERO, ..Heartbeat::every(Duration::from_secs(1)) };
    let mut side = beating(heartbeat);
    for second in 1..100 {
        side.connection.handle_timeout(&side.config, NOW.after(Duration::from_secs(second))).unwrap();
        side.transmit();
    }
    assert_eq!(side.sent().len(), 9, "and one PING is out until something is heard");
    side.feed(b"\x04\x05\x04PONG");
    side.connection.handle_timeout(&side.config, NOW.after(Duration::from_secs(100))).unwrap();
    assert_eq!(side.sent().len(), 9);
}

#[test]
fn z37_090_who_is_not_listened_to_is_not_silent() {
    let mut side = beating(Heartbeat::every(Duration::from_secs(1)));
    let late = NOW.after(Duration::from_secs(1));
    side.connection.handle_timeout(&side.config, late).unwrap();
    side.sent();
    side.connection.held_back(late);
    assert_eq!(side.connection.handle_timeout(&side.config, late.after(Duration::from_secs(1))), Ok(()));
}

#[test]
fn z37_090_every_octet_is_a_sign_of_life() {
    let silence = Duration::from_millis(300);
    let heartbeat = Heartbeat { timeout: silence, ..Heartbeat::every(Duration::from_secs(1)) };
    // A head, half a body, the rest of it, a command: none of them a PONG.
    let pieces: [&[u8]; 4] = [b"\x00", b"\x04ab", b"cd", b"\x04\x06\x05OTHER"];
    for piece in 0..pieces.len() {
        let mut side = beating(heartbeat);
        side.feed(&pieces[..piece].concat());
        let due = NOW.after(Duration::from_secs(1));
        side.connection.handle_timeout(&side.config, due).unwrap();
        let mut room = [0; 64];
        assert_eq!(side.connection.poll_transmit(&side.config, &mut room, due), 9);
        let late: Instant = due.after(silence);
        assert_eq!(side.connection.poll_timeout(), Some(late));
        let progress = side.connection.receive(&side.config, pieces[piece], late).unwrap();
        if let crate::Step::Body(octets) = progress.step {
            side.connection.take_body(octets, late).unwrap();
        }
        assert_eq!(side.connection.handle_timeout(&side.config, late), Ok(()), "piece {piece}");
    }
}
