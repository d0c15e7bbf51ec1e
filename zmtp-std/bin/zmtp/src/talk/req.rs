//! `zmtp req`.

use anyhow::Context as _;
use clap::Args;
use zmtp_std::Context;

use super::receive;
use super::terminal::Terminal;
use crate::place::Way;
use crate::report::so_far;

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
    terminal: Terminal,
}

impl Req {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let (feed, session) = self.terminal.open(Way::Connect, Context::req)?;
        let mut printer = self.terminal.format.printer();
        session.for_reader().run(|socket| {
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
