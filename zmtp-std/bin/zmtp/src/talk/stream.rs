//! `zmtp stream`.

use clap::Args;
use zmtp_std::Context;

use super::exchange::Exchange;
use crate::feed::Source;
use crate::link::Link;
use crate::message::Format;
use crate::place::Way;
use crate::session::{Session, wait_for};

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
    source: Source,
    #[command(flatten)]
    link: Link,
    #[command(flatten)]
    format: Format,
}

impl Stream {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let format = self.format.with_routing_ids().in_digits();
        let feed = self.source.feed(&format)?;
        let session = Session::fed(&self.link, Way::Bind, Context::stream, &feed)?.for_reader();
        session.run(|socket| {
            wait_for(socket, self.wait, self.link.timeout())?;
            let (printer, linger) = (format.printer(), self.link.linger());
            Exchange { feed: &feed, printer, count: self.count, linger, outgoing: Ok }.run(socket)
        })
    }
}
