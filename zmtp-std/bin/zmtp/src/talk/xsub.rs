//! `zmtp xsub`.

use clap::Args;
use zmtp_std::Context;

use super::exchange::Exchange;
use super::subscription::from_words;
use crate::feed::Source;
use crate::link::Link;
use crate::message::Format;
use crate::place::Way;
use crate::session::{Session, wait_for};

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
    source: Source,
    #[command(flatten)]
    link: Link,
    #[command(flatten)]
    format: Format,
}

impl XSub {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let feed = self.source.feed(&self.format.with_parts())?;
        let session = Session::fed(&self.link, Way::Connect, Context::xsub, &feed)?.for_reader();
        session.run(|socket| {
            wait_for(socket, self.wait, self.link.timeout())?;
            let (printer, linger) = (self.format.printer(), self.link.linger());
            Exchange { feed: &feed, printer, count: self.count, linger, outgoing: from_words }.run(socket)
        })
    }
}
