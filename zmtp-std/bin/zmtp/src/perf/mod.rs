//! `zmtp perf`: libzmq's tools local_thr, remote_thr, local_lat and remote_lat, with their arguments and the lines they
//! print, one file each; inproc_thr and inproc_lat run two of them.

mod inproc;
mod local_lat;
mod local_thr;
mod remote_lat;
mod remote_thr;

use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use clap::{Args, Subcommand, value_parser};
use zmtp_std::{Context, Endpoint, Message, Options};

use crate::watch::Watch;
use crate::{interrupt, log};
use inproc::Both;

pub(crate) const ABOUT: &str =
    "Measure throughput and latency, between two of us or against libzmq's tools of the same names

The local end binds, the remote end connects; start them in any order, with the same size and count. Either may be
libzmq's local_thr, remote_thr, local_lat or remote_lat: arguments and printed lines are the same.

With inproc-thr and inproc-lat both ends are threads of this process, without a network in between.";

pub(crate) const EXAMPLES: &str = "Examples, each in two terminals:
  zmtp perf local-thr  tcp://127.0.0.1:5555 16 10000000    throughput, 16 octets a message
  zmtp perf remote-thr tcp://127.0.0.1:5555 16 10000000

  zmtp perf local-lat  tcp://127.0.0.1:5555 1024 10000     latency, 1 KiB a message
  remote_lat           tcp://127.0.0.1:5555 1024 10000     (libzmq at this end)

In one:
  zmtp perf inproc-thr 16 10000000
  zmtp perf inproc-lat 16 100000";

#[derive(Debug, Subcommand)]
pub(crate) enum Tool {
    /// Bind, receive messages (PULL), print their throughput
    LocalThr(Load),
    /// Connect, send messages (PUSH) to local-thr
    RemoteThr(Load),
    /// Bind, answer requests (REP) of remote-lat
    LocalLat(Load),
    /// Connect, ask (REQ), print the average latency: half of a round trip
    RemoteLat(Load),
    /// Both ends of the throughput here, over inproc
    InprocThr(Both),
    /// Both ends of the latency here, over inproc
    InprocLat(Both),
}

/// A tool: makes its socket, has it watched, and measures.
type Run = fn(&Load, &Context, &Watch) -> anyhow::Result<()>;

impl Tool {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let (tool, other, load): (Run, Option<Run>, _) = match self {
            Self::LocalThr(load) => (local_thr::run, None, load),
            Self::RemoteThr(load) => (remote_thr::run, None, load),
            Self::LocalLat(load) => (local_lat::run, None, load),
            Self::RemoteLat(load) => (remote_lat::run, None, load),
            Self::InprocThr(both) => (local_thr::run, Some(remote_thr::run), both.into()),
            Self::InprocLat(both) => (local_lat::run, Some(remote_lat::run), both.into()),
        };
        let context = load.context()?;
        let _interruptible = interrupt::terminates(&context);
        let watch = Watch::new(&context);
        let done = match other {
            None => tool(&load, &context, &watch),
            Some(other) => inproc::run((tool, other), &load, &context, &watch),
        };
        match watch.end() {
            Some(event) => Err(anyhow!("{event}")),
            None => done,
        }
    }
}

/// What to measure, and where.
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// Where to bind (tcp://*:5555; port * is any that is free) or connect (tcp://127.0.0.1:5555)
    #[arg(value_parser = parse_endpoint)]
    endpoint: Endpoint,
    /// Octets in a message
    message_size: usize,
    /// How many messages, or round trips
    #[arg(value_parser = value_parser!(u64).range(1..))]
    count: u64,
    /// High-water mark for sending and receiving, in messages; 0 is none
    #[arg(long, value_name = "MESSAGES", default_value_t = 1000)]
    hwm: u32,
    /// Threads that do input and output
    #[arg(long, value_name = "THREADS", default_value = "1", value_parser = value_parser!(u16).range(1..=64))]
    io_threads: u16,
}

fn parse_endpoint(text: &str) -> Result<Endpoint, &'static str> {
    text.parse().map_err(|bad: zmtp_std::BadEndpoint| bad.why)
}

impl Load {
    fn context(&self) -> anyhow::Result<Context> {
        // Who succeeds closes the socket, and waits; after an error or Ctrl-C nothing is worth waiting for.
        let linger = Some(Duration::ZERO);
        let options = Options { sndhwm: self.hwm, rcvhwm: self.hwm, linger, ..Options::default() };
        let context = Context::builder().io_threads(self.io_threads.into()).build();
        Ok(context.context("cannot start the I/O threads")?.with(options))
    }

    /// Tells where peers can come, if the command line did not.
    fn announce(&self, bound: &Endpoint) {
        if *bound != self.endpoint {
            log::tell(format_args!("bound to {bound}"));
        }
    }

    /// Both ends have to be started with the same size.
    fn check(&self, message: &Message) -> anyhow::Result<()> {
        ensure!(
            message.octets() == self.message_size as u64,
            "a message of {} octets came, not of {}; start both ends with the same size",
            message.octets(),
            self.message_size
        );
        Ok(())
    }

    /// For errors: how far it went.
    fn so_far(&self, done: u64, what: &str) -> String {
        format!("after {done} of {} {what}", self.count)
    }
}
