//! ROUTER to REQ: each task goes to the worker that has been waiting longest. `rtmama [HERE]` brings so many of the ten workers along.

#[path = "../guide.rs"]
mod guide;

use std::thread;

use guide::{argument, msec};
use zmtp_std::{Context, Part, random_routing_id};

const WORKERS: usize = 10;

fn main() -> anyhow::Result<()> {
    let here = argument(1).map_or(Ok(WORKERS), |count| count.parse())?;
    let context = Context::new();
    let client = context.router();
    client.bind("ipc://routing.ipc")?;
    thread::scope(|scope| {
        for _ in 0..here {
            scope.spawn(|| work(&context).expect("work"));
        }
        let tasks = (0..WORKERS * 10).map(|_| "This is the workload");
        let ends = (0..WORKERS).map(|_| "END");
        for task in tasks.chain(ends) {
            let [worker, empty, _ready]: [Part; 3] = client.recv()?.try_into()?;
            client.send([worker, empty, task.into()])?;
        }
        Ok(())
    })
}

fn work(context: &Context) -> anyhow::Result<()> {
    let worker = context.named(random_routing_id()).req();
    worker.connect("ipc://routing.ipc")?;
    let mut total = 0;
    loop {
        worker.send("ready")?;
        if worker.recv()? == "END" {
            println!("Processed: {total} tasks");
            return Ok(());
        }
        total += 1;
        thread::sleep(msec(fastrand::u64(1..=100))); // the work
    }
}
