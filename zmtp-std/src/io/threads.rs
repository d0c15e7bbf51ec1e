//! The I/O threads of a context: each runs tasks of its own, so that a connection stays with its thread.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use super::Wake;
use super::runtime::{Handle, Runtime};

/// See the module.
#[derive(Debug)]
pub(crate) struct Threads {
    handles: Vec<Handle>,
    next: AtomicUsize,
}

/// Ends the threads when it is dropped, which is not to be done on one of them; tasks that are left are dropped.
#[derive(Debug)]
pub(crate) struct Stop(Vec<(Arc<Wake>, JoinHandle<()>)>);

impl Threads {
    /// Starts `count` threads.
    pub(crate) fn start(count: usize) -> io::Result<(Self, Stop)> {
        let (mut handles, mut stop) = (Vec::new(), Stop(Vec::new()));
        for number in 0..count {
            let runtime = Runtime::new()?;
            handles.push(runtime.handle());
            let wake = Arc::new(Wake::default());
            let stopped = Arc::clone(&wake);
            let run = move || {
                runtime.run(async move { stopped.woken().await });
                tracing::trace!("I/O thread ends");
            };
            let join = std::thread::Builder::new().name(format!("zmtp-io-{number}")).spawn(run)?;
            stop.0.push((wake, join));
        }
        Ok((Self { handles, next: AtomicUsize::new(0) }, stop))
    }

    /// The thread whose turn it is to get another task.
    pub(crate) fn next(&self) -> &Handle {
        &self.handles[self.next.fetch_add(1, Ordering::Relaxed) % self.handles.len()]
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        for (wake, _) in &self.0 {
            wake.wake();
        }
        for (_, join) in self.0.drain(..) {
            if join.join().is_err() {
                tracing::error!("an I/O thread panicked");
            }
        }
    }
}

/// Runs a future in an I/O thread, which streams need.
#[cfg(test)]
pub(crate) fn run<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let (threads, _stop) = Threads::start(1).unwrap();
    let (done, outcome) = std::sync::mpsc::channel();
    threads.next().spawn(async move { done.send(future.await).unwrap() });
    outcome.recv().expect("the future does not panic")
}
