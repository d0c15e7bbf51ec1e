//! Every pattern, and a link with PLAIN; with the feature `curve` a link whose mechanism is chosen at run time: NULL, PLAIN
//! and CURVE, client and server.

#![no_std]
#![no_main]

#[path = "../../../panic-probe/src/pattern.rs"]
mod pattern;
#[path = "../unsafe_entry.rs"]
mod unsafe_entry;

use core::hint::black_box;

use footprint::linked::Publisher;
use zmtp_core::link::Storage;
use zmtp_core::mechanism::{Mechanism, PlainSecurity, Verdict};
use zmtp_core::{Config, Failure, Instant, SocketType};

/// What firmware lends.
struct Memory {
    buffers: [[u8; 64]; 4],
    received: [u8; 64],
    to_send: [u8; 64],
}

impl Memory {
    const fn new() -> Self {
        Self { buffers: [[0; 64]; 4], received: [0; 64], to_send: [0; 64] }
    }
}

fn image(memory: &mut Memory) -> ! {
    loop {
        pattern::drive();
        let _ = black_box(secured(memory));
    }
}

#[cfg(not(feature = "curve"))]
fn secured(memory: &mut Memory) -> Result<(), Failure> {
    use zmtp_core::mechanism::Plain;

    let client = PlainSecurity::Client { username: black_box("name"), password: black_box("password") };
    let [security, _] = black_box([client, PlainSecurity::Server]);
    link(security, Plain::new, memory)
}

#[cfg(feature = "curve")]
fn secured(memory: &mut Memory) -> Result<(), Failure> {
    use zmtp_core::mechanism::{AnyMechanism, AnySecurity, CurveHandshake, CurveKeyPair, CurveSecurity};

    let mut entropy = |octets: &mut [u8]| octets.fill(number());
    let keys = CurveKeyPair::generate(&mut entropy);
    let client = PlainSecurity::Client { username: black_box("name"), password: black_box("password") };
    let [security, ..] = black_box([
        AnySecurity::Plain(client),
        AnySecurity::Plain(PlainSecurity::Server),
        AnySecurity::Curve(CurveSecurity::Server { keys: &keys }),
        AnySecurity::Curve(CurveSecurity::Client { keys: &keys, server: &keys.public }),
    ]);
    link(security, || AnyMechanism::new(&security, CurveHandshake::new, &mut entropy), memory)
}

/// The loop of the firmware around a link.
fn link<M: Mechanism>(
    security: M::Security<'_>,
    mut mechanism: impl FnMut() -> M,
    memory: &mut Memory,
) -> Result<(), Failure> {
    let mut config = Config::new(black_box(SocketType::Router)).with_security(security);
    config.identity = octets();
    let Memory { buffers: [command, incoming, outgoing, subscriptions], received, to_send } = memory;
    let storage = Storage { command, incoming, outgoing, messages: 0 };
    let mut publisher = Publisher::new(&config, mechanism(), storage, subscriptions, now());
    loop {
        let now = now();
        let result = publisher.receive(&config, black_box(received), now).and_then(|used| {
            black_box(used);
            publisher.handle_timeout(&config, now)?;
            publisher.admit(|| black_box(Verdict::Accept))
        });
        let sent = publisher.transmit(&config, to_send, now);
        black_box((&to_send, sent));
        if result.is_err() {
            publisher.restart(&config, mechanism(), now);
        }
        let _ = black_box(publisher.publish(&[octets()]));
        black_box(publisher.poll_timeout());
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
