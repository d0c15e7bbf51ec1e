//! Ends cleanly on Ctrl-C: the context is terminated, which wakes whoever waits; the last reply still leaves.

#[path = "../guide.rs"]
mod guide;

use std::time::Duration;

use guide::at;
use zmtp_std::{Context, RecvError};

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let server = context.rep();
    server.bind(at("tcp://*:5555"))?;
    ctrlc::set_handler(move || context.terminate())?;
    loop {
        match server.recv() {
            Ok(request) => server.send(request)?,
            Err(RecvError::Closed(_)) => break,
            Err(error) => return Err(error.into()),
        }
    }
    println!("W: interrupt received, killing server...");
    let closed = server.close(Duration::from_secs(1));
    println!("I: {} replies undelivered", closed.undelivered);
    Ok(())
}
