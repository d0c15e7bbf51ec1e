//! `zmtp pub`.

use clap::Args;
use zmtp_std::Context;

use super::terminal::Terminal;
use crate::place::Way;

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
    terminal: Terminal,
}

impl Publish {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.terminal.send(Way::Bind, Context::publisher, self.wait, self.count)
    }
}
