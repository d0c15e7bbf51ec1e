//! Peering brokers, part 1, the flow of state: `peering1 ME [YOU]...` tells all others how many workers are free.

#[path = "../guide.rs"]
mod guide;

use std::env;
use std::time::Instant;

use anyhow::Context as _;
use guide::msec;
use zmtp_std::poll::{Item, poll};
use zmtp_std::{Context, Part};

fn main() -> anyhow::Result<()> {
    let mut names = env::args().skip(1);
    let name = names.next().context("syntax: peering1 me {you}...")?;
    println!("I: preparing broker at {name}...");
    let context = Context::new();
    let (statebe, statefe) = (context.publisher(), context.subscriber());
    statebe.bind(format!("ipc://{name}-state.ipc"))?;
    statefe.subscribe("")?;
    for peer in names {
        println!("I: connecting to state backend at '{peer}'");
        statefe.connect(format!("ipc://{peer}-state.ipc"))?;
    }

    let mut next = Instant::now();
    loop {
        // Once a second, whatever comes: a state for every state that comes would be a storm.
        let left = next.saturating_duration_since(Instant::now());
        if poll(&mut [Item::readable(&statefe)], Some(left))? > 0 {
            let [peer, free]: [Part; 2] = statefe.recv()?.try_into()?;
            println!("{} - {} workers free", peer.text()?, free.text()?);
        } else {
            statebe.send([name.clone(), fastrand::u32(0..10).to_string()])?;
            next += msec(1000);
        }
    }
}
