//! ROUTER to REP: the envelope, however many addresses are in it, comes back as it went. All in one thread, to show the order.
//!
//! A REP has no name in ZMTP 3, and is no peer of a ROUTER (RFC 28): the DEALER in front of it is called A. `rtpapa ENDPOINT`
//! leaves the REP to somebody else, who connects there.

#[path = "../guide.rs"]
mod guide;

use guide::argument;
use zmtp_std::{Context, Rep};

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let client = context.router();
    client.bind("ipc://routing.ipc")?;
    let (front, back) = (context.named("A").dealer(), context.dealer());
    front.connect("ipc://routing.ipc")?;
    let elsewhere = argument(1);
    back.bind(elsewhere.as_deref().unwrap_or("inproc://worker"))?;
    let worker = context.rep();
    if elsewhere.is_none() {
        worker.connect("inproc://worker")?;
    }
    client.wait_for_peers(1)?;

    client.send(["A", "address 3", "address 2", "address 1", "", "This is the workload"])?;
    back.send(front.recv()?)?;
    if elsewhere.is_none() {
        work(&worker)?;
    }
    front.send(back.recv()?)?;
    println!("{}", client.recv()?.dump());
    Ok(())
}

fn work(worker: &Rep) -> anyhow::Result<()> {
    println!("{}", worker.recv()?.dump()); // only the workload
    worker.send("This is the reply")?;
    Ok(())
}
