//! ROUTER to DEALER: ten tasks, scattered to A twice as often as to B. `rtdealer 1` brings only A along, and waits for a B.

#[path = "../guide.rs"]
mod guide;

use std::thread;

use guide::argument;
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let here = argument(1).map_or(Ok(2), |count| count.parse())?;
    let context = Context::new();
    let client = context.router();
    client.bind("ipc://routing.ipc")?;
    thread::scope(|scope| {
        for name in ["A", "B"].into_iter().take(here) {
            let context = context.named(name);
            scope.spawn(move || work(&context, name).expect("work"));
        }
        client.wait_for_peers(2)?;
        for _ in 0..10 {
            let worker = if fastrand::u32(0..3) > 0 { "A" } else { "B" };
            client.send([worker, "This is the workload"])?;
        }
        client.send(["A", "END"])?;
        client.send(["B", "END"])?;
        Ok(())
    })
}

fn work(context: &Context, name: &str) -> anyhow::Result<()> {
    let worker = context.dealer();
    worker.connect("ipc://routing.ipc")?;
    let mut total = 0;
    while worker.recv()? != "END" {
        total += 1;
    }
    println!("{name} received: {total}");
    Ok(())
}
