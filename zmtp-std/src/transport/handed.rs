//! Listeners that somebody else has made: the service manager, or a process before this one.

use std::fmt;
use std::io::{self, ErrorKind};

use socket2::{SockRef, Socket};

/// A listener that is there already, for [`bind_listener`](crate::Push::bind_listener): one of TCP, of the system's `std::net`, or
/// on Unix also one of `ipc`, of `std::os::unix::net`, or any file descriptor that listens (`ZMQ_USE_FD`), such as those that a service manager
/// hands over.
pub struct Listener(Socket);

impl Listener {
    pub(super) fn socket(&self) -> SockRef<'_> {
        SockRef::from(&self.0)
    }

    pub(super) fn into_socket(self) -> Socket {
        self.0
    }

    /// Whether peers may come to it.
    pub(super) fn check(&self) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
        let listens = self.0.is_listener();
        // Elsewhere it is found out by the first accept.
        #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
        let listens: io::Result<bool> = Ok(true);
        if matches!(listens, Ok(true)) {
            return Ok(());
        }
        let why = "the file descriptor is no socket that listens; call listen on it, or look which one it is";
        Err(io::Error::new(ErrorKind::InvalidInput, why))
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listener").field(&self.0.local_addr()).finish()
    }
}

impl From<std::net::TcpListener> for Listener {
    fn from(listener: std::net::TcpListener) -> Self {
        Self(listener.into())
    }
}

#[cfg(unix)]
impl From<std::os::unix::net::UnixListener> for Listener {
    fn from(listener: std::os::unix::net::UnixListener) -> Self {
        Self(listener.into())
    }
}

#[cfg(unix)]
impl From<std::os::fd::OwnedFd> for Listener {
    fn from(fd: std::os::fd::OwnedFd) -> Self {
        Self(fd.into())
    }
}
