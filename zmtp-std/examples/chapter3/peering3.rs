//! Peering brokers, part 3, state and requests: `peering3 ME [YOU]...` gives a task to another broker when no worker of its own is
//! free. What a broker had that dies is given to somebody else, so no task is lost.

#[path = "../guide.rs"]
mod guide;

use std::collections::VecDeque;
use std::time::Duration;
use std::{env, thread};

use anyhow::{Context as _, ensure};
use guide::msec;
use zmtp_std::poll::{Item, poll};
use zmtp_std::{Context, Message, Notify, Options, Part, Pub, Pull, RecvError, Router, Sub};

const CLIENTS: usize = 10;
const WORKERS: usize = 5;

fn main() -> anyhow::Result<()> {
    println!("Current 0MQ version is {}", zmtp_std::VERSION);
    let mut names = env::args().skip(1);
    let name = names.next().context("syntax: peering3 me {you}...")?;
    println!("I: preparing broker at {name}...");
    let context = Context::new();
    let broker = Broker::open(&context, name, names.collect())?;
    for _ in 0..WORKERS {
        let context = context.clone();
        thread::spawn(move || work(&context).expect("a worker"));
    }
    for _ in 0..CLIENTS {
        let context = context.clone();
        thread::spawn(move || ask(&context).expect("a client"));
    }
    broker.run()
}

/// Asks in bursts, with a number for each task, and complains if one gets lost.
fn ask(context: &Context) -> anyhow::Result<()> {
    let client = context.req();
    client.connect("inproc://localfe")?;
    let monitor = context.push();
    monitor.connect("inproc://monitor")?;
    loop {
        thread::sleep(msec(fastrand::u64(0..5) * 1000));
        for _ in 0..fastrand::u32(0..15) {
            let task = format!("{:04X}", fastrand::u16(..));
            client.send(&task)?;
            match client.recv_timeout(Duration::from_secs(10)) {
                Ok(reply) => ensure!(reply == task, "{reply:?} is no reply to {task}"),
                Err(RecvError::TimedOut) => {
                    monitor.send(format!("E: CLIENT EXIT - lost task {task}"))?;
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn work(context: &Context) -> anyhow::Result<()> {
    let worker = context.req();
    worker.connect("inproc://localbe")?;
    worker.send("READY")?;
    loop {
        let task = worker.recv()?;
        thread::sleep(msec(fastrand::u64(0..2) * 1000)); // the work
        worker.send(task)?;
    }
}

struct Broker {
    name: String,
    localfe: Router,
    localbe: Router,
    cloudfe: Router,
    cloudbe: Router,
    statefe: Sub,
    statebe: Pub,
    monitor: Pull,
    peers: Vec<Peer>,
    /// Those that are free, least recently used first.
    workers: VecDeque<Part>,
    /// Tasks that a peer had when it went.
    again: VecDeque<Message>,
    done: usize,
}

/// Another broker.
struct Peer {
    name: String,
    /// How many workers it has free.
    capacity: usize,
    /// What it was given to do.
    tasks: Vec<Message>,
}

impl Broker {
    fn open(context: &Context, name: String, peers: Vec<String>) -> anyhow::Result<Self> {
        let named = context.named(name.clone());
        let cloudfe = named.router();
        cloudfe.bind(format!("ipc://{name}-cloud.ipc"))?;
        let statebe = context.publisher();
        statebe.bind(format!("ipc://{name}-state.ipc"))?;
        // It tells when a peer comes, and when it goes.
        let router_notify = Notify { connect: true, disconnect: true };
        let cloudbe = named.with(Options { router_notify, ..named.options().clone() }).router();
        let statefe = context.subscriber();
        statefe.subscribe("")?;
        for peer in &peers {
            println!("I: connecting to cloud frontend at '{peer}'");
            cloudbe.connect(format!("ipc://{peer}-cloud.ipc"))?;
            println!("I: connecting to state backend at '{peer}'");
            statefe.connect(format!("ipc://{peer}-state.ipc"))?;
        }
        let (localfe, localbe, monitor) = (context.router(), context.router(), context.pull());
        localfe.bind("inproc://localfe")?;
        localbe.bind("inproc://localbe")?;
        monitor.bind("inproc://monitor")?;
        let peers = peers.into_iter().map(|name| Peer { name, capacity: 0, tasks: Vec::new() }).collect();
        let (workers, again, done) = Default::default();
        Ok(Self {
            name,
            localfe,
            localbe,
            cloudfe,
            cloudbe,
            statefe,
            statebe,
            monitor,
            peers,
            workers,
            again,
            done,
        })
    }

    fn run(mut self) -> anyhow::Result<()> {
        loop {
            let before = self.workers.len();
            self.serve_next()?;
            while self.has_room()
                && let Some(task) = self.again.pop_front()
            {
                self.route(task)?;
            }
            if self.workers.len() != before {
                self.statebe.send([self.name.clone(), self.workers.len().to_string()])?;
            }
        }
    }

    /// Waits for something, and serves it: replies always, clients if anybody is free, peers if that is one of our own.
    fn serve_next(&mut self) -> anyhow::Result<()> {
        let mut items = [
            Item::readable(&self.localbe),
            Item::readable(&self.cloudbe),
            Item::readable(&self.statefe),
            Item::readable(&self.monitor),
            Item::readable(&self.localfe),
            Item::readable(&self.cloudfe),
        ];
        let polled = if !self.workers.is_empty() {
            6
        } else if self.has_room() {
            5
        } else {
            4
        };
        poll(&mut items[..polled], None)?;
        // Peers before clients, so that they do not starve.
        match [0, 1, 2, 3, 5, 4].into_iter().find(|&index| items[index].is_readable()) {
            Some(0) => self.worker_replied(),
            Some(1) => self.peer_replied(),
            Some(2) => self.peer_has_changed(),
            Some(3) => {
                println!("{}", self.monitor.recv()?.text()?);
                Ok(())
            }
            Some(4) => {
                let task = self.localfe.recv()?;
                self.route(task)
            }
            _ => {
                let task = self.cloudfe.recv()?;
                self.route(task)
            }
        }
    }

    fn has_room(&self) -> bool {
        !self.workers.is_empty() || self.peers.iter().any(|peer| peer.capacity > 0)
    }

    fn worker_replied(&mut self) -> anyhow::Result<()> {
        let mut reply = self.localbe.recv()?;
        self.workers.extend(reply.unwrap());
        if reply == "READY" {
            return Ok(());
        }
        let for_peer = self.peers.iter().any(|peer| reply.part(0).is_some_and(|to| *to == peer.name));
        if !for_peer {
            return self.pass_to_client(reply);
        }
        if let Err(error) = self.cloudfe.send(reply) {
            println!("W: {error}"); // the peer has gone, and its clients with it
        }
        Ok(())
    }

    fn peer_replied(&mut self) -> anyhow::Result<()> {
        let mut reply = self.cloudbe.recv()?;
        let name = reply.pop_front().context("the name of a peer")?;
        let peer = self.peers.iter_mut().find(|peer| name == peer.name).context("a known peer")?;
        if reply.octets() == 0 {
            let is = if self.cloudbe.knows(&name) { "there" } else { "gone" };
            println!("I: peer {} is {is}; {} tasks are given again", peer.name, peer.tasks.len());
            // It may have gone and come back meanwhile; a task done twice is replied to once.
            peer.capacity = 0;
            self.again.extend(peer.tasks.drain(..));
        } else if let Some(index) = peer.tasks.iter().position(|task| *task == reply) {
            peer.tasks.swap_remove(index);
            self.pass_to_client(reply)?;
        }
        Ok(())
    }

    fn pass_to_client(&mut self, reply: Message) -> anyhow::Result<()> {
        self.localfe.send(reply)?;
        self.done += 1;
        if self.done.is_multiple_of(100) {
            println!("I: {} tasks done", self.done);
        }
        Ok(())
    }

    fn peer_has_changed(&mut self) -> anyhow::Result<()> {
        let [name, capacity]: [Part; 2] = self.statefe.recv()?.try_into()?;
        if let Some(peer) = self.peers.iter_mut().find(|peer| name == peer.name) {
            peer.capacity = capacity.text()?.parse()?;
        }
        Ok(())
    }

    /// Gives a task to a worker of our own, else to any peer that has one free.
    fn route(&mut self, mut task: Message) -> anyhow::Result<()> {
        if let Some(worker) = self.workers.pop_front() {
            task.wrap(worker);
            self.localbe.send(task)?;
            return Ok(());
        }
        let free: Vec<&mut Peer> = self.peers.iter_mut().filter(|peer| peer.capacity > 0).collect();
        let chosen = fastrand::usize(..free.len());
        let peer = free.into_iter().nth(chosen).context("a peer with a free worker")?;
        println!("I: route request {} to cloud...", task.parts().last().context("a task")?.to_text());
        let mut sent = task.clone();
        sent.push_front(&peer.name);
        if self.cloudbe.send(sent).is_ok() {
            peer.capacity -= 1;
            peer.tasks.push(task);
        } else {
            peer.capacity = 0; // not there yet, or not any more
            self.again.push_back(task);
        }
        Ok(())
    }
}
