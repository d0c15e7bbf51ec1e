//! `zmtp router`.

use anyhow::Context as _;
use clap::Args;
use zmtp_std::Context;

use super::exchange::Exchange;
use super::terminal::Terminal;
use super::{receive, send};
use crate::message::Printer;
use crate::place::Way;
use crate::report::so_far;
use crate::session::{Session, wait_for};

pub(super) const EXAMPLES: &str = "Binds, if nothing says otherwise. Lines that are printed begin with what the peer is called, its --identity if it has one, else 0x
and digits, and a tab; so do lines that are sent. A name that no peer has is told on standard error, and that line not sent.

Examples:
  Talk to DEALERs, with a colon behind names:
    zmtp router tcp://*:5555 --frames :
  Say hello to a peer that calls itself client-7, and end when it has answered:
    zmtp router tcp://*:5555 --wait 1 --frames : -m client-7:hello --count 1
  Send everything back to where it came from:
    zmtp router tcp://*:5555 --echo";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Router {
    /// Begin when so many peers are there
    #[arg(short = 'w', long, value_name = "N", default_value_t = 0)]
    wait: usize,
    /// End when so many messages have come
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<u64>,
    /// Send back what comes, instead of what standard input says
    #[arg(short, long, conflicts_with = "messages")]
    echo: bool,
    #[command(flatten)]
    terminal: Terminal,
}

impl Router {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Self { wait, count, echo, terminal } = self;
        let terminal = Terminal { format: terminal.format.with_routing_ids(), ..terminal };
        let printer = terminal.format.printer();
        if !echo {
            let exchange = Exchange { wait, count, printer, outgoing: Ok };
            return exchange.run(&terminal, Way::Bind, Context::router);
        }
        let session = Session::open(&terminal.link, Way::Bind, Context::router, || ())?.for_reader();
        session.run(|socket| {
            wait_for(socket, wait, terminal.link.timeout())?;
            send_back(socket, printer, count)
        })
    }
}

/// Sends to each peer what it has sent, so many times at most.
fn send_back(socket: &zmtp_std::Router, mut printer: Printer, count: Option<u64>) -> anyhow::Result<()> {
    for received in 0..count.unwrap_or(u64::MAX) {
        let message = receive(socket, &mut printer).with_context(|| so_far(received, "message"))?;
        printer.print(message.clone())?;
        send(socket, message.message).with_context(|| so_far(received, "message"))?;
    }
    Ok(printer.flush()?)
}
