//! Request-reply broker: any number of clients in front, of services behind. `msgqueue` is the same in one call.

#[path = "../guide.rs"]
mod guide;

use guide::at;
use zmtp_std::Context;
use zmtp_std::poll::{Item, poll};

fn main() -> anyhow::Result<()> {
    let context = Context::new();
    let (frontend, backend) = (context.router(), context.dealer());
    frontend.bind(at("tcp://*:5559"))?;
    backend.bind(at("tcp://*:5560"))?;

    let mut items = [Item::readable(&frontend), Item::readable(&backend)];
    loop {
        poll(&mut items, None)?;
        if items[0].is_readable() {
            backend.send(frontend.recv()?)?;
        }
        if items[1].is_readable()
            && let Err(error) = frontend.send(backend.recv()?)
        {
            println!("W: {error}"); // the client has left
        }
    }
}
