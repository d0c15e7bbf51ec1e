//! The I/O threads of a context: each a runtime of its own, so that a connection stays with its thread.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle};
use tokio::sync::watch;

/// See the module.
#[derive(Debug)]
pub(crate) struct Threads {
    handles: Vec<Handle>,
    next: AtomicUsize,
}

/// Ends the threads when it is dropped, which is not to be done on one of them; tasks that are left are dropped.
#[derive(Debug)]
pub(crate) struct Stop {
    stop: watch::Sender<bool>,
    joins: Vec<JoinHandle<()>>,
}

impl Threads {
    /// Starts `count` threads.
    pub(crate) fn start(count: usize) -> io::Result<(Self, Stop)> {
        let (stop, stopped) = watch::channel(false);
        let (mut handles, mut joins) = (Vec::new(), Vec::new());
        for number in 0..count {
            let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
            handles.push(runtime.handle().clone());
            let mut stopped = stopped.clone();
            let run = move || {
                let stopped = runtime.block_on(stopped.wait_for(|stop| *stop)).is_ok();
                tracing::trace!(stopped, "I/O thread ends");
                // A name that is being resolved is not waited for.
                runtime.shutdown_background();
            };
            joins.push(std::thread::Builder::new().name(format!("zmtp-io-{number}")).spawn(run)?);
        }
        Ok((Self { handles, next: AtomicUsize::new(0) }, Stop { stop, joins }))
    }

    /// The thread whose turn it is to get another task.
    pub(crate) fn next(&self) -> &Handle {
        &self.handles[self.next.fetch_add(1, Ordering::Relaxed) % self.handles.len()]
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        for join in self.joins.drain(..) {
            if join.join().is_err() {
                tracing::error!("an I/O thread panicked");
            }
        }
    }
}
