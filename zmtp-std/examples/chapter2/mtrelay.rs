//! Multithreaded relay: the first thread tells the second, that the third, by PAIR sockets. Who connects first does not matter.

use std::thread;

use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    thread::scope(|scope| {
        scope.spawn(|| step1(&context).expect("step 1"));
        scope.spawn(|| step2(&context).expect("step 2"));

        let receiver = context.pair();
        receiver.bind("inproc://step3")?;
        receiver.recv()?;
        println!("Test successful!");
        Ok(())
    })
}

fn step1(context: &Context) -> anyhow::Result<()> {
    let sender = context.pair();
    sender.connect("inproc://step2")?;
    sender.send("")?;
    Ok(())
}

fn step2(context: &Context) -> anyhow::Result<()> {
    let receiver = context.pair();
    receiver.bind("inproc://step2")?;
    receiver.recv()?;
    let sender = context.pair();
    sender.connect("inproc://step3")?;
    sender.send("")?;
    Ok(())
}
