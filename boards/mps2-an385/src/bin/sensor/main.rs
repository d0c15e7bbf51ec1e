//! A sensor on the network: readings from a PUB, commands to a REP.
//!
//! ```text
//! main.rs          the loop: frames, octets, messages, the application, sleep
//! storage.rs       every octet it works in, and how many there are of each kind
//! application.rs   what it does: commands, readings
//! ```
//!
//! `sensor-messages` says what can be sent to it and what comes back. It prints what happens to its peers, and `ready`
//! once it listens.

#![no_std]
#![no_main]

mod application;
mod storage;

use application::Application;
use core::mem::size_of;
use cortex_m_rt::entry;
use mps2_an385::{Board, entropy, interface};
use semihosting::eprintln;
use sensor_messages::{COMMANDS_PORT, READINGS_PORT};
use smoltcp::iface::{SocketSet, SocketStorage};
use smoltcp::time::Instant as NetworkInstant;
use storage::Storage;
use zmtp_core::{Connection, link::Link};
use zmtp_smoltcp::{Config, Event, Instant, Limits, Pub, Rep, SocketType, Tcp};

/// What a peer costs beside its buffers is kept in sight.
const _: () = assert!(size_of::<Connection>() <= 96);

#[entry]
fn main() -> ! {
    static mut STORAGE: Storage = Storage::new();
    let mut board = match Board::take(&mut STORAGE.received_frame, &mut STORAGE.frame_to_send) {
        Ok(board) => board,
        Err(error) => panic!("the board does not come up: {error}"),
    };
    let mut interface = interface(&mut board, entropy());

    let mut records = [SocketStorage::EMPTY; storage::REQUESTERS + storage::SUBSCRIBERS];
    let mut sockets = SocketSet::new(&mut records[..]);
    let (command_streams, reading_streams) = STORAGE.streams.add_to(&mut sockets);
    let mut commands = Tcp::bind(command_streams, COMMANDS_PORT);
    let mut readings = Tcp::bind(reading_streams, READINGS_PORT);
    let mut requesters = STORAGE.requesters.each_mut().map(storage::PeerStorage::peer);
    let mut subscribers = STORAGE.subscribers.each_mut().map(storage::PeerStorage::peer);
    let mut rep = Rep::new(config(SocketType::Rep), &mut requesters, &mut STORAGE.envelope);
    let mut publisher = Pub::new(config(SocketType::Pub), &mut subscribers, &mut STORAGE.subscriptions);
    let mut application = Application::default();

    eprintln!("octets of RAM: connection {}, link {}", size_of::<Connection>(), size_of::<Link<'_>>());
    eprintln!("ready");
    loop {
        let now = board.clock.now();
        let network_now = NetworkInstant::from_micros(now as i64);
        interface.poll(network_now, &mut board.ethernet, &mut sockets);
        let now = Instant::from_micros(now);
        commands.poll(&mut rep, &mut interface, &mut sockets, now, |event| tell("commands", event));
        readings.poll(&mut publisher, &mut interface, &mut sockets, now, |event| tell("readings", event));
        if application.step(&mut rep, &mut publisher, now) {
            // What it sent has to get into frames.
            continue;
        }
        let deadlines = [
            interface.poll_at(network_now, &sockets).map(|at| at.total_micros() as u64),
            commands.poll_timeout(&rep).map(Instant::as_micros),
            readings.poll_timeout(&publisher).map(Instant::as_micros),
            application.poll_timeout(&publisher).map(Instant::as_micros),
        ];
        board.sleep(deadlines.into_iter().flatten().min());
    }
}

/// Prints what happened to a peer.
fn tell(socket: &str, event: Event) {
    let (peer, what) = match event {
        Event::Connected { peer } => (peer, "connected"),
        Event::Disconnected { peer, reason } => (peer, reason.reason()),
        Event::Lost { peer, .. } => (peer, "messages to the one before are lost"),
        Event::Oversize { peer } => (peer, "a message was too large"),
        Event::SubscriptionRefused { peer } => (peer, "no room for a subscription"),
    };
    eprintln!("{socket}: peer {peer}: {what}");
}

/// No peer of a sensor has anything long to say; one that announces it is sent away at the head of the frame.
const fn config(socket_type: SocketType) -> Config<'static> {
    Config {
        limits: Limits { frame: 1_024, message: 1_024, parts: 16, ..Limits::new() },
        ..Config::new(socket_type)
    }
}
