//! Publisher for durable subscribers, whose memory is bounded: one message waits there for each, and what is beyond in a file of 25 MB.

#[path = "../guide.rs"]
mod guide;

use std::thread;

use guide::{at, msec};
use zmtp_std::{Context, Durable, Options, Swap};

fn main() -> anyhow::Result<()> {
    let swap = Some(Swap { octets: 25_000_000, ..Swap::default() });
    let durable = Some(Durable { swap, ..Durable::default() });
    let context = Context::new().with(Options { sndhwm: 1, durable, ..Options::default() });
    let sync = context.pull();
    sync.bind(at("tcp://*:5564"))?;
    let publisher = context.publisher();
    publisher.bind(at("tcp://*:5565"))?;

    sync.recv()?;
    publisher.wait_for_subscribers(1)?;
    for number in 0..10 {
        publisher.send(format!("Update {number}"))?;
        thread::sleep(msec(1000));
    }
    publisher.send("END")?;
    Ok(()) // after the subscribers that are there have it
}
