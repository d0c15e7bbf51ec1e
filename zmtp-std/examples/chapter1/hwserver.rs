//! Hello World server: answers every "Hello" with "World".

#[path = "../guide.rs"]
mod guide;

use std::thread;

use guide::{at, msec};
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let responder = Context::new().rep();
    responder.bind(at("tcp://*:5555"))?;
    loop {
        let request = responder.recv()?;
        println!("Received request: [{}]", request.text()?);
        thread::sleep(msec(1000)); // the work
        responder.send("World")?;
    }
}
