//! A message far larger than all memory of both ends: 64 octets for what comes, 64 for what goes, and nothing else.
//!
//! It needs no std: `cargo xtask footprint` runs the same on the emulated microcontroller.

use zmtp_core::wire::FrameKind;
use zmtp_core::{Config, Connection, Event, Instant, SocketType, Step};

/// Octets in the message of either direction.
pub const MESSAGE: u32 = 1024 * 1024;
const BUFFER: usize = 64;
const NOW: Instant = Instant::from_millis(1);

static CONFIG: Config<'static> = Config::new(SocketType::Pair);

/// A sum that knows the order of what was added: Adler-32 without its modulus.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Checksum {
    octets: u32,
    low: u32,
    high: u32,
}

impl Checksum {
    fn add(&mut self, octets: &[u8]) {
        for &octet in octets {
            self.low = self.low.wrapping_add(u32::from(octet));
            self.high = self.high.wrapping_add(self.low);
        }
        self.octets += octets.len() as u32;
    }
}

/// One end of the stream.
struct End {
    connection: Connection,
    /// Of a generator whose octets do not repeat with any buffer.
    seed: u32,
    incoming: [u8; BUFFER],
    /// Octets in `incoming`.
    filled: usize,
    in_command: bool,
    begun: bool,
    sent: Checksum,
    received: Checksum,
}

impl End {
    fn new(seed: u32) -> Self {
        Self {
            connection: Connection::new(&CONFIG, NOW),
            seed,
            incoming: [0; BUFFER],
            filled: 0,
            in_command: false,
            begun: false,
            sent: Checksum::default(),
            received: Checksum::default(),
        }
    }

    /// Fills `out` with what is owed, then with the message.
    fn say(&mut self, out: &mut [u8]) -> usize {
        let mut written = self.connection.poll_transmit(&CONFIG, out, NOW);
        if self.connection.may_send() && !self.begun && out.len() - written >= 9 {
            let head = self.connection.begin_frame(false, u64::from(MESSAGE)).expect("nothing is owed");
            out[written..][..head.len()].copy_from_slice(head.as_ref());
            written += head.len();
            self.begun = true;
        }
        let count = self.connection.body_to_send().min((out.len() - written) as u64) as usize;
        let body = &mut out[written..][..count];
        for octet in body.iter_mut() {
            self.seed = self.seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *octet = (self.seed >> 24) as u8;
        }
        self.sent.add(body);
        self.connection.sent_body(count);
        written + count
    }

    /// Takes in as much as there is room for; returns how much that was.
    fn hear(&mut self, octets: &[u8]) -> usize {
        let count = octets.len().min(BUFFER - self.filled);
        self.incoming[self.filled..][..count].copy_from_slice(&octets[..count]);
        self.filled += count;
        loop {
            let input = &self.incoming[..self.filled];
            let progress = self.connection.receive(&CONFIG, input, NOW).expect("the peer keeps to the rules");
            self.done_with(progress.used);
            match progress.step {
                Step::Frame(head) => self.in_command = head.kind == FrameKind::Command,
                // A command stays in the buffer until it is whole: it needs no other storage.
                Step::Body(here) if self.in_command && (here as u64) < self.connection.body_left() => {
                    return count;
                }
                Step::Body(here) => {
                    self.connection.take_body(here, NOW).expect("it was announced");
                    let body = &mut self.incoming[..here];
                    if self.in_command {
                        let event = self.connection.handle_command(&CONFIG, body, NOW).expect("it is READY");
                        assert!(matches!(event, Event::Established(_)));
                    } else {
                        self.received.add(body);
                    }
                    self.done_with(here);
                }
                Step::Starved => return count,
                step => panic!("{step:?}"),
            }
        }
    }

    fn done_with(&mut self, octets: usize) {
        self.incoming.copy_within(octets..self.filled, 0);
        self.filled -= octets;
    }
}

/// Sends a message both ways at once; returns how many octets came through each way as they were sent.
pub fn stream() -> u32 {
    let mut ends = [End::new(1), End::new(2)];
    let mut streams = [([0; BUFFER], 0_usize); 2];
    while ends.iter().any(|end| end.received.octets < MESSAGE) {
        for (from, to) in [(0, 1), (1, 0)] {
            let (stream, held) = &mut streams[from];
            *held += ends[from].say(&mut stream[*held..]);
            let taken = ends[to].hear(&stream[..*held]);
            stream.copy_within(taken..*held, 0);
            *held -= taken;
        }
    }
    let [a, b] = ends;
    assert_eq!((a.sent, b.sent), (b.received, a.received));
    assert_ne!(a.sent, b.sent);
    a.received.octets
}

#[test]
fn a_message_of_a_mebioctet_passes_both_ways_through_buffers_of_64_octets() {
    assert_eq!(stream(), MESSAGE);
}
