//! Malformed octets against a real socket: the connection is closed with the reason, and a good client is served on.
//!
//! One test for each malformation that has hurt an implementation, or that a specification forbids. Those of CURVE and PLAIN are
//! in zmtp-core and `curve.rs`, those that are about memory in `memory.rs`.

use std::io::{Read, Write};

use crate::common::attacked::Attacked;
use crate::common::{PATIENCE, hello, options};
use zmtp_std::Failure::{
    Command, CommandLimit, Flags, FrameLimit, HandshakeTimeout, Mechanism, Metadata, NotZmtp, PartsLimit,
    Size, SocketType, Unexpected, Version,
};
use zmtp_std::{Failure, Options};

/// Octets from the first on, octets behind the greeting, octets behind the handshake; and how each ends.
macro_rules! refused {
    ($($name:ident: $how:ident($octets:expr) => [$($failure:expr),+];)*) => {
        $(#[test]
        fn $name() {
            Attacked::new().$how(&$octets, &[$($failure),+]);
        })*
    };
}

/// Octets behind the handshake that are legal, and what is answered.
macro_rules! borne {
    ($($name:ident: $octets:expr => $answer:expr;)*) => {
        $(#[test]
        fn $name() {
            Attacked::new().bears(&$octets, &$answer);
        })*
    };
}

fn size(size: u64) -> Vec<u8> {
    [&[2], &size.to_be_bytes()[..], &[b'A'; 64]].concat()
}

fn greeting(bend: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut octets = hello("PUSH");
    bend(&mut octets);
    octets
}

/// A READY with these octets as metadata.
fn ready(metadata: &[u8]) -> Vec<u8> {
    let len = 6 + metadata.len() as u64;
    [&[6], &len.to_be_bytes()[..], b"\x05READY", metadata].concat()
}

fn property(name: &[u8], len: u32, value: &[u8]) -> Vec<u8> {
    [&[name.len() as u8], name, &len.to_be_bytes(), value].concat()
}

const TYPE: &[u8] = b"\x0BSocket-Type\0\0\0\x04PUSH";

refused! {
    // Greetings.
    libzmq_87_a_port_scan_with_http: refuses(*b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") => [NotZmtp];
    libzmq_87_a_port_scan_with_tls: refuses(*b"\x16\x03\x01\x02\0\x01\0\x01\xFC\x03\x03") => [NotZmtp];
    libzmq_87_a_zmtp_1_0_frame_without_flags: refuses(*b"\x01\0\0") => [Size];
    libzmq_1488_a_zmtp_1_0_identity_of_2_to_the_64th_octets:
        refuses([b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xDA\0", &[0x41; 5000][..]].concat()) => [NotZmtp, Version];
    a_greeting_of_a_development_version: refuses(greeting(|octets| octets[10] = 0)) => [Version];
    cve_2014_7202_plain_announced_to_a_socket_with_null:
        refuses(greeting(|octets| octets[12..17].copy_from_slice(b"PLAIN"))) => [Mechanism];
    an_unknown_mechanism: refuses(greeting(|octets| octets[12..15].copy_from_slice(b"XYZ"))) => [Mechanism];
    a_mechanism_that_is_not_padded_with_zeros: refuses(greeting(|octets| octets[16..32].fill(b' '))) => [Mechanism];
    a_mechanism_of_20_octets_without_an_end: refuses(greeting(|octets| octets[12..32].fill(b'N'))) => [Mechanism];

    // Handshakes.
    zmq_rs_an_empty_command_for_ready: refuses_in_handshake(*b"\x04\0") => [Command];
    a_command_without_a_name: refuses_in_handshake(*b"\x04\x01\0") => [Command];
    a_command_whose_name_is_longer_than_it: refuses_in_handshake(*b"\x04\x03\xFFab") => [Command];
    zmq_rs_286_a_property_longer_than_ready:
        refuses_in_handshake(ready(b"\x0BSocket-Type\0\0\0\xFFPUSH")) => [Metadata];
    a_property_of_2_to_the_31st_octets:
        refuses_in_handshake(ready(&property(b"X-a", 1 << 31, b"PUSH"))) => [Metadata];
    a_property_of_2_to_the_32nd_octets_less_one:
        refuses_in_handshake(ready(&property(b"X-a", u32::MAX, b"PUSH"))) => [Metadata];
    a_property_without_a_name: refuses_in_handshake(ready(&property(b"", 1, b"a"))) => [Metadata];
    the_socket_type_twice: refuses_in_handshake(ready(&[TYPE, TYPE].concat())) => [Metadata];
    an_unknown_socket_type: refuses_in_handshake(ready(b"\x0BSocket-Type\0\0\0\x04PUSX")) => [Metadata];
    a_socket_type_that_does_not_fit: refuses(hello("REQ")) => [SocketType];
    an_identity_of_256_octets:
        refuses_in_handshake(ready(&[TYPE, &property(b"Identity", 256, &[7; 256])].concat())) => [Metadata];
    one_octet_behind_the_last_property: refuses_in_handshake(ready(&[TYPE, b"\x01"].concat())) => [Metadata];
    metadata_beyond_the_limit:
        refuses_in_handshake(ready(&[TYPE, &property(b"X-a", 9000, &[7; 9000])].concat())) => [Failure::HandshakeLimit];
    cve_2019_6250_a_size_near_2_to_the_64th_in_the_handshake: refuses_in_handshake(size(u64::MAX)) => [Size];
    cve_2019_6250_a_command_of_2_to_the_62nd_octets:
        refuses_in_handshake(*b"\x06\x40\0\0\0\0\0\0\0") => [Failure::HandshakeLimit];
    ready_misspelt: refuses_in_handshake(*b"\x04\x06\x05READX") => [Unexpected];
    a_message_before_ready: refuses_in_handshake(*b"\0\x05Hello") => [Unexpected];
    ping_before_ready: refuses_in_handshake(*b"\x04\x07\x04PING\0\0") => [Unexpected];
    hello_of_another_mechanism: refuses_in_handshake(*b"\x04\x06\x05HELLO") => [Unexpected];
    an_encrypted_message_before_ready: refuses_in_handshake(*b"\x04\x08\x07MESSAGE") => [Unexpected];
    error_before_ready: refuses_in_handshake(*b"\x04\x0A\x05ERROR\x03400") => [Failure::Refused];
    error_whose_reason_is_longer_than_it: refuses_in_handshake(*b"\x04\x0A\x05ERROR\xFF400") => [Command];

    // Traffic.
    cve_2019_6250_a_size_of_2_to_the_64th_less_one_and_64_kib_of_junk:
        refuses_in_traffic([&size(u64::MAX), &[0x41; 65_536][..]].concat()) => [Size];
    jeromq_440_a_negative_size: refuses_in_traffic(size(1 << 63)) => [Size];
    rzmq_9_a_size_that_no_memory_has: refuses_in_traffic(size(0xFFFF_FFFF_FFFF_FF98)) => [Size];
    cve_2019_6250_a_size_of_2_to_the_63rd_less_one: refuses_in_traffic(size((1 << 63) - 1)) => [FrameLimit];
    cve_2019_6250_a_size_of_2_to_the_32nd_and_5: refuses_in_traffic(size((1 << 32) + 5)) => [FrameLimit];
    reserved_flags: refuses_in_traffic(*b"\x08\x01x") => [Flags];
    all_flags: refuses_in_traffic(*b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x98") => [Flags];
    a_command_with_the_more_flag: refuses_in_traffic(*b"\x05\x06\x05OTHER") => [Flags];
    an_empty_command: refuses_in_traffic(*b"\x04\0") => [Command];
    ready_a_second_time: refuses_in_traffic(ready(TYPE)) => [Unexpected];
    ping_without_a_ttl: refuses_in_traffic(*b"\x04\x05\x04PING") => [Command];
    ping_with_half_a_ttl: refuses_in_traffic(*b"\x04\x06\x04PING\0") => [Command];
    a_command_over_the_limit: refuses_in_traffic(*b"\x06\0\0\0\0\0\0\x20\x01") => [CommandLimit];
    a_flood_of_pings: refuses_in_traffic(b"\x04\x07\x04PING\0\0".repeat(5000)) => [Failure::PingLimit];
    error_in_traffic: refuses_in_traffic(*b"\x04\x0A\x05ERROR\x03400") => [Failure::Refused];
}

borne! {
    rfc_130_the_context_of_a_ping_is_cut_to_16_octets:
        [&b"\x04\x27\x04PING\0\0"[..], &[b'c'; 32]].concat() => [&b"\x04\x15\x04PONG"[..], &[b'c'; 16]].concat();
    ping_with_every_ttl_that_deployed_peers_misread:
        *b"\x04\x07\x04PING\0\0\x04\x07\x04PING\0\x01\x04\x07\x04PING\x02\x8F\x04\x07\x04PING\x02\x90\x04\x07\x04PING\xFF\xFF"
        => b"\x04\x05\x04PONG".repeat(5);
    an_unknown_command: *b"\x04\x06\x05OTHER" => [];
    subscriptions_for_a_socket_that_does_not_publish: *b"\x04\x0B\x09SUBSCRIBEA\x04\x08\x06CANCELB" => [];
}

#[test]
fn cve_2014_9721_a_zmtp_1_0_header_where_it_is_not_spoken() {
    let mut attacked = Attacked::with(Options { oldest: zmtp_std::Version::V2, ..options() });
    attacked.refuses(b"\x01\0\x08\0sneaky\0", &[NotZmtp, Version]);
}

#[test]
fn cve_2019_6250_every_size_from_2_to_the_64th_less_64_on() {
    let mut attacked = Attacked::new();
    for below in 1..=64 {
        attacked.refuses_in_traffic(&size(u64::MAX - below + 1), &[Size]);
    }
}

#[test]
fn z37_026_the_long_form_of_short_sizes_and_empty_messages_are_legal() {
    let mut attacked = Attacked::new();
    let mut stream = attacked.established();
    stream.write_all(b"\x02\0\0\0\0\0\0\0\x01a\x02\0\0\0\0\0\0\0\0\0\0\x01\0\0\0").unwrap();
    assert_eq!(attacked.recv(), [b"a".to_vec()]);
    assert_eq!(attacked.recv(), [Vec::new()]);
    assert_eq!(attacked.recv(), [Vec::new()]);
    assert_eq!(attacked.recv(), [Vec::new(), Vec::new()]);
    attacked.serves();
}

#[test]
fn a_null_client_that_calls_itself_a_server_is_let_in() {
    let mut attacked = Attacked::new();
    let mut stream = attacked.stream();
    stream.write_all(&greeting(|octets| octets[32] = 1)).unwrap();
    stream.write_all(b"\0\x01a").unwrap();
    assert_eq!(attacked.recv(), [b"a".to_vec()]);
    attacked.serves();
}

#[test]
fn identities_of_0_1_and_255_octets_and_with_a_leading_zero_are_let_in() {
    let mut attacked = Attacked::new();
    for identity in [&b""[..], b"a", &[7; 255], b"\0a"] {
        let mut stream = attacked.stream();
        let metadata = [TYPE, &property(b"Identity", identity.len() as u32, identity)].concat();
        stream.write_all(&[&hello("PUSH")[..64], &ready(&metadata), b"\0\x01a"].concat()).unwrap();
        assert_eq!(attacked.recv(), [b"a".to_vec()]);
    }
    attacked.serves();
}

#[test]
fn lz_013_a_greeting_octet_by_octet_is_given_up_when_the_time_for_all_of_it_is_over() {
    let handshake_ivl = std::time::Duration::from_millis(40);
    let mut attacked = Attacked::with(Options { handshake_ivl, ..options() });
    let mut stream = attacked.stream();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // One octet for each that the socket has sent: never silent, and never done.
    for octet in hello("PUSH").into_iter().take(10) {
        stream.write_all(&[octet]).unwrap();
        stream.read_exact(&mut [0]).unwrap();
    }
    attacked.refuses(&hello("PUSH")[..12], &[HandshakeTimeout]);
}

#[test]
fn cve_2021_20235_two_large_messages_of_a_zmtp_2_0_peer_cut_at_every_octet_of_their_heads() {
    let mut attacked = Attacked::new();
    let body = vec![0x41; 8193];
    let frame = [&b"\x02\0\0\0\0\0\0\x20\x01"[..], &body].concat();
    let octets = [b"\xFF\0\0\0\0\0\0\0\0\x7F\x01\x08\0\0", &frame[..], &frame].concat();
    let second = octets.len() - frame.len();
    for cut in (10..30).chain(second - 5..second + 15) {
        let mut stream = attacked.stream();
        stream.set_nodelay(true).unwrap();
        stream.write_all(&octets[..cut]).unwrap();
        stream.write_all(&octets[cut..]).unwrap();
        assert!((0..2).all(|_| attacked.recv().concat() == body));
    }
    attacked.serves();
}

#[test]
fn z37_029_endless_more_is_cut_off_where_the_octets_of_a_message_are() {
    let mut attacked = Attacked::with(Options { rcvhwm_bytes: 4096, ..options() });
    attacked.refuses_in_traffic(
        &b"\x01\x40".iter().chain(&[0x41; 64]).copied().collect::<Vec<_>>().repeat(100),
        &[Failure::MessageLimit, PartsLimit],
    );
}
