//! ROUTER to REP: the envelope, however many addresses are in it, comes back as it went. All in one thread, to show the order.
//!
//! A REP has no name in ZMTP 3, and is no peer of a ROUTER (RFC 28): the DEALER in front of it is called A.

use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let client = context.router();
    client.bind("ipc://routing.ipc")?;
    let (front, back) = (context.named("A").dealer(), context.dealer());
    front.connect("ipc://routing.ipc")?;
    back.bind("inproc://worker")?;
    let worker = context.rep();
    worker.connect("inproc://worker")?;
    client.wait_for_peers(1)?;

    client.send(["A", "address 3", "address 2", "address 1", "", "This is the workload"])?;
    back.send(front.recv()?)?;
    println!("{}", worker.recv()?.dump()); // only the workload
    worker.send("This is the reply")?;
    front.send(back.recv()?)?;
    println!("{}", client.recv()?.dump());
    Ok(())
}
