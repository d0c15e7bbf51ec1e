//! Attacks on CURVE over TCP: one side of a live handshake is bent, the socket at the other ends the connection, and its
//! good peer is served on.
//!
//! The attacks are those that zmtp-core withstands with a recorded session. Here the randomness is the system's, so what is bent
//! is said anew each time.

#[path = "../../../zmtp-core/tests/driver/mod.rs"]
mod driver;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::LazyLock;
use std::time::Duration;

use crate::common::attacked::{Attacked, failure_of};
use crate::common::{PATIENCE, await_event, context, handshake, options, read_to_end};
use driver::{Driver, Recording, record};
use zmtp_core::mechanism::{Curve, CurveHandshake, CurveKey, CurveSecurity};
use zmtp_core::wire::FrameKind;
use zmtp_core::{Config, SocketType};
use zmtp_std::security::{CurveKeyPair, curve_keypair};
use zmtp_std::{Failure, Options};

/// What is said first on either side.
const GREETING: usize = 0;
/// What a client says then,
const HELLO: usize = 1;
const INITIATE: usize = 2;
const MESSAGE: usize = 3;
/// and what a server does.
const WELCOME: usize = 1;
const READY: usize = 2;

struct Keys {
    server: CurveKeyPair,
    client: CurveKeyPair,
}

impl Keys {
    fn new() -> Self {
        Self { server: curve_keypair(), client: curve_keypair() }
    }

    fn of_server(&self) -> Options {
        let curve_secretkey = Some(self.server.secret.clone());
        let (maxmsgsize, handshake_ivl) = (Some(1 << 20), PATIENCE);
        Options { curve_server: true, curve_secretkey, maxmsgsize, handshake_ivl, ..options() }
    }

    fn of_client(&self) -> Options {
        let (curve_secretkey, curve_serverkey) = (Some(self.client.secret.clone()), Some(self.server.public));
        Options { curve_secretkey, curve_serverkey, handshake_ivl: PATIENCE, ..options() }
    }

    fn client_of<'k>(&'k self, server: &'k CurveKey) -> CurveSecurity<'k> {
        CurveSecurity::Client { keys: &self.client, server }
    }

    fn server(&self) -> CurveSecurity<'_> {
        CurveSecurity::Server { keys: &self.server }
    }
}

type Machine<'k> = Driver<'k, Curve<Box<CurveHandshake>>>;

fn machine(socket_type: SocketType, security: CurveSecurity<'_>) -> Machine<'_> {
    let random = curve_keypair();
    let mut entropy = |octets: &mut [u8]| {
        let octet = random.public.as_octets().iter().cycle();
        octets.iter_mut().zip(octet).for_each(|(to, from)| *to = *from);
    };
    let mechanism = Curve::new(Box::new(CurveHandshake::new()), &mut entropy);
    Driver::new(Config::new(socket_type).with_security(security), mechanism)
}

/// What a session of other keys says, frame by frame behind a greeting: well formed, and it means nothing to anybody else.
static OTHER: LazyLock<Recording> = LazyLock::new(|| {
    let keys = Keys::new();
    let pair = |security| machine(SocketType::Pair, security);
    record(pair(keys.client_of(&keys.server.public)), pair(keys.server()))
});

/// The attacker: a machine whose octets are bent on their way to the stream.
struct Speaker<'k> {
    machine: Machine<'k>,
    stream: TcpStream,
}

impl<'k> Speaker<'k> {
    fn new(security: CurveSecurity<'k>, stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { machine: machine(SocketType::Push, security), stream }
    }

    /// Says everything in front of flight `at`, and returns that.
    fn until(&mut self, at: usize) -> Vec<u8> {
        for _ in 0..at {
            let octets = self.flight();
            self.stream.write_all(&octets).unwrap();
        }
        self.flight()
    }

    /// The next to say: greeting, handshake, then messages.
    fn flight(&mut self) -> Vec<u8> {
        loop {
            let octets = self.machine.sent();
            if !octets.is_empty() {
                return octets;
            }
            if self.machine.send(FrameKind::Message { more: false }, b"sneaky") {
                continue;
            }
            let mut input = [0; 4096];
            let read = self.stream.read(&mut input).unwrap();
            assert!(read > 0, "closed before it was attacked");
            self.machine.feed(&input[..read]);
        }
    }
}

/// Bends flight `at` of a client of a PULL.
fn server_ends(at: usize, bend: impl FnOnce(&mut Vec<u8>), failures: &[Failure]) {
    let keys = Keys::new();
    let mut attacked = Attacked::of(keys.of_server(), keys.of_client());
    let mut speaker = Speaker::new(keys.client_of(&keys.server.public), attacked.stream());
    let mut octets = speaker.until(at);
    bend(&mut octets);
    attacked.is_closed(speaker.stream, &octets, failures);
}

/// Bends flight `at` of one of the two servers that a PULL is connected to.
fn client_ends(at: usize, bend: impl FnOnce(&mut Vec<u8>), failures: &[Failure]) {
    let keys = Keys::new();
    let (pull, push) = (context().with(keys.of_client()).pull(), context().with(keys.of_server()).push());
    let monitor = pull.monitor();
    pull.connect(push.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    await_event(&monitor, handshake);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    pull.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
    let (stream, _) = listener.accept().unwrap();
    let mut speaker = Speaker::new(keys.server(), stream);
    let mut octets = speaker.until(at);
    bend(&mut octets);
    // The client may have closed it before all of it is written.
    let _ = speaker.stream.write_all(&octets);
    let failure = failure_of(&monitor);
    assert!(failures.contains(&failure), "{failure:?} is none of {failures:?}");
    read_to_end(&mut speaker.stream);
    for number in 0..3 {
        push.send(number.to_string()).unwrap();
        assert_eq!(pull.recv().unwrap(), number.to_string());
    }
}

macro_rules! attacks {
    ($ends:ident: $($name:ident: $at:ident $bend:expr => $failure:expr;)*) => {
        $(#[test]
        fn $name() {
            $ends($at, $bend, &[$failure]);
        })*
    };
}

/// Where the body of a frame begins: heads have 2 octets or 9.
fn body(frame: &[u8]) -> usize {
    if frame[0] & 2 == 0 { 2 } else { 9 }
}

fn name_mechanism(greeting: &mut [u8], mechanism: &[u8]) {
    greeting[12..32].fill(0);
    greeting[12..12 + mechanism.len()].copy_from_slice(mechanism);
}

fn alter_last(octets: &mut [u8]) {
    *octets.last_mut().unwrap() ^= 1;
}

const DENIED: &[u8] = b"\x04\x0A\x05ERROR\x03400";

attacks! { server_ends:
    cve_2014_7202_null_announced_to_a_server_of_curve: GREETING |octets| {
        name_mechanism(octets, b"NULL");
        octets.extend(b"\x04\x1A\x05READY\x0BSocket-Type\0\0\0\x04PUSH\0\x06sneaky");
    } => Failure::Mechanism;
    cve_2014_7202_plain_announced_to_a_server_of_curve: GREETING |octets| {
        name_mechanism(octets, b"PLAIN");
        octets.extend(b"\x04\x08\x05HELLO\0\0");
    } => Failure::Mechanism;
    cve_2014_9721_a_zmtp_1_0_header_to_a_server_of_curve:
        GREETING |octets| *octets = b"\x01\0\x08\0sneaky\0".to_vec() => Failure::NotZmtp;
    cve_2014_9721_a_zmtp_2_0_header_to_a_server_of_curve: GREETING |octets| {
        *octets = b"\xFF\0\0\0\0\0\0\0\x01\x7F\x01\x08\0\0\0\x06sneaky".to_vec();
    } => Failure::Version;
    a_message_in_the_clear_before_hello: HELLO |octets| *octets = b"\0\x06sneaky".to_vec() => Failure::Unexpected;
    hello_of_the_wrong_length: HELLO |octets| *octets = b"\x04\x06\x05HELLO".to_vec() => Failure::Command;
    hello_an_octet_short: HELLO |octets| {
        octets[1] -= 1;
        octets.pop();
    } => Failure::Command;
    hello_misspelt: HELLO |octets| octets[7] = b'X' => Failure::Unexpected;
    hello_of_another_major_version: HELLO |octets| octets[8] = 2 => Failure::Command;
    hello_of_another_minor_version: HELLO |octets| octets[9] = 1 => Failure::Command;
    hello_with_a_bad_signature: HELLO |octets| alter_last(octets) => Failure::Box;
    hello_in_two_copies: HELLO |octets| *octets = octets.repeat(2) => Failure::Unexpected;
    hello_of_another_server: HELLO |octets| octets.clone_from(&OTHER.of_client[HELLO]) => Failure::Box;
    initiate_before_hello: HELLO |octets| octets.clone_from(&OTHER.of_client[INITIATE]) => Failure::Unexpected;
    a_message_before_hello: HELLO |octets| octets.clone_from(&OTHER.of_client[MESSAGE]) => Failure::Unexpected;
    welcome_said_to_a_server: HELLO |octets| octets.clone_from(&OTHER.of_server[WELCOME]) => Failure::Unexpected;
    ping_before_the_handshake: HELLO |octets| *octets = b"\x04\x07\x04PING\0\0".to_vec() => Failure::Unexpected;
    a_message_before_initiate: INITIATE |octets| octets.clone_from(&OTHER.of_client[MESSAGE]) => Failure::Unexpected;
    ready_said_to_a_server: INITIATE |octets| octets.clone_from(&OTHER.of_server[READY]) => Failure::Unexpected;
    error_said_to_a_server: INITIATE |octets| *octets = DENIED.to_vec() => Failure::Refused;
    initiate_of_the_wrong_length:
        INITIATE |octets| *octets = b"\x04\x09\x08INITIATE".to_vec() => Failure::Command;
    initiate_misspelt: INITIATE |octets| {
        let at = body(octets);
        octets[at + 8] = b'X';
    } => Failure::Unexpected;
    initiate_with_a_wrong_cookie: INITIATE |octets| {
        let at = body(octets);
        octets[at + 9 + 20] ^= 1;
    } => Failure::Box;
    initiate_of_another_connection:
        INITIATE |octets| octets.clone_from(&OTHER.of_client[INITIATE]) => Failure::Box;
    initiate_with_altered_vouch_and_key: INITIATE |octets| {
        let at = body(octets);
        octets[at + 9 + 96 + 8 + 16 + 40] ^= 1;
    } => Failure::Box;
    initiate_with_altered_content: INITIATE |octets| alter_last(octets) => Failure::Box;
    cve_2019_13132_an_initiate_of_64_kib: INITIATE |octets| {
        *octets = [&b"\x06\0\0\0\0\0\x01\0\0\x08INITIATE"[..], &[7; 65_527]].concat();
    } => Failure::HandshakeLimit;
    cve_2019_13132_an_initiate_of_16_mib: INITIATE |octets| {
        *octets = [&b"\x06\0\0\0\0\x01\0\0\0\x08INITIATE"[..], &[7; 65_527]].concat();
    } => Failure::HandshakeLimit;
    libzmq_3566_a_message_whose_box_is_empty:
        MESSAGE |octets| *octets = b"\0\x10\x07MESSAGE\0\0\0\0\0\0\0\x03".to_vec() => Failure::Command;
    libzmq_3566_a_message_that_was_altered: MESSAGE |octets| alter_last(octets) => Failure::Box;
    a_message_of_another_session: MESSAGE |octets| octets.clone_from(&OTHER.of_client[MESSAGE]) => Failure::Box;
    cve_2014_7203_a_nonce_that_is_only_claimed: MESSAGE |octets| {
        let at = body(octets) + 8;
        octets[at..at + 8].fill(0xFF);
    } => Failure::Box;
    a_message_in_the_clear: MESSAGE |octets| *octets = b"\0\x06sneaky".to_vec() => Failure::Command;
    a_long_message_in_the_clear:
        MESSAGE |octets| *octets = [&b"\0\x30"[..], &[b's'; 48]].concat() => Failure::Unexpected;
    cve_2019_6250_a_size_near_2_to_the_64th_where_a_message_should_be:
        MESSAGE |octets| *octets = b"\x02\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF".to_vec() => Failure::Size;
}

attacks! { client_ends:
    a_server_without_security: GREETING |octets| {
        name_mechanism(octets, b"NULL");
        octets.extend(b"\x04\x1A\x05READY\x0BSocket-Type\0\0\0\x04PUSH");
    } => Failure::Mechanism;
    both_ends_are_clients: GREETING |octets| *octets = OTHER.of_client[..=HELLO].concat() => Failure::Unexpected;
    welcome_of_the_wrong_length: WELCOME |octets| *octets = b"\x04\x08\x07WELCOME".to_vec() => Failure::Command;
    welcome_that_was_altered: WELCOME |octets| alter_last(octets) => Failure::Box;
    welcome_of_another_session: WELCOME |octets| octets.clone_from(&OTHER.of_server[WELCOME]) => Failure::Box;
    ready_before_welcome: WELCOME |octets| octets.clone_from(&OTHER.of_server[READY]) => Failure::Unexpected;
    ready_that_was_altered: READY |octets| alter_last(octets) => Failure::Box;
    ready_in_the_clear: READY |octets| *octets = b"\x04\x06\x05READY".to_vec() => Failure::Command;
    a_message_of_a_server_before_ready:
        READY |octets| octets.clone_from(&OTHER.of_server[MESSAGE]) => Failure::Unexpected;
    error_after_welcome: READY |octets| *octets = DENIED.to_vec() => Failure::Refused;
}

#[test]
fn both_ends_are_servers() {
    let keys = Keys::new();
    let soon = Options { handshake_ivl: Duration::from_millis(200), ..keys.of_server() };
    let mut attacked = Attacked::of(soon, keys.of_client());
    let mut speaker = Speaker::new(keys.server(), attacked.stream());
    let greeting = speaker.until(GREETING);
    attacked.is_closed(speaker.stream, &greeting, &[Failure::HandshakeTimeout]);
}

#[test]
fn cve_2019_13132_an_initiate_with_metadata_of_any_size_that_nobody_has_sealed() {
    let keys = Keys::new();
    let mut attacked = Attacked::of(keys.of_server(), keys.of_client());
    for metadata in [0, 1, 255, 256, 257, 512, 1024] {
        let mut speaker = Speaker::new(keys.client_of(&keys.server.public), attacked.stream());
        speaker.until(INITIATE);
        let len = 257 + metadata;
        let octets = [&[6], &(len as u64).to_be_bytes()[..], b"\x08INITIATE", &vec![7; len - 9]].concat();
        attacked.is_closed(speaker.stream, &octets, &[Failure::Box]);
    }
}

/// With the identity the metadata in the box has more than 255 octets, which was too much for libzmq's buffer.
#[test]
fn cve_2019_13132_libzmq_2681_sealed_metadata_of_more_than_255_octets_is_taken() {
    let keys = Keys::new();
    let (router, dealer) = (context().with(keys.of_server()).router(), {
        let routing_id = vec![b'i'; 255].into();
        context().with(Options { routing_id, ..keys.of_client() }).dealer()
    });
    dealer.connect(router.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    dealer.send("hello").unwrap();
    let received = router.recv().unwrap();
    assert!(received.parts().map(|part| part.len()).eq([255, 5]));
}

/// The first message is let through once; what is said again, or was sealed before it, is not.
#[test]
fn cve_2014_7203_messages_said_again_end_the_connection() {
    let keys = Keys::new();
    let mut attacked = Attacked::of(keys.of_server(), keys.of_client());
    for again in 0..2 {
        let mut speaker = Speaker::new(keys.client_of(&keys.server.public), attacked.stream());
        let messages = [speaker.until(MESSAGE), speaker.flight()];
        speaker.stream.write_all(&messages.concat()).unwrap();
        assert!((0..2).all(|_| attacked.recv() == [b"sneaky".to_vec()]));
        attacked.is_closed(speaker.stream, &messages[again], &[Failure::Nonce]);
    }
}
