//! Programs of the Guide on libzmq, without Python, for figures beside ours: the same as `wuserver` and `wuclient`.

use anyhow::{Context as _, Result};

/// Plays the part that the first argument names, if it names one.
///
/// # Errors
/// Those of libzmq.
pub fn part(arguments: &[String]) -> Option<Result<()>> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["libzmq-wuserver", endpoint] => Some(wuserver(endpoint)),
        ["libzmq-wuclient", endpoint, filter] => Some(wuclient(endpoint, filter)),
        _ => None,
    }
}

fn wuserver(endpoint: &str) -> Result<()> {
    let publisher = zmq::Context::new().socket(zmq::PUB)?;
    publisher.bind(endpoint)?;
    loop {
        let zip_code = fastrand::u32(0..100_000);
        let temperature = fastrand::i32(-80..135);
        let humidity = fastrand::u32(10..60);
        publisher.send(&format!("{zip_code:05} {temperature} {humidity}"), 0)?;
    }
}

fn wuclient(endpoint: &str, filter: &str) -> Result<()> {
    let subscriber = zmq::Context::new().socket(zmq::SUB)?;
    subscriber.connect(endpoint)?;
    subscriber.set_subscribe(filter.as_bytes())?;
    let mut total = 0;
    for _ in 0..100 {
        let update = subscriber.recv_string(0)?.ok().context("text")?;
        total += update.split(' ').nth(1).context("a temperature")?.parse::<i32>()?;
    }
    println!("Average temperature for zipcode '{filter}' was {}F", total / 100);
    Ok(())
}
