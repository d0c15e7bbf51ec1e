//! Futures that are dropped at every await point: nothing is lost, nothing is sent twice, nothing is poisoned.

mod exchange;
mod waiting;

use std::fs;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Wake, Waker};

use crate::common::PATIENCE;

/// When a future is dropped that is not done: after so many polls, each but the first when it has been woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    polls: usize,
    /// Whether it is woken once more before it is dropped: whoever woke it thinks that it is going on.
    woken: bool,
}

impl Cut {
    /// Every moment there is, the earliest first: before the first poll, after it, after it and a wake, and so on.
    fn all() -> impl Iterator<Item = Self> {
        (0..).flat_map(|polls| [false, true].map(|woken| Self { polls, woken })).skip_while(|cut| cut.woken)
    }

    /// Runs a future until it is done or cut off.
    fn run<T>(self, future: impl Future<Output = T>) -> Option<T> {
        let (mut future, (waker, wakes)) = (pin!(future), counting());
        for polled in 1..=self.polls {
            if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Some(done);
            }
            if polled < self.polls || self.woken {
                wakes.recv_timeout(PATIENCE).expect("a future that waits is woken");
            }
        }
        None
    }
}

/// Begins a future anew, cut off later each time, until one is done. Returns also how many were dropped while they waited.
fn finally<T, F: Future<Output = T>>(begin: impl Fn() -> F) -> (T, usize) {
    let mut dropped = 0;
    for cut in Cut::all() {
        match cut.run(begin()) {
            Some(done) => return (done, dropped),
            None => dropped += usize::from(cut.polls > 0),
        }
    }
    unreachable!("there is always a later moment");
}

/// A waker, and where each of its wakes arrives.
fn counting() -> (Waker, Receiver<()>) {
    struct Count(Sender<()>);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            // Nobody listens any more if the future has been dropped.
            let _ = self.0.send(());
        }
    }

    let (wakes, woken) = channel();
    (Waker::from(Arc::new(Count(wakes))), woken)
}

/// The names of all functions that a user can await, of a folder and those in it.
fn awaited(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { awaited(&path) } else { named(&path) }).collect()
}

fn named(file: &Path) -> Vec<String> {
    let source = fs::read_to_string(file).unwrap();
    let names = source.split("pub async fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
    names.map(str::to_owned).collect()
}

#[test]
fn no_operation_that_can_be_awaited_is_missing_here() {
    let here = [include_str!("exchange.rs"), include_str!("waiting.rs")].concat();
    let all = awaited(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(all.len() >= 10, "{all:?}");
    for name in all {
        assert!(here.contains(&format!(".{name}(")), "{name} is never dropped while it waits");
    }
}
