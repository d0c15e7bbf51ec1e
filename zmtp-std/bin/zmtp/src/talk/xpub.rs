//! `zmtp xpub`.

use clap::Args;
use zmtp_std::{Context, Options};

use super::exchange::Exchange;
use super::subscription::to_words;
use crate::feed::Source;
use crate::link::Link;
use crate::message::Format;
use crate::place::Way;
use crate::session::{Session, wait_for};

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
    source: Source,
    #[command(flatten)]
    link: Link,
    #[command(flatten)]
    format: Format,
}

impl XPub {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let feed = self.source.feed(&self.format)?;
        let make = |context: &Context| {
            let options = Options { xpub_verboser: self.verboser, ..context.options().clone() };
            context.with(options).xpub()
        };
        let session = Session::fed(&self.link, Way::Bind, make, &feed)?.for_reader();
        session.run(|socket| {
            wait_for(socket, self.wait, self.link.timeout())?;
            let (printer, linger) = (self.format.printer().shaped(to_words), self.link.linger());
            Exchange { feed: &feed, printer, count: self.count, linger, outgoing: Ok }.run(socket)
        })
    }
}
