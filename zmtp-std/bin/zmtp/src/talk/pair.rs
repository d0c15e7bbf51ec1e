//! `zmtp pair`.

use clap::Args;
use zmtp_std::Context;

use super::conversation::Conversation;

pub(super) const EXAMPLES: &str = "Connects, if nothing says otherwise; one of the two has to bind.

Example, a conversation in two terminals:
    zmtp pair @tcp://*:5555
    zmtp pair tcp://localhost:5555";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Pair {
    #[command(flatten)]
    conversation: Conversation,
}

impl Pair {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.conversation.run(Context::pair)
    }
}
