//! Measures the stack of a handshake of CURVE, both sides of it. An image of its own, so that the one without CURVE is
//! optimized as those are whose size is taken.

#![no_std]
#![no_main]
#![deny(unsafe_code)]

#[path = "../measure/board_unsafe.rs"]
mod board_unsafe;
#[path = "../measure/deepest.rs"]
mod deepest;

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use semihosting::{println, process};
use zmtp_core::mechanism::{Curve, CurveHandshake, CurveKeyPair, CurveSecurity};
use zmtp_core::{Config, Connection, Event, Instant, SocketType, Step};

use deepest::Deepest;

const NOW: Instant = Instant::from_millis(1);

#[entry]
fn main() -> ! {
    println!("stack-curve {}", handshake());
    process::exit(0)
}

#[panic_handler]
fn on_panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    process::exit(101)
}

type Curved<'m> = Connection<Curve<&'m mut CurveHandshake>>;

/// One end of a connection with CURVE, and what it has to say.
struct Side<'m, 'c> {
    connection: Curved<'m>,
    config: Config<'c, CurveSecurity<'c>>,
    command: [u8; 512],
    established: bool,
}

impl<'m, 'c> Side<'m, 'c> {
    fn new(
        config: Config<'c, CurveSecurity<'c>>,
        memory: &'m mut CurveHandshake,
        seed: u8,
        deepest: &mut Deepest,
    ) -> Self {
        // Not random: nobody is kept out of this.
        let mut entropy = |octets: &mut [u8]| octets.fill(seed);
        let connection = deepest.of(|| Connection::with(&config, Curve::new(memory, &mut entropy), NOW));
        Self { connection, config, command: [0; 512], established: false }
    }

    fn hear(&mut self, mut octets: &[u8], deepest: &mut Deepest) {
        let mut filled = 0;
        loop {
            let progress = deepest.of(|| self.connection.receive(&self.config, octets, NOW)).expect("a peer");
            octets = &octets[progress.used..];
            match progress.step {
                Step::Frame(_) => filled = 0,
                Step::Body(count) => {
                    self.command[filled..][..count].copy_from_slice(&octets[..count]);
                    deepest.of(|| self.connection.take_body(count, NOW)).expect("a body");
                    octets = &octets[count..];
                    filled += count;
                }
                Step::Command => {
                    let body = &mut self.command[..filled];
                    let event = deepest.of(|| self.connection.handle_command(&self.config, body, NOW));
                    self.established |= matches!(event.expect("a command"), Event::Established(_));
                }
                Step::Starved | Step::Transmit => return,
                Step::Admit => unreachable!("nobody is to be asked"),
            }
        }
    }

    fn say(&mut self, out: &mut [u8], deepest: &mut Deepest) -> usize {
        deepest.of(|| self.connection.poll_transmit(&self.config, out, NOW))
    }
}

/// A client and a server of CURVE: the whole handshake, of both.
fn handshake() -> usize {
    let keys = [1, 2].map(|seed| CurveKeyPair::generate(&mut |octets: &mut [u8]| octets.fill(seed)));
    let [client_keys, server_keys] = &keys;
    let mut deepest = Deepest::default();
    let (mut ours, mut theirs) = (CurveHandshake::new(), CurveHandshake::new());
    let client = CurveSecurity::Client { keys: client_keys, server: &server_keys.public };
    let client = Config::new(SocketType::Sub).with_security(client);
    let server = Config::new(SocketType::Pub).with_security(CurveSecurity::Server { keys: server_keys });
    let mut client = Side::new(client, &mut ours, 3, &mut deepest);
    let mut server = Side::new(server, &mut theirs, 4, &mut deepest);
    let mut stream = [0; 512];
    while !(client.established && server.established) {
        let said = client.say(&mut stream, &mut deepest);
        server.hear(&stream[..said], &mut deepest);
        let said = server.say(&mut stream, &mut deepest);
        client.hear(&stream[..said], &mut deepest);
    }
    deepest.0
}
