//! Connections that never do their handshake, and a client that is served beside them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use zmtp_std::{Context, Options, Rep, Req};

use super::Seen;
use super::crowd::stream;
use crate::libzmq::PATIENCE;

const SILENT: usize = 1_000;
const ROUND_TRIPS: usize = 10_000;
/// How much longer a round trip may take beside them, at the median.
const BOUND: f64 = 2.0;

pub(super) fn run() -> Result<Seen> {
    let options = Options {
        sndtimeo: Some(PATIENCE),
        rcvtimeo: Some(PATIENCE),
        linger: Some(Duration::ZERO),
        // As long as they stay.
        handshake_ivl: Duration::ZERO,
        ..Options::default()
    };
    let context = Context::new().with(options);
    let (rep, req) = (context.rep(), context.req());
    let endpoint = rep.bind("tcp://127.0.0.1:*")?;
    req.connect(&endpoint)?;
    round_trips(&req, &rep)?;
    let alone = round_trips(&req, &rep)?;
    let endpoint = endpoint.to_string();
    let address = endpoint.strip_prefix("tcp://").context("an address")?;
    let silent = (0..SILENT).map(|_| stream(address)).collect::<Result<Vec<_>>>()?;
    let beside = round_trips(&req, &rep)?;
    drop(silent);
    let ratio = beside.as_secs_f64() / alone.as_secs_f64();
    let line =
        format!("round trip {alone:.1?} alone, {beside:.1?} beside them: {ratio:.2} x (bound {BOUND})");
    Ok(Seen { lines: vec![line], good: ratio <= BOUND })
}

/// The median.
fn round_trips(req: &Req, rep: &Rep) -> Result<Duration> {
    let mut times = Vec::with_capacity(ROUND_TRIPS);
    for number in 0..ROUND_TRIPS {
        let since = Instant::now();
        req.send(number.to_string())?;
        rep.send(rep.recv()?)?;
        let reply = req.recv()?;
        times.push(since.elapsed());
        ensure!(reply == *number.to_string(), "another reply");
    }
    times.sort_unstable();
    Ok(times[ROUND_TRIPS / 2])
}
