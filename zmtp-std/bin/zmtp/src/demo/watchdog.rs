//! Gives a pattern up that takes too long, so that the demo ends even if messages are lost.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use zmtp_std::Context;

use super::progress::Gauge;

/// When a pattern is given up.
const PATIENCE: Duration = Duration::from_millis(3200);

/// How often to look whether something moves.
const GLANCE: Duration = Duration::from_millis(100);

/// Waits until the other end of `finished` is dropped. Should that take too long, terminates the context, which wakes
/// whatever waits, and returns what there is to say.
pub(super) fn watch(finished: &Receiver<()>, context: &Context, gauge: &Gauge) -> Option<String> {
    let started = Instant::now();
    let (mut seen, mut moved) = (0, started);
    while started.elapsed() < PATIENCE {
        if finished.recv_timeout(GLANCE) != Err(RecvTimeoutError::Timeout) {
            return None;
        }
        if gauge.position() != seen {
            (seen, moved) = (gauge.position(), Instant::now());
        }
    }
    context.terminate();
    let still = moved.elapsed();
    let cause = if still > Duration::from_secs(1) {
        format!("nothing moved for {:.1} s: messages were lost", still.as_secs_f64())
    } else {
        "it was still moving: this machine is too slow, or too busy".to_owned()
    };
    Some(format!("{gauge} after {PATIENCE:.1?}; {cause}"))
}
