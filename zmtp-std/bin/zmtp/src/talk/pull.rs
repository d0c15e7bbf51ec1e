//! `zmtp pull`.

use clap::Args;
use zmtp_std::Context;

use super::print_all;
use crate::link::Link;
use crate::message::Format;
use crate::place::Way;
use crate::session::Session;

pub(super) const EXAMPLES: &str = "Binds, if nothing says otherwise.

Examples:
  Print what comes:
    zmtp pull tcp://*:5558
  A worker between a ventilator and a sink, a task a line:
    zmtp pull -c tcp://localhost:5557 | ./work | zmtp push tcp://localhost:5558
  Receive a file:
    zmtp pull tcp://*:5557 --count 1 --whole > picture.png";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Pull {
    /// End after so many messages
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    link: Link,
    #[command(flatten)]
    format: Format,
}

impl Pull {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let session = Session::open(&self.link, Way::Bind, Context::pull, || ())?.for_reader();
        session.run(|socket| print_all(socket, &mut self.format.printer(), self.count))
    }
}
