//! A PUB for one peer, and the loop of the firmware around it. The stream is memory that the optimizer knows nothing of.

#![no_std]
#![no_main]

#[path = "../unsafe_entry.rs"]
mod unsafe_entry;

use core::hint::black_box;

use footprint::publisher::Publisher;
use zmtp_core::Instant;

/// What firmware lends.
struct Memory {
    incoming: [u8; 64],
    outgoing: [u8; 64],
    subscriptions: [u8; 64],
    received: [u8; 64],
    to_send: [u8; 64],
}

impl Memory {
    const fn new() -> Self {
        Self {
            incoming: [0; 64],
            outgoing: [0; 64],
            subscriptions: [0; 64],
            received: [0; 64],
            to_send: [0; 64],
        }
    }
}

fn image(memory: &mut Memory) -> ! {
    let Memory { incoming, outgoing, subscriptions, received, to_send } = memory;
    let mut publisher = Publisher::new(incoming, outgoing, subscriptions, now());
    loop {
        let now = now();
        let result = publisher.receive(black_box(received), now).and_then(|used| {
            black_box(used);
            publisher.handle_timeout(now)
        });
        let sent = publisher.transmit(to_send, now);
        black_box((&to_send, sent));
        if result.is_err() {
            publisher.restart(now);
        }
        let _ = black_box(publisher.publish(black_box(b"12345678")));
        black_box(publisher.poll_timeout());
    }
}

fn now() -> Instant {
    Instant::from_micros(black_box(0))
}
