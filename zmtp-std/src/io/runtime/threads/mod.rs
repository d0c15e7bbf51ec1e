//! Without tokio: each thread polls its tasks, keeps their timers and asks the system, through mio, which streams are ready.
//!
//! | file | what |
//! |---|---|
//! | `mod.rs` | the loop of a thread |
//! | `task.rs` | tasks, and how they are woken from any thread |
//! | `time.rs` | timers |
//! | `ready.rs` | what is known of the readiness of streams |
//! | `stream.rs` | streams and listeners |
//! | `resolve.rs` | threads that resolve names, for that may take a while |
//! | `unsafe_read.rs` | reading into memory that has not been initialised, the only unsafe code |

mod ready;
mod resolve;
mod stream;
mod task;
mod time;
mod unsafe_read;

use std::cell::RefCell;
use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use mio::{Events, Poll, Token, Waker};

use self::ready::Sources;
pub(crate) use self::resolve::resolve;
pub(crate) use self::stream::{TcpListener, TcpStream, accept_tcp};
#[cfg(unix)]
pub(crate) use self::stream::{UnixListener, UnixStream, accept_unix};
use self::task::{Inbox, Tasks};
pub(crate) use self::time::{Sleep, reset, sleep, sleep_until};
pub(crate) use crate::wait::yield_once as yield_now;

/// The token of the waker; those of streams are lower.
const WOKEN: Token = Token(usize::MAX);

/// How many events the system tells at once.
const EVENTS: usize = 1024;

thread_local! {
    /// The thread that streams belong to which are made here.
    static HERE: RefCell<Option<Handle>> = const { RefCell::new(None) };
}

/// A thread that runs tasks, as others see it.
#[derive(Clone)]
pub(crate) struct Handle(Arc<Shared>);

struct Shared {
    inbox: Inbox,
    waker: Waker,
    sources: Sources,
}

impl Handle {
    /// Has the thread run a task. If it has ended, the task is dropped.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if self.0.inbox.put(Box::pin(task)) {
            self.rouse();
        }
    }

    /// Streams that are made in this thread belong to that one, until what is returned is dropped.
    pub(crate) fn enter(&self) -> Entered {
        Entered(HERE.replace(Some(self.clone())))
    }

    /// The one that streams made here belong to.
    fn here() -> Self {
        HERE.with_borrow(Clone::clone).expect("streams are made on I/O threads, or on their behalf")
    }

    fn rouse(&self) {
        if let Err(error) = self.0.waker.wake() {
            tracing::error!("an I/O thread cannot be woken: {error}");
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

/// See [`Handle::enter`].
#[derive(Debug)]
pub(crate) struct Entered(Option<Handle>);

impl Drop for Entered {
    fn drop(&mut self) {
        HERE.set(self.0.take());
    }
}

/// What a thread runs.
#[derive(Debug)]
pub(crate) struct Runtime {
    poll: Poll,
    handle: Handle,
}

impl Runtime {
    pub(crate) fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WOKEN)?;
        let sources = Sources::new(poll.registry().try_clone()?);
        let handle = Handle(Arc::new(Shared { inbox: Inbox::default(), waker, sources }));
        Ok(Self { poll, handle })
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Runs tasks in this thread until it is `stopped`; then it drops those that are left.
    pub(crate) fn run(mut self, stopped: impl Future<Output = ()> + Send + 'static) {
        let _entered = self.handle.enter();
        let handle = self.handle();
        self.handle.spawn(async move {
            stopped.await;
            handle.0.inbox.stop();
        });
        let mut tasks = Tasks::default();
        let mut events = Events::with_capacity(EVENTS);
        while tasks.run_woken(&self.handle) {
            self.wait(&mut events);
            time::wake_due();
        }
        drop(tasks);
        self.handle.0.inbox.close();
    }

    /// Asks the system what is ready, and sleeps until something is unless a task is to be run.
    fn wait(&mut self, events: &mut Events) {
        let Shared { inbox, sources, .. } = &*self.handle.0;
        let limit = if inbox.fall_asleep() { time::until_next() } else { Some(Duration::ZERO) };
        let polled = self.poll.poll(events, limit);
        inbox.awake();
        match polled {
            Err(error) if error.kind() != ErrorKind::Interrupted => {
                panic!("the system does not tell what is ready: {error}")
            }
            _ => {}
        }
        for event in events.iter().filter(|event| event.token() != WOKEN) {
            sources.tell(event);
        }
    }
}
