//! Streams and listeners, with the methods that those of tokio have.

use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::net::{Shutdown, SocketAddr};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(windows)]
use std::os::windows::io::{AsSocket, BorrowedSocket};
use std::task::{Context, Poll};

use bytes::BufMut;
use mio::event::Source;
use socket2::SockRef;

use super::ready::Registered;
use super::unsafe_read;
use crate::io::{Interest, Streamed};

pub(crate) type TcpStream = Registered<mio::net::TcpStream>;
pub(crate) type TcpListener = Registered<mio::net::TcpListener>;
#[cfg(unix)]
pub(crate) type UnixStream = Registered<mio::net::UnixStream>;
#[cfg(unix)]
pub(crate) type UnixListener = Registered<mio::net::UnixListener>;

#[cfg(unix)]
impl<S: Source + AsFd> AsFd for Registered<S> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

#[cfg(windows)]
impl<S: Source + AsSocket> AsSocket for Registered<S> {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        self.source.as_socket()
    }
}

/// From those of the standard library, which must not block.
macro_rules! from_std {
    ($($registered:ty: $mio:ty, $std:ty;)*) => {$(
        impl $registered {
            pub(crate) fn from_std(std: $std) -> io::Result<Self> {
                Self::new(<$mio>::from_std(std))
            }
        }
    )*};
}

from_std! {
    TcpStream: mio::net::TcpStream, std::net::TcpStream;
    TcpListener: mio::net::TcpListener, std::net::TcpListener;
}
#[cfg(unix)]
from_std! {
    UnixStream: mio::net::UnixStream, std::os::unix::net::UnixStream;
    UnixListener: mio::net::UnixListener, std::os::unix::net::UnixListener;
}

impl<S: Source> Registered<S> {
    /// The outcome of `accept`, as soon as it has one.
    async fn accepted<T>(&self, accept: impl Fn(&S) -> io::Result<T>) -> io::Result<T> {
        loop {
            poll_fn(|cx| self.readiness.poll(cx, Interest::READ)).await?;
            match self.readiness.accept(|| accept(&self.source)) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                accepted => return accepted,
            }
        }
    }
}

/// The next connection, which belongs to no thread yet, and where it comes from.
pub(crate) async fn accept_tcp(listener: &TcpListener) -> io::Result<(std::net::TcpStream, SocketAddr)> {
    let (stream, address) = listener.accepted(mio::net::TcpListener::accept).await?;
    Ok((stream.into(), address))
}

/// As [`accept_tcp`].
#[cfg(unix)]
pub(crate) async fn accept_unix(listener: &UnixListener) -> io::Result<std::os::unix::net::UnixStream> {
    let (stream, _) = listener.accepted(mio::net::UnixListener::accept).await?;
    Ok(stream.into())
}

/// Streams of mio have the same methods, and no trait for them.
macro_rules! streamed {
    ($stream:ty) => {
        impl Streamed for $stream {
            fn poll_ready(&self, cx: &mut Context<'_>, interest: Interest) -> Poll<io::Result<()>> {
                self.readiness.poll(cx, interest)
            }

            fn try_read(&self, into: &mut impl BufMut) -> io::Result<usize> {
                let room = into.chunk_mut().len();
                self.readiness.read(room, || {
                    let octets =
                        self.source.try_io(|| unsafe_read::receive(&SockRef::from(&self.source), into))?;
                    if octets < room {
                        // Some systems have to be asked again to tell of the next octets: mio does, once a call would block.
                        let none: io::Result<()> = self.source.try_io(|| Err(ErrorKind::WouldBlock.into()));
                        debug_assert!(none.is_err());
                    }
                    Ok(octets)
                })
            }

            fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
                self.readiness.write(|| match slices {
                    [one] => (&self.source).write(one),
                    slices => (&self.source).write_vectored(slices),
                })
            }

            fn finish(&self) -> io::Result<()> {
                self.source.shutdown(Shutdown::Write)
            }
        }
    };
}

streamed!(TcpStream);
#[cfg(unix)]
streamed!(UnixStream);
