//! The sockets at a terminal, one file a subcommand: what they send comes from standard input or the command line, what they
//! receive is printed.

mod answer;
mod conversation;
mod dealer;
mod exchange;
mod pair;
mod publish;
mod pull;
mod push;
mod rep;
mod req;
mod router;
mod stream;
mod subscribe;
mod subscription;
mod terminal;
mod xpub;
mod xsub;

use anyhow::Context as _;
use clap::Subcommand;
use zmtp_std::{Message, Part, Received, RecvError, SendError, Unsent};

use crate::feed::Feed;
use crate::log;
use crate::message::Printer;
use crate::report::so_far;
use crate::socket::{Receives, Sends};

/// One for each type of socket.
#[derive(Debug, Subcommand)]
pub(crate) enum Talk {
    /// Publish lines to all who subscribed to their beginning
    #[command(after_help = publish::EXAMPLES)]
    Pub(publish::Publish),
    /// Print what is published under topics
    #[command(after_help = subscribe::EXAMPLES)]
    Sub(subscribe::Subscribe),
    /// Share lines out over peers
    #[command(after_help = push::EXAMPLES)]
    Push(push::Push),
    /// Print what peers share out
    #[command(after_help = pull::EXAMPLES)]
    Pull(pull::Pull),
    /// Ask, a line a request, and print the replies
    #[command(after_help = req::EXAMPLES)]
    Req(req::Req),
    /// Print requests, and answer with lines, the same again, or what a command says
    #[command(after_help = rep::EXAMPLES)]
    Rep(rep::Rep),
    /// Ask many at a time: send lines, print what comes, both at once
    #[command(after_help = dealer::EXAMPLES)]
    Dealer(dealer::Dealer),
    /// Talk to peers by their names: lines begin with that of a peer
    #[command(after_help = router::EXAMPLES)]
    Router(router::Router),
    /// Talk to programs that know TCP only, in hexadecimal digits
    #[command(after_help = stream::EXAMPLES)]
    Stream(stream::Stream),
    /// Talk to one peer
    #[command(after_help = pair::EXAMPLES)]
    Pair(pair::Pair),
    /// Publish lines, and print who subscribes to what
    #[command(name = "xpub", after_help = xpub::EXAMPLES)]
    XPub(xpub::XPub),
    /// Print what is published, and change subscriptions by lines
    #[command(name = "xsub", after_help = xsub::EXAMPLES)]
    XSub(xsub::XSub),
}

impl Talk {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Pub(command) => command.run(),
            Self::Sub(command) => command.run(),
            Self::Push(command) => command.run(),
            Self::Pull(command) => command.run(),
            Self::Req(command) => command.run(),
            Self::Rep(command) => command.run(),
            Self::Dealer(command) => command.run(),
            Self::Router(command) => command.run(),
            Self::Stream(command) => command.run(),
            Self::Pair(command) => command.run(),
            Self::XPub(command) => command.run(),
            Self::XSub(command) => command.run(),
        }
    }
}

/// Sends all there is, but at most `count`.
fn send_all(socket: &impl Sends, feed: &Feed, count: Option<u64>) -> anyhow::Result<()> {
    for sent in 0..count.unwrap_or(u64::MAX) {
        let Some(message) = feed.next() else { break };
        message.and_then(|message| send(socket, message)).with_context(|| so_far(sent, "message"))?;
    }
    Ok(())
}

/// Sends a message. That a ROUTER does not know a peer, or not any more, is told and no reason to end.
fn send(socket: &impl Sends, message: Message) -> anyhow::Result<()> {
    match socket.send(message) {
        Err(SendError { message, why: Unsent::HostUnreachable }) => {
            let id = message.part(0).map(Part::as_slice).unwrap_or_default().escape_ascii();
            log::tell(format_args!(
                "not sent: no peer has the routing id \"{id}\", not yet or not any more; --wait N begins when N are there"
            ));
        }
        sent => sent?,
    }
    Ok(())
}

/// Receives a message. Before waiting for it, prints what has been printed to memory only.
fn receive(socket: &impl Receives, printer: &mut Printer) -> anyhow::Result<Received> {
    match socket.try_recv_from() {
        Err(RecvError::WouldBlock) => {
            printer.flush()?;
            Ok(socket.recv_from()?)
        }
        received => Ok(received?),
    }
}

/// Prints all that comes, but at most `count`.
fn print_all(socket: &impl Receives, printer: &mut Printer, count: Option<u64>) -> anyhow::Result<()> {
    for received in 0..count.unwrap_or(u64::MAX) {
        let message = receive(socket, printer).with_context(|| so_far(received, "message"))?;
        printer.print(message)?;
    }
    Ok(printer.flush()?)
}
