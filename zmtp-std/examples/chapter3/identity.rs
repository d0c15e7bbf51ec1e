//! Shows what a ROUTER calls its peers: what it makes up, or what they ask for.

use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let sink = context.router();
    sink.bind("inproc://example")?;

    let anonymous = context.req();
    anonymous.connect("inproc://example")?;
    anonymous.send("XREP uses a generated UUID")?;
    println!("{}", sink.recv()?.dump());

    let identified = context.named("Hello").req();
    identified.connect("inproc://example")?;
    identified.send("XREP socket uses REQ's socket identity")?;
    println!("{}", sink.recv()?.dump());
    Ok(())
}
