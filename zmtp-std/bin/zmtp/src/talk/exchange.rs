//! Sending and printing at the same time.

use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Error};
use zmtp_std::{Closing, Context, Message, RecvError};

use super::terminal::Terminal;
use super::{print_all, send};
use crate::feed::Feed;
use crate::message::Printer;
use crate::place::Way;
use crate::report::so_far;
use crate::session::wait_for;
use crate::socket::{Receives, Sends, Socket};

/// See the module. It is over when so many messages have been received as were asked for, or none can come any more; the end of
/// what there is to send is no end.
pub(super) struct Exchange {
    /// How many peers have to be there before it begins.
    pub(super) wait: usize,
    pub(super) count: Option<u64>,
    pub(super) printer: Printer,
    /// What is sent for a message of the feed.
    pub(super) outgoing: fn(Message) -> anyhow::Result<Message>,
}

impl Exchange {
    /// Of a socket that meets its peers in the `usual` way, where the command line says nothing else.
    pub(super) fn run<S: Socket + Sends + Receives>(
        self,
        terminal: &Terminal,
        usual: Way,
        make: impl FnOnce(&Context) -> S,
    ) -> anyhow::Result<()> {
        let (feed, session) = terminal.open(usual, make)?;
        session.for_reader().run(|socket| {
            wait_for(socket, self.wait, terminal.link.timeout())?;
            self.talk(socket, &feed, terminal.link.linger())
        })
    }

    fn talk(mut self, socket: &(impl Sends + Receives), feed: &Feed, linger: Duration) -> anyhow::Result<()> {
        let outgoing = self.outgoing;
        thread::scope(|scope| {
            let sender = scope.spawn(|| {
                let sent = send_shaped(socket, feed, outgoing);
                if sent.is_err() {
                    // So that nothing is waited for any more.
                    let _ = socket.close(Duration::ZERO);
                }
                sent
            });
            let received = print_all(socket, &mut self.printer, self.count);
            if received.is_ok() && feed.is_given() {
                // What the command line says is sent, also if the answers were faster.
                return sender.join().unwrap_or_else(|panic| resume_unwind(panic));
            }
            feed.stop();
            // Ends a sender that waits for room, too.
            let _ = socket.close(if received.is_ok() { linger } else { Duration::ZERO });
            let sent = sender.join().unwrap_or_else(|panic| resume_unwind(panic));
            match received {
                Err(error) if is_closed(&error) => sent.and(Err(error)),
                received => received,
            }
        })
    }
}

fn send_shaped(
    socket: &impl Sends,
    feed: &Feed,
    shape: fn(Message) -> anyhow::Result<Message>,
) -> anyhow::Result<()> {
    let mut sent = 0;
    while let Some(message) = feed.next() {
        let sending = message.and_then(shape).and_then(|message| send(socket, message));
        sending.with_context(|| so_far(sent, "message"))?;
        sent += 1;
    }
    Ok(())
}

/// Whether we closed the socket ourselves.
fn is_closed(error: &Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref() == Some(&RecvError::Closed(Closing::Closed)))
}
