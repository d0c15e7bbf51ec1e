//! Streams and listeners of every transport, under one name each.

use std::io::{self, IoSlice};
use std::task::{Context, Poll};

use bytes::BufMut;

#[cfg(unix)]
use super::ipc;
use super::{custom, tcp};
#[cfg(unix)]
use crate::io::UnixStream;
use crate::io::{Interest, Streamed, TcpStream};
use crate::lane::Outlet;
use crate::{Address, Options};

/// A connection of the thread that made it.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Ipc(UnixStream),
}

/// A connection that belongs to no thread yet.
#[derive(Debug)]
pub(super) enum Accepted {
    Tcp(std::net::TcpStream),
    #[cfg(unix)]
    Ipc(std::os::unix::net::UnixStream),
}

/// Where peers come to.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(tcp::Listener),
    #[cfg(unix)]
    Ipc(ipc::Listener),
    Custom(custom::Listener),
}

impl Listener {
    /// The next peer, and where it is.
    pub(super) async fn accept(&self) -> io::Result<(Accepted, Address)> {
        match self {
            Self::Tcp(listener) => listener.accept().await,
            #[cfg(unix)]
            Self::Ipc(listener) => listener.accept().await,
            Self::Custom(listener) => listener.accept().await,
        }
    }
}

impl Accepted {
    /// The connection, on the thread that this is called on.
    pub(super) fn adopt(self, options: &Options) -> io::Result<Stream> {
        match self {
            Self::Tcp(stream) => tcp::adopt(stream, options),
            #[cfg(unix)]
            Self::Ipc(stream) => UnixStream::from_std(stream).map(Stream::Ipc),
        }
    }
}

/// Asks the stream, whichever it is.
macro_rules! each {
    ($self:expr, $stream:ident => $asked:expr) => {
        match $self {
            Stream::Tcp($stream) => $asked,
            #[cfg(unix)]
            Stream::Ipc($stream) => $asked,
        }
    };
}

impl Streamed for Stream {
    fn poll_ready(&self, cx: &mut Context<'_>, interest: Interest) -> Poll<io::Result<()>> {
        each!(self, stream => Streamed::poll_ready(stream, cx, interest))
    }

    fn try_read(&self, into: &mut impl BufMut) -> io::Result<usize> {
        each!(self, stream => Streamed::try_read(stream, into))
    }

    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        each!(self, stream => Streamed::try_write(stream, slices))
    }

    fn finish(&self) -> io::Result<()> {
        each!(self, stream => Streamed::finish(stream))
    }
}

impl Outlet for Stream {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        Streamed::try_write(self, slices)
    }
}
