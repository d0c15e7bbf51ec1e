//! Weather update server: publishes random updates, "zip code, temperature, humidity", as fast as it can.

#[path = "../guide.rs"]
mod guide;

use guide::at;
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let publisher = Context::new().publisher();
    publisher.bind(at("tcp://*:5556"))?;
    #[cfg(unix)]
    publisher.bind("ipc://weather.ipc")?;
    loop {
        let zip_code = fastrand::u32(0..100_000);
        let temperature = fastrand::i32(-80..135);
        let humidity = fastrand::u32(10..60);
        publisher.send(format!("{zip_code:05} {temperature} {humidity}"))?;
    }
}
