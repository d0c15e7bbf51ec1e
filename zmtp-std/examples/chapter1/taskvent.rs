//! Task ventilator: sends a batch of 100 tasks to workers, once Enter is pressed; or, with their number as argument, once so
//! many workers are there.

#[path = "../guide.rs"]
mod guide;

use std::io::{self, Write};

use guide::{argument, at};
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let sender = Context::new().push();
    sender.bind(at("tcp://*:5557"))?;
    if let Some(workers) = argument(1) {
        sender.wait_for_peers(workers.parse()?)?;
    } else {
        print!("Press Enter when the workers are ready: ");
        io::stdout().flush()?;
        io::stdin().read_line(&mut String::new())?;
    }
    println!("Sending tasks to workers...");

    sender.send("0")?; // the batch begins
    let mut total = 0;
    for _ in 0..100 {
        let workload = fastrand::u32(1..=100);
        total += workload;
        sender.send(workload.to_string())?;
    }
    println!("Total expected cost: {total} msec");
    Ok(()) // after all tasks are with their workers
}
