//! Task sink, second design: tells the workers when all is done.

#[path = "../guide.rs"]
mod guide;

use std::io::{self, Write};
use std::time::Instant;

use guide::at;
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let (receiver, controller) = (context.pull(), context.publisher());
    receiver.bind(at("tcp://*:5558"))?;
    controller.bind(at("tcp://*:5559"))?;
    receiver.recv()?; // the batch begins
    let start = Instant::now();
    for task in 0..100 {
        receiver.recv()?;
        print!("{}", if task % 10 == 0 { ':' } else { '.' });
        io::stdout().flush()?;
    }
    println!("Total elapsed time: {} msec", start.elapsed().as_millis());
    controller.send("KILL")?;
    Ok(()) // after all workers have it
}
