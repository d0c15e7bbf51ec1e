//! Every pattern, and connections with NULL and PLAIN; with the feature `curve` CURVE as well, client and server.

#![no_std]
#![no_main]

#[path = "../../../panic-probe/src/pattern.rs"]
mod pattern;
#[path = "../unsafe_entry.rs"]
mod unsafe_entry;

use core::hint::black_box;

use footprint::publisher::Publisher;
use zmtp_core::link::Storage;
use zmtp_core::mechanism::{Mechanism, Verdict};
use zmtp_core::wire::FrameKind;
use zmtp_core::{Config, Connection, Event, Failure, Instant, SocketType, Step};

/// What firmware lends.
struct Memory {
    buffers: [[u8; 64]; 4],
    command: [u8; 128],
    received: [u8; 64],
    to_send: [u8; 64],
}

impl Memory {
    const fn new() -> Self {
        Self { buffers: [[0; 64]; 4], command: [0; 128], received: [0; 64], to_send: [0; 64] }
    }
}

fn image(memory: &mut Memory) -> ! {
    loop {
        pattern::drive();
        link(memory);
        let _ = black_box(secured(memory));
    }
}

/// A link, which has no security, as every socket of a board uses it.
fn link(memory: &mut Memory) {
    let [command, incoming, outgoing, subscriptions] = &mut memory.buffers;
    let storage = Storage { command, incoming, outgoing, messages: 0 };
    let mut publisher = Publisher::new(storage, subscriptions, now());
    let _ = black_box(publisher.receive(black_box(&memory.received), now()));
    let _ = black_box(publisher.handle_timeout(now()));
    black_box((publisher.transmit(&mut memory.to_send, now()), publisher.poll_timeout()));
    publisher.restart(now());
    let _ = black_box(publisher.publish(&[octets()]));
}

#[cfg(not(feature = "curve"))]
fn secured(memory: &mut Memory) -> Result<(), Failure> {
    use zmtp_core::mechanism::{Plain, PlainSecurity};

    let client = PlainSecurity::Client { username: black_box("name"), password: black_box("password") };
    let [security, _] = black_box([client, PlainSecurity::Server]);
    connection(security, Plain::new(), memory)
}

/// The mechanism is chosen at run time, so that all three are in one connection.
#[cfg(feature = "curve")]
fn secured(memory: &mut Memory) -> Result<(), Failure> {
    use zmtp_core::mechanism::{
        AnyMechanism, AnySecurity, CurveHandshake, CurveKeyPair, CurveSecurity, PlainSecurity,
    };

    let mut entropy = |octets: &mut [u8]| octets.fill(number());
    let keys = CurveKeyPair::generate(&mut entropy);
    let client = PlainSecurity::Client { username: black_box("name"), password: black_box("password") };
    let [security, ..] = black_box([
        AnySecurity::Plain(client),
        AnySecurity::Plain(PlainSecurity::Server),
        AnySecurity::Curve(CurveSecurity::Server { keys: &keys }),
        AnySecurity::Curve(CurveSecurity::Client { keys: &keys, server: &keys.public }),
    ]);
    let mechanism = AnyMechanism::new(&security, CurveHandshake::new, &mut entropy);
    connection(security, mechanism, memory)
}

/// The loop of a driver.
fn connection<M: Mechanism>(
    security: M::Security<'_>,
    mechanism: M,
    memory: &mut Memory,
) -> Result<(), Failure> {
    let mut config = Config::new(black_box(SocketType::Router)).with_security(security);
    config.identity = octets();
    let mut connection = Connection::with(&config, mechanism, now());
    let mut filled: usize = 0;
    loop {
        connection.handle_timeout(&config, now())?;
        black_box(connection.poll_timeout());
        black_box(connection.poll_transmit(&config, &mut memory.to_send, now()));
        let progress = connection.receive(&config, &memory.received, now())?;
        match progress.step {
            Step::Frame(_) => filled = 0,
            Step::Body(count) => {
                let rest = memory.command.get_mut(filled..).unwrap_or_default();
                for (to, from) in rest.iter_mut().zip(memory.received.iter().take(count)) {
                    *to = *from;
                }
                filled = filled.saturating_add(count);
                connection.take_body(count, now())?;
            }
            Step::Command => {
                let body = memory.command.get_mut(..filled).unwrap_or_default();
                if let Event::Message { body, .. } = connection.handle_command(&config, body, now())? {
                    black_box(body);
                }
            }
            Step::Admit => {
                black_box(connection.credentials(&memory.command));
                connection.admit(black_box(Verdict::Accept))?;
            }
            Step::Starved | Step::Transmit => {}
        }
        if connection.seal(FrameKind::Message { more: false }, &mut memory.to_send).is_ok() {
            connection.sent_body(number());
        }
        black_box(&mut *memory);
    }
}

/// Octets of any content and number.
fn octets() -> &'static [u8] {
    static OCTETS: [u8; 64] = [1; 64];
    black_box(&OCTETS)
}

/// Room for any number of octets, up to 64.
fn room(storage: &mut [u8; 64]) -> &mut [u8] {
    let most = storage.len();
    let length = number::<usize>().min(most);
    black_box(storage.get_mut(..length).unwrap_or_default())
}

/// Any number.
fn number<N: From<u8>>() -> N {
    black_box(N::from(1))
}

/// Any time.
fn now() -> Instant {
    Instant::from_micros(number())
}
