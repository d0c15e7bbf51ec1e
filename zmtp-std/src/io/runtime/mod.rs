//! What runs tasks and tells when streams are ready: either of two, with the same names. Nothing outside knows which it is.

#[cfg(not(feature = "tokio"))]
mod threads;
#[cfg(feature = "tokio")]
mod tokio;

use std::io::{self, IoSlice};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BufMut;

#[cfg(not(feature = "tokio"))]
use self::threads as chosen;
#[cfg(feature = "tokio")]
use self::tokio as chosen;
pub(crate) use chosen::{Handle, TcpListener, TcpStream, accept_tcp, resolve, sleep};
pub(super) use chosen::{Runtime, Sleep, reset, sleep_until, yield_now};
#[cfg(unix)]
pub(crate) use chosen::{UnixListener, UnixStream, accept_unix};

use crate::wait::first_of;

/// What of a stream is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interest {
    pub(crate) read: bool,
    pub(crate) write: bool,
}

impl Interest {
    pub(crate) const READ: Self = Self { read: true, write: false };
    pub(crate) const WRITE: Self = Self { read: false, write: true };
}

/// A stream that says when it is ready; every transport has one.
pub(crate) trait Streamed {
    /// Whether it is ready for that. Who asked last is told.
    fn poll_ready(&self, cx: &mut Context<'_>, interest: Interest) -> Poll<io::Result<()>>;
    fn try_read(&self, into: &mut impl BufMut) -> io::Result<usize>;
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
    /// Sends nothing any more.
    fn finish(&self) -> io::Result<()>;
}

/// The outcome of `work`; `None` if it takes longer.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    first_of(async { Some(work.await) }, async {
        sleep(limit).await;
        None
    })
    .await
}
