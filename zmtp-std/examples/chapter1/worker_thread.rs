//! A worker: what it is asked, it publishes, and answers OK. Its sockets are made, and used, by its own thread.

use std::thread;

use zmtp_std::{Context, Message};

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    thread::scope(|scope| scope.spawn(|| work(&context)).join().expect("the worker"))
}

fn work(context: &Context) -> anyhow::Result<()> {
    let worker = context.rep();
    worker.connect("ipc://worker")?;
    let publisher = context.publisher();
    publisher.bind("ipc://publish")?;
    loop {
        let request = worker.recv()?;
        let parts: Vec<_> = request.parts().map(|part| format!("[{}]", part.to_text())).collect();
        println!("Worker got {}", parts.concat());
        let mut update = request;
        update.push_front("msg");
        publisher.send(update)?;
        worker.send(Message::from("OK"))?;
    }
}
