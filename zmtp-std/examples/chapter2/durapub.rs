//! Publisher for durable subscribers: what they miss while they are away waits for them, up to `durapub [HWM]` messages each.

#[path = "../guide.rs"]
mod guide;

use std::thread;

use guide::{argument, at, msec};
use zmtp_std::{Context, Durable, Options};

fn main() -> anyhow::Result<()> {
    let sndhwm = argument(1).map_or(Ok(1000), |hwm| hwm.parse())?;
    let options = Options { durable: Some(Durable::default()), sndhwm, ..Options::default() };
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
    Ok(()) // after the subscribers that are there have it
}
