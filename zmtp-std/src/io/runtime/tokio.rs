//! With tokio: each thread runs a runtime of its own, so that a connection stays with its thread.

use std::io::{self, ErrorKind, IoSlice};
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant as Moment;

use bytes::BufMut;
pub(crate) use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
pub(crate) use tokio::net::{UnixListener, UnixStream};
pub(crate) use tokio::runtime::Handle;
pub(crate) use tokio::task::yield_now;
pub(crate) use tokio::time::{Sleep, sleep};

use super::{Interest, Streamed};

/// What a thread runs.
#[derive(Debug)]
pub(crate) struct Runtime(tokio::runtime::Runtime);

impl Runtime {
    pub(crate) fn new() -> io::Result<Self> {
        tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().map(Self)
    }

    pub(crate) fn handle(&self) -> Handle {
        self.0.handle().clone()
    }

    /// Runs tasks in this thread until it is `stopped`; then it drops those that are left.
    pub(crate) fn run(self, stopped: impl Future<Output = ()>) {
        self.0.block_on(stopped);
        // A name that is being resolved is not waited for.
        self.0.shutdown_background();
    }
}

pub(crate) fn sleep_until(at: Moment) -> Sleep {
    tokio::time::sleep_until(at.into())
}

/// Has it sleep until another time.
pub(crate) fn reset(sleep: Pin<&mut Sleep>, at: Moment) {
    sleep.reset(at.into());
}

/// The addresses of a host, as the system knows them.
pub(crate) async fn resolve(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    tokio::net::lookup_host((name, port)).await.map(Iterator::collect)
}

/// The next connection, which belongs to no thread yet, and where it comes from.
pub(crate) async fn accept_tcp(listener: &TcpListener) -> io::Result<(std::net::TcpStream, SocketAddr)> {
    let (stream, address) = listener.accept().await?;
    Ok((stream.into_std()?, address))
}

/// As [`accept_tcp`].
#[cfg(unix)]
pub(crate) async fn accept_unix(listener: &UnixListener) -> io::Result<std::os::unix::net::UnixStream> {
    let (stream, _) = listener.accept().await?;
    stream.into_std()
}

/// Streams of tokio have the same methods, and no trait for them.
macro_rules! streamed {
    ($stream:ty) => {
        impl Streamed for $stream {
            fn poll_ready(&self, cx: &mut Context<'_>, interest: Interest) -> Poll<io::Result<()>> {
                let read = interest.read.then(|| self.poll_read_ready(cx));
                let write = interest.write.then(|| self.poll_write_ready(cx));
                [read, write].into_iter().flatten().find(Poll::is_ready).unwrap_or(Poll::Pending)
            }

            fn try_read(&self, into: &mut impl BufMut) -> io::Result<usize> {
                let room = into.remaining_mut();
                let octets = self.try_read_buf(into)?;
                if 0 < octets && octets < room {
                    // That was all. To say so spares a read that would only tell the same; the end of the stream is told apart,
                    // and is not forgotten.
                    let none: io::Result<()> =
                        self.try_io(tokio::io::Interest::READABLE, || Err(ErrorKind::WouldBlock.into()));
                    debug_assert!(none.is_err());
                }
                Ok(octets)
            }

            fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
                match slices {
                    [one] => <$stream>::try_write(self, one),
                    slices => self.try_write_vectored(slices),
                }
            }

            fn finish(&self) -> io::Result<()> {
                socket2::SockRef::from(self).shutdown(Shutdown::Write)
            }
        }
    };
}

streamed!(TcpStream);
#[cfg(unix)]
streamed!(UnixStream);
