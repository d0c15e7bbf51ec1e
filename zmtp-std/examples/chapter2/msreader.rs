//! Reads from two sockets in a simple loop; tasks go before weather updates. See `mspoller` for a better way.

#[path = "../guide.rs"]
mod guide;

use std::thread;
use std::time::Duration;

use guide::at;
use zmtp_std::{Context, RecvError};

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let receiver = context.pull();
    receiver.connect(at("tcp://localhost:5557"))?; // the task ventilator
    let subscriber = context.subscriber();
    subscriber.connect(at("tcp://localhost:5556"))?; // the weather server
    subscriber.subscribe("10001 ")?;
    loop {
        while let Some(task) = waiting(receiver.try_recv())? {
            println!("Task: {}", task.text()?);
        }
        while let Some(update) = waiting(subscriber.try_recv())? {
            println!("Weather update: {}", update.text()?);
        }
        thread::sleep(Duration::from_millis(1)); // nothing to do
    }
}

fn waiting<T>(received: Result<T, RecvError>) -> Result<Option<T>, RecvError> {
    match received {
        Err(RecvError::WouldBlock) => Ok(None),
        received => received.map(Some),
    }
}
