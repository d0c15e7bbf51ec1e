//! Waiting for several sockets, and for what else the system can wait for, until one of them is ready (`zmq_poll`).
//!
//! ```
//! use zmtp_std::{Context, poll::{Item, poll}};
//!
//! let context = Context::new();
//! let (tasks, weather) = (context.pull(), context.subscriber());
//! # let push = context.push();
//! # push.connect(tasks.bind("tcp://127.0.0.1:*")?)?;
//! # push.send("17")?;
//! let mut items = [Item::readable(&tasks), Item::readable(&weather)];
//! assert_eq!(poll(&mut items, None)?, 1);
//! if items[0].is_readable() {
//!     assert_eq!(tasks.recv()?, "17");
//! }
//! if items[1].is_readable() {
//!     println!("{}", weather.recv()?.to_text());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Readiness is a state and not an event: a socket stays readable until what can be received has been. A message is received
//! whole, so whoever polls never waits in the middle of one.
//!
//! A peer that was found to be full is waited for until half of its room is free, so that senders do not wake up for every message.
//!
//! Tasks need none of this: `recv_async` may be a branch of `select!`, and loses nothing when another branch is taken. So may
//! `readable` and `writable`, which every socket has that receives or sends.

mod block;
#[cfg(unix)]
mod descriptors;

use std::io;
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use event_listener::EventListener;

use self::block::Sleep;
use crate::AnySocket;

/// What is polled, for what, and what came of it.
#[derive(Debug)]
pub struct Item<'p> {
    what: What<'p>,
    wanted: Ready,
    ready: Ready,
}

#[derive(Debug)]
enum What<'p> {
    Socket(&'p dyn AnySocket),
    #[cfg(unix)]
    Descriptor(BorrowedFd<'p>),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ready {
    readable: bool,
    writable: bool,
}

impl Ready {
    const READABLE: Self = Self { readable: true, writable: false };
    const WRITABLE: Self = Self { readable: false, writable: true };
    const BOTH: Self = Self { readable: true, writable: true };

    fn is_any(self) -> bool {
        self.readable || self.writable
    }
}

impl<'p> Item<'p> {
    fn new(what: What<'p>, wanted: Ready) -> Self {
        Self { what, wanted, ready: Ready::default() }
    }

    /// A socket from which something can be received (`ZMQ_POLLIN`).
    #[must_use]
    pub fn readable(socket: &'p impl AnySocket) -> Self {
        Self::new(What::Socket(socket), Ready::READABLE)
    }

    /// A socket to which something can be sent (`ZMQ_POLLOUT`).
    #[must_use]
    pub fn writable(socket: &'p impl AnySocket) -> Self {
        Self::new(What::Socket(socket), Ready::WRITABLE)
    }

    /// A socket with which either can be done.
    #[must_use]
    pub fn either(socket: &'p impl AnySocket) -> Self {
        Self::new(What::Socket(socket), Ready::BOTH)
    }

    /// Something else that can be read, such as standard input or a `TcpStream`; so is what has come to its end, or has failed.
    #[cfg(unix)]
    #[must_use]
    pub fn descriptor_readable(descriptor: &'p impl AsFd) -> Self {
        Self::new(What::Descriptor(descriptor.as_fd()), Ready::READABLE)
    }

    /// Something else that can be written to.
    #[cfg(unix)]
    #[must_use]
    pub fn descriptor_writable(descriptor: &'p impl AsFd) -> Self {
        Self::new(What::Descriptor(descriptor.as_fd()), Ready::WRITABLE)
    }

    /// Whether it was readable when [`poll`] returned, and that was asked for.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.ready.readable
    }

    /// Whether it was writable when [`poll`] returned, and that was asked for.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.ready.writable
    }

    /// Asks a socket. Descriptors are asked together.
    fn look(&mut self) {
        if let What::Socket(socket) = self.what {
            self.ready = Ready {
                readable: self.wanted.readable && socket.is_readable(),
                writable: self.wanted.writable && socket.is_writable(),
            };
        }
    }

    fn listeners(&self) -> impl Iterator<Item = EventListener> {
        let (readable, writable) = match self.what {
            What::Socket(socket) => (
                self.wanted.readable.then(|| socket.readable_event()),
                self.wanted.writable.then(|| socket.writable_event()),
            ),
            #[cfg(unix)]
            What::Descriptor(_) => (None, None),
        };
        readable.into_iter().chain(writable)
    }
}

/// Waits until at least one of the items is ready, for at most `timeout`: not at all if that is zero, for ever if it is
/// `None`. Returns how many are, and notes in each what it is ready for.
///
/// A socket that is closed, or whose context is terminated, is ready: its next call returns at once and says so. In what order
/// ready items are served is up to the caller; to serve all that are ready, once each, starves none.
///
/// # Errors
/// Those of the system about descriptors; without any there is none.
pub fn poll(items: &mut [Item<'_>], timeout: Option<Duration>) -> io::Result<usize> {
    // A time too far away to be computed is never.
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let mut ready = look(items)?;
    if ready > 0 || timeout == Some(Duration::ZERO) {
        return Ok(ready);
    }
    let mut sleep = Sleep::for_items(items)?;
    loop {
        // First the listeners, then another look: nothing that happens is missed.
        let mut listeners: Vec<EventListener> = items.iter().flat_map(Item::listeners).collect();
        ready = look(items)?;
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if ready > 0 || left == Some(Duration::ZERO) {
            return Ok(ready);
        }
        sleep.until_any(&mut listeners, items, left)?;
    }
}

/// Notes what every item is ready for; returns how many are for something.
fn look(items: &mut [Item<'_>]) -> io::Result<usize> {
    items.iter_mut().for_each(Item::look);
    #[cfg(unix)]
    descriptors::look(items)?;
    Ok(items.iter().filter(|item| item.ready.is_any()).count())
}
