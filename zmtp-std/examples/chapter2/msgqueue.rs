//! Message queuing broker: as `rrbroker`, by the device that is built in.

#[path = "../guide.rs"]
mod guide;

use anyhow::bail;
use guide::at;
use zmtp_std::Context;
use zmtp_std::device::Proxy;

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let (frontend, backend) = (context.router(), context.dealer());
    frontend.bind(at("tcp://*:5559"))?; // clients
    backend.bind(at("tcp://*:5560"))?; // services
    let ended = Proxy::queue(&frontend, &backend).run();
    bail!("{ended:?}") // only if somebody terminates it
}
