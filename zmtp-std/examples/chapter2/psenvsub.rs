//! Subscriber to messages with the envelope "B".

#[path = "../guide.rs"]
mod guide;

use guide::at;
use zmtp_std::{Context, Part};

fn main() -> anyhow::Result<()> {
    let subscriber = Context::new().subscriber();
    subscriber.connect(at("tcp://localhost:5563"))?;
    subscriber.subscribe("B")?;
    loop {
        let [address, contents]: [Part; 2] = subscriber.recv()?.try_into()?;
        println!("[{}] {}", address.text()?, contents.text()?);
    }
}
