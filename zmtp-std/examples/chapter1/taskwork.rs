//! Task worker: takes tasks from the ventilator, and tells the sink of each that it is done.

#[path = "../guide.rs"]
mod guide;

use std::io::{self, Write};
use std::thread;

use guide::{at, msec};
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let (receiver, sender) = (context.pull(), context.push());
    receiver.connect(at("tcp://localhost:5557"))?;
    sender.connect(at("tcp://localhost:5558"))?;
    loop {
        let task = receiver.recv()?;
        print!("{}.", task.text()?);
        io::stdout().flush()?;
        thread::sleep(msec(task.text()?.parse()?)); // the work
        sender.send("")?;
    }
}
