//! Task sink: counts 100 results of workers, and measures how long they took.

#[path = "../guide.rs"]
mod guide;

use std::io::{self, Write};
use std::time::Instant;

use guide::at;
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let receiver = Context::new().pull();
    receiver.bind(at("tcp://*:5558"))?;
    receiver.recv()?; // the batch begins
    let start = Instant::now();
    for task in 0..100 {
        receiver.recv()?;
        print!("{}", if task % 10 == 0 { ':' } else { '.' });
        io::stdout().flush()?;
    }
    println!("Total elapsed time: {} msec", start.elapsed().as_millis());
    Ok(())
}
