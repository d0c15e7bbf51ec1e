//! `zmtp push`.

use clap::Args;
use zmtp_std::Context;

use super::terminal::Terminal;
use crate::place::Way;

pub(super) const EXAMPLES: &str = "Connects, if nothing says otherwise. Nothing is dropped: while no peer has room, standard input is not read.

Examples:
  A task a line, to whoever is there:
    zmtp push tcp://localhost:5557 < tasks.txt
  Shared out evenly over four workers, from the first on:
    seq 100 | zmtp push tcp://*:5557 --wait 4
  A file, as one message:
    zmtp push tcp://localhost:5557 --whole < picture.png
  Give up after five seconds; the exit code is 124 then:
    zmtp push tcp://localhost:5557 -m task --timeout 5 --linger 5";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Push {
    /// Begin when so many peers are there
    #[arg(short = 'w', long, value_name = "N", default_value_t = 0)]
    wait: usize,
    /// End after so many messages
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    terminal: Terminal,
}

impl Push {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.terminal.send(Way::Connect, Context::push, self.wait, self.count)
    }
}
