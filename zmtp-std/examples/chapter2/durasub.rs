//! Durable subscriber: gets what it missed, if it comes back under the same name. End it with Ctrl-C, and start it again. With
//! `durasub ""` it has no name, and misses what is published meanwhile.

#[path = "../guide.rs"]
mod guide;

use guide::{argument, at};
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let name = argument(1).unwrap_or_else(|| "Hello".into());
    let subscriber = context.named(name).subscriber();
    subscriber.subscribe("")?;
    subscriber.connect(at("tcp://localhost:5565"))?;
    let sync = context.push();
    sync.connect(at("tcp://localhost:5564"))?;
    sync.send("")?;
    loop {
        let update = subscriber.recv()?;
        println!("{}", update.text()?);
        if update == "END" {
            return Ok(());
        }
    }
}
