//! `zmtp req`.

use anyhow::Context as _;
use clap::Args;
use zmtp_std::Context;

use super::receive;
use crate::feed::Source;
use crate::link::Link;
use crate::message::Format;
use crate::place::Way;
use crate::report::so_far;
use crate::session::Session;

pub(super) const EXAMPLES: &str =
    "Connects, if nothing says otherwise. Of several services each is asked in turn.

Examples:
  Ask once, and give up after two seconds:
    zmtp req tcp://localhost:5555 -m Hello --timeout 2
  A question a line, an answer a line:
    zmtp req tcp://localhost:5555 < questions.txt > answers.txt";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Req {
    /// End after so many replies
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    link: Link,
    #[command(flatten)]
    format: Format,
}

impl Req {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let feed = self.source.feed(&self.format)?;
        let session = Session::fed(&self.link, Way::Connect, Context::req, &feed)?.for_reader();
        let mut printer = self.format.printer();
        session.run(|socket| {
            for replies in 0..self.count.unwrap_or(u64::MAX) {
                let Some(request) = feed.next() else { break };
                let reply = request.and_then(|request| {
                    socket.send(request)?;
                    receive(socket, &mut printer)
                });
                printer.print(reply.with_context(|| so_far(replies, "reply"))?)?;
                printer.flush()?;
            }
            Ok(())
        })
    }
}
