//! Least-recently-used queue, as `lruqueue`, with what messages do for envelopes: wrap and unwrap.
//! `lruqueue2 [CLIENTS [WORKERS]]` brings so many along, and waits for the others.

#[path = "../guide.rs"]
mod guide;

use std::collections::VecDeque;
use std::thread;

use anyhow::Context as _;
use guide::argument;
use zmtp_std::poll::{Item, poll};
use zmtp_std::{Context, Router, random_routing_id};

const CLIENTS: usize = 10;
const WORKERS: usize = 3;

fn main() -> anyhow::Result<()> {
    let clients = argument(1).map_or(Ok(CLIENTS), |count| count.parse())?;
    let workers = argument(2).map_or(Ok(WORKERS), |count| count.parse())?;
    let context = Context::new();
    let (frontend, backend) = (context.router(), context.router());
    frontend.bind("ipc://frontend.ipc")?;
    backend.bind("ipc://backend.ipc")?;
    thread::scope(|scope| {
        let clients: Vec<_> = (0..clients).map(|_| scope.spawn(|| ask(&context))).collect();
        for _ in 0..workers {
            scope.spawn(|| work(&context));
        }
        let mut done = route(&frontend, &backend);
        for client in clients {
            done = done.and(client.join().expect("a client"));
        }
        context.terminate(); // which ends the workers
        done
    })
}

fn ask(context: &Context) -> anyhow::Result<()> {
    let client = context.named(random_routing_id()).req();
    client.connect("ipc://frontend.ipc")?;
    client.send("HELLO")?;
    println!("Client: {}", client.recv()?.text()?);
    Ok(())
}

fn work(context: &Context) -> anyhow::Result<()> {
    let worker = context.named(random_routing_id()).req();
    worker.connect("ipc://backend.ipc")?;
    worker.send("READY")?;
    loop {
        let mut message = worker.recv()?;
        println!("Worker: {}", message.pop_back().context("a request")?.text()?);
        message.push_back("OK");
        worker.send(message)?;
    }
}

/// Passes requests on to workers that are free, and replies back, until each client has one.
fn route(frontend: &Router, backend: &Router) -> anyhow::Result<()> {
    let mut workers = VecDeque::new();
    let mut replies = 0;
    while replies < CLIENTS {
        let mut items = [Item::readable(backend), Item::readable(frontend)];
        let polled = if workers.is_empty() { 1 } else { 2 }; // requests only if there is a worker for them
        poll(&mut items[..polled], None)?;
        if items[0].is_readable() {
            let mut message = backend.recv()?;
            workers.extend(message.unwrap());
            if message != "READY" {
                frontend.send(message)?;
                replies += 1;
            }
        }
        if items[1].is_readable()
            && let Some(worker) = workers.pop_front()
        {
            let mut request = frontend.recv()?;
            request.wrap(worker);
            backend.send(request)?;
        }
    }
    Ok(())
}
