//! The context: what sockets share.

use std::io;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use zmtp_core::SocketType;

use crate::io::{Stop, Threads};
use crate::names::Names;
use crate::socket::{Core, Kind, Owner, Pattern, Route};
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Condvar, Mutex};
use crate::transport::Transports;
use crate::{
    Dealer, Options, Pair, Pub, Pull, Push, Rep, Req, Router, Socket, Stream, Sub, Transport, XPub, XSub,
};

/// Makes sockets, and owns the threads that do their input and output.
///
/// Clones share them. When the last one is dropped, sockets included, it waits until the messages of dropped sockets are
/// out, as long as their [`Options::linger`] allows; but not for somebody to be bound to a name of `inproc`, which cannot be any more.
///
/// ```
/// use std::time::Duration;
/// use zmtp_std::{Context, Options};
///
/// let context = Context::new();
/// let push = context.with(Options { sndhwm: 10, ..Options::default() }).push();
/// assert_eq!(push.options().sndhwm, 10);
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    handle: Arc<Handle>,
    options: Arc<Options>,
}

/// What the clones of a context and its sockets share. The tasks of sockets do not, so that it can wait for them.
#[derive(Debug)]
pub(crate) struct Handle {
    shared: Arc<Shared>,
    _stop: Stop,
}

/// What sockets and their tasks use of the context.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) threads: Threads,
    /// Where sockets are bound to over `inproc`.
    pub(crate) names: Names,
    pub(crate) transports: Transports,
    terminated: AtomicBool,
    cores: Mutex<Vec<Weak<Core>>>,
    /// Sockets that are open or linger.
    alive: Mutex<usize>,
    fewer: Condvar,
}

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}

impl Context {
    /// A context with one I/O thread.
    ///
    /// # Panics
    /// If the system has no thread or no file descriptor left; see [`Builder::build`].
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build().expect("a thread and a few file descriptors for the context")
    }

    /// For a context with other settings.
    #[must_use]
    pub fn builder() -> Builder {
        Builder { io_threads: 1, transports: Transports::default() }
    }

    /// What sockets are made with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The same context, for sockets with other options. To change some and keep the others:
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use zmtp_std::{Context, Options};
    /// let patient = Context::new().with(Options { linger: Some(Duration::from_secs(3)), ..Options::default() });
    /// let narrow = patient.with(Options { sndhwm: 1, ..patient.options().clone() });
    /// assert_eq!(narrow.push().options().linger, Some(Duration::from_secs(3)));
    /// ```
    #[must_use]
    pub fn with(&self, options: Options) -> Self {
        Self { handle: Arc::clone(&self.handle), options: Arc::new(options) }
    }

    /// The same context, for sockets that a ROUTER shall call `routing_id`: short for the option
    /// [`routing_id`](Options::routing_id).
    ///
    /// ```
    /// # let context = zmtp_std::Context::new();
    /// let router = context.router();
    /// let dealer = context.named("A").dealer();
    /// dealer.connect(router.bind("tcp://127.0.0.1:*")?)?;
    /// router.wait_for_peers(1)?;
    /// router.send(["A", "This is the workload"])?;
    /// assert_eq!(dealer.recv()?, "This is the workload");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn named(&self, routing_id: impl Into<Bytes>) -> Self {
        self.with(Options { routing_id: routing_id.into(), ..self.options().clone() })
    }

    /// A socket that asks, one request at a time.
    #[must_use]
    pub fn req(&self) -> Req {
        Req::new(self)
    }

    /// A socket that answers, one request at a time.
    #[must_use]
    pub fn rep(&self) -> Rep {
        Rep::new(self)
    }

    /// A socket that publishes to all who subscribed.
    #[must_use]
    pub fn publisher(&self) -> Pub {
        Pub::new(self)
    }

    /// A socket that receives what it subscribed to.
    #[must_use]
    pub fn subscriber(&self) -> Sub {
        Sub::new(self)
    }

    /// A socket that shares messages out over its peers.
    #[must_use]
    pub fn push(&self) -> Push {
        Push::new(self)
    }

    /// A socket that takes messages in from its peers.
    #[must_use]
    pub fn pull(&self) -> Pull {
        Pull::new(self)
    }

    /// A socket that shares messages out over its peers, and takes messages in from them.
    #[must_use]
    pub fn dealer(&self) -> Dealer {
        Dealer::new(self)
    }

    /// A socket that can tell its peers apart.
    #[must_use]
    pub fn router(&self) -> Router {
        Router::new(self)
    }

    /// A socket of one peer.
    #[must_use]
    pub fn pair(&self) -> Pair {
        Pair::new(self)
    }

    /// A publisher that is shown who subscribes to what.
    #[must_use]
    pub fn xpub(&self) -> XPub {
        XPub::new(self)
    }

    /// A subscriber that subscribes by sending.
    #[must_use]
    pub fn xsub(&self) -> XSub {
        XSub::new(self)
    }

    /// A socket of plain TCP.
    #[must_use]
    pub fn stream(&self) -> Stream {
        Stream::new(self)
    }

    /// A socket of a type that is chosen at run time.
    #[must_use]
    pub fn socket(&self, socket_type: SocketType) -> Socket {
        Socket::new(self, socket_type)
    }

    /// Ends all sockets, now and to come: every blocked and every later call fails with
    /// [`Closing::Terminated`](crate::Closing::Terminated), and monitors end. A `close` that waits returns at once, and
    /// says what it leaves undelivered. Messages of other sockets are still delivered: when they are dropped, or by a
    /// `close` after this, within its deadline.
    pub fn terminate(&self) {
        let shared = &self.handle.shared;
        shared.terminated.store(true, Ordering::SeqCst);
        for core in shared.cores.lock().unwrap().iter().filter_map(Weak::upgrade) {
            core.terminate();
        }
    }

    /// What a socket of a type, and of its pattern, owns.
    pub(crate) fn owner<P: Pattern + 'static>(&self, kind: impl Into<Kind>, pattern: P) -> Owner<P> {
        let (core, route) = self.handle.shared.socket(kind.into(), Arc::clone(&self.options), pattern);
        Owner::new(core, route, Arc::clone(&self.handle))
    }
}

impl Shared {
    /// A socket that does not keep the context. Whoever has it has to close it.
    pub(crate) fn socket<P: Pattern + 'static>(
        self: &Arc<Self>,
        kind: Kind,
        options: Arc<Options>,
        pattern: P,
    ) -> (Arc<Core>, Arc<Mutex<Route<P>>>) {
        let route = Arc::new(Mutex::new(Route::new(pattern)));
        let core =
            Arc::new(Core::new(Arc::clone(self), kind, options, Arc::<Mutex<Route<P>>>::clone(&route)));
        let mut cores = self.cores.lock().unwrap();
        cores.retain(|core| core.strong_count() > 0);
        cores.push(Arc::downgrade(&core));
        drop(cores);
        if self.terminated.load(Ordering::SeqCst) {
            core.terminate();
        }
        (core, route)
    }

    pub(crate) fn socket_made(&self) {
        *self.alive.lock().unwrap() += 1;
    }

    pub(crate) fn socket_gone(&self) {
        *self.alive.lock().unwrap() -= 1;
        self.fewer.notify_all();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.names.give_up();
        let mut alive = self.shared.alive.lock().unwrap();
        while *alive > 0 {
            alive = self.shared.fewer.wait(alive).unwrap();
        }
    }
}

/// Builds a [`Context`].
#[derive(Clone, Debug)]
pub struct Builder {
    io_threads: usize,
    transports: Transports,
}

impl Builder {
    /// How many threads do input and output, at least 1 (`ZMQ_IO_THREADS`). Default 1: connections share it, and one is
    /// enough up to about a gigabyte a second.
    #[must_use]
    pub fn io_threads(self, io_threads: usize) -> Self {
        Self { io_threads: io_threads.max(1), ..self }
    }

    /// Sockets can be bound and connected to `scheme://` and what this [`Transport`] understands. Of two of one name the last counts.
    #[must_use]
    pub fn transport(mut self, scheme: impl Into<String>, transport: impl Transport) -> Self {
        self.transports.add(scheme.into(), transport);
        self
    }

    /// Starts the threads.
    ///
    /// # Errors
    /// What the system says if it has no thread or no file descriptor left; and [`InvalidInput`](io::ErrorKind::InvalidInput) if a
    /// transport has the name of one there is, or none that can stand in front of `://`.
    pub fn build(self) -> io::Result<Context> {
        self.transports.check()?;
        let (threads, stop) = Threads::start(self.io_threads)?;
        let shared = Shared {
            threads,
            names: Names::default(),
            transports: self.transports,
            terminated: AtomicBool::new(false),
            cores: Mutex::default(),
            alive: Mutex::default(),
            fewer: Condvar::new(),
        };
        let handle = Handle { shared: Arc::new(shared), _stop: stop };
        Ok(Context { handle: Arc::new(handle), options: Arc::default() })
    }
}
