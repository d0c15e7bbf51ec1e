//! Request-reply service: answers "World", behind a broker.

#[path = "../guide.rs"]
mod guide;

use guide::at;
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let responder = Context::new().rep();
    responder.connect(at("tcp://localhost:5560"))?;
    loop {
        println!("Received request: {}", responder.recv()?.text()?);
        responder.send("World")?;
    }
}
