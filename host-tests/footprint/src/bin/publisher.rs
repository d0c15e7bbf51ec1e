//! A PUB for one peer, and the loop of the firmware around it. The stream is memory that the optimizer knows nothing of.

#![no_std]
#![no_main]

#[path = "../unsafe_entry.rs"]
mod unsafe_entry;

use core::hint::black_box;

use footprint::publisher::Publisher;
use zmtp_core::Instant;
use zmtp_core::link::Storage;

/// What firmware lends.
struct Memory {
    command: [u8; 64],
    incoming: [u8; 64],
    outgoing: [u8; 64],
    subscriptions: [u8; 64],
    received: [u8; 64],
    to_send: [u8; 64],
}

impl Memory {
    const fn new() -> Self {
        Self {
            command: [0; 64],
            incoming: [0; 64],
            outgoing: [0; 64],
            subscriptions: [0; 64],
            received: [0; 64],
            to_send: [0; 64],
        }
    }
}

fn image(memory: &mut Memory) -> ! {
    let storage = Storage {
        command: &mut memory.command,
        incoming: &mut memory.incoming,
        outgoing: &mut memory.outgoing,
        messages: 0,
    };
    let mut publisher = Publisher::new(storage, &mut memory.subscriptions, now());
    loop {
        let received = publisher.receive(black_box(&memory.received), now());
        let result = received.and_then(|used| {
            black_box(used);
            publisher.handle_timeout(now())
        });
        let sent = publisher.transmit(&mut memory.to_send, now());
        black_box((&memory.to_send, sent));
        if result.is_err() {
            publisher.restart(now());
        }
        let _ = black_box(publisher.publish(&[black_box(b"12345678")]));
        black_box(publisher.poll_timeout());
    }
}

fn now() -> Instant {
    Instant::from_micros(black_box(0))
}
