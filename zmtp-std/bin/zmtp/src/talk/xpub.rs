//! `zmtp xpub`.

use clap::Args;
use zmtp_std::{Context, Options};

use super::exchange::Exchange;
use super::subscription::to_words;
use super::terminal::Terminal;
use crate::place::Way;

pub(super) const EXAMPLES: &str = "Binds, if nothing says otherwise. Publishes lines as pub does, at once; prints the word subscribe or cancel and a topic, or message
and what else a subscriber has sent. After the end of standard input it goes on printing.

Examples:
  See who wants what:
    zmtp xpub tcp://*:5556 < /dev/null
  Every subscription, not only the first to a topic, with where it comes from:
    zmtp xpub tcp://*:5556 --verboser --json < /dev/null";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct XPub {
    /// Begin when so many have subscribed
    #[arg(short = 'w', long, value_name = "N", default_value_t = 0)]
    wait: usize,
    /// Print all subscriptions and all cancels, not only the first and the last of a topic
    #[arg(long)]
    verboser: bool,
    /// End when so many messages have come
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    terminal: Terminal,
}

impl XPub {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Self { wait, count, terminal, verboser } = self;
        let make = |context: &Context| {
            let options = Options { xpub_verboser: verboser, ..context.options().clone() };
            context.with(options).xpub()
        };
        let printer = terminal.format.printer().shaped(to_words);
        Exchange { wait, count, printer, outgoing: Ok }.run(&terminal, Way::Bind, make)
    }
}
