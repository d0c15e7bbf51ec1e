//! Instructions of what happens for every message.

use core::hint::black_box;

use footprint::publisher::Publisher;
use zmtp_core::{Instant, Step};

use crate::board_unsafe;
use crate::script::{self, GREETING, NOW, PULL, READY_SUB};

const LOOPS: u32 = 10_000;
/// A queue that takes the messages of all loops.
const QUEUE: usize = LOOPS as usize * 10;
/// The eight topics, of which the last is the one that matches.
const TOPICS: [&[u8; 4]; 8] = [b"wind", b"rain", b"snow", b"hail", b"sun ", b"fog ", b"dew ", b"temp"];

/// Of `work`, done [`LOOPS`] times, less the loop itself.
fn each(mut work: impl FnMut()) -> u32 {
    let empty = board_unsafe::instructions(|| (0..black_box(LOOPS)).for_each(|_| black_box(())));
    let all = board_unsafe::instructions(|| (0..black_box(LOOPS)).for_each(|_| work()));
    (all - empty).div_ceil(LOOPS)
}

/// A frame of ten octets arrives whole: its head is read and checked, and its body is the caller's.
pub fn decode() -> u32 {
    let mut connection = script::pull();
    let now: Instant = black_box(NOW);
    let frame = black_box(b"\x00\x0A0123456789");
    each(|| {
        let head = connection.receive(&PULL, frame, now);
        let Ok(progress) = head else { panic!("a frame") };
        let Step::Frame(frame) = progress.step else { panic!("its head") };
        assert!(connection.take_body(frame.len as usize, now).is_ok());
    })
}

/// A message of eight octets is matched against eight topics, encoded and queued.
pub fn publish() -> u32 {
    static mut OUTGOING: [u8; QUEUE] = [0; QUEUE];
    let (mut incoming, mut table) = ([0; 64], [0; 64]);
    let outgoing = board_unsafe::lend(&raw mut OUTGOING);
    let mut publisher = Publisher::new(&mut incoming, outgoing, &mut table, NOW);
    for octets in [&GREETING[..], READY_SUB] {
        assert_eq!(publisher.receive(octets, NOW), Ok(octets.len()));
        publisher.transmit(&mut [0; 128], NOW);
    }
    for topic in TOPICS {
        let mut command = *b"\x04\x0E\x09SUBSCRIBE????";
        command[12..].copy_from_slice(topic);
        assert_eq!(publisher.receive(&command, NOW), Ok(command.len()));
    }
    each(|| assert_eq!(publisher.publish(black_box(b"temp 12C")), Ok(true)))
}
