//! ROUTER to ROUTER: both know what the other is called. `rtrouter WORKER` and `rtrouter SERVER` are one of them.

#[path = "../guide.rs"]
mod guide;

use std::thread;

use guide::argument;
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    match argument(1).as_deref() {
        Some("WORKER") => worker(&context),
        Some("SERVER") => server(&context),
        _ => thread::scope(|scope| {
            let worker = scope.spawn(|| worker(&context));
            server(&context)?;
            worker.join().expect("the worker")
        }),
    }
}

fn worker(context: &Context) -> anyhow::Result<()> {
    let worker = context.named("WORKER").router();
    worker.bind("ipc://rtrouter.ipc")?;
    println!("{}", worker.recv()?.dump());
    worker.send(["SERVER", "", "send to server"])?;
    Ok(())
}

fn server(context: &Context) -> anyhow::Result<()> {
    let server = context.named("SERVER").router();
    server.connect("ipc://rtrouter.ipc")?;
    server.wait_for_peers(1)?;
    server.send(["WORKER", "", "send to worker"])?;
    println!("{}", server.recv()?.dump());
    Ok(())
}
