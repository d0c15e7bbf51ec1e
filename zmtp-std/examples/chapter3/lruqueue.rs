//! Least-recently-used queue: ten clients, three workers, and a broker that knows which worker has been waiting longest. Envelopes
//! are taken apart by hand here; see `lruqueue2`.
//! `lruqueue [CLIENTS [WORKERS]]` brings so many along, and waits for the others.

#[path = "../guide.rs"]
mod guide;

use std::collections::VecDeque;
use std::thread;

use anyhow::bail;
use guide::argument;
use zmtp_std::poll::{Item, poll};
use zmtp_std::{Context, Part, Router, random_routing_id};

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
        let [client, empty, request]: [Part; 3] = worker.recv()?.try_into()?;
        println!("Worker: {}", request.text()?);
        worker.send([client, empty, "OK".into()])?;
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
            let parts: Vec<Part> = backend.recv()?.into_iter().collect();
            match &parts[..] {
                [_, _, ready] if *ready == "READY" => {}
                [_, _, client, empty, reply] => {
                    frontend.send([client, empty, reply])?;
                    replies += 1;
                }
                _ => bail!("a worker says {parts:?}"),
            }
            workers.push_back(parts[0].clone());
        }
        if items[1].is_readable()
            && let Some(worker) = workers.pop_front()
        {
            let [client, empty, request]: [Part; 3] = frontend.recv()?.try_into()?;
            backend.send([worker, empty.clone(), client, empty, request])?;
        }
    }
    Ok(())
}
