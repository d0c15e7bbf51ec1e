//! `zmtp sub`.

use clap::Args;
use zmtp_std::Context;

use super::print_all;
use crate::link::Link;
use crate::message::{Format, unescape};
use crate::place::Way;
use crate::session::Session;

pub(super) const EXAMPLES: &str = "Connects, if nothing says otherwise. Several publishers may be named.

Examples:
  Print all that is published:
    zmtp sub tcp://localhost:5556
  Ten messages of two topics, parts with a comma between:
    zmtp sub tcp://localhost:5556 -t weather -t news --count 10 --frames ,
  As JSON, with who sent it, for another program:
    zmtp sub tcp://localhost:5556 --json | jq -r '.parts[1]'
  Wait for a message, but not for longer than a minute:
    zmtp sub tcp://localhost:5556 --count 1 --timeout 1m || echo 'nothing came'";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Subscribe {
    /// Subscribe to what begins with this, escapes as in printf; may be given several times [default: everything]
    #[arg(short, long = "topic", value_name = "TOPIC", value_parser = topic)]
    topics: Vec<Topic>,
    /// End after so many messages
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    link: Link,
    #[command(flatten)]
    format: Format,
}

/// The first octets of messages.
pub(super) type Topic = std::sync::Arc<[u8]>;

pub(super) fn topic(text: &str) -> Result<Topic, &'static str> {
    unescape(text).map(Topic::from)
}

impl Subscribe {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let make = |context: &Context| {
            let socket = context.subscriber();
            self.topics.iter().try_for_each(|topic| socket.subscribe(topic))?;
            if self.topics.is_empty() {
                socket.subscribe("")?;
            }
            Ok(socket)
        };
        let session = Session::try_open(&self.link, Way::Connect, make, || ())?.for_reader();
        session.run(|socket| print_all(socket, &mut self.format.printer(), self.count))
    }
}
