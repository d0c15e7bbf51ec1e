//! Sending and printing at once with whoever is there: what `zmtp dealer` and `zmtp pair` do.

use clap::Args;
use zmtp_std::Context;

use super::exchange::Exchange;
use crate::feed::Source;
use crate::link::Link;
use crate::message::Format;
use crate::place::Way;
use crate::session::{Session, wait_for};
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
    source: Source,
    #[command(flatten)]
    link: Link,
    #[command(flatten)]
    format: Format,
}

impl Conversation {
    /// Of a socket that connects, if nothing says otherwise.
    pub(super) fn run<S: Socket + Sends + Receives>(
        self,
        make: impl FnOnce(&Context) -> S,
    ) -> anyhow::Result<()> {
        let feed = self.source.feed(&self.format)?;
        let session = Session::fed(&self.link, Way::Connect, make, &feed)?.for_reader();
        session.run(|socket| {
            wait_for(socket, self.wait, self.link.timeout())?;
            let (printer, linger) = (self.format.printer(), self.link.linger());
            Exchange { feed: &feed, printer, count: self.count, linger, outgoing: Ok }.run(socket)
        })
    }
}
