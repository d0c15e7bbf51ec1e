//! Peering brokers, part 2, the flow of requests: `peering2 ME [YOU]...` gives one in five to another broker.

#[path = "../guide.rs"]
mod guide;

use std::collections::VecDeque;
use std::{env, io, thread};

use anyhow::Context as _;
use guide::msec;
use zmtp_std::poll::{Item, poll};
use zmtp_std::{Context, Message, Part, Router};

const CLIENTS: usize = 10;
const WORKERS: usize = 3;

fn main() -> anyhow::Result<()> {
    let mut names = env::args().skip(1);
    let name = names.next().context("syntax: peering2 me {you}...")?;
    let peers: Vec<String> = names.collect();
    println!("I: preparing broker at {name}...");
    let context = Context::new();
    let (cloudfe, cloudbe) = (context.named(name.clone()).router(), context.named(name.clone()).router());
    cloudfe.bind(format!("ipc://{name}-cloud.ipc"))?;
    for peer in &peers {
        println!("I: connecting to cloud frontend at '{peer}'");
        cloudbe.connect(format!("ipc://{peer}-cloud.ipc"))?;
    }
    let (localfe, localbe) = (context.router(), context.router());
    localfe.bind("inproc://localfe")?;
    localbe.bind("inproc://localbe")?;
    println!("Press Enter when all brokers are started: ");
    io::stdin().read_line(&mut String::new())?;
    cloudbe.wait_for_peers(peers.len())?;

    for _ in 0..WORKERS {
        let context = context.clone();
        thread::spawn(move || work(&context).expect("a worker"));
    }
    for _ in 0..CLIENTS {
        let context = context.clone();
        thread::spawn(move || ask(&context).expect("a client"));
    }

    Broker { peers, cloudfe, cloudbe, localfe, localbe, workers: VecDeque::new() }.run()
}

struct Broker {
    peers: Vec<String>,
    cloudfe: Router,
    cloudbe: Router,
    localfe: Router,
    localbe: Router,
    /// Those that are free, least recently used first.
    workers: VecDeque<Part>,
}

impl Broker {
    fn run(mut self) -> anyhow::Result<()> {
        loop {
            let sockets = [&self.localbe, &self.cloudbe, &self.cloudfe, &self.localfe];
            let mut items = sockets.map(Item::readable);
            let polled = if self.workers.is_empty() { 2 } else { 4 }; // requests only if there is a worker
            poll(&mut items[..polled], None)?;
            // Peers first, so that they do not starve.
            match items.iter().position(Item::is_readable) {
                Some(0) => self.worker_replied()?,
                Some(1) => self.peer_replied()?,
                Some(2) => self.peer_asks()?,
                _ => self.client_asks()?,
            }
        }
    }

    fn worker_replied(&mut self) -> anyhow::Result<()> {
        let mut reply = self.localbe.recv()?;
        self.workers.extend(reply.unwrap());
        if reply == "READY" { Ok(()) } else { self.pass_back(reply) }
    }

    fn peer_replied(&self) -> anyhow::Result<()> {
        let mut reply = self.cloudbe.recv()?;
        reply.pop_front(); // who it was
        self.pass_back(reply)
    }

    fn pass_back(&self, reply: Message) -> anyhow::Result<()> {
        let for_peer = self.peers.iter().any(|peer| reply.part(0).is_some_and(|to| to == peer));
        let socket = if for_peer { &self.cloudfe } else { &self.localfe };
        socket.send(reply)?;
        Ok(())
    }

    fn peer_asks(&mut self) -> anyhow::Result<()> {
        let request = self.cloudfe.recv()?;
        self.give_to_worker(request)
    }

    fn client_asks(&mut self) -> anyhow::Result<()> {
        let mut request = self.localfe.recv()?;
        if self.peers.is_empty() || fastrand::u32(0..5) > 0 {
            return self.give_to_worker(request);
        }
        request.push_front(&self.peers[fastrand::usize(..self.peers.len())]);
        self.cloudbe.send(request)?;
        Ok(())
    }

    fn give_to_worker(&mut self, mut request: Message) -> anyhow::Result<()> {
        let worker = self.workers.pop_front().context("a worker")?;
        request.wrap(worker);
        self.localbe.send(request)?;
        Ok(())
    }
}

fn ask(context: &Context) -> anyhow::Result<()> {
    let client = context.req();
    client.connect("inproc://localfe")?;
    loop {
        client.send("HELLO")?;
        println!("I: client status: {}", client.recv()?.text()?);
    }
}

fn work(context: &Context) -> anyhow::Result<()> {
    let worker = context.req();
    worker.connect("inproc://localbe")?;
    worker.send("READY")?;
    loop {
        let mut message = worker.recv()?;
        thread::sleep(msec(1000)); // the work
        message.pop_back();
        message.push_back(format!("OK - {:04x}", fastrand::u16(..)));
        worker.send(message)?;
    }
}
