//! `zmtp dealer`.

use clap::Args;
use zmtp_std::Context;

use super::conversation::Conversation;

pub(super) const EXAMPLES: &str =
    "Connects, if nothing says otherwise. After the end of standard input it goes on printing what comes.

Examples:
  Talk to a ROUTER, under a name:
    zmtp dealer tcp://localhost:5555 --identity client-7
  Ask a REP a hundred questions at once; in front of each is an empty part:
    sed 's/^/|/' questions.txt | zmtp dealer tcp://localhost:5555 --frames '|' --count 100";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Dealer {
    #[command(flatten)]
    conversation: Conversation,
}

impl Dealer {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.conversation.run(Context::dealer)
    }
}
