//! A PUB for one peer on a link, and the loop of the firmware around it.

#![no_std]
#![no_main]

#[path = "../unsafe_entry.rs"]
mod unsafe_entry;

use core::hint::black_box;

use footprint::linked::Publisher;
use zmtp_core::link::Storage;
use zmtp_core::mechanism::Null;
use zmtp_core::{Config, Instant, SocketType};

/// In flash.
static CONFIG: Config<'static> = Config::new(SocketType::Pub);

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
    let Memory { command, incoming, outgoing, subscriptions, received, to_send } = memory;
    let storage = Storage { command, incoming, outgoing, messages: 0 };
    let mut publisher = Publisher::new(&CONFIG, Null, storage, subscriptions, now());
    loop {
        let now = now();
        let result = publisher.receive(&CONFIG, black_box(received), now).and_then(|used| {
            black_box(used);
            publisher.handle_timeout(&CONFIG, now)
        });
        let sent = publisher.transmit(&CONFIG, to_send, now);
        black_box((&to_send, sent));
        if result.is_err() {
            publisher.restart(&CONFIG, Null, now);
        }
        let _ = black_box(publisher.publish(&[black_box(b"12345678")]));
        black_box(publisher.poll_timeout());
    }
}

fn now() -> Instant {
    Instant::from_micros(black_box(0))
}
