//! Hello World client: sends "Hello" ten times, and waits for the reply each time. The server may come later.

#[path = "../guide.rs"]
mod guide;

use guide::at;
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    println!("Connecting to hello world server...");
    let requester = Context::new().req();
    requester.connect(at("tcp://localhost:5555"))?;
    for number in 0..10 {
        println!("Sending request {number}...");
        requester.send("Hello")?;
        println!("Received reply {number}: [{}]", requester.recv()?.text()?);
    }
    Ok(())
}
