//! Attacks on CURVE, with a recorded session whose octets are bent, left out, said twice, or said to somebody else.
//!
//! After each of them a good client is served, as ever.
#![cfg(feature = "curve")]

mod driver;

use std::sync::LazyLock;

use driver::{Driver, Recording, parts, record};
use zmtp_core::mechanism::{Curve, CurveHandshake, CurveKey, CurveKeyPair, CurveSecretKey, CurveSecurity};
use zmtp_core::{Config, Failure, SocketType};

static SERVER: LazyLock<CurveKeyPair> =
    LazyLock::new(|| CurveKeyPair::from_secret(CurveSecretKey::new([0x53; 32])));
static CLIENT: LazyLock<CurveKeyPair> =
    LazyLock::new(|| CurveKeyPair::from_secret(CurveSecretKey::new([0x43; 32])));

type Side = Driver<'static, Curve<Box<CurveHandshake>>>;

/// With `seed` for randomness: the same again is the same session to the octet.
fn side(security: CurveSecurity<'static>, seed: u8) -> Side {
    let entropy =
        |octets: &mut [u8]| octets.iter_mut().zip(seed..).for_each(|(octet, random)| *octet = random);
    let mechanism = Curve::new(Box::new(CurveHandshake::new()), &mut { entropy });
    Driver::new(Config::new(SocketType::Dealer).with_security(security), mechanism)
}

fn server() -> Side {
    side(CurveSecurity::Server { keys: &SERVER }, 1)
}

fn client() -> Side {
    let server: &CurveKey = &SERVER.public;
    side(CurveSecurity::Client { keys: &CLIENT, server }, 101)
}

/// What is said in a session: of the client a greeting, HELLO, INITIATE and messages, of the server a greeting, WELCOME,
/// READY and messages.
static SESSION: LazyLock<Recording> = LazyLock::new(|| record(client(), server()));

fn a_good_client_is_served() {
    let (mut client, mut server) = (client(), server());
    client.feed(&SESSION.of_server.concat());
    server.feed(&SESSION.of_client.concat());
    assert_eq!(
        (parts(&client.seen), parts(&server.seen)),
        (SESSION.messages.clone(), SESSION.messages.clone())
    );
}

/// The victim ends, with one of these failures, and nothing is let through; a good client is served.
fn ended(mut victim: Side, octets: &[u8], failures: &[Failure]) {
    victim.feed(octets);
    let failure = victim.failure().expect("a failure");
    assert!(failures.contains(&failure), "{failure:?} is none of {failures:?}");
    assert_eq!(parts(&victim.seen), []);
    assert_eq!(victim.connection.receive(&victim.config, &SESSION.of_client[1], victim.now), Err(failure));
    a_good_client_is_served();
}

/// What the client says, with frame `at` bent.
fn bent(at: usize, bend: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    bend_of(&SESSION.of_client, at, bend)
}

fn bend_of(said: &[Vec<u8>], at: usize, bend: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut said = said.to_vec();
    bend(&mut said[at]);
    said.concat()
}

const HELLO: usize = 1;
const INITIATE: usize = 2;
const MESSAGE: usize = 3;
const WELCOME: usize = 1;
const READY: usize = 2;

/// Where the body of frame `at` of the client begins: heads have 2 octets or 9.
fn body(said: &[Vec<u8>], at: usize) -> usize {
    if said[at][0] & 2 == 0 { 2 } else { 9 }
}

macro_rules! server_ends {
    ($($name:ident: $octets:expr => [$($failure:expr),+];)*) => {
        $(#[test]
        fn $name() {
            ended(server(), &$octets, &[$($failure),+]);
        })*
    };
}

macro_rules! client_ends {
    ($($name:ident: $octets:expr => [$($failure:expr),+];)*) => {
        $(#[test]
        fn $name() {
            ended(client(), &$octets, &[$($failure),+]);
        })*
    };
}

fn greeting_of(mechanism: &[u8]) -> Vec<u8> {
    let mut octets = SESSION.of_client[0].clone();
    octets[12..32].fill(0);
    octets[12..12 + mechanism.len()].copy_from_slice(mechanism);
    octets
}

server_ends! {
    cve_2014_7202_null_announced_to_a_server_of_curve:
        [&greeting_of(b"NULL")[..], b"\x04\x1C\x05READY\x0BSocket-Type\0\0\0\x06DEALER\0\x06sneaky"].concat()
        => [Failure::Mechanism];
    cve_2014_7202_plain_announced_to_a_server_of_curve:
        [&greeting_of(b"PLAIN")[..], b"\x04\x08\x05HELLO\0\0"].concat() => [Failure::Mechanism];
    cve_2014_9721_a_zmtp_1_0_header_to_a_server_of_curve:
        *b"\x01\0\x08\0sneaky\0" => [Failure::NotZmtp];
    cve_2014_9721_a_zmtp_2_0_header_to_a_server_of_curve:
        *b"\xFF\0\0\0\0\0\0\0\x01\x7F\x01\x05\0\0\0\x06sneaky" => [Failure::Version];
    hello_of_the_wrong_length: [&SESSION.of_client[0][..], b"\x04\x06\x05HELLO"].concat() => [Failure::Command];
    hello_an_octet_short: bent(HELLO, |frame| {
        frame[1] -= 1;
        frame.pop();
    }) => [Failure::Command];
    hello_misspelt: bent(HELLO, |frame| frame[7] = b'X') => [Failure::Unexpected];
    hello_of_another_major_version: bent(HELLO, |frame| frame[8] = 2) => [Failure::Command];
    hello_of_another_minor_version: bent(HELLO, |frame| frame[9] = 1) => [Failure::Command];
    hello_with_a_bad_signature: bent(HELLO, |frame| *frame.last_mut().unwrap() ^= 1) => [Failure::Box];
    hello_in_two_copies: bent(HELLO, |frame| *frame = frame.repeat(2)) => [Failure::Unexpected];
    initiate_before_hello: bent(HELLO, Vec::clear) => [Failure::Unexpected];
    a_message_before_hello: bent(HELLO, |frame| *frame = SESSION.of_client[MESSAGE].clone()) => [Failure::Unexpected];
    a_message_before_initiate: bent(INITIATE, Vec::clear) => [Failure::Unexpected];
    a_message_in_the_clear_before_hello: [&SESSION.of_client[0][..], b"\0\x06sneaky"].concat() => [Failure::Unexpected];
    welcome_said_to_a_server: bent(HELLO, |frame| frame.clone_from(&SESSION.of_server[WELCOME])) => [Failure::Unexpected];
    ready_said_to_a_server: bent(INITIATE, |frame| frame.clone_from(&SESSION.of_server[READY])) => [Failure::Unexpected];
    error_said_to_a_server: bent(INITIATE, |frame| *frame = b"\x04\x0A\x05ERROR\x03400".to_vec()) => [Failure::Refused];
    ping_before_the_handshake: bent(HELLO, |frame| *frame = b"\x04\x07\x04PING\0\0".to_vec()) => [Failure::Unexpected];
    initiate_of_the_wrong_length:
        bent(INITIATE, |frame| *frame = b"\x04\x09\x08INITIATE".to_vec()) => [Failure::Command];
    initiate_misspelt: bent(INITIATE, |frame| {
        let at = body(&SESSION.of_client, INITIATE);
        frame[at + 8] = b'X';
    }) => [Failure::Unexpected];
    initiate_with_a_wrong_cookie: bent(INITIATE, |frame| {
        let at = body(&SESSION.of_client, INITIATE);
        frame[at + 9 + 20] ^= 1;
    }) => [Failure::Box];
    initiate_with_altered_content: bent(INITIATE, |frame| *frame.last_mut().unwrap() ^= 1) => [Failure::Box];
    initiate_with_altered_vouch_and_key: bent(INITIATE, |frame| {
        let at = body(&SESSION.of_client, INITIATE);
        frame[at + 9 + 96 + 8 + 16 + 40] ^= 1;
    }) => [Failure::Box];
    cve_2019_13132_an_initiate_of_16_mib:
        bent(INITIATE, |frame| *frame = b"\x06\0\0\0\0\x01\0\0\0".to_vec()) => [Failure::HandshakeLimit];
    libzmq_3566_a_message_whose_box_is_empty: bent(MESSAGE, |frame| {
        *frame = [&b"\0\x10\x07MESSAGE"[..], &[0, 0, 0, 0, 0, 0, 0, 3]].concat();
    }) => [Failure::Command];
    libzmq_3566_a_message_that_was_altered: bent(MESSAGE, |frame| *frame.last_mut().unwrap() ^= 1) => [Failure::Box];
    a_message_in_the_clear: bent(MESSAGE, |frame| *frame = b"\0\x06sneaky".to_vec()) => [Failure::Command];
    a_long_message_in_the_clear:
        bent(MESSAGE, |frame| *frame = [&b"\0\x30"[..], &[b's'; 48]].concat()) => [Failure::Unexpected];
    cve_2019_6250_a_size_near_2_to_the_64th_where_a_message_should_be: bent(MESSAGE, |frame| {
        *frame = b"\x02\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF".to_vec();
    }) => [Failure::Size];
}

client_ends! {
    a_server_without_security: [
        &greeting_of(b"NULL")[..],
        b"\x04\x1C\x05READY\x0BSocket-Type\0\0\0\x06ROUTER",
    ].concat() => [Failure::Mechanism];
    both_ends_are_clients: SESSION.of_client.concat() => [Failure::Unexpected];
    welcome_of_the_wrong_length:
        bend_of(&SESSION.of_server, WELCOME, |frame| *frame = b"\x04\x08\x07WELCOME".to_vec()) => [Failure::Command];
    welcome_that_was_altered:
        bend_of(&SESSION.of_server, WELCOME, |frame| *frame.last_mut().unwrap() ^= 1) => [Failure::Box];
    ready_before_welcome: bend_of(&SESSION.of_server, WELCOME, Vec::clear) => [Failure::Unexpected];
    ready_that_was_altered:
        bend_of(&SESSION.of_server, READY, |frame| *frame.last_mut().unwrap() ^= 1) => [Failure::Box];
    ready_in_the_clear:
        bend_of(&SESSION.of_server, READY, |frame| *frame = b"\x04\x06\x05READY".to_vec()) => [Failure::Command];
    a_message_of_a_server_before_ready: bend_of(&SESSION.of_server, READY, Vec::clear) => [Failure::Unexpected];
    error_after_welcome: bend_of(&SESSION.of_server, READY, |frame| {
        *frame = b"\x04\x0A\x05ERROR\x03400".to_vec();
    }) => [Failure::Refused];
}

#[test]
fn both_ends_are_servers() {
    let mut victim = server();
    victim.feed(&SESSION.of_server[0]);
    assert_eq!(victim.seen, [], "each waits for the other, until the time for the handshake is over");
    let late = victim.connection.poll_timeout().expect("the handshake has a deadline");
    assert_eq!(victim.connection.handle_timeout(&victim.config, late), Err(Failure::HandshakeTimeout));
    a_good_client_is_served();
}

#[test]
fn a_cookie_of_another_connection_is_refused() {
    let mut victim = side(CurveSecurity::Server { keys: &SERVER }, 7);
    victim.feed(&SESSION.of_client.concat());
    assert_eq!(victim.failure(), Some(Failure::Box));
    assert_eq!(parts(&victim.seen), []);
    a_good_client_is_served();
}

#[test]
fn a_server_with_another_key_cannot_read_hello() {
    static OTHER: LazyLock<CurveKeyPair> =
        LazyLock::new(|| CurveKeyPair::from_secret(CurveSecretKey::new([0x54; 32])));
    ended(side(CurveSecurity::Server { keys: &OTHER }, 1), &SESSION.of_client.concat(), &[Failure::Box]);
}

/// The first message is let through once; what is said again, or was sealed before it, is not.
#[test]
fn cve_2014_7203_messages_said_again_are_refused() {
    for again in [MESSAGE, MESSAGE + 1] {
        let mut victim = server();
        let said = SESSION.of_client[..=MESSAGE + 1].concat();
        victim.feed(&[&said[..], &SESSION.of_client[again]].concat());
        assert_eq!(victim.failure(), Some(Failure::Nonce));
        assert_eq!(parts(&victim.seen), SESSION.messages[..2]);
    }
    a_good_client_is_served();
}

/// A nonce that is only claimed, however high, is judged by its tag.
#[test]
fn cve_2014_7203_a_forged_nonce_is_found_out() {
    let mut forged = SESSION.of_client[MESSAGE].clone();
    let at = body(&SESSION.of_client, MESSAGE) + 8;
    forged[at..at + 8].fill(0xFF);
    let mut victim = server();
    victim.feed(&SESSION.of_client[..MESSAGE].concat());
    victim.feed(&forged);
    assert_eq!((victim.failure(), parts(&victim.seen)), (Some(Failure::Box), Vec::new()));
    a_good_client_is_served();
}
