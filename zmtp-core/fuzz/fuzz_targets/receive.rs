//! The receive path under any octets, cut anywhere, while a second stream drives the rest of the API.
//!
//! The first octet of the input says how long the control stream is (times eight); the rest is the network. Held:
//! no panic, progress, limits at the head, bodies counted exactly, failures for ever.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zmtp_core::wire::{FrameHead, FrameKind};
use zmtp_core::{Budget, Config, Connection, Heartbeat, Instant, Limits, SocketType, Step};

const LIMITS: Limits = Limits { frame: 1_000, message: 2_000, parts: 5, command: 600, ..Limits::new() };
const TYPES: [SocketType; 4] = [SocketType::Pull, SocketType::XPub, SocketType::Router, SocketType::Sub];

struct Peer {
    connection: Connection,
    config: Config<'static>,
    now: Instant,
    head: Option<FrameHead>,
    command: Vec<u8>,
}

fuzz_target!(|data: &[u8]| {
    let Some((&[kind, len], rest)) = data.split_first_chunk() else { return };
    let (control, network) = rest.split_at((usize::from(len) * 8).min(rest.len()));
    let config = Config {
        limits: LIMITS,
        heartbeat: Heartbeat::every(core::time::Duration::from_secs(u64::from(kind) / 64)),
        ..Config::new(TYPES[usize::from(kind) % TYPES.len()])
    };
    let now = Instant::from_millis(0);
    let mut peer =
        Peer { connection: Connection::new(&config, now), config, now, head: None, command: Vec::new() };
    let mut control = control.iter().copied().chain(core::iter::repeat(255));
    // Greetings and READYs that fuzzing would have to guess: bit 5 of the first octet puts them in front.
    let mut input = if kind & 32 == 0 { hello(config.socket_type) } else { Vec::new() };
    input.extend_from_slice(network);
    let mut rest = &input[..];
    while !rest.is_empty() && peer.connection.failure().is_none() {
        let cut = control.next().unwrap_or(255);
        let (piece, behind) = rest.split_at(usize::from(cut).max(1).min(rest.len()));
        rest = behind;
        peer.operate(control.next().unwrap_or(255));
        if peer.feed(piece).is_none() {
            break;
        }
    }
    if let Some(failure) = peer.connection.failure() {
        assert_eq!(peer.connection.receive(&config, b"\x00\x00", peer.now), Err(failure));
        assert!(peer.connection.begin_frame(false, 1).is_err());
    }
});

/// What a peer that `socket_type` accepts says in its handshake.
fn hello(socket_type: SocketType) -> Vec<u8> {
    let peer = match socket_type {
        SocketType::Pull => "PUSH",
        SocketType::XPub => "XSUB",
        SocketType::Router => "DEALER",
        _ => "XPUB",
    };
    let mut octets = b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\x01NULL".to_vec();
    octets.resize(64, 0);
    octets.extend([4, 22 + peer.len() as u8, 5]);
    octets.extend(b"READY\x0BSocket-Type\0\0\0");
    octets.push(peer.len() as u8);
    octets.extend(peer.as_bytes());
    octets
}

impl Peer {
    /// Drives the part of the API that is not about input.
    fn operate(&mut self, operation: u8) {
        let mut room = [0; 256];
        match operation % 8 {
            0 => {
                let size = usize::from(operation) % room.len();
                assert!(self.connection.poll_transmit(&self.config, &mut room[..size], self.now) <= size);
            }
            1 => {
                if let Some(at) = self.connection.poll_timeout() {
                    self.now = self.now.max(at);
                    let _ = self.connection.handle_timeout(&self.config, self.now);
                }
            }
            2 => drop(self.connection.begin_frame(operation & 8 != 0, u64::from(operation))),
            3 => self.connection.sent_body(usize::from(operation)),
            _ => {}
        }
    }

    /// Feeds `piece`; `None` when the connection is over.
    fn feed(&mut self, mut piece: &[u8]) -> Option<()> {
        let budget = Budget { messages: 3, octets: 900 };
        let run = self.connection.scan(&LIMITS, piece, budget, self.now);
        assert!(run.messages <= budget.messages && run.octets <= budget.octets && run.used <= piece.len());
        piece = &piece[run.used..];
        // Every step uses octets, answers something, or ends: more steps than octets are a machine that is stuck.
        for _ in 0..4 * piece.len() + 8 {
            let before = self.connection.body_left();
            let progress = self.connection.receive(&self.config, piece, self.now).ok()?;
            piece = &piece[progress.used..];
            match progress.step {
                Step::Starved => {
                    assert!(piece.is_empty(), "starved with {} octets left", piece.len());
                    return Some(());
                }
                Step::Frame(head) => {
                    let limit = if head.kind == FrameKind::Command { LIMITS.command } else { LIMITS.frame };
                    assert!(head.len <= limit && before == 0);
                    self.head = Some(head);
                    self.command.clear();
                }
                Step::Body(octets) => {
                    assert!(octets > 0 && octets <= piece.len() && octets as u64 <= before);
                    self.command.extend_from_slice(&piece[..octets]);
                    piece = &piece[octets..];
                    self.connection.take_body(octets, self.now).ok()?;
                    assert_eq!(self.connection.body_left(), before - octets as u64);
                }
                Step::Command => {
                    assert_eq!(self.head.map(|head| head.len), Some(self.command.len() as u64));
                    self.connection.handle_command(&self.config, &mut self.command, self.now).ok()?;
                }
                Step::Admit => unreachable!("nobody asks"),
                Step::Transmit => {
                    self.connection.sent_body(usize::MAX);
                    assert!(self.connection.poll_transmit(&self.config, &mut [0; 512], self.now) > 0);
                }
            }
        }
        panic!("stuck");
    }
}
