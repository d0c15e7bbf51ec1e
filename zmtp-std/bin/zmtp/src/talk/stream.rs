//! `zmtp stream`.

use clap::Args;
use zmtp_std::Context;

use super::exchange::Exchange;
use super::terminal::Terminal;
use crate::place::Way;

pub(super) const EXAMPLES: &str = "Binds, if nothing says otherwise. TCP knows no messages: what comes is printed as it comes, in hexadecimal digits. In front of it, and
of lines that are sent, stand 0x and digits for the connection, and a tab. Nothing behind that tells of a connection that has come or gone; sent, it closes it.

Examples:
  See what a browser says, and hang up with Ctrl-C:
    zmtp stream tcp://*:8080 < /dev/null
  What comes as text, with the connection in \"parts\" in front:
    zmtp stream tcp://*:8080 --json < /dev/null";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Stream {
    /// Begin when so many connections are there
    #[arg(short = 'w', long, value_name = "N", default_value_t = 0)]
    wait: usize,
    /// End when so many lines have come
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    terminal: Terminal,
}

impl Stream {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Self { wait, count, terminal } = self;
        let terminal = Terminal { format: terminal.format.with_routing_ids().in_digits(), ..terminal };
        let exchange = Exchange { wait, count, printer: terminal.format.printer(), outgoing: Ok };
        exchange.run(&terminal, Way::Bind, Context::stream)
    }
}
