//! Two links, each fed what the other transmits, through a stream that cuts as the input says.
//!
//! Held: neither ever fails, messages arrive whole and in order, and nothing gets stuck.
#![no_main]

use std::collections::VecDeque;

use libfuzzer_sys::fuzz_target;
use zmtp_core::link::{Link, LinkEvent, Storage};
use zmtp_core::{Config, Heartbeat, Instant, SocketType};

const CONFIG: Config<'static> = Config {
    heartbeat: Heartbeat::every(core::time::Duration::from_millis(100)),
    ..Config::new(SocketType::Pair)
};

/// Operations on each input: more of them say nothing new.
const LONGEST: usize = 160;

struct Side<'a> {
    link: Link<'a>,
    /// Octets on their way to this side.
    stream: VecDeque<u8>,
    /// Messages on their way to this side.
    expected: VecDeque<Vec<Vec<u8>>>,
}

fuzz_target!(|data: &[u8]| {
    let mut storage = [[[0; 96]; 3]; 2];
    let [ours, theirs] = &mut storage;
    let mut now = Instant::from_millis(0);
    let mut sides = [side(ours, now), side(theirs, now)];
    let mut operations = data.iter().copied().take(LONGEST);
    while let Some(operation) = operations.next() {
        let (from, to) = (usize::from(operation & 1), usize::from(!operation & 1));
        let size = usize::from(operation >> 4) * 4 + 1;
        match (operation >> 1) % 8 {
            0..=2 => drop(transmit(&mut sides, from, to, size, now)),
            3..=5 => drop(receive(&mut sides[to], size, now)),
            6 => send(&mut sides, from, to, size, operations.next().unwrap_or(0)),
            _ => {
                now = now.after(core::time::Duration::from_millis(10));
                for side in &mut sides {
                    // Silence is the fuzzer's choice of not moving octets; that peer may well be given up.
                    if side.link.handle_timeout(&CONFIG, now).is_err() {
                        return;
                    }
                }
            }
        }
        take(&mut sides[to]);
    }
    // Let everything through: with both sides served in turn, all that was sent arrives, until nothing moves any more.
    let mut idle = 0;
    while idle < 3 {
        let mut moved = 0;
        for (from, to) in [(0, 1), (1, 0)] {
            moved += transmit(&mut sides, from, to, 256, now) + receive(&mut sides[to], 512, now);
            take(&mut sides[to]);
        }
        idle = if moved == 0 { idle + 1 } else { 0 };
    }
    for side in &sides {
        assert!(side.expected.is_empty() && side.stream.is_empty() && side.link.may_send());
    }
});

fn side(storage: &mut [[u8; 96]; 3], now: Instant) -> Side<'_> {
    let [command, incoming, outgoing] = storage;
    let storage = Storage { command, incoming, outgoing, messages: 0 };
    Side { link: Link::new(&CONFIG, storage, now), stream: VecDeque::new(), expected: VecDeque::new() }
}

fn transmit(sides: &mut [Side<'_>; 2], from: usize, to: usize, size: usize, now: Instant) -> usize {
    let mut out = [0; 256];
    let count = sides[from].link.transmit(&CONFIG, &mut out[..size], now);
    sides[to].stream.extend(&out[..count]);
    count
}

fn receive(side: &mut Side<'_>, size: usize, now: Instant) -> usize {
    // A ring shows the part up to its end only, and so does this.
    let front = side.stream.as_slices().0;
    let input = &front[..size.min(front.len())];
    let received = side.link.receive(&CONFIG, input, now).expect("a good peer's octets");
    assert!(!matches!(received.event, Some(LinkEvent::Oversize)));
    let used = received.used;
    side.stream.drain(..used);
    used
}

fn send(sides: &mut [Side<'_>; 2], from: usize, to: usize, size: usize, fill: u8) {
    let parts = vec![vec![fill; size / 3]; usize::from(fill % 3) + 1];
    let slices: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    if sides[from].link.send(&slices).is_ok() {
        sides[to].expected.push_back(parts);
    }
}

fn take(side: &mut Side<'_>) {
    let mut message = Vec::new();
    let mut body = [0; 96];
    while let Ok((len, more)) = side.link.take_frame(&mut body) {
        message.push(body[..len].to_vec());
        if !more {
            assert_eq!(Some(std::mem::take(&mut message)), side.expected.pop_front());
        }
    }
    assert!(message.is_empty(), "a message arrived in part");
}
