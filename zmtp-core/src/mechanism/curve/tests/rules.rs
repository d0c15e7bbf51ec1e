//! Who comes in, what limits hold for, and what cannot be done with CURVE.

use super::*;

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
