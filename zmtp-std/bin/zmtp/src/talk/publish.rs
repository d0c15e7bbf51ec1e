//! `zmtp pub`.

use clap::Args;
use zmtp_std::Context;

use super::send_all;
use crate::feed::Source;
use crate::link::Link;
use crate::message::Format;
use crate::place::Way;
use crate::session::{Session, wait_for};

pub(super) const EXAMPLES: &str = "Binds, if nothing says otherwise. Without a subscriber it waits for one, for nobody would get what is published.

Examples:
  Publish the lines of a log to whoever wants them:
    tail -f app.log | zmtp pub tcp://*:5556
  One message of two parts, topic and body, once two are there to hear it:
    zmtp pub tcp://*:5556 --wait 2 --frames : -m 'weather:fine'
  A tick every second, heard or not:
    zmtp pub tcp://*:5556 -m tick --repeat --rate 1 --wait 0";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// Begin when so many have subscribed
    #[arg(short = 'w', long, value_name = "N", default_value_t = 1)]
    wait: usize,
    /// End after so many messages
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    link: Link,
    #[command(flatten)]
    format: Format,
}

impl Publish {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let feed = self.source.feed(&self.format)?;
        let session = Session::fed(&self.link, Way::Bind, Context::publisher, &feed)?;
        session.run(|socket| {
            wait_for(socket, self.wait, self.link.timeout())?;
            send_all(socket, &feed, self.count)
        })
    }
}
