//! Hello World server with five threads.

#[path = "../guide.rs"]
mod guide;

use std::thread;

use anyhow::bail;
use guide::{at, msec};
use zmtp_std::Context;
use zmtp_std::device::Proxy;

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let (clients, workers) = (context.router(), context.dealer());
    clients.bind(at("tcp://*:5555"))?;
    workers.bind("inproc://workers")?;
    for _ in 0..5 {
        let context = context.clone();
        thread::spawn(move || work(&context).expect("work"));
    }
    let ended = Proxy::queue(&clients, &workers).run();
    bail!("{ended:?}") // only if somebody terminates it
}

fn work(context: &Context) -> anyhow::Result<()> {
    let receiver = context.rep();
    receiver.connect("inproc://workers")?;
    loop {
        println!("Received request: [{}]", receiver.recv()?.text()?);
        thread::sleep(msec(1000)); // the work
        receiver.send("World")?;
    }
}
