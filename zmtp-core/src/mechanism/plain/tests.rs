//! PLAIN between two sides, and against peers that break its rules.

use super::super::testing::{Seen, Side, frames, talk};
use super::super::{Null, Refusal, Verdict};
use super::*;
use crate::connection::{Config, Connection, SendError, Step};
use crate::wire::Version;
use crate::{Instant, SocketType};

const CLIENT: PlainSecurity<'_> = PlainSecurity::Client { username: "admin", password: "secret" };

fn side(socket_type: SocketType, security: PlainSecurity<'_>) -> Side<'_, Plain> {
    Side::new(Config::new(socket_type).with_security(security), Plain::new())
}

fn pair() -> (Side<'static, Plain>, Side<'static, Plain>) {
    (side(SocketType::Dealer, CLIENT), side(SocketType::Router, PlainSecurity::Server))
}

/// What a client says up to `step` of its two commands.
fn said(commands: usize) -> Vec<u8> {
    let (mut client, mut server) = pair();
    let (said, _) = talk(&mut client, &mut server);
    let lens: Vec<usize> = frames(&said).iter().map(|(head, body)| head.len() + body.len()).collect();
    said[..64 + lens[..commands].iter().sum::<usize>()].to_vec()
}

fn failure_of_server(octets: &[u8]) -> Option<Failure> {
    let (_, mut server) = pair();
    server.feed(octets);
    server.failure()
}

#[test]
fn z24_001_to_005_z37_002_z23_006_the_handshake_to_the_octet() {
    let (mut client, mut server) = pair();
    let (of_client, of_server) = talk(&mut client, &mut server);
    assert_eq!(of_client[12..33], *b"PLAIN\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    assert_eq!(of_server[12..33], *b"PLAIN\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01");
    assert_eq!(
        of_client[64..],
        *b"\x04\x13\x05HELLO\x05admin\x06secret\
           \x04\x2C\x08INITIATE\x0BSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0"
    );
    assert_eq!(
        of_server[64..],
        *b"\x04\x08\x07WELCOME\x04\x29\x05READY\x0BSocket-Type\0\0\0\x06ROUTER\x08Identity\0\0\0\0"
    );
    assert!(client.connection.may_send() && server.connection.may_send());
}

#[test]
fn z24_001_z27_007_the_application_is_asked_for_name_and_password_at_every_connection() {
    let (mut client, mut server) = pair();
    talk(&mut client, &mut server);
    let asked = Credentials::Plain { username: b"admin", password: b"secret" };
    assert_eq!(server.seen[0], Seen::Asked(format!("{asked:?}")));
    assert!(matches!(&server.seen[1..], [Seen::Established { .. }]));
}

#[test]
fn z24_009_z37_102_messages_follow_in_the_clear() {
    let (mut client, mut server) = pair();
    talk(&mut client, &mut server);
    let frame = client.part(true, b"hi");
    assert_eq!(frame, b"\x01\x02hi");
    server.feed(&frame);
    server.feed(b"\x04\x08\x04PING\0\0c");
    assert_eq!(server.seen.last(), Some(&Seen::Event("Heartbeat".into())));
    assert_eq!(server.sent(), b"\x04\x06\x04PONGc");
}

#[test]
fn z24_008_lz_028_z27_016_who_is_refused_hears_the_status_or_nothing() {
    for (refusal, said) in [
        (Refusal::Temporary, &b""[..]),
        (Refusal::Denied, b"\x04\x0A\x05ERROR\x03400"),
        (Refusal::Internal, b"\x04\x0A\x05ERROR\x03500"),
    ] {
        let (mut client, mut server) = pair();
        server.verdict = Some(Verdict::Refuse(refusal));
        let (_, of_server) = talk(&mut client, &mut server);
        assert_eq!(of_server[64..], *said);
        assert_eq!(server.failure(), Some(Failure::Admission(refusal)));
        let heard = (!said.is_empty()).then(|| Seen::Failed(Failure::Refused, refusal.status().into()));
        assert_eq!(client.seen.last(), heard.as_ref());
    }
}

#[test]
fn nothing_is_read_before_the_verdict_and_it_may_come_late() {
    let (mut client, mut server) = pair();
    server.verdict = None;
    talk(&mut client, &mut server);
    // The client cannot wait, and says everything at once.
    server.feed(&said(2)[64 + 21..]);
    let step = server.connection.receive(&server.config, b"", super::super::testing::NOW).unwrap().step;
    assert_eq!((step, server.seen.len()), (Step::Admit, 1));
    server.connection.admit(Verdict::Accept).unwrap();
    server.feed(b"");
    assert!(matches!(server.seen.last(), Some(Seen::Established { .. })));
    assert_eq!(server.connection.admit(Verdict::Accept), Err(Failure::Misuse));
}

#[test]
fn an_admission_that_never_comes_ends_with_the_handshake() {
    let (mut client, mut server) = pair();
    server.verdict = None;
    talk(&mut client, &mut server);
    let deadline = server.connection.poll_timeout().unwrap();
    assert_eq!(server.connection.handle_timeout(&server.config, deadline), Err(Failure::HandshakeTimeout));
}

#[test]
fn z24_002_011_malformed_commands_of_a_client_end_the_connection() {
    let greeting = said(0);
    for (body, failure) in [
        (&b"\x05HELLO"[..], Failure::Command),
        (b"\x05HELLO\x05admin", Failure::Command),
        (b"\x05HELLO\x05admin\x06secre", Failure::Command),
        (b"\x05HELLO\x05admin\x06secret!", Failure::Command),
        (b"\x05HELLO\xFFadmin\x06secret", Failure::Command),
        (b"\x05HELLX\x05admin\x06secret", Failure::Unexpected),
        (b"\x08INITIATE", Failure::Unexpected),
        (b"\x05READY", Failure::Unexpected),
        (b"\x07WELCOME", Failure::Unexpected),
        (b"\x04PING\0\0", Failure::Unexpected),
        (b"", Failure::Command),
        (b"\x06HELLO", Failure::Command),
    ] {
        let frame = [&[4, body.len() as u8], body].concat();
        assert_eq!(failure_of_server(&[&greeting[..], &frame].concat()), Some(failure), "{body:?}");
    }
    assert_eq!(failure_of_server(&[&greeting[..], b"\0\x01x"].concat()), Some(Failure::Unexpected));
    let hello = [&greeting[..], b"\x04\x08\x05HELLO\0\0"].concat();
    assert_eq!(failure_of_server(&hello), None, "both may be empty");
    for (body, failure) in [
        (&b"\x08INITIATE\x01"[..], Failure::Metadata),
        (b"\x08INITIATX", Failure::Unexpected),
        (b"\x05HELLO\0\0", Failure::Unexpected),
        (b"\x08INITIATE\x0BSocket-Type\0\0\0\x03SUB", Failure::SocketType),
    ] {
        let frame = [&[4, body.len() as u8], body].concat();
        assert_eq!(failure_of_server(&[&said(1), &frame[..]].concat()), Some(failure), "{body:?}");
    }
}

#[test]
fn z24_011_malformed_commands_of_a_server_end_the_connection_without_a_word() {
    let greeting = pair().1.sent();
    for (frames, failure) in [
        (&b"\x04\x09\x07WELCOME!"[..], Failure::Command),
        (b"\x04\x06\x05READY", Failure::Unexpected),
        (b"\x04\x08\x05HELLO\0\0", Failure::Unexpected),
        (b"\x04\x08\x07WELCOME\x04\x07\x05READY\x01", Failure::Metadata),
        (b"\x04\x08\x07WELCOME\x04\x08\x07WELCOME", Failure::Unexpected),
        (b"\x04\x08\x07WELCOME\x04\x19\x05READY\x0BSocket-Type\0\0\0\x03SUB", Failure::SocketType),
    ] {
        let (mut client, _) = pair();
        client.feed(&[&greeting[..], frames].concat());
        assert_eq!(client.failure(), Some(failure), "{frames:?}");
        let said = client.sent();
        assert!(!said.windows(5).any(|octets| octets == b"ERROR"), "a client never says ERROR");
    }
}

#[test]
fn z24_006_names_and_passwords_have_up_to_255_octets() {
    let text = "x".repeat(256);
    for (username, password, fits) in [(255, 255, true), (256, 0, false), (0, 256, false), (0, 0, true)] {
        let security = PlainSecurity::Client { username: &text[..username], password: &text[..password] };
        let (mut client, mut server) = (side(SocketType::Push, security), pair().1);
        server.config.socket_type = SocketType::Pull;
        talk(&mut client, &mut server);
        assert_eq!(client.failure(), (!fits).then_some(Failure::Misuse));
        assert_eq!(client.connection.may_send(), fits);
    }
}

#[test]
fn z24_012_two_clients_or_two_servers_end() {
    let (mut a, mut b) = (pair().0, pair().0);
    talk(&mut a, &mut b);
    assert_eq!((a.failure(), b.failure()), (Some(Failure::Unexpected), Some(Failure::Unexpected)));
    let (mut a, mut b) = (pair().1, pair().1);
    talk(&mut a, &mut b);
    let deadline = a.connection.poll_timeout().unwrap();
    assert_eq!(a.connection.handle_timeout(&a.config, deadline), Err(Failure::HandshakeTimeout));
}

/// CVE-2014-7202, CVE-2014-9721: no way around the mechanism.
#[test]
fn z37_018_z15_014_z13_014_other_mechanisms_and_old_versions_are_refused() {
    let config = Config { oldest: Version::V3_0, ..Config::new(SocketType::Dealer) };
    let mut null = Side::new(config, Null);
    assert_eq!(failure_of_server(&null.sent()), Some(Failure::Mechanism));
    assert_eq!(failure_of_server(b"\xFF\0\0\0\0\0\0\0\x01\x7F\x01\x05\0\0"), Some(Failure::Version));
    assert!(failure_of_server(b"\x01\0\x08\0sneaky\0").is_some());
}

#[test]
fn z24_010_every_cut_and_every_room_gives_the_same_handshake() {
    let octets = said(2);
    let run = |room, cuts: &[&[u8]]| {
        let (_, mut server) = pair();
        server.room = room;
        cuts.iter().for_each(|piece| server.feed(piece));
        (server.sent(), server.seen)
    };
    let whole = run(4096, &[&octets]);
    for cut in 0..octets.len() {
        assert_eq!(run(4096, &[&octets[..cut], &octets[cut..]]), whole, "cut at {cut}");
    }
    let each: Vec<&[u8]> = octets.chunks(1).collect();
    assert_eq!(run(1, &each), whole);
}

#[test]
fn nobody_sends_before_the_handshake_is_over() {
    let config = Config::new(SocketType::Push).with_security(CLIENT);
    let mut connection = Connection::with(&config, Plain::new(), Instant::from_millis(0));
    assert_eq!(connection.begin_frame(false, 1), Err(SendError::NotReady));
    assert!(size_of::<Connection<Plain>>() <= 96);
}

#[test]
fn passwords_are_not_printed() {
    assert!(!format!("{CLIENT:?}").contains("secret"));
}

/// The role is said in the configuration; here the one that asks is a NULL peer.
#[test]
fn z27_017_with_null_the_application_is_asked_if_it_wants_to_be() {
    let config = Config { admission: true, ..Config::new(SocketType::Pull) };
    let (mut server, mut client) = (Side::new(config, Null), Side::new(Config::new(SocketType::Push), Null));
    server.verdict = None;
    let (_, said) = talk(&mut client, &mut server);
    assert_eq!(said.len(), 64, "no READY before the verdict");
    assert_eq!(server.seen, [Seen::Asked("Null".into())]);
    server.connection.admit(Verdict::Accept).unwrap();
    server.feed(b"");
    talk(&mut client, &mut server);
    assert!(client.connection.may_send() && server.connection.may_send());

    let (mut server, mut client) = (Side::new(config, Null), Side::new(Config::new(SocketType::Push), Null));
    server.verdict = Some(Verdict::Refuse(Refusal::Denied));
    talk(&mut client, &mut server);
    assert_eq!(client.seen, [Seen::Failed(Failure::Refused, "400".into())]);
}

#[test]
fn lz_004_who_asks_the_application_refuses_old_versions_too() {
    for (admission, failure) in [(true, Some(Failure::Version)), (false, None)] {
        let config = Config { admission, ..Config::new(SocketType::Pull) };
        let mut server = Side::new(config, Null);
        server.feed(b"\xFF\0\0\0\0\0\0\0\x01\x7F\x01\x08\0\0");
        assert_eq!(server.failure(), failure);
    }
}
