//! Task worker, second design: ends when the sink says so.

#[path = "../guide.rs"]
mod guide;

use std::io::{self, Write};
use std::thread;

use guide::{at, msec};
use zmtp_std::Context;
use zmtp_std::poll::{Item, poll};

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let controller = context.subscriber();
    controller.subscribe("")?;
    controller.connect(at("tcp://localhost:5559"))?;
    controller.wait_for_peers(1)?; // or the end could be missed
    let (receiver, sender) = (context.pull(), context.push());
    receiver.connect(at("tcp://localhost:5557"))?;
    sender.connect(at("tcp://localhost:5558"))?;

    let mut items = [Item::readable(&receiver), Item::readable(&controller)];
    loop {
        poll(&mut items, None)?;
        if items[0].is_readable() {
            let task = receiver.recv()?;
            thread::sleep(msec(task.text()?.parse()?)); // the work
            sender.send("")?;
            print!(".");
            io::stdout().flush()?;
        }
        if items[1].is_readable() {
            return Ok(()); // whatever it says means KILL
        }
    }
}
