//! Synchronized subscriber: counts updates until the end.

#[path = "../guide.rs"]
mod guide;

use guide::at;
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let subscriber = context.subscriber();
    subscriber.subscribe("")?;
    subscriber.connect(at("tcp://localhost:5561"))?;

    let client = context.req();
    client.connect(at("tcp://localhost:5562"))?;
    client.send("")?;
    client.recv()?;

    let mut updates = 0;
    while subscriber.recv()? != "END" {
        updates += 1;
    }
    println!("Received {updates} updates");
    Ok(())
}
