//! Sends messages, each made anew as a program would, and stays until they are out.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use zmtp_std::Context;

use super::{Load, Watch};

pub(super) fn run(load: &Load, context: &Context, watch: &Watch) -> anyhow::Result<()> {
    let push = context.push();
    watch.start(&push, 1, || ());
    push.connect(&load.endpoint)?;
    let payload = vec![0; load.message_size];
    for sent in 0..load.count {
        push.send(payload.as_slice()).with_context(|| load.so_far(sent, "messages"))?;
    }
    let undelivered = push.close(Duration::MAX).undelivered;
    ensure!(undelivered == 0, "{}", load.so_far(load.count - undelivered, "messages"));
    Ok(())
}
