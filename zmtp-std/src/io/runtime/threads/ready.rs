//! What is known of the readiness of streams. The system tells once that a stream has become ready (it is edge-triggered); that is
//! remembered until a call finds that the stream is not.

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use mio::event::{Event, Source};
use mio::{Registry, Token};
use slab::Slab;

use super::Handle;
use crate::io::Interest;

const READ: u32 = 1;
const WRITE: u32 = 2;
/// The peer sends nothing more: what is left can be read without being told of it.
const READ_CLOSED: u32 = 4;
/// What events are counted in, above the bits.
const EVENT: u32 = 8;

/// The streams of a thread.
pub(super) struct Sources {
    registry: Registry,
    table: Mutex<Slab<Arc<Readiness>>>,
}

/// What is known of one stream.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    state: AtomicU32,
    /// Who is to be told.
    waker: Mutex<Option<Waker>>,
}

impl Sources {
    pub(super) fn new(registry: Registry) -> Self {
        Self { registry, table: Mutex::default() }
    }

    pub(super) fn tell(&self, event: &Event) {
        // A stream that is gone, or a new one with its key, which will find out that it is not ready.
        let readiness = self.table.lock().unwrap().get(event.token().0).cloned();
        if let Some(readiness) = readiness {
            readiness.tell(event);
        }
    }
}

impl Readiness {
    fn tell(&self, event: &Event) {
        let mut bits = 0;
        if event.is_readable() || event.is_error() {
            bits |= READ;
        }
        if event.is_read_closed() {
            bits |= READ | READ_CLOSED;
        }
        if event.is_writable() || event.is_write_closed() || event.is_error() {
            bits |= WRITE;
        }
        let count = |state: u32| Some(state.wrapping_add(EVENT) | bits);
        let _ = self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, count);
        let waker = self.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn is_ready(&self, interest: Interest) -> bool {
        let state = self.state.load(Ordering::SeqCst);
        interest.read && state & READ != 0 || interest.write && state & WRITE != 0
    }

    pub(super) fn poll(&self, cx: &mut Context<'_>, interest: Interest) -> Poll<io::Result<()>> {
        if self.is_ready(interest) {
            return Poll::Ready(Ok(()));
        }
        *self.waker.lock().unwrap() = Some(cx.waker().clone());
        // What was told before the waker was there has woken nobody.
        if self.is_ready(interest) { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    /// Reads as many octets as there is `room` for, if the stream is ready for it.
    pub(super) fn read(&self, room: usize, read: impl FnOnce() -> io::Result<usize>) -> io::Result<usize> {
        let state = self.state.load(Ordering::SeqCst);
        let octets = self.attempt(READ, READ | READ_CLOSED, read)?;
        if 0 < octets && octets < room && state & READ_CLOSED == 0 {
            // That was all; it spares a read that would only tell the same.
            self.clear(state, READ);
        }
        Ok(octets)
    }

    pub(super) fn accept<T>(&self, accept: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        self.attempt(READ, READ | READ_CLOSED, accept)
    }

    /// Writes, if the stream is ready for it.
    pub(super) fn write(&self, write: impl FnOnce() -> io::Result<usize>) -> io::Result<usize> {
        self.attempt(WRITE, WRITE, write)
    }

    fn attempt<T>(&self, needed: u32, blocked: u32, call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let state = self.state.load(Ordering::SeqCst);
        if state & needed == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let outcome = call();
        if matches!(&outcome, Err(error) if error.kind() == ErrorKind::WouldBlock) {
            self.clear(state, blocked);
        }
        outcome
    }

    /// Forgets, unless something has been told since the `state` was looked at.
    fn clear(&self, state: u32, bits: u32) {
        let _ = self.state.compare_exchange(state, state & !bits, Ordering::SeqCst, Ordering::SeqCst);
    }
}

/// A stream or listener that a thread watches for as long as this exists.
pub(crate) struct Registered<S: Source> {
    pub(super) source: S,
    pub(super) readiness: Arc<Readiness>,
    key: usize,
    thread: Handle,
}

impl<S: Source> Registered<S> {
    /// Belongs to the thread that this is called on, or that [was entered](Handle::enter).
    pub(super) fn new(mut source: S) -> io::Result<Self> {
        let thread = Handle::here();
        let Sources { registry, table } = &thread.0.sources;
        let readiness = Arc::<Readiness>::default();
        let key = table.lock().unwrap().insert(Arc::clone(&readiness));
        let both = mio::Interest::READABLE | mio::Interest::WRITABLE;
        if let Err(error) = registry.register(&mut source, Token(key), both) {
            table.lock().unwrap().remove(key);
            return Err(error);
        }
        Ok(Self { source, readiness, key, thread })
    }
}

impl<S: Source> Drop for Registered<S> {
    fn drop(&mut self) {
        let Sources { registry, table } = &self.thread.0.sources;
        if let Err(error) = registry.deregister(&mut self.source) {
            tracing::debug!("a stream was not watched: {error}");
        }
        let readiness = table.lock().unwrap().remove(self.key);
        drop(readiness);
    }
}

impl<S: Source + fmt::Debug> fmt::Debug for Registered<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}
