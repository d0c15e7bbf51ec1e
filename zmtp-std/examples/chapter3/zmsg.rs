//! Messages of several parts: what the Guide has a class for is in [`Message`].

use anyhow::ensure;
use zmtp_std::{Context, Message};

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let (output, input) = (context.dealer(), context.router());
    output.bind("ipc://zmsg_selftest.ipc")?;
    input.connect("ipc://zmsg_selftest.ipc")?;

    output.send("Hello")?;
    let message = input.recv()?;
    println!("{}", message.dump());
    ensure!(message.len() == 2 && message.part(1) == Some(&"Hello".into()));

    let mut message = Message::from("Hello");
    message.wrap("address1");
    message.push_front("address2");
    ensure!(message.len() == 4);
    output.send(message)?;
    let mut message = input.recv()?;
    println!("{}", message.dump());
    ensure!(message.len() == 5);
    message.unwrap();
    ensure!(message.part(0) == Some(&"address2".into()));
    message.pop_back();
    message.push_back("World");

    output.send(message)?;
    let mut message = input.recv()?;
    message.unwrap();
    ensure!(message.len() == 4);
    ensure!(message.unwrap() == Some("address2".into()));
    ensure!(message.unwrap() == Some("address1".into())); // and the empty part behind it
    ensure!(message == "World");
    println!(" * zmsg: OK");
    Ok(())
}
