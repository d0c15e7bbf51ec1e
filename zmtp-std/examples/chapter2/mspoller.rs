//! Reads from two sockets, whichever has something.

#[path = "../guide.rs"]
mod guide;

use guide::at;
use zmtp_std::Context;
use zmtp_std::poll::{Item, poll};

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let receiver = context.pull();
    receiver.connect(at("tcp://localhost:5557"))?; // the task ventilator
    let subscriber = context.subscriber();
    subscriber.connect(at("tcp://localhost:5556"))?; // the weather server
    subscriber.subscribe("10001 ")?;

    let mut items = [Item::readable(&receiver), Item::readable(&subscriber)];
    loop {
        poll(&mut items, None)?;
        if items[0].is_readable() {
            println!("Task: {}", receiver.recv()?.text()?);
        }
        if items[1].is_readable() {
            println!("Weather update: {}", subscriber.recv()?.text()?);
        }
    }
}
