//! Asks and waits for the reply, time and again; half the time of a round trip is the latency.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use zmtp_std::{Context, Message};

use super::{Load, Watch};

pub(super) fn run(load: &Load, context: &Context, watch: &Watch) -> anyhow::Result<()> {
    let req = context.req();
    watch.start(&req, 1, || ());
    req.connect(&load.endpoint)?;
    // libzmq's tool, too, sends the same message back and forth, and counts in the time to connect.
    let mut message = Message::from(vec![0; load.message_size]);
    let started = Instant::now();
    for done in 0..load.count {
        req.send(message).with_context(|| load.so_far(done, "round trips"))?;
        message = req.recv().with_context(|| load.so_far(done, "round trips"))?;
        load.check(&message)?;
    }
    io::stdout().write_all(report(load, started.elapsed()).as_bytes())?;
    Ok(())
}

fn report(load: &Load, elapsed: Duration) -> String {
    let latency = elapsed.as_secs_f64() * 1e6 / (load.count as f64 * 2.0);
    format!(
        "message size: {} [B]\nroundtrip count: {}\naverage latency: {latency:.3} [us]\n",
        load.message_size, load.count
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_those_of_libzmq() {
        let load = Load {
            endpoint: "tcp://h:1".parse().unwrap(),
            message_size: 1,
            count: 10_000,
            hwm: 1000,
            io_threads: 1,
        };
        let expected = "\
message size: 1 [B]
roundtrip count: 10000
average latency: 25.000 [us]
";
        assert_eq!(report(&load, Duration::from_millis(500)), expected);
    }
}
