//! IPC: sockets of this machine that have a path, or on Linux a name, instead of an address.

use std::io::{self, ErrorKind};
use std::os::unix::net::{SocketAddr, UnixListener as StdListener, UnixStream as StdStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use socket2::{Domain, SockAddr, Socket, Type};

use super::stream::{Accepted, Stream};
use crate::io::{UnixListener, UnixStream, accept_unix};
use crate::{Address, Endpoint};

/// Where peers come to.
#[derive(Debug)]
pub(super) struct Listener {
    listener: UnixListener,
    path: Arc<str>,
    /// Removes the file when nobody comes there any more.
    _file: Option<File>,
}

/// The file of a socket that is bound.
#[derive(Debug)]
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        // It may have been removed by somebody else.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Begins to listen, on the thread that this is called on; returns the real path, too.
pub(super) fn listen(path: &str) -> io::Result<(Listener, Endpoint)> {
    let path: Arc<str> = if path == "*" { free_path().into() } else { path.into() };
    let listener = match StdListener::bind_addr(&address(&path)?) {
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_left_behind(&path) => {
            std::fs::remove_file(&*path)?;
            StdListener::bind_addr(&address(&path)?)?
        }
        bound => bound?,
    };
    listener.set_nonblocking(true)?;
    let file = (!path.starts_with('@')).then(|| File(PathBuf::from(&*path)));
    let listener = UnixListener::from_std(listener)?;
    let endpoint = Endpoint::Ipc { path: path.to_string() };
    Ok((Listener { listener, path, _file: file }, endpoint))
}

/// Whether the file is that of a socket that nobody listens at any more: its process has ended without removing it.
fn is_left_behind(path: &str) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let is_socket = std::fs::metadata(path).is_ok_and(|file| file.file_type().is_socket());
    is_socket && StdStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

/// A path that nobody has.
fn free_path() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("zmtp-{}-{}.ipc", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    std::env::temp_dir().join(name).to_string_lossy().into_owned()
}

fn address(path: &str) -> io::Result<SocketAddr> {
    match path.strip_prefix('@') {
        #[cfg(target_os = "linux")]
        Some(name) => {
            use std::os::linux::net::SocketAddrExt;
            SocketAddr::from_abstract_name(name)
        }
        #[cfg(not(target_os = "linux"))]
        Some(_) => {
            Err(io::Error::new(ErrorKind::Unsupported, "only Linux has sockets with a name and no file"))
        }
        None => SocketAddr::from_pathname(Path::new(path)),
    }
}

impl Listener {
    /// One that listens already, and its endpoint. Its file stays when it is closed: others may need it.
    pub(super) fn of(listener: StdListener) -> io::Result<(Self, Endpoint)> {
        listener.set_nonblocking(true)?;
        let path: Arc<str> = spelled(&listener.local_addr()?).into();
        let endpoint = Endpoint::Ipc { path: path.to_string() };
        Ok((Self { listener: UnixListener::from_std(listener)?, path, _file: None }, endpoint))
    }

    pub(super) async fn accept(&self) -> io::Result<(Accepted, Address)> {
        let stream = accept_unix(&self.listener).await?;
        Ok((Accepted::Ipc(stream), Address::Ipc(Arc::clone(&self.path))))
    }
}

/// An address as endpoints have it.
fn spelled(address: &SocketAddr) -> String {
    #[cfg(target_os = "linux")]
    if let Some(name) = std::os::linux::net::SocketAddrExt::as_abstract_name(address) {
        return format!("@{}", String::from_utf8_lossy(name));
    }
    address.as_pathname().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Tries once to connect.
pub(super) fn reach(path: &str) -> io::Result<(Stream, Address)> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    // As the system spells a name.
    let spelled = path.strip_prefix('@').map_or_else(|| path.to_owned(), |name| format!("\0{name}"));
    // It is connected at once, or not at all.
    socket.connect(&SockAddr::unix(spelled)?)?;
    Ok((Stream::Ipc(UnixStream::from_std(socket.into())?), Address::Ipc(path.into())))
}
