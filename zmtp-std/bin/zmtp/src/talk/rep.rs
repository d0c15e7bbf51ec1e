//! `zmtp rep`.

use anyhow::Context as _;
use clap::Args;
use zmtp_std::Context;

use super::answer::Answer;
use super::receive;
use crate::feed::Feed;
use crate::link::Link;
use crate::message::{Format, Printer};
use crate::place::Way;
use crate::report::so_far;
use crate::session::Session;

pub(super) const EXAMPLES: &str = "Binds, if nothing says otherwise. Requests are printed, and answered one at a time: with the next line of standard
input, with what the command line says, with themselves, or with what a command makes of them.

Examples:
  Answer by hand, a line a reply:
    zmtp rep tcp://*:5555
  Always the same:
    zmtp rep tcp://*:5555 -m World
  The request itself:
    zmtp rep tcp://*:5555 --echo
  What a command says; it finds the request on its standard input:
    zmtp rep tcp://*:5555 --exec 'tr a-z A-Z'";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Rep {
    /// End after so many requests
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    answer: Answer,
    #[command(flatten)]
    link: Link,
    #[command(flatten)]
    format: Format,
}

impl Rep {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let feed = self.answer.feed(&self.format)?;
        let session = Session::fed(&self.link, Way::Bind, Context::rep, &feed)?.for_reader();
        let mut printer = self.format.printer();
        session.run(|socket| {
            for requests in 0..self.count.unwrap_or(u64::MAX) {
                if feed.is_over() && self.answer.needs_feed() {
                    break;
                }
                self.serve(socket, &mut printer, &feed).with_context(|| so_far(requests, "request"))?;
            }
            Ok(())
        })
    }

    /// One request.
    fn serve(&self, socket: &zmtp_std::Rep, printer: &mut Printer, feed: &Feed) -> anyhow::Result<()> {
        let request = receive(socket, printer)?;
        printer.print(request.clone())?;
        printer.flush()?;
        let reply = match self.answer.to(&request.message, &self.format)? {
            Some(reply) => reply,
            None => feed
                .next()
                .context("standard input is at its end, and a request is left without an answer")??,
        };
        Ok(socket.send(reply)?)
    }
}
