//! Weather proxy: subscribes to everything in one network, and publishes it in another. Messages are whole, however many
//! parts they have.

#[path = "../guide.rs"]
mod guide;

use guide::at;
use zmtp_std::Context;

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let frontend = context.subscriber();
    frontend.connect(at("tcp://192.168.55.210:5556"))?; // where the weather server sits
    frontend.subscribe("")?;
    let backend = context.publisher();
    backend.bind(at("tcp://10.1.1.0:8100"))?; // where the public subscribes
    loop {
        backend.send(frontend.recv()?)?;
    }
}
