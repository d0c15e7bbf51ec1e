//! Synchronized publisher: a million updates to ten subscribers, `syncpub [SUBSCRIBERS [UPDATES]]`. None is lost: it begins when
//! all have subscribed, and waits for those that are slow.

#[path = "../guide.rs"]
mod guide;

use guide::{argument, at};
use zmtp_std::{Context, Options};

fn main() -> anyhow::Result<()> {
    let expected = argument(1).map_or(Ok(10), |count| count.parse())?;
    let updates = argument(2).map_or(Ok(1_000_000), |count| count.parse())?;
    let context = Context::new().with(Options { xpub_nodrop: true, ..Options::default() });
    let publisher = context.publisher();
    publisher.bind(at("tcp://*:5561"))?;
    let service = context.rep();
    service.bind(at("tcp://*:5562"))?;

    for _ in 0..expected {
        service.recv()?;
        service.send("")?;
    }
    publisher.wait_for_subscribers(expected)?;
    for _ in 0..updates {
        publisher.send("Rhubarb")?;
    }
    publisher.send("END")?;
    Ok(()) // after all subscribers have it
}
