//! Both ends in this process, without a network in between: libzmq's inproc_thr and inproc_lat.

use std::thread;

use anyhow::anyhow;
use clap::{Args, value_parser};
use zmtp_std::{Context, Endpoint};

use super::{Load, Run, Watch};

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Both {
    /// Octets in a message
    message_size: usize,
    /// How many messages, or round trips
    #[arg(value_parser = value_parser!(u64).range(1..))]
    count: u64,
    /// High-water mark of either end, in messages; 0 is none
    #[arg(long, value_name = "MESSAGES", default_value_t = 1000)]
    hwm: u32,
}

impl From<Both> for Load {
    fn from(Both { message_size, count, hwm }: Both) -> Self {
        let endpoint = Endpoint::Inproc { name: "perf".into() };
        Self { endpoint, message_size, count, hwm, io_threads: 1 }
    }
}

/// Runs `local` here, and `remote` in a thread of its own. Who fails ends the other.
pub(super) fn run(
    (local, remote): (Run, Run),
    load: &Load,
    context: &Context,
    watch: &Watch,
) -> anyhow::Result<()> {
    let attempt = |tool: Run, watch: &Watch| tool(load, context, watch).inspect_err(|_| context.terminate());
    thread::scope(|scope| {
        let remote = scope.spawn(|| attempt(remote, &Watch::new(context)));
        let local = attempt(local, watch);
        let remote = remote.join().map_err(|_| anyhow!("a thread panicked"))?;
        local.and(remote)
    })
}
