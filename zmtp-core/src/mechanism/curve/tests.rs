//! CURVE between two sides, and against peers and wires that break its rules.

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

/// libzmq's list of bad HELLOs, and ours (attacks 4.3).
#[test]
fn z26_012_malformed_hellos_end_the_connection() {
    let (of_client, _) = said();
    let greeting = &of_client[..64];
    let good = &of_client[HELLO_AT + 2..INITIATE_AT];
    let with = |at: usize, octet: u8| {
        let mut hello = good.to_vec();
        hello[at] = octet;
        hello
    };
    for (body, failures, what) in [
        (b"\x05HELLO".to_vec(), &[Failure::Command][..], "nothing but the name"),
        (good[..199].to_vec(), &[Failure::Command], "an octet short"),
        ([good, b"!"].concat(), &[Failure::Command], "an octet long"),
        (with(5, b'X'), &[Failure::Unexpected], "HELLX"),
        (with(6, 0), &[Failure::Command], "major version 0"),
        (with(6, 2), &[Failure::Command], "major version 2"),
        (with(7, 1), &[Failure::Command], "minor version 1"),
        (with(199, good[199] ^ 1), &[Failure::Box], "another box"),
        (with(80, good[80] ^ 1), &[Failure::Box], "another key"),
        (with(119, 2), &[Failure::Box], "another nonce"),
        (b"\x05READY".to_vec(), &[Failure::Unexpected], "READY"),
        (b"\x07WELCOME".to_vec(), &[Failure::Unexpected], "WELCOME"),
        (b"\x07MESSAGE".to_vec(), &[Failure::Unexpected], "MESSAGE"),
        (b"\x04PING\0\0".to_vec(), &[Failure::Unexpected], "PING"),
        (b"".to_vec(), &[Failure::Command], "no command"),
        (of_client[INITIATE_AT + 9..].to_vec(), &[Failure::Unexpected], "INITIATE first"),
    ] {
        let head = FrameHead::command(body.len() as u64).encode();
        assert_ended(&server_after(&[greeting, head.as_ref(), &body].concat()), failures, what);
    }
    let low = [&good[..80], &[0; 32], &good[112..]].concat();
    assert_ended(&server_after(&[greeting, b"\x04\xC8", &low].concat()), &[Failure::Box], "key of low order");
    let message = [greeting, b"\0\x01x"].concat();
    assert_ended(&server_after(&message), &[Failure::Unexpected], "a message first");
    let twice = [&of_client[..INITIATE_AT], &of_client[HELLO_AT..INITIATE_AT]].concat();
    assert_ended(&server_after(&twice), &[Failure::Unexpected], "HELLO twice");
}

#[test]
fn z26_020_022_malformed_initiates_end_the_connection() {
    let (of_client, _) = said();
    let before = &of_client[..INITIATE_AT];
    let good = &of_client[INITIATE_AT + 9..];
    let with = |at: usize, octet: u8| {
        let mut initiate = good.to_vec();
        initiate[at] = octet;
        initiate
    };
    for (body, failures, what) in [
        (b"\x08INITIATE".to_vec(), &[Failure::Command][..], "nothing but the name"),
        (good[..256].to_vec(), &[Failure::Command], "an octet too short for any"),
        (good[..good.len() - 1].to_vec(), &[Failure::Box], "an octet short"),
        ([good, b"!"].concat(), &[Failure::Box], "an octet long"),
        (with(8, b'X'), &[Failure::Unexpected], "INITIATX"),
        (with(9, good[9] ^ 1), &[Failure::Box], "another nonce of the cookie"),
        (with(50, good[50] ^ 1), &[Failure::Box], "another cookie"),
        (with(112, 1), &[Failure::Nonce], "the nonce of HELLO"),
        (with(112, 3), &[Failure::Box], "another nonce"),
        (with(113, good[113] ^ 1), &[Failure::Box], "another tag"),
        (with(good.len() - 1, good[good.len() - 1] ^ 1), &[Failure::Box], "other metadata"),
        (b"\x05READY".to_vec(), &[Failure::Unexpected], "READY"),
        (b"\x07MESSAGE".to_vec(), &[Failure::Unexpected], "MESSAGE before READY"),
    ] {
        let head = FrameHead::command(body.len() as u64).encode();
        assert_ended(&server_after(&[before, head.as_ref(), &body].concat()), failures, what);
    }
}

/// What a client that breaks the rules inside its INITIATE gets: `bend` changes what it has before that is made.
fn server_after_bent_client(bend: impl FnOnce(&mut CurveHandshake)) -> Ours {
    let (mut client, mut server) = (client(), server());
    let (greeting, _) = (client.sent(), server.feed(&[]));
    server.feed(&greeting);
    client.feed(&server.sent());
    server.feed(&client.sent());
    let welcome = server.sent();
    // Only read: the answer is made when it leaves.
    client.room = 0;
    client.feed(&welcome);
    let State::Handshake(memory) = &mut client.connection.mechanism_mut().state else { panic!() };
    assert_eq!(memory.turn, Turn::Initiate);
    bend(memory);
    client.room = 4096;
    server.feed(&client.sent());
    server
}

#[test]
fn z26_022_lz_026_the_vouch_must_be_of_this_client_for_this_connection_and_for_this_server() {
    let good = server_after_bent_client(|_| {});
    assert!(good.connection.is_established());
    let vouch = |of: &'static CurveKeyPair, transient: [u8; 32], server: CurveKey| {
        move |memory: &mut CurveHandshake| {
            let transient_of_server = *CurveKeyPair::generate(&mut Seeded(4)).public.as_octets();
            let ours = std::mem::replace(&mut memory.public, transient);
            memory.put_vouch(of, &server, &transient_of_server).unwrap();
            memory.public = ours;
        }
    };
    let ours = *CurveKeyPair::generate(&mut Seeded(3)).public.as_octets();
    let server = keys().server.public;
    assert!(server_after_bent_client(vouch(&keys().client, ours, server)).connection.is_established());
    for (side, what) in [
        (server_after_bent_client(vouch(&keys().server, ours, server)), "signed by another than C"),
        (server_after_bent_client(vouch(&keys().client, [9; 32], server)), "for another C'"),
        (
            server_after_bent_client(vouch(&keys().client, ours, keys().client.public)),
            "for another server, which passes it on",
        ),
        (server_after_bent_client(|memory| memory.vouch[20] ^= 1), "changed"),
        (server_after_bent_client(|memory| memory.nonce[3] ^= 1), "another nonce"),
    ] {
        assert_ended(&side, &[Failure::Box], what);
    }
}

#[test]
fn z26_025_a_cookie_of_another_connection_is_refused() {
    let (of_client, _) = said();
    // Another server connection gives another cookie; the INITIATE of the first one does not open there.
    let mut other = server_with(7);
    other.feed(&of_client);
    assert_ended(&other, &[Failure::Box], "INITIATE recorded on another connection");
    // The same with a client that is honest but for the cookie.
    let mut cookie = [0; 96];
    server_after_bent_client(|memory| cookie = memory.cookie);
    let mut client = client_for(&keys().server.public, 8);
    let mut server = server_with(9);
    server.feed(&client.sent());
    client.feed(&server.sent());
    server.feed(&client.sent());
    client.room = 0;
    client.feed(&server.sent());
    let State::Handshake(memory) = &mut client.connection.mechanism_mut().state else { panic!() };
    memory.cookie = cookie;
    client.room = 4096;
    server.feed(&client.sent());
    assert_ended(&server, &[Failure::Box], "a cookie of another connection");
}

#[test]
fn z26_019_027_malformed_answers_of_a_server_end_the_connection() {
    let (_, of_server) = said();
    let greeting = &of_server[..64];
    let welcome = &of_server[64..64 + 170];
    let ready = &of_server[64 + 170..];
    let changed = |octets: &[u8], at: usize| {
        let mut octets = octets.to_vec();
        octets[at] ^= 1;
        octets
    };
    for (octets, failures, what) in [
        (b"\x04\x08\x07WELCOME".to_vec(), &[Failure::Command][..], "nothing but the name"),
        ([b"\x04\xA7", &welcome[2..169]].concat(), &[Failure::Command], "an octet short"),
        ([b"\x04\xA9", &welcome[2..], b"!"].concat(), &[Failure::Command], "an octet long"),
        (changed(welcome, 10), &[Failure::Box], "another nonce"),
        (changed(welcome, 30), &[Failure::Box], "another tag"),
        (changed(welcome, 169), &[Failure::Box], "another box"),
        (ready.to_vec(), &[Failure::Unexpected], "READY first"),
        ([welcome, welcome].concat(), &[Failure::Unexpected], "WELCOME twice"),
        ([welcome, b"\x04\x06\x05READY"].concat(), &[Failure::Command], "nothing but READY"),
        ([welcome, &changed(ready, 13)].concat(), &[Failure::Box], "READY with another nonce"),
        ([welcome, &changed(ready, 20)].concat(), &[Failure::Box], "READY with another tag"),
        ([welcome, &changed(ready, ready.len() - 1)].concat(), &[Failure::Box], "READY with other metadata"),
        ([welcome, b"\0\x21\x07MESSAGE"].concat(), &[Failure::Unexpected], "MESSAGE before READY"),
        (b"\x04\x0A\x05ERROR\x03400".to_vec(), &[Failure::Refused], "ERROR"),
    ] {
        let mut client = client();
        client.feed(&[greeting, &octets].concat());
        assert_ended(&client, failures, what);
        assert!(
            !client.sent().windows(5).any(|octets| octets == b"ERROR"),
            "Z26-009: a client says no ERROR"
        );
    }
}

#[test]
fn z26_007_lz_027_cve_2014_7203_repeated_and_lower_nonces_end_the_connection_and_gaps_do_not() {
    let (mut client, server) = established();
    let parts: Vec<Vec<u8>> = (0..4u8).map(|number| client.part(false, &[number])).collect();
    let after = |order: &[usize]| {
        let (_, mut fresh) = established();
        order.iter().for_each(|&at| fresh.feed(&parts[at]));
        (fresh.failure(), fresh.seen.len() - server.seen.len())
    };
    assert_eq!(after(&[0, 1, 2, 3]), (None, 4));
    assert_eq!(after(&[0, 3]), (None, 2));
    assert_eq!(after(&[0, 0]), (Some(Failure::Nonce), 2));
    assert_eq!(after(&[2, 1]), (Some(Failure::Nonce), 2));
    // The nonce of INITIATE is the first that is used up.
    let mut early = parts[0].clone();
    early[17] = 2;
    let (_, mut fresh) = established();
    fresh.feed(&early);
    assert_eq!(fresh.failure(), Some(Failure::Nonce));
}

#[test]
fn a_nonce_counts_only_when_its_tag_is_right() {
    let mut traffic = [Traffic::of_client(&[7; 32], 0), Traffic::of_server(&[7; 32], 0)];
    let kind = FrameKind::Message { more: false };
    let mut frame = [0; 40];
    traffic[0].seal(kind, &mut frame).unwrap();
    let mut forged = frame;
    forged[8..16].fill(0xFF);
    let [_, server] = &mut traffic;
    assert_eq!(server.open(&mut forged).err(), Some(Failure::Box));
    assert_eq!(server.open(&mut frame).unwrap(), (kind, &[0; 7][..]));
    let mut last = Traffic::of_client(&[7; 32], 0);
    last.exhaust();
    last.was_sealed();
    assert_eq!(last.seal(kind, &mut frame), Err(Failure::Nonce), "Z26-006");
}

#[test]
fn z26_030_032_malformed_messages_end_the_connection_in_silence() {
    let sealed = |flags: u8| {
        // A frame whose flags inside are these: sealed by hand, as our own machine never would.
        let (mut client, server) = established();
        let mut frame = client.part(false, b"x");
        let mut opener = Traffic::of_server(&shared_of_test(), 2);
        opener.open(&mut frame[2..]).unwrap();
        frame[2 + 32] = flags;
        let (head, text) = frame.split_at_mut(2 + 32);
        let tag = Subkey::short(&shared_of_test(), b"CurveZMQMESSAGEC").seal(3u64.to_be_bytes(), text);
        head[18..34].copy_from_slice(&tag);
        (server, frame)
    };
    for flags in (0..16).chain([0x20, 0x40, 0x80, 0x81, 0xFF]) {
        let (mut server, frame) = sealed(flags);
        server.feed(&frame);
        let legal = match flags {
            0 | 1 => None,
            // A command called "x": it has no name.
            2 => Some(Failure::Command),
            _ => Some(Failure::Flags),
        };
        assert_eq!(server.failure(), legal, "{flags:#x}");
    }
    for (frame, failure) in [
        (&b"\0\0"[..], Failure::Command),
        (b"\0\x05hello", Failure::Command),
        (b"\x04\x00", Failure::Command),
        (b"\x04\x07\x04PING\0\0", Failure::Command),
        (b"\x04\x0A\x05ERROR\x03400", Failure::Command),
        (b"\0\x20\x07MESSAGE", Failure::Command),
        (&[b"\0\x30".as_slice(), &[b'a'; 48]].concat(), Failure::Unexpected),
        (&[b"\0\x21\x07MESSAGE".as_slice(), &[0xFF; 25]].concat(), Failure::Box),
    ] {
        let (_, mut server) = established();
        server.feed(frame);
        assert_eq!(server.failure(), Some(failure), "{frame:?}");
        assert_eq!(server.sent(), b"");
    }
}

/// What client and server share in these tests: their transient keys are the first draw of their seeds.
fn shared_of_test() -> [u8; 32] {
    let transient = |seed| CurveKeyPair::generate(&mut Seeded(seed));
    *shared(transient(3).secret.as_octets(), transient(4).public.as_octets()).unwrap()
}

/// One flipped bit in each octet of everything that a client says.
#[test]
fn z26_035_a_flipped_bit_anywhere_in_what_a_client_says_ends_the_connection() {
    let (mut client, mut server) = (client(), server());
    let (mut octets, _) = talk(&mut client, &mut server);
    octets.extend(client.part(false, b"payload"));
    let message_at = octets.len() - 2 - 33 - 7;
    for at in 0..octets.len() {
        let ignored = matches!(at, 1..=8 | 11 | 32..64) || (HELLO_AT + 10..HELLO_AT + 82).contains(&at);
        let mut bent = octets.clone();
        bent[at] ^= 1 << (at % 8);
        let mut server = server_after(&bent);
        if matches!(at, 9) && server.connection.is_established() || at == 10 && bent[10] > 3 || ignored {
            // Z37-004, Z37-005, LZ-002, LZ-026: of the greeting and the padding, nothing of this is looked at.
            assert!(server.connection.is_established(), "{at}");
            continue;
        }
        // A length that became larger waits for more: it gets it.
        server.feed(&[0; 1024]);
        let failed = server.failure().is_some() || server.connection.body_left() > 0;
        assert!(failed, "octet {at}");
        let heard = server.seen.iter().any(|seen| matches!(seen, Seen::Message(..)));
        assert!(!heard, "octet {at}");
        let established = server.seen.iter().any(|seen| matches!(seen, Seen::Established { .. }));
        assert!(!established || at >= message_at, "octet {at}");
    }
}

#[test]
fn z26_035_a_flipped_bit_anywhere_in_what_a_server_says_ends_the_connection() {
    let (mut first, mut server) = (client(), server());
    let (_, mut octets) = talk(&mut first, &mut server);
    octets.extend(server.part(false, b"payload"));
    let message_at = octets.len() - 2 - 33 - 7;
    for at in 64..octets.len() {
        let mut bent = octets.clone();
        bent[at] ^= 1 << (at % 8);
        let mut client = client();
        client.feed(&bent);
        client.feed(&[0; 1024]);
        assert!(client.failure().is_some() || client.connection.body_left() > 0, "octet {at}");
        assert!(!client.seen.iter().any(|seen| matches!(seen, Seen::Message(..))), "octet {at}");
        let established = client.seen.iter().any(|seen| matches!(seen, Seen::Established { .. }));
        assert!(!established || at >= message_at, "octet {at}");
    }
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

#[test]
fn z26_024_z27_007_016_the_application_judges_the_key_before_ready() {
    let (mut client, mut server) = (client(), server());
    server.config.admission = true;
    server.verdict = None;
    let (_, of_server) = talk(&mut client, &mut server);
    assert_eq!(frames(&of_server).len(), 1, "no READY before the verdict");
    assert_eq!(server.seen, [Seen::Asked(format!("{:x?}", keys().client.public.as_octets()))]);
    server.connection.admit(Verdict::Accept).unwrap();
    server.feed(b"");
    talk(&mut client, &mut server);
    assert!(client.connection.may_send() && server.connection.may_send());
    server.feed(&client.part(false, b"in"));
    assert_eq!(server.seen.last(), Some(&Seen::Message(false, b"in".to_vec())));
}

#[test]
fn lz_028_z26_033_who_is_refused_hears_the_status_or_nothing() {
    for (refusal, said) in [
        (Refusal::Temporary, None),
        (Refusal::Denied, Some(b"\x04\x0A\x05ERROR\x03400")),
        (Refusal::Internal, Some(b"\x04\x0A\x05ERROR\x03500")),
    ] {
        let (mut client, mut server) = (client(), server());
        server.config.admission = true;
        server.verdict = Some(Verdict::Refuse(refusal));
        let (_, of_server) = talk(&mut client, &mut server);
        assert_eq!(server.failure(), Some(Failure::Admission(refusal)));
        assert_eq!(of_server[64 + 170..], *said.map_or(&b""[..], |said| &said[..]));
        let heard = said.map(|_| Seen::Failed(Failure::Refused, refusal.status().into()));
        assert_eq!(client.seen.last(), heard.as_ref());
    }
}

#[test]
fn z26_009_026_z37_057_a_server_says_why_a_socket_type_does_not_fit_and_a_client_does_not() {
    let (mut client, mut server) = (client(), server());
    server.config.socket_type = SocketType::Pub;
    let (_, of_server) = talk(&mut client, &mut server);
    assert_eq!(server.failure(), Some(Failure::SocketType));
    assert!(of_server.windows(5).any(|octets| octets == b"ERROR"));
    assert_eq!(client.failure(), Some(Failure::Refused));
}

#[test]
fn the_wrong_server_and_the_wrong_role_end_the_connection() {
    let (mut client, mut server) = (client_for(&keys().client.public, 3), server());
    talk(&mut client, &mut server);
    assert_ended(&server, &[Failure::Box], "a client of another server");
    let (mut a, mut b) = (self::client(), self::client());
    talk(&mut a, &mut b);
    assert_ended(&a, &[Failure::Unexpected], "two clients");
    let (mut a, mut b) = (self::server(), self::server());
    talk(&mut a, &mut b);
    let deadline = a.connection.poll_timeout().unwrap();
    assert_eq!(a.connection.handle_timeout(&a.config, deadline), Err(Failure::HandshakeTimeout));
}

/// CVE-2014-7202 and CVE-2014-9721: no way around the mechanism.
#[test]
fn z37_013_018_other_mechanisms_and_old_versions_are_refused() {
    let config = Config { oldest: Version::V3_0, ..Config::new(SocketType::Dealer) };
    let mut null = Side::new(config, Null);
    assert_ended(&server_after(&null.sent()), &[Failure::Mechanism], "NULL");
    let security = PlainSecurity::Client { username: "a", password: "b" };
    let mut plain = Side::new(Config::new(SocketType::Dealer).with_security(security), Plain::new());
    assert_ended(&server_after(&plain.sent()), &[Failure::Mechanism], "PLAIN");
    let old = b"\xFF\0\0\0\0\0\0\0\x01\x7F\x01\x05\0\0";
    assert_ended(&server_after(old), &[Failure::Version], "2.0");
    assert_ended(&server_after(b"\x01\0\x08\0sneaky\0"), &[Failure::NotZmtp, Failure::Version], "1.0");
    // As server or not: LZ-002.
    let (mut of_client, _) = said();
    of_client[32] = 1;
    assert!(server_after(&of_client).connection.is_established());
}

/// Metadata of any length, up to the limit and not an octet further.
#[test]
fn z26_023_cve_2019_13132_metadata_of_any_length_up_to_the_limit() {
    for (filler, limit) in [(0, 8192), (255, 8192), (256, 8192), (257, 8192), (512, 8192), (65_536, 100_000)]
    {
        let (mut client, mut server) = (client(), server());
        server.config.limits.handshake_frame = limit;
        server.config.limits.metadata = 100_000;
        let mut value = vec![5; filler];
        server.feed(&client.sent());
        client.feed(&server.sent());
        server.feed(&client.sent());
        client.feed(&server.sent());
        let initiate = client.sent();
        // Ours says little about itself: the same box, with a property more.
        let secret = CurveKeyPair::generate(&mut Seeded(3));
        let public = CurveKeyPair::generate(&mut Seeded(4)).public;
        let shared = shared(secret.secret.as_octets(), public.as_octets()).unwrap();
        let subkey = Subkey::short(&shared, b"CurveZMQINITIATE");
        let (front, boxed) = initiate[9..].split_at(113);
        let mut text = boxed[16..].to_vec();
        subkey.open(2u64.to_be_bytes(), boxed[..16].try_into().unwrap(), &mut text).unwrap();
        text.extend([&b"\x03X-a"[..], &(filler as u32).to_be_bytes()].concat());
        text.append(&mut value);
        let tag = subkey.seal(2u64.to_be_bytes(), &mut text);
        let body = [front, &tag, &text].concat();
        let head = FrameHead::command(body.len() as u64).encode();
        let mut at_limit = server_after(&said().0[..INITIATE_AT]);
        server.feed(&[head.as_ref(), &body].concat());
        assert!(server.connection.is_established(), "{filler}: {:?}", server.failure());
        // The same with a limit that is one octet lower: refused at the head.
        at_limit.config.limits.handshake_frame = body.len() as u64 - 1;
        at_limit.feed(head.as_ref());
        assert_ended(&at_limit, &[Failure::HandshakeLimit], "over the limit");
    }
    let (of_client, _) = said();
    let huge = FrameHead::command(257 + (16 << 20)).encode();
    let octets = [&of_client[..INITIATE_AT], huge.as_ref()].concat();
    assert_ended(&server_after(&octets), &[Failure::HandshakeLimit], "16 MiB");
}

#[test]
fn z37_059_identities_of_255_octets_arrive() {
    let (mut client, mut server) = (client(), server());
    client.config.identity = &[7; 255];
    talk(&mut client, &mut server);
    let established = Seen::Established { socket_type: "Some(Dealer)".into(), identity: vec![7; 255] };
    assert_eq!(server.seen, [established]);
}

#[test]
fn limits_hold_for_what_is_inside() {
    let limits = Limits { frame: 100, message: 150, parts: 3, command: 600, ..Limits::new() };
    let run = |limits, frames: &[(FrameKind, usize)]| {
        let (mut client, mut server) = established();
        server.config.limits = limits;
        for &(kind, len) in frames {
            let mut payload = vec![1; len];
            if kind == FrameKind::Command {
                payload[..8].copy_from_slice(b"\x07UNKNOWN");
                payload[8..].fill(b'x');
            }
            let frame = client.frame(kind, &payload);
            server.feed(&frame);
        }
        server.failure()
    };
    let (part, last) = (FrameKind::Message { more: true }, FrameKind::Message { more: false });
    let command = FrameKind::Command;
    assert_eq!(run(limits, &[(last, 100), (part, 100), (command, 567), (last, 50)]), None);
    assert_eq!(run(limits, &[(last, 101)]), Some(Failure::FrameLimit));
    assert_eq!(run(limits, &[(part, 100), (last, 51)]), Some(Failure::MessageLimit));
    assert_eq!(run(limits, &[(part, 0), (part, 0), (command, 10), (last, 0), (last, 0)]), None);
    assert_eq!(run(limits, &[(part, 0), (part, 0), (part, 0), (last, 0)]), Some(Failure::PartsLimit));
    assert_eq!(run(limits, &[(command, 601)]), Some(Failure::FrameLimit));
    let limits = Limits { command: 50, ..limits };
    assert_eq!(run(limits, &[(command, 51)]), Some(Failure::CommandLimit));
    // At the head, before an octet of the body.
    let (_, mut server) = established();
    server.config.limits = Limits { frame: 100, command: 50, ..Limits::new() };
    server.feed(FrameHead::message(false, 134).encode().as_ref());
    assert_eq!(server.failure(), Some(Failure::FrameLimit));
}

#[test]
fn nothing_can_be_sent_in_the_clear_or_out_of_turn() {
    let (mut client, _) = established();
    assert_eq!(client.connection.overhead(), 33);
    assert_eq!(client.connection.begin_frame(false, 1), Err(SendError::MustSeal));
    assert_eq!(client.connection.begin_octets(1), Err(SendError::MustSeal));
    let message = FrameKind::Message { more: false };
    assert_eq!(client.connection.seal(message, &mut [0; 32]), Err(SendError::NoRoom));
    let mut early = self::client();
    assert_eq!(early.connection.seal(message, &mut [0; 40]), Err(SendError::NotReady));
    // Frames sealed before the last one is out keep a PONG waiting, or its nonce would come before theirs.
    let (mut client, mut server) = established();
    let ping = server.frame(FrameKind::Command, b"\x04PING\0\0");
    let mut frames = Vec::new();
    for body in [&mut [1; 40][..], &mut [2; 34]] {
        let head = client.connection.seal(message, body).unwrap();
        frames.extend([head.as_ref(), body].concat());
    }
    client.feed(&ping);
    assert_eq!(client.sent(), b"");
    assert_eq!(client.connection.body_to_send(), frames.len() as u64);
    client.connection.sent_body(frames.len());
    assert_eq!(client.connection.seal(message, &mut [0; 40]), Err(SendError::Owed));
    frames.extend(client.sent());
    server.feed(&frames);
    assert_eq!(server.failure(), None);
    assert_eq!(server.seen.last(), Some(&Seen::Event("Heartbeat".into())));
}

#[test]
fn scan_passes_over_nothing_that_is_sealed() {
    let (mut client, mut server) = established();
    let frame = client.part(false, b"x");
    let budget = crate::Budget { messages: 10, octets: 1000 };
    assert_eq!(server.connection.scan(&Limits::new(), &frame, budget, NOW).used, 0);
}

#[test]
fn a_mechanism_chosen_at_run_time_is_each_of_them() {
    let keys = keys();
    let all = [
        (AnySecurity::Null, AnySecurity::Null),
        (
            AnySecurity::Plain(PlainSecurity::Client { username: "a", password: "b" }),
            AnySecurity::Plain(PlainSecurity::Server),
        ),
        (
            AnySecurity::Curve(CurveSecurity::Client { keys: &keys.client, server: &keys.server.public }),
            AnySecurity::Curve(CurveSecurity::Server { keys: &keys.server }),
        ),
    ];
    let side = |socket_type, security, seed| {
        let mechanism = AnyMechanism::new(&security, || Box::new(CurveHandshake::new()), &mut Seeded(seed));
        Side::new(Config::new(socket_type).with_security(security), mechanism)
    };
    for (at, (ours, _)) in all.iter().enumerate() {
        for (other, (_, theirs)) in all.iter().enumerate() {
            let (mut client, mut server) =
                (side(SocketType::Push, *ours, 3), side(SocketType::Pull, *theirs, 4));
            talk(&mut client, &mut server);
            assert_eq!(server.connection.may_send(), at == other);
            if at != other {
                assert_eq!(server.failure(), Some(Failure::Mechanism));
                continue;
            }
            server.feed(&client.part(false, b"x"));
            assert_eq!(server.seen.last(), Some(&Seen::Message(false, b"x".to_vec())));
            // A configuration for another mechanism is a mistake, and no more than that.
            let mut mistaken = side(SocketType::Push, *ours, 3);
            mistaken.config.security = all[(at + 1) % 3].0;
            mistaken.feed(&server_greeting(ours));
            assert_eq!(mistaken.failure(), Some(Failure::Misuse));
        }
    }
}

fn server_greeting(security: &AnySecurity<'_>) -> Vec<u8> {
    let name: &[u8] = match security {
        AnySecurity::Null => b"NULL",
        AnySecurity::Plain(_) => b"PLAIN",
        AnySecurity::Curve(_) => b"CURVE",
    };
    let mut greeting = [&b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\x01"[..], name].concat();
    greeting.resize(64, 0);
    greeting
}

#[test]
fn nothing_is_read_while_the_application_thinks() {
    let (of_client, _) = said();
    let mut server = server();
    (server.config.admission, server.verdict) = (true, None);
    server.feed(&of_client);
    for _ in 0..3 {
        let progress = server.connection.receive(&server.config, b"\0\x21", NOW).unwrap();
        assert_eq!((progress.used, progress.step), (0, Step::Admit));
    }
    assert_eq!(server.sent().len(), 64 + 170);
    assert!(server.connection.credentials(b"").is_none());
}
