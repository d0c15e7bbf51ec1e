//! `zmtp xsub`.

use clap::Args;
use zmtp_std::Context;

use super::exchange::Exchange;
use super::subscription::from_words;
use super::terminal::Terminal;
use crate::place::Way;

pub(super) const EXAMPLES: &str = "Connects, if nothing says otherwise. Lines are the word subscribe or cancel, a tab and a topic, as xpub prints them; or the word
message, a tab, and what an XPUB shall get. After the end of standard input it goes on printing what is published.

Examples:
  Subscribe by lines, with a space behind the word:
    zmtp xsub tcp://localhost:5556 --frames ' '
  Subscribe to one topic, and print what comes:
    zmtp xsub tcp://localhost:5556 --frames ' ' -m 'subscribe weather'";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct XSub {
    /// Begin when so many publishers are there
    #[arg(short = 'w', long, value_name = "N", default_value_t = 1)]
    wait: usize,
    /// End when so many messages have come
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    terminal: Terminal,
}

impl XSub {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Self { wait, count, terminal } = self;
        let exchange = Exchange { wait, count, printer: terminal.format.printer(), outgoing: from_words };
        let terminal = Terminal { format: terminal.format.with_parts(), ..terminal };
        exchange.run(&terminal, Way::Connect, Context::xsub)
    }
}
