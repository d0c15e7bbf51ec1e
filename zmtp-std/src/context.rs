//! The context: what sockets share.

use crate::{Options, Pub, Pull, Push, Rep, Req, Sub};

/// Makes sockets, and owns the threads that do their input and output.
///
/// Clones share them. The last one, sockets included, waits when it is dropped until the messages of closed sockets are
/// out, as long as their [`Options::linger`] allows.
#[derive(Clone, Debug)]
pub struct Context {
    options: Options,
}

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}

impl Context {
    /// A context with one I/O thread.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// For a context with other settings.
    #[must_use]
    pub fn builder() -> Builder {
        Builder { io_threads: 1 }
    }

    /// The same context, for sockets with other options.
    #[must_use]
    pub fn with(&self, options: Options) -> Self {
        Self { options }
    }
    /// Asks, one request at a time.
    #[must_use]
    pub fn req(&self) -> Req {
        unimplemented!()
    }
    /// Answers, one request at a time.
    #[must_use]
    pub fn rep(&self) -> Rep {
        unimplemented!()
    }
    /// Publishes to all who subscribed.
    #[must_use]
    pub fn publisher(&self) -> Pub {
        unimplemented!()
    }
    /// Receives what it subscribed to.
    #[must_use]
    pub fn subscriber(&self) -> Sub {
        unimplemented!()
    }
    /// Shares work out.
    #[must_use]
    pub fn push(&self) -> Push {
        unimplemented!()
    }
    /// Takes work in.
    #[must_use]
    pub fn pull(&self) -> Pull {
        unimplemented!()
    }
    /// Wakes every blocked call on every socket with an error.
    pub fn terminate(&self) {}
}

/// Builds a [`Context`].
#[derive(Clone, Debug)]
pub struct Builder {
    io_threads: usize,
}

impl Builder {
    /// How many threads do input and output, at least 1 (`ZMQ_IO_THREADS`). One moves about a gigabyte a second.
    #[must_use]
    pub fn io_threads(self, io_threads: usize) -> Self {
        Self { io_threads: io_threads.max(1) }
    }

    /// Starts the threads.
    #[must_use]
    pub fn build(self) -> Context {
        let _ = self.io_threads;
        Context { options: Options::default() }
    }
}
