//! Sends every request back as the reply.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use zmtp_std::Context;

use super::{Load, Watch};

pub(super) fn run(load: &Load, context: &Context, watch: &Watch) -> anyhow::Result<()> {
    let rep = context.rep();
    watch.start(&rep, 1, || ());
    load.announce(&rep.bind(&load.endpoint)?);
    for answered in 0..load.count {
        let request = rep.recv().with_context(|| load.so_far(answered, "round trips"))?;
        load.check(&request)?;
        rep.send(request).with_context(|| load.so_far(answered, "round trips"))?;
    }
    // The last reply may be on its way.
    let undelivered = rep.close(Duration::MAX).undelivered;
    ensure!(undelivered == 0, "{}", load.so_far(load.count - undelivered, "round trips"));
    Ok(())
}
