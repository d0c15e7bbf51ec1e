//! Everything comes back: what the socket types, mechanisms and streams of a board are tested with.
//!
//! ```text
//! main.rs       the loop
//! storage.rs    every octet it works in
//! whole.rs      echoes messages as they are
//! pieces.rs     echoes messages larger than all its buffers, with a checksum behind them
//! ```
//!
//! | where | what | speaks |
//! |---|---|---|
//! | port 5555 | ROUTER | messages as they are |
//! | port 5556 | DEALER with 64 octets of buffer each way | in pieces |
//! | port 5557 | PULL | what it takes goes to 5558 |
//! | port 5558 | PUSH | |
//! | port 5559 | DEALER with CURVE | messages as they are |
//! | UART0 | DEALER with 64 octets of buffer each way | in pieces |
//!
//! Its CURVE key is in its source, so nothing is secret here. It prints what happens to its peers, and `ready` once it
//! listens.

#![no_std]
#![no_main]

mod pieces;
mod storage;
mod whole;

use core::time::Duration;

use cortex_m_rt::entry;
use mps2_an385::{Board, entropy, interface, random_of_host};
use pieces::InPieces;
use semihosting::eprintln;
use smoltcp::iface::{SocketSet, SocketStorage};
use smoltcp::time::Instant as NetworkInstant;
use storage::Storage;
use whole::Whole;
use zmtp_smoltcp::{
    Config, CurveKeyPair, CurveSecretKey, CurveSecurity, Dealer, Event, Instant, Io, Places, Pull, Push,
    Router, RouterOptions, Socket as _, SocketType, Tcp,
};

/// The secret key of the server in the documentation of libzmq's CURVE (zmq_curve(7)): everybody has it.
const SECRET: &str = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";

/// What is written to the UART has no interrupt: it is looked at as often.
const UART_PAUSE: Duration = Duration::from_micros(200);

const CONFIG: Config<'static> = Config::new(SocketType::Dealer);

#[entry]
fn main() -> ! {
    static mut STORAGE: Storage = Storage::new();
    let mut board = match Board::take(&mut STORAGE.received_frame, &mut STORAGE.frame_to_send) {
        Ok(board) => board,
        Err(error) => panic!("the board does not come up: {error}"),
    };
    let mut interface = interface(&mut board, entropy());
    let Storage { streams, routed, streamed, pulled, pushed, sealed, serial, routes, .. } = STORAGE;
    let mut records = [SocketStorage::EMPTY; storage::STREAMS];
    let mut sockets = SocketSet::new(&mut records[..]);
    let [a, b, c, d, e, f] = streams.each_mut().map(|rings| sockets.add(storage::stream(rings)));

    let mut at_router = Tcp::bind([a, b], 5555);
    let mut places = routed.each_mut().map(storage::Rooms::peer);
    let mut router = Router::new(CONFIG, &mut places, routes, RouterOptions::default(), entropy() as u32);
    let mut at_dealer = Tcp::bind([c], 5556);
    let mut places = [streamed.streaming_peer()];
    let mut dealer = Dealer::new(CONFIG, &mut places);
    let (mut at_pull, mut at_push) = (Tcp::bind([d], 5557), Tcp::bind([e], 5558));
    let (mut places, mut more_places) = ([pulled.peer()], [pushed.peer()]);
    let (mut pull, mut push) = (Pull::new(CONFIG, &mut places), Push::new(CONFIG, &mut more_places));
    let mut at_curve = Tcp::bind([f], 5559);
    let Ok(secret) = CurveSecretKey::from_z85(SECRET) else { panic!("the key is no key") };
    let keys = CurveKeyPair::from_secret(secret);
    let mut random = random_of_host;
    let mut places = [sealed.secure_peer()];
    let mut curve = Dealer::new(
        CONFIG.with_security(CurveSecurity::Server { keys: &keys }),
        Places::with_entropy(&mut places, &mut random),
    );
    let Some(mut serial_line) = board.uart.take() else { panic!("the UART is taken") };
    serial_line.enable();
    let (mut rx, mut tx) = ([0; 16], [0; 16]);
    let mut line = Io::new(serial_line, &mut rx, &mut tx);
    let mut places = [serial.streaming_peer()];
    let mut uart = Dealer::new(CONFIG, &mut places);
    let mut attached = false;

    let (mut by_router, mut by_curve, mut by_pipeline) = (Whole::new(), Whole::new(), Whole::new());
    let (mut by_dealer, mut by_uart) = (InPieces::default(), InPieces::default());
    eprintln!("ready");
    loop {
        let micros = board.clock.now();
        let (network_now, now) = (NetworkInstant::from_micros(micros as i64), Instant::from_micros(micros));
        interface.poll(network_now, &mut board.ethernet, &mut sockets);
        at_router.poll(&mut router, &mut interface, &mut sockets, now, |event| tell("router", event));
        at_dealer.poll(&mut dealer, &mut interface, &mut sockets, now, |event| tell("dealer", event));
        at_pull.poll(&mut pull, &mut interface, &mut sockets, now, |event| tell("pull", event));
        at_push.poll(&mut push, &mut interface, &mut sockets, now, |event| tell("push", event));
        at_curve.poll(&mut curve, &mut interface, &mut sockets, now, |event| tell("curve", event));
        if !attached {
            // Until the application has heard that the peer before is gone, there is no other.
            attached = uart.attach(0, now).is_some();
        }
        if attached && let Err(reason) = uart.drive(0, &mut line, now, &mut |event| tell("uart", event)) {
            uart.detach(0);
            attached = false;
            tell("uart", Event::Disconnected { peer: 0, reason });
        }
        by_router.take(|buffer| router.recv(buffer));
        by_curve.take(|buffer| curve.recv(buffer));
        by_pipeline.take(|buffer| pull.recv(buffer));
        let mut moved = by_router.give(|parts| router.send(parts));
        moved |= by_curve.give(|parts| curve.send(parts));
        moved |= by_pipeline.give(|parts| push.send(parts));
        moved |= by_dealer.step(&mut dealer);
        moved |= by_uart.step(&mut uart);
        if moved || line.get_mut().has_received() && attached {
            continue;
        }
        let uart_writes = (!line.is_flushed()).then(|| now.after(UART_PAUSE));
        let deadlines = [
            interface.poll_at(network_now, &sockets).map(|at| at.total_micros() as u64),
            at_router.poll_timeout(&router).map(Instant::as_micros),
            at_dealer.poll_timeout(&dealer).map(Instant::as_micros),
            at_pull.poll_timeout(&pull).map(Instant::as_micros),
            at_push.poll_timeout(&push).map(Instant::as_micros),
            at_curve.poll_timeout(&curve).map(Instant::as_micros),
            uart_writes.map(Instant::as_micros),
        ];
        board.sleep(deadlines.into_iter().flatten().min());
    }
}

/// Prints what happened to a peer.
fn tell(socket: &str, event: Event) {
    match event {
        Event::Disconnected { peer, reason } => eprintln!("{socket}: peer {peer}: {reason}"),
        Event::Connected { peer } => eprintln!("{socket}: peer {peer}: connected"),
        Event::Lost { peer, messages } => eprintln!("{socket}: peer {peer}: {messages} messages are lost"),
        Event::Oversize { peer } => eprintln!("{socket}: peer {peer}: a message was too large"),
        Event::SubscriptionRefused { peer } => eprintln!("{socket}: peer {peer}: no room for a subscription"),
    }
}
