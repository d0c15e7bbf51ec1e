//! Sending and printing at once with whoever is there: what `zmtp dealer` and `zmtp pair` do.

use clap::Args;
use zmtp_std::Context;

use super::exchange::Exchange;
use super::terminal::Terminal;
use crate::place::Way;
use crate::socket::{Receives, Sends, Socket};

/// See the module.
#[derive(Debug, Args)]
pub(super) struct Conversation {
    /// Begin when so many peers are there
    #[arg(short = 'w', long, value_name = "N", default_value_t = 0)]
    wait: usize,
    /// End when so many messages have come
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    terminal: Terminal,
}

impl Conversation {
    /// Of a socket that connects, if nothing says otherwise.
    pub(super) fn run<S: Socket + Sends + Receives>(
        self,
        make: impl FnOnce(&Context) -> S,
    ) -> anyhow::Result<()> {
        let Self { wait, count, terminal } = self;
        let exchange = Exchange { wait, count, printer: terminal.format.printer(), outgoing: Ok };
        exchange.run(&terminal, Way::Connect, make)
    }
}
