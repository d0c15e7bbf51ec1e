//! Publisher for durable subscribers, whose memory is bounded: 25 MB for each, however many messages that are. There is no swap: what is
//! beyond is dropped, and counted.

#[path = "../guide.rs"]
mod guide;

use std::thread;

use guide::{at, msec};
use zmtp_std::{Context, Durable, Options};

fn main() -> anyhow::Result<()> {
    let durable = Some(Durable::default());
    let options = Options { durable, sndhwm: 1_000_000, sndhwm_bytes: 25_000_000, ..Options::default() };
    let context = Context::new().with(options);
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
    println!("I: {} updates dropped", publisher.dropped());
    Ok(()) // after the subscribers that are there have it
}
