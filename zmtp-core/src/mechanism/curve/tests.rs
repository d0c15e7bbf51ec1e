//! CURVE between two sides, and against peers and wires that break its rules.

mod broken;
mod rules;

use super::super::testing::{NOW, Seen, Side, frames, talk};
use super::super::{AnyMechanism, AnySecurity, Null, Plain, PlainSecurity, Refusal, Verdict};
use super::boxes::{Subkey, shared};
use super::*;
use crate::connection::{Config, Connection, Heartbeat, Limits, SendError};
use crate::wire::{FrameHead, SubscriptionHead, Version};
use crate::{SocketType, Step};
use core::time::Duration;
use proptest::prelude::*;

/// A stream of octets that a seed decides; no entropy for anything but tests.
struct Seeded(u64);

impl Entropy for Seeded {
    fn fill(&mut self, octets: &mut [u8]) {
        for octet in octets {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *octet = (self.0 >> 56) as u8;
        }
    }
}

struct Keys {
    client: CurveKeyPair,
    server: CurveKeyPair,
}

fn keys() -> &'static Keys {
    static KEYS: std::sync::OnceLock<Keys> = std::sync::OnceLock::new();
    KEYS.get_or_init(|| Keys {
        client: CurveKeyPair::generate(&mut Seeded(1)),
        server: CurveKeyPair::generate(&mut Seeded(2)),
    })
}

type Ours = Side<'static, Curve>;

fn side(socket_type: SocketType, security: CurveSecurity<'static>, seed: u64) -> Ours {
    let curve = Curve::new(CurveHandshake::new(), &mut Seeded(seed));
    Side::new(Config::new(socket_type).with_security(security), curve)
}

fn client_for(server: &'static CurveKey, seed: u64) -> Ours {
    side(SocketType::Dealer, CurveSecurity::Client { keys: &keys().client, server }, seed)
}

fn client() -> Ours {
    client_for(&keys().server.public, 3)
}

fn server_with(seed: u64) -> Ours {
    side(SocketType::Router, CurveSecurity::Server { keys: &keys().server }, seed)
}

fn server() -> Ours {
    server_with(4)
}

fn established() -> (Ours, Ours) {
    let (mut client, mut server) = (client(), server());
    talk(&mut client, &mut server);
    assert!(client.connection.may_send() && server.connection.may_send());
    (client, server)
}

/// What client and server say up to the first message.
fn said() -> (Vec<u8>, Vec<u8>) {
    talk(&mut client(), &mut server())
}

/// Where in the octets of a client its commands begin and end.
const HELLO_AT: usize = 64;
const INITIATE_AT: usize = HELLO_AT + 202;

/// A fresh server that has read these.
fn server_after(octets: &[u8]) -> Ours {
    let mut server = server();
    server.feed(octets);
    server
}

fn assert_ended(side: &Ours, failures: &[Failure], what: &str) {
    let failure = side.failure();
    assert!(failure.is_some_and(|failure| failures.contains(&failure)), "{what}: {failure:?}");
    let seen = &side.seen;
    assert!(!seen.iter().any(|seen| matches!(seen, Seen::Established { .. } | Seen::Message(..))), "{what}");
}

#[test]
fn z25_001_002_z26_010_011_034_z23_006_the_handshake_has_the_sizes_and_names_of_the_specification() {
    let (of_client, of_server) = said();
    assert_eq!(of_client[12..33], *b"CURVE\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    assert_eq!(of_server[12..33], *b"CURVE\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01");
    let (ours, theirs) = (frames(&of_client), frames(&of_server));
    assert_eq!((ours.len(), theirs.len()), (2, 2));
    let (hello, initiate, welcome, ready) = (&ours[0], &ours[1], &theirs[0], &theirs[1]);
    assert_eq!(hello.0, [0x04, 0xC8]);
    assert_eq!(hello.1[..80], [&b"\x05HELLO\x01\x00"[..], &[0; 72]].concat());
    assert_eq!(hello.1[112..120], 1u64.to_be_bytes());
    assert_eq!(welcome.0, [0x04, 0xA8]);
    assert_eq!(welcome.1[..8], *b"\x07WELCOME");
    // Socket-Type DEALER and an empty identity are 35 octets of metadata, as for ROUTER.
    assert_eq!(initiate.0, [0x06, 0, 0, 0, 0, 0, 0, 1, 1 + 35]);
    assert_eq!(initiate.1[..9], *b"\x08INITIATE");
    assert_eq!(initiate.1[105..113], 2u64.to_be_bytes());
    assert_eq!(ready.0, [0x04, 30 + 35]);
    assert_eq!(ready.1[..14], [&b"\x05READY"[..], &1u64.to_be_bytes()].concat());
}

/// Opens every box with the keys that the seeds gave, by the letter of RFC 26.
#[test]
fn z26_002_to_005_014_015_020_021_026_every_box_holds_what_the_specification_says() {
    let (of_client, of_server) = said();
    let (ours, theirs) = (frames(&of_client), frames(&of_server));
    let (hello, initiate, welcome, ready) = (&ours[0].1, &ours[1].1, &theirs[0].1, &theirs[1].1);
    let transient = |seed| CurveKeyPair::generate(&mut Seeded(seed));
    let (client, server) = (transient(3), transient(4));
    let permanent = keys();
    let long = |secret: &CurveKeyPair, public: &CurveKeyPair, prefix, nonce: &[u8], boxed: &[u8]| {
        let shared = shared(secret.secret.as_octets(), public.public.as_octets()).unwrap();
        let (subkey, rest) = Subkey::long(&shared, prefix, nonce.try_into().unwrap());
        let mut text = boxed[16..].to_vec();
        subkey.open(rest, boxed[..16].try_into().unwrap(), &mut text).unwrap();
        text
    };
    let short = |secret: &CurveKeyPair, public: &CurveKeyPair, prefix, nonce: &[u8], boxed: &[u8]| {
        let shared = shared(secret.secret.as_octets(), public.public.as_octets()).unwrap();
        let mut text = boxed[16..].to_vec();
        let nonce = nonce.try_into().unwrap();
        Subkey::short(&shared, prefix).open(nonce, boxed[..16].try_into().unwrap(), &mut text).unwrap();
        text
    };
    assert_eq!(hello[80..112], *client.public.as_octets());
    let zeros = short(&permanent.server, &client, b"CurveZMQHELLO---", &hello[112..120], &hello[120..]);
    assert_eq!(zeros, [0; 64]);

    let text = long(&client, &permanent.server, b"WELCOME-", &welcome[8..24], &welcome[24..]);
    assert_eq!(text[..32], *server.public.as_octets());
    let cookie = &text[32..];
    assert_eq!(cookie.len(), 96);
    // The cookie key is the server's second draw.
    let mut seeded = Seeded(4);
    let mut octets = [[0; 32]; 2];
    octets.iter_mut().for_each(|octets| seeded.fill(octets));
    let (subkey, rest) = Subkey::long(&octets[1], b"COOKIE--", cookie[..16].try_into().unwrap());
    let mut text = cookie[32..].to_vec();
    subkey.open(rest, cookie[16..32].try_into().unwrap(), &mut text).unwrap();
    assert_eq!(text, [*client.public.as_octets(), *server.secret.as_octets()].concat());

    assert_eq!(initiate[9..105], *cookie);
    let text = short(&server, &client, b"CurveZMQINITIATE", &initiate[105..113], &initiate[113..]);
    assert_eq!(text[..32], *permanent.client.public.as_octets());
    let vouch = long(&server, &permanent.client, b"VOUCH---", &text[32..48], &text[48..128]);
    assert_eq!(vouch, [*client.public.as_octets(), *permanent.server.public.as_octets()].concat());
    assert_eq!(text[128..], *b"\x0BSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0");

    let text = short(&client, &server, b"CurveZMQREADY---", &ready[6..14], &ready[14..]);
    assert_eq!(text, b"\x0BSocket-Type\0\0\0\x06ROUTER\x08Identity\0\0\0\0");
}

#[test]
fn z26_029_031_lz_024_025_messages_travel_sealed_with_their_flags_inside() {
    let (mut client, mut server) = established();
    let frame = client.part(false, b"");
    assert_eq!((frame.len(), &frame[..10]), (2 + 33, &b"\x00\x21\x07MESSAGE"[..]));
    assert_eq!(frame[10..18], 3u64.to_be_bytes());
    server.feed(&frame);
    let large = vec![7; 300];
    let (first, last) = (client.part(true, &large), client.part(false, b"end"));
    assert_eq!(first[..9], [0x02, 0, 0, 0, 0, 0, 0, 1, 77]);
    server.feed(&[first, last].concat());
    let reply = server.part(false, b"reply");
    assert_eq!(reply[10..18], 2u64.to_be_bytes());
    client.feed(&reply);
    assert_eq!(
        server.seen[1..],
        [Seen::Message(false, vec![]), Seen::Message(true, large), Seen::Message(false, b"end".to_vec())]
    );
    assert_eq!(client.seen[1..], [Seen::Message(false, b"reply".to_vec())]);
}

#[test]
fn lz_024_all_four_legal_heads_of_a_sealed_frame_mean_the_same() {
    for head in [&b"\x00\x22"[..], b"\x04\x22", b"\x02\0\0\0\0\0\0\0\x22", b"\x06\0\0\0\0\0\0\0\x22"] {
        let (mut client, mut server) = established();
        let frame = client.part(true, b"x");
        server.feed(&[head, &frame[2..]].concat());
        assert_eq!(server.seen[1..], [Seen::Message(true, b"x".to_vec())], "{head:?}");
    }
    for head in [&b"\x01\x22"[..], b"\x03\0\0\0\0\0\0\0\x22", b"\x05\x22", b"\x08\x22"] {
        let (_, mut server) = established();
        server.feed(head);
        assert_eq!(server.failure(), Some(Failure::Flags), "{head:?}");
    }
}

#[test]
fn lz_025_z37_085_087_commands_travel_sealed_in_both_directions() {
    let heartbeat = Heartbeat::every(Duration::from_secs(1));
    let security = CurveSecurity::Server { keys: &keys().server };
    let mut publisher = side(SocketType::XPub, security, 4);
    let security = CurveSecurity::Client { keys: &keys().client, server: &keys().server.public };
    let mut subscriber = side(SocketType::Sub, security, 3);
    subscriber.config.heartbeat = heartbeat;
    talk(&mut subscriber, &mut publisher);

    let head = SubscriptionHead::new(Version::V3_1, true, 1).unwrap();
    let frame = subscriber.frame(head.frame().kind, &[head.name(), b"A"].concat());
    assert_eq!(frame[0], 0x00, "nothing outside says that it is a command");
    publisher.feed(&frame);
    assert_eq!(publisher.seen.last(), Some(&Seen::Event("Subscribe([65])".into())));

    // A PING in the middle of a message, and its PONG rendered one octet at a time.
    let first = subscriber.part(true, b"1");
    let due = NOW.after(Duration::from_secs(1));
    subscriber.connection.handle_timeout(&subscriber.config, due).unwrap();
    let ping = subscriber.sent();
    let last = subscriber.part(false, b"2");
    publisher.room = 1;
    publisher.feed(&[first, ping.clone(), last].concat());
    assert_eq!(ping.len(), 2 + 33 + 7);
    assert!(!ping.windows(4).any(|octets| octets == b"PING"));
    let parts = [
        Seen::Message(true, b"1".to_vec()),
        Seen::Event("Heartbeat".into()),
        Seen::Message(false, b"2".to_vec()),
    ];
    assert_eq!(publisher.seen[2..], parts);
    let pong = publisher.sent();
    assert_eq!(pong.len(), 2 + 33 + 5);
    subscriber.feed(&pong);
    assert_eq!(subscriber.seen.last(), Some(&Seen::Event("Heartbeat".into())));
}

#[test]
fn z26_013_035_keys_stay_secret_and_sessions_share_nothing() {
    let (of_client, of_server) = said();
    let secrets = [
        keys().client.public.as_octets(),
        keys().client.secret.as_octets(),
        keys().server.secret.as_octets(),
        keys().server.public.as_octets(),
    ];
    for secret in secrets {
        let shown = |octets: &[u8]| octets.windows(8).any(|window| window == &secret[..8]);
        assert!(!shown(&of_client) && !shown(&of_server));
    }
    assert!(!format!("{:?} {:?}", client().config, client().connection).contains("Secret(["));
    let other = talk(&mut client_for(&keys().server.public, 5), &mut server_with(6));
    assert_ne!(frames(&of_client)[0].1[80..112], frames(&other.0)[0].1[80..112]);
    // The same randomness makes the same octets: there is no other.
    assert_eq!(said(), (of_client, of_server));
}

#[test]
fn z26_018_memory_of_the_handshake_is_wiped_and_let_go_when_it_is_over() {
    let keys = keys();
    let mut memory = CurveHandshake::new();
    {
        let config =
            Config::new(SocketType::Router).with_security(CurveSecurity::Server { keys: &keys.server });
        let mut server = Side::new(config, Curve::new(&mut memory, &mut Seeded(4)));
        talk(&mut client(), &mut server);
        assert!(server.connection.may_send());
        assert!(matches!(server.seen[..], [Seen::Established { .. }]));
    }
    let zeros = |memory: &CurveHandshake| {
        [
            &memory.secret[..],
            &memory.public,
            &memory.shared,
            &memory.cookie,
            &memory.cookie_key,
            &memory.nonce,
            &memory.vouch,
        ]
        .concat()
        .iter()
        .all(|&octet| octet == 0)
    };
    assert!(zeros(&memory));
    // And when it is never over.
    drop(Curve::new(&mut memory, &mut Seeded(4)));
    assert!(zeros(&memory));
}

#[test]
fn z26_017_after_welcome_the_server_keeps_the_cookie_key_alone() {
    let (of_client, _) = said();
    let mut server = server();
    server.feed(&of_client[..INITIATE_AT]);
    let curve = server.connection.mechanism();
    let State::Handshake(memory) = &curve.state else { panic!("{curve:?}") };
    assert_eq!((memory.secret, memory.public, memory.shared), ([0; 32], [0; 32], [0; 32]));
    assert_eq!(memory.cookie, [0; 96]);
    assert_ne!(memory.cookie_key, [0; 32]);
}

#[test]
fn connections_are_small() {
    assert!(size_of::<Connection<Curve<&mut CurveHandshake>>>() <= 208);
    assert!(size_of::<Connection<Curve<Box<CurveHandshake>>>>() <= 208);
    assert!(size_of::<Connection<AnyMechanism<Box<CurveHandshake>>>>() <= 208);
    assert!(size_of::<CurveHandshake>() <= 368, "{}", size_of::<CurveHandshake>());
}

/// Cut-invariance, invariant 2 of a connection: every single cut, all cuts, any room for what leaves.
#[test]
fn every_cut_and_every_room_gives_the_same_session() {
    let (mut client, mut server) = (client(), server());
    let (mut octets, _) = talk(&mut client, &mut server);
    octets.extend(client.part(true, b"one"));
    octets.extend(client.frame(FrameKind::Command, b"\x04PING\0\0context"));
    octets.extend(client.part(false, &[2; 300]));
    let run = |room, pieces: &mut dyn Iterator<Item = &[u8]>| {
        let mut server = self::server();
        server.room = room;
        pieces.for_each(|piece| server.feed(piece));
        (server.sent(), server.seen)
    };
    let whole = run(4096, &mut [&octets[..]].into_iter());
    assert_eq!(whole.1.len(), 4, "{:?}", whole.1);
    for cut in 0..octets.len() {
        let (first, rest) = octets.split_at(cut);
        assert_eq!(run(4096, &mut [first, rest].into_iter()), whole, "cut at {cut}");
    }
    assert_eq!(run(1, &mut octets.chunks(1)), whole);
    for room in [2, 7, 64, 200] {
        assert_eq!(run(room, &mut octets.chunks(13)), whole, "room {room}");
    }
    let again = talk(&mut self::client(), &mut self::server()).0;
    let mut drip = self::client();
    drip.room = 1;
    assert_eq!(talk(&mut drip, &mut self::server()).0, again);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn two_sides_under_any_cuts_exchange_everything_in_order(
        parts in proptest::collection::vec((any::<bool>(), any::<bool>(), proptest::collection::vec(any::<u8>(), 0..400)), 0..12),
        pings in proptest::collection::vec(0usize..12, 0..3),
        cuts in proptest::collection::vec(1usize..200, 1..20),
        room in 1usize..300, seed: u64, identity in proptest::collection::vec(1u8..255, 0..256),
    ) {
        let identity: &'static [u8] = identity.leak();
        let (mut a, mut b) = (client_for(&keys().server.public, seed), server_with(seed ^ 1));
        (a.config.identity, a.room, b.room) = (identity, room, room);
        let mut cuts = cuts.into_iter().cycle();
        let mut carry = |from: &mut Ours, to: &mut Ours, extra: Vec<u8>| {
            let octets = [from.sent(), extra].concat();
            let mut rest = &octets[..];
            while !rest.is_empty() {
                let (piece, behind) = rest.split_at(cuts.next().unwrap_or(1).min(rest.len()));
                to.feed(piece);
                rest = behind;
            }
            !octets.is_empty()
        };
        while carry(&mut a, &mut b, Vec::new()) | carry(&mut b, &mut a, Vec::new()) {}
        prop_assert!(a.connection.may_send() && b.connection.may_send(), "{:?} {:?}", a.failure(), b.failure());
        prop_assert_eq!(&b.seen[0], &Seen::Established { socket_type: "Some(Dealer)".into(), identity: identity.to_vec() });
        let mut expected = [Vec::new(), Vec::new()];
        for (at, (to_b, more, body)) in parts.iter().enumerate() {
            let (from, to, seen) = if *to_b { (&mut a, &mut b, &mut expected[1]) } else { (&mut b, &mut a, &mut expected[0]) };
            let mut octets = Vec::new();
            if pings.contains(&at) {
                octets = from.frame(FrameKind::Command, b"\x04PING\0\0here");
                seen.push(Seen::Event("Heartbeat".into()));
            }
            octets.extend(from.part(*more, body));
            seen.push(Seen::Message(*more, body.clone()));
            carry(from, to, octets);
            let answer = to.sent();
            from.feed(&answer);
            prop_assert_eq!(answer.is_empty(), !pings.contains(&at));
            from.seen.retain(|seen| *seen != Seen::Event("Heartbeat".into()));
        }
        let heartbeats = |seen: &[Seen]| seen.iter().filter(|seen| matches!(seen, Seen::Message(..))).cloned().collect::<Vec<_>>();
        prop_assert_eq!(heartbeats(&a.seen), heartbeats(&expected[0]));
        prop_assert_eq!(heartbeats(&b.seen), heartbeats(&expected[1]));
    }
}
