//! ROUTER to ROUTER: both know what the other is called.

use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let worker = context.named("WORKER").router();
    worker.bind("ipc://rtrouter.ipc")?;
    let server = context.named("SERVER").router();
    server.connect("ipc://rtrouter.ipc")?;
    server.wait_for_peers(1)?;

    server.send(["WORKER", "", "send to worker"])?;
    println!("{}", worker.recv()?.dump());
    worker.send(["SERVER", "", "send to server"])?;
    println!("{}", server.recv()?.dump());
    Ok(())
}
