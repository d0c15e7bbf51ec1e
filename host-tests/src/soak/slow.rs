//! A subscriber that reads nothing, and one that reads everything.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use zmtp_std::{Context, Options, Pub, Sub};

use std::io::Write;

use super::crowd::{shake_hands, stream};
use super::{Seen, resident};
use crate::libzmq::PATIENCE;

const BATCHES: usize = 1_000;
/// Fewer than the mark: who reads loses none.
const BATCH: usize = 500;
const SIZE: usize = 200;
/// How much longer it may take beside the slow one, of whose messages most are dropped.
const BOUND: f64 = 2.0;
/// Octets for what waits for the slow one, a thousand messages, and what an allocator keeps.
const SLACK: u64 = 4 << 20;

pub(super) fn run() -> Result<Seen> {
    let options = Options { rcvtimeo: Some(PATIENCE), linger: Some(Duration::ZERO), ..Options::default() };
    let context = Context::new().with(options);
    let (publisher, fast) = (context.publisher(), context.subscriber());
    let endpoint = publisher.bind("tcp://127.0.0.1:*")?;
    fast.subscribe("")?;
    fast.connect(&endpoint)?;
    publisher.wait_for_subscribers(1)?;
    feed(&publisher, &fast)?;
    let alone = feed(&publisher, &fast)?;
    let endpoint = endpoint.to_string();
    let mut slow = stream(endpoint.strip_prefix("tcp://").context("an address")?)?;
    shake_hands(&mut slow, "SUB")?;
    slow.write_all(b"\x00\x01\x01")?;
    publisher.wait_for_subscribers(2)?;
    let (before, dropped) = (resident()?, publisher.dropped());
    let beside = feed(&publisher, &fast)?;
    let (grown, dropped) = (resident()?.saturating_sub(before), publisher.dropped() - dropped);
    let ratio = beside.as_secs_f64() / alone.as_secs_f64();
    let count = BATCHES * BATCH;
    let good = ratio <= BOUND && grown <= SLACK && dropped > 0;
    let lines = vec![
        format!(
            "{count} of {count} messages came: {alone:.1?} alone, {beside:.1?} beside it: {ratio:.2} x (bound {BOUND})"
        ),
        format!("{dropped} dropped for the slow one and counted, {grown} octets more (bound {SLACK})"),
    ];
    Ok(Seen { lines, good })
}

/// Publishes batches, each when the one before has been received; returns how long that took.
fn feed(publisher: &Pub, subscriber: &Sub) -> Result<Duration> {
    let since = Instant::now();
    let mut body = [7; SIZE];
    for batch in 0..BATCHES {
        body[..8].copy_from_slice(&batch.to_be_bytes());
        for _ in 0..BATCH {
            publisher.send(&body[..])?;
        }
        for _ in 0..BATCH {
            ensure!(subscriber.recv()? == body[..], "a message of another batch: some were lost");
        }
    }
    Ok(since.elapsed())
}
