//! Publisher of messages with an envelope: the first part is what subscriptions are compared with.

#[path = "../guide.rs"]
mod guide;

use std::thread;

use guide::{at, msec};
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let publisher = Context::new().publisher();
    publisher.bind(at("tcp://*:5563"))?;
    loop {
        publisher.send(["A", "We don't want to see this"])?;
        publisher.send(["B", "We would like to see this"])?;
        thread::sleep(msec(1000));
    }
}
