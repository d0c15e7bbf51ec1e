//! What every command that sends has of the command line and standard input.

use clap::Args;
use zmtp_std::Context;

use super::send_all;
use crate::feed::{Feed, Source};
use crate::link::Link;
use crate::message::Format;
use crate::place::Way;
use crate::session::{Session, wait_for};
use crate::socket::{Sends, Socket};

/// See the module.
#[derive(Debug, Args)]
pub(super) struct Terminal {
    #[command(flatten)]
    pub(super) source: Source,
    #[command(flatten)]
    pub(super) link: Link,
    #[command(flatten)]
    pub(super) format: Format,
}

impl Terminal {
    /// A socket that meets its peers in the `usual` way, where the command line says nothing else, and what it is fed.
    pub(super) fn open<S: Socket>(
        &self,
        usual: Way,
        make: impl FnOnce(&Context) -> S,
    ) -> anyhow::Result<(Feed, Session<S>)> {
        let feed = self.source.feed(&self.format)?;
        let session = Session::fed(&self.link, usual, make, &feed)?;
        Ok((feed, session))
    }

    /// Sends all there is, but at most `count`, from when `wait` peers are there: what `zmtp pub` and `zmtp push` do.
    pub(super) fn send<S: Socket + Sends>(
        &self,
        usual: Way,
        make: impl FnOnce(&Context) -> S,
        wait: usize,
        count: Option<u64>,
    ) -> anyhow::Result<()> {
        let (feed, session) = self.open(usual, make)?;
        session.run(|socket| {
            wait_for(socket, wait, self.link.timeout())?;
            send_all(socket, &feed, count)
        })
    }
}
