//! Asynchronous server: clients send a request a second, and get any number of replies to each, at any time. All is in one program
//! that is easily started; each task has a context of its own, as if it were a process.

#[path = "../guide.rs"]
mod guide;

use std::thread;
use std::time::Instant;

use anyhow::bail;
use guide::{at, msec};
use zmtp_std::device::Proxy;
use zmtp_std::{Context, Part};

fn main() -> anyhow::Result<()> {
    for _ in 0..3 {
        thread::spawn(|| ask().expect("a client"));
    }
    serve()
}

fn ask() -> anyhow::Result<()> {
    let name = format!("{:04X}", fastrand::u16(..));
    let client = Context::new().named(name.clone()).dealer();
    client.connect(at("tcp://localhost:5570"))?;
    for number in 1.. {
        let tick = Instant::now() + msec(1000);
        while let Ok(reply) = client.recv_timeout(tick.saturating_duration_since(Instant::now())) {
            println!("{name}: {}", reply.text()?);
        }
        client.send(format!("request #{number}"))?;
    }
    Ok(())
}

fn serve() -> anyhow::Result<()> {
    let context = Context::new();
    let (frontend, backend) = (context.router(), context.dealer());
    frontend.bind(at("tcp://*:5570"))?;
    backend.bind("inproc://backend")?;
    for _ in 0..5 {
        let context = context.clone();
        thread::spawn(move || work(&context).expect("a worker"));
    }
    let ended = Proxy::queue(&frontend, &backend).run();
    bail!("{ended:?}") // only if somebody terminates it
}

/// Replies nothing to four times to each request, after a while.
fn work(context: &Context) -> anyhow::Result<()> {
    let worker = context.dealer();
    worker.connect("inproc://backend")?;
    loop {
        let [client, request]: [Part; 2] = worker.recv()?.try_into()?;
        for _ in 0..fastrand::u32(0..5) {
            thread::sleep(msec(fastrand::u64(1..=1000))); // the work
            worker.send([&client, &request])?;
        }
    }
}
