//! Tasks of a thread. They stay in it; what other threads have is a number in its inbox.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use slab::Slab;

use super::Handle;

type Future = Pin<Box<dyn std::future::Future<Output = ()> + Send>>;

/// What a thread is to do next.
#[derive(Default)]
pub(super) struct Inbox(Mutex<Contents>);

#[derive(Default)]
struct Contents {
    spawned: Vec<Future>,
    /// By their keys.
    woken: Vec<usize>,
    /// The thread sleeps, or is about to, and has to be roused.
    asleep: bool,
    stopped: bool,
}

impl Inbox {
    /// Puts a new task in. Returns whether the thread has to be roused.
    pub(super) fn put(&self, task: Future) -> bool {
        let mut contents = self.0.lock().unwrap();
        if contents.stopped {
            drop(contents);
            drop(task);
            return false;
        }
        contents.spawned.push(task);
        std::mem::take(&mut contents.asleep)
    }

    /// As [`put`](Self::put), for one that is there already.
    fn wake(&self, key: usize) -> bool {
        let mut contents = self.0.lock().unwrap();
        contents.woken.push(key);
        std::mem::take(&mut contents.asleep)
    }

    /// Nothing more is run.
    pub(super) fn stop(&self) {
        self.0.lock().unwrap().stopped = true;
    }

    /// Drops what nobody runs any more; only after [`stop`](Self::stop).
    pub(super) fn close(&self) {
        let spawned = std::mem::take(&mut self.0.lock().unwrap().spawned);
        drop(spawned);
    }

    /// Returns whether there is nothing to do; who puts something in from now on rouses the thread.
    pub(super) fn fall_asleep(&self) -> bool {
        let mut contents = self.0.lock().unwrap();
        contents.asleep = contents.spawned.is_empty() && contents.woken.is_empty() && !contents.stopped;
        contents.asleep
    }

    pub(super) fn awake(&self) {
        self.0.lock().unwrap().asleep = false;
    }
}

/// The tasks that have not ended.
#[derive(Default)]
pub(super) struct Tasks {
    all: Slab<Task>,
    /// Empty between rounds; kept for its memory.
    woken: Vec<usize>,
}

struct Task {
    future: Future,
    ticket: Arc<Ticket>,
    waker: Waker,
}

/// What wakes a task.
struct Ticket {
    key: usize,
    /// The key is in the inbox.
    queued: AtomicBool,
    thread: Handle,
}

impl Wake for Ticket {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) && self.thread.0.inbox.wake(self.key) {
            self.thread.rouse();
        }
    }
}

impl Tasks {
    /// Runs each task that is new or has been woken, once. Returns whether the thread goes on.
    pub(super) fn run_woken(&mut self, thread: &Handle) -> bool {
        let mut contents = thread.0.inbox.0.lock().unwrap();
        if contents.stopped {
            return false;
        }
        std::mem::swap(&mut contents.woken, &mut self.woken);
        let spawned = std::mem::take(&mut contents.spawned);
        drop(contents);
        for future in spawned {
            let key = self.add(future, thread);
            self.run(key);
        }
        let mut woken = std::mem::take(&mut self.woken);
        for key in woken.drain(..) {
            self.run(key);
        }
        self.woken = woken;
        true
    }

    fn add(&mut self, future: Future, thread: &Handle) -> usize {
        let entry = self.all.vacant_entry();
        let key = entry.key();
        let ticket = Arc::new(Ticket { key, queued: AtomicBool::new(false), thread: thread.clone() });
        entry.insert(Task { future, waker: Waker::from(Arc::clone(&ticket)), ticket });
        key
    }

    /// A task that has ended may still be woken; then another one that has its key now is looked at once too often.
    fn run(&mut self, key: usize) {
        let Some(Task { future, ticket, waker }) = self.all.get_mut(key) else { return };
        ticket.queued.store(false, Ordering::Release);
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(waker))));
        if matches!(polled, Ok(Poll::Pending)) {
            return;
        }
        // The panic of a task, in a handler of the application perhaps, is the end of that task only.
        let task = self.all.remove(key);
        if polled.is_err() || catch_unwind(AssertUnwindSafe(|| drop(task))).is_err() {
            tracing::error!("a task of an I/O thread panicked");
        }
    }
}
