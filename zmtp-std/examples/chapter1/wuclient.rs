//! Weather update client: the average temperature of 100 updates for a zip code, "10001 " by default.

#[path = "../guide.rs"]
mod guide;

use anyhow::Context as _;
use guide::{argument, at};
use zmtp_std::Context;

const UPDATES: i32 = 100;

fn main() -> anyhow::Result<()> {
    println!("Collecting updates from weather server...");
    let subscriber = Context::new().subscriber();
    subscriber.connect(at("tcp://localhost:5556"))?;
    let filter = argument(1).unwrap_or("10001 ".into());
    subscriber.subscribe(&filter)?;

    let mut total = 0;
    for _ in 0..UPDATES {
        let update = subscriber.recv()?;
        let temperature = update.text()?.split(' ').nth(1).context("an update without a temperature")?;
        total += temperature.parse::<i32>()?;
    }
    println!("Average temperature for zipcode '{filter}' was {}F", total / UPDATES);
    Ok(())
}
