//! Transports that this crate does not have, for whoever writes one.

use std::fmt;
use std::io;
use std::pin::Pin;

use super::stream::{Accepted, Stream};
use crate::io::within;
use crate::{Address, Options};

/// What comes to `T` later. It is polled on an I/O thread, so it must not block; dropping it has to lose nothing. It runs on any executor:
/// where this crate has its feature `tokio`, it may use tokio's streams.
pub type Pending<'t, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 't>>;

/// A transport that this crate does not have, for sockets of the contexts that are built with it
/// ([`Builder::transport`](crate::Builder::transport)).
///
/// It makes connections; what goes over them, when one is tried again, limits and events are as with `tcp`. Here is one over pairs of
/// sockets, as for tests:
///
/// ```
/// use std::collections::VecDeque;
/// use std::future::poll_fn;
/// use std::io;
/// use std::os::unix::net::UnixStream;
/// use std::sync::{Arc, Mutex};
/// use std::task::{Poll, Waker};
/// use zmtp_std::{Accept, Connection, Context, Pending, Transport};
///
/// #[derive(Clone, Debug, Default)]
/// struct Pairs(Arc<Mutex<(VecDeque<UnixStream>, Option<Waker>)>>);
///
/// impl Transport for Pairs {
///     fn listen(&self, address: &str) -> io::Result<(Box<dyn Accept>, String)> {
///         Ok((Box::new(self.clone()), address.to_owned()))
///     }
///
///     fn connect<'t>(&'t self, _address: &'t str) -> Pending<'t, Connection> {
///         Box::pin(async {
///             let (ours, theirs) = UnixStream::pair()?;
///             let mut waiting = self.0.lock().unwrap();
///             waiting.0.push_back(theirs);
///             waiting.1.take().map(Waker::wake);
///             Ok(ours.into())
///         })
///     }
/// }
///
/// impl Accept for Pairs {
///     fn accept(&self) -> Pending<'_, (Connection, String)> {
///         Box::pin(poll_fn(|cx| {
///             let mut waiting = self.0.lock().unwrap();
///             waiting.1 = Some(cx.waker().clone());
///             let came = waiting.0.pop_front();
///             came.map_or(Poll::Pending, |stream| Poll::Ready(Ok((stream.into(), "somebody".to_owned()))))
///         }))
///     }
/// }
///
/// let context = Context::builder().transport("pairs", Pairs::default()).build()?;
/// let (push, pull) = (context.push(), context.pull());
/// push.connect(pull.bind("pairs://tests")?)?;
/// push.send("Hello")?;
/// assert_eq!(pull.recv()?, "Hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Begins to listen at the text behind `://`. Returns also the real one, where that text has a wildcard, such as a port that is free.
    ///
    /// # Errors
    /// Why nobody can come there; [`BindError`](crate::BindError) tells it, and [`AddrInUse`](io::ErrorKind::AddrInUse) and
    /// the like with what to do.
    fn listen(&self, address: &str) -> io::Result<(Box<dyn Accept>, String)>;

    /// Tries once to connect to the text behind `://`. A failure is told by [`ConnectRetried`](crate::Event::ConnectRetried), and it is called
    /// again after a pause; [`reconnect_stop`](Options::reconnect_stop) knows [`ConnectionRefused`](io::ErrorKind::ConnectionRefused). It is
    /// dropped after [`connect_timeout`](Options::connect_timeout), or when the endpoint is left.
    fn connect<'t>(&'t self, address: &'t str) -> Pending<'t, Connection>;
}

/// Where peers come to. It is dropped when the endpoint is unbound, and then the address has to be free.
pub trait Accept: fmt::Debug + Send + Sync {
    /// The next peer, and where it is, for events and for who decides whether it comes in. A failure is told by
    /// [`AcceptFailed`](crate::Event::AcceptFailed), and it is called again after a pause.
    fn accept(&self) -> Pending<'_, (Connection, String)>;
}

/// A connection that a [`Transport`] has made: a stream socket of the system, of any kind. What is none, such as a serial port or a session
/// of TLS, gets one end of a [`UnixStream::pair`](std::os::unix::net::UnixStream::pair), and a thread that copies what comes at the other.
#[derive(Debug)]
pub struct Connection(Accepted);

impl From<std::net::TcpStream> for Connection {
    /// Options of TCP hold for it.
    fn from(stream: std::net::TcpStream) -> Self {
        Self(Accepted::Tcp(stream))
    }
}

#[cfg(unix)]
impl From<std::os::unix::net::UnixStream> for Connection {
    fn from(stream: std::os::unix::net::UnixStream) -> Self {
        Self(Accepted::Ipc(stream))
    }
}

#[cfg(unix)]
impl From<std::os::fd::OwnedFd> for Connection {
    /// Of a connected stream socket.
    fn from(fd: std::os::fd::OwnedFd) -> Self {
        // Reading, writing and shutting down are the same for streams of every kind.
        Self(Accepted::Ipc(fd.into()))
    }
}

impl Connection {
    /// As one that was accepted.
    fn ready(self) -> io::Result<Accepted> {
        match &self.0 {
            Accepted::Tcp(stream) => stream.set_nonblocking(true)?,
            #[cfg(unix)]
            Accepted::Ipc(stream) => stream.set_nonblocking(true)?,
        }
        Ok(self.0)
    }
}

/// The transports that a context was built with, by the names of their schemes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transports(Vec<(String, std::sync::Arc<dyn Transport>)>);

impl Transports {
    /// The last of a name counts.
    pub(crate) fn add(&mut self, scheme: String, transport: impl Transport) {
        self.0.retain(|(known, _)| *known != scheme);
        self.0.push((scheme, std::sync::Arc::new(transport)));
    }

    pub(crate) fn get(&self, scheme: &str) -> Option<&dyn Transport> {
        self.0.iter().find(|(known, _)| known == scheme).map(|(_, transport)| &**transport)
    }

    /// Why one of them can never be used.
    pub(crate) fn check(&self) -> io::Result<()> {
        let bad =
            self.0.iter().map(|(scheme, _)| scheme).find(|scheme| !crate::endpoint::is_free_scheme(scheme));
        bad.map_or(Ok(()), |scheme| {
            let why = format!("{scheme:?} is no name for a transport: take letters, digits and +-., and none of tcp, ipc and inproc");
            Err(io::Error::new(io::ErrorKind::InvalidInput, why))
        })
    }
}

/// Where peers of such a transport come to.
#[derive(Debug)]
pub(super) struct Listener {
    accept: Box<dyn Accept>,
    scheme: String,
}

/// Begins to listen; returns the real address, too.
pub(super) fn listen(
    transport: &dyn Transport,
    scheme: &str,
    address: &str,
) -> io::Result<(Listener, String)> {
    let (accept, real) = transport.listen(address)?;
    Ok((Listener { accept, scheme: scheme.to_owned() }, real))
}

impl Listener {
    pub(super) async fn accept(&self) -> io::Result<(Accepted, Address)> {
        let (connection, from) = self.accept.accept().await?;
        Ok((connection.ready()?, spelled(&self.scheme, &from)))
    }
}

/// Tries once to connect.
pub(super) async fn reach(
    transport: &dyn Transport,
    (scheme, address): (&str, &str),
    options: &Options,
) -> io::Result<(Stream, Address)> {
    let connecting = transport.connect(address);
    let connection = if options.connect_timeout.is_zero() {
        connecting.await?
    } else {
        within(options.connect_timeout, connecting).await.ok_or(io::ErrorKind::TimedOut)??
    };
    Ok((connection.ready()?.adopt(options)?, spelled(scheme, address)))
}

fn spelled(scheme: &str, address: &str) -> Address {
    Address::Custom(format!("{scheme}://{address}").into())
}
