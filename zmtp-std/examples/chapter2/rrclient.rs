//! Request-reply client: nine times "Hello", to a broker.

#[path = "../guide.rs"]
mod guide;

use guide::at;
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let requester = Context::new().req();
    requester.connect(at("tcp://localhost:5559"))?;
    for request in 1..10 {
        requester.send("Hello")?;
        println!("Received reply {request} [ {} ]", requester.recv()?.text()?);
    }
    Ok(())
}
