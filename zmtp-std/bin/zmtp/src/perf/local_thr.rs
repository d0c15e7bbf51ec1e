//! Receives messages, and measures from the first to the last how many a second.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use zmtp_std::{Context, Pull};

use super::{Load, Watch};

pub(super) fn run(load: &Load, context: &Context, watch: &Watch) -> anyhow::Result<()> {
    let pull = context.pull();
    watch.start(&pull, 1, || ());
    load.announce(&pull.bind(&load.endpoint)?);
    let elapsed = receive(load, &pull)?;
    io::stdout().write_all(report(load, elapsed).as_bytes())?;
    Ok(())
}

fn receive(load: &Load, pull: &Pull) -> anyhow::Result<Duration> {
    let receive = |received: u64| -> anyhow::Result<()> {
        let message = pull.recv().with_context(|| load.so_far(received, "messages"))?;
        load.check(&message)
    };
    receive(0)?;
    let started = Instant::now();
    (1..load.count).try_for_each(receive)?;
    Ok(started.elapsed())
}

fn report(load: &Load, elapsed: Duration) -> String {
    // A single message takes no time; libzmq calls that a microsecond.
    let seconds = elapsed.max(Duration::from_micros(1)).as_secs_f64();
    let rate = load.count as f64 / seconds;
    let megabits = rate * load.message_size as f64 * 8.0 / 1e6;
    format!(
        "message size: {} [B]\nmessage count: {}\nmean throughput: {} [msg/s]\nmean throughput: {megabits:.3} [Mb/s]\n",
        load.message_size, load.count, rate as u64
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_those_of_libzmq() {
        let load = Load {
            endpoint: "tcp://*:*".parse().unwrap(),
            message_size: 16,
            count: 1_000_000,
            hwm: 1000,
            io_threads: 1,
        };
        let expected = "\
message size: 16 [B]
message count: 1000000
mean throughput: 4000000 [msg/s]
mean throughput: 512.000 [Mb/s]
";
        assert_eq!(report(&load, Duration::from_millis(250)), expected);
    }
}
