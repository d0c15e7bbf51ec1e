//! `zmtp`, ZeroMQ at the terminal. One file or folder a subcommand; this one knows their names, and what becomes of
//! their errors.

mod completions;
mod demo;
mod feed;
mod interrupt;
mod keygen;
mod link;
mod log;
mod message;
mod monitor;
mod perf;
mod place;
mod proxy;
mod reader;
mod report;
mod security;
mod session;
mod signals;
mod socket;
mod talk;
mod watch;

use std::io;
use std::process::ExitCode;

use anyhow::Error;
use clap::{Parser, Subcommand};
use zmtp_std::{BadEndpoint, BindError, ConnectError, RecvError, SendError, Unsent, WaitError};

const FAILURE: u8 = 1;
const USAGE: u8 = 2;
/// That of timeout(1).
const TIMED_OUT: u8 = 124;

/// ZeroMQ at the terminal
///
/// ZeroMQ sockets are asynchronous message queues with a pattern: REQ asks and REP answers, PUB publishes and SUB
/// receives what it subscribed to, PUSH shares work out and PULL takes it in. Either side may bind or connect, in any
/// order, and a connection that gets lost comes back by itself. This program speaks ZMTP, the protocol of libzmq and of
/// every other ZeroMQ, so any of them may be at the other end.
#[derive(Debug, Parser)]
#[command(name = "zmtp", version, after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP, arg_required_else_help = true)]
struct Cli {
    /// Tell on standard error what happens to connections (-vv more, -vvv all); RUST_LOG goes first
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Talk(Box<talk::Talk>),
    /// Stand between sockets and pass messages on: a queue, a forwarder or a streamer
    #[command(after_help = proxy::EXAMPLES)]
    Proxy(Box<proxy::Proxy>),
    /// Tell what happens to connections
    #[command(after_help = monitor::EXAMPLES)]
    Monitor(Box<monitor::Monitor>),
    /// Make a pair of keys for CURVE
    #[command(after_help = keygen::EXAMPLES)]
    Keygen(keygen::Keygen),
    /// Print what a shell needs to complete command lines
    #[command(after_help = completions::EXAMPLES)]
    Completions(completions::Completions),
    /// See three patterns at work over TCP, in a few seconds, each checked and measured
    #[command(long_about = demo::ABOUT)]
    Demo,
    /// Measure throughput and latency, between two of us or against libzmq's tools of the same names
    #[command(subcommand, long_about = perf::ABOUT, after_help = perf::EXAMPLES)]
    Perf(perf::Tool),
}

const AFTER_HELP: &str = "Begin with: zmtp demo
More, with examples: zmtp --help";

const AFTER_LONG_HELP: &str = "Examples:
  See it work:
    zmtp demo

  Publish lines and print them, in two terminals; zmtp pub --help and the others have more:
    seq 10 | zmtp pub tcp://*:5556
    zmtp sub tcp://localhost:5556

  Ask, and answer with what a command says:
    zmtp rep tcp://*:5555 --exec 'tr a-z A-Z'
    zmtp req tcp://localhost:5555 -m Hello

  Measure the throughput of 16-octet messages, in two terminals:
    zmtp perf local-thr  tcp://127.0.0.1:5555 16 10000000
    zmtp perf remote-thr tcp://127.0.0.1:5555 16 10000000

  See why a connection does not come about:
    zmtp -v perf remote-thr tcp://127.0.0.1:5555 16 1000

Endpoints:
  tcp://127.0.0.1:5555   an address and a port; tcp://[::1]:5555 for IPv6
  tcp://server:5555      a host by name
  tcp://*:5555           to bind every interface
  tcp://127.0.0.1:*      to bind any port that is free; it is shown on standard error
  ipc:///tmp/feed.ipc    a file of this machine
  @ENDPOINT '>ENDPOINT'  bind there, or connect, whatever is usual for the type of the socket

Exit codes:
  0    all went well
  1    something failed; standard error says what
  2    the command line, or an endpoint on it, cannot be understood
  124  a --timeout is over
  130  Ctrl-C
  143  the signal TERM, as of kill and of service managers; it ends the program as Ctrl-C does";

impl Command {
    fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Talk(command) => command.run(),
            Self::Proxy(command) => command.run(),
            Self::Monitor(command) => command.run(),
            Self::Keygen(command) => command.run(),
            Self::Completions(command) => command.run(),
            Self::Demo => demo::run(),
            Self::Perf(tool) => tool.run(),
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    log::start(cli.verbose);
    let done = interrupt::listen().and_then(|()| cli.command.run());
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has seen enough.
        Err(error) if reader::is_gone() || is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report::report(&error);
            exit_code(&error).into()
        }
    }
}

fn exit_code(error: &Error) -> u8 {
    if let Some(code) = interrupt::code() {
        code
    } else if error.chain().any(|cause| {
        cause.is::<BadEndpoint>()
            || matches!(cause.downcast_ref(), Some(BindError::BadEndpoint(_)))
            || matches!(cause.downcast_ref(), Some(ConnectError::BadEndpoint(_)))
    }) {
        USAGE
    } else if error.chain().any(is_late) {
        TIMED_OUT
    } else {
        FAILURE
    }
}

/// Whether it is the end of a time that was set on the command line.
fn is_late(cause: &(dyn std::error::Error + 'static)) -> bool {
    matches!(cause.downcast_ref(), Some(RecvError::TimedOut))
        || matches!(cause.downcast_ref(), Some(SendError { why: Unsent::TimedOut, .. }))
        || matches!(cause.downcast_ref(), Some(WaitError::TimedOut { .. }))
}

fn is_broken_pipe(error: &Error) -> bool {
    error.chain().any(
        |cause| matches!(cause.downcast_ref::<io::Error>(), Some(e) if e.kind() == io::ErrorKind::BrokenPipe),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use zmtp_std::Endpoint;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_endpoint_that_cannot_be_understood_is_an_error_of_usage_wherever_it_is_found() {
        let bad = "nowhere".parse::<Endpoint>().unwrap_err();
        assert_eq!(exit_code(&Error::new(bad.clone())), USAGE);
        assert_eq!(exit_code(&Error::new(ConnectError::from(bad.clone())).context("perf")), USAGE);
        assert_eq!(exit_code(&Error::new(BindError::from(bad))), USAGE);
        assert_eq!(exit_code(&Error::new(BindError::AddrInUse { endpoint: String::new() })), FAILURE);
    }
}
