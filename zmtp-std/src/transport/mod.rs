//! How streams come about. A transport listens and reaches peers; what follows is the same for all.

mod address;
mod aside;
mod backoff;
mod custom;
mod handed;
mod inproc;
#[cfg(unix)]
mod ipc;
mod peer;
mod pipe;
mod stream;
mod tcp;
mod tune;

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

pub use self::address::Address;
use self::backoff::Backoff;
pub(crate) use self::custom::Transports;
pub use self::custom::{Accept, Connection, Pending, Transport};
pub use self::handed::Listener as Handed;
pub(crate) use self::inproc::Dialer;
use self::peer::{Ended, Peer};
use self::stream::{Accepted, Listener, Stream};
use crate::endpoint::UNKNOWN_TRANSPORT;
use crate::io::sleep;
use crate::lane::Lane;
use crate::socket::{Core, Listening, Phase, Settings, Site, Watch, Working};
use crate::wait::first_of;
use crate::{BindError, Endpoint, Event, Options};

/// The pause after a failed accept: it fails for want of file descriptors, and others need time to give theirs back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why nobody can come to an endpoint.
#[derive(Debug)]
enum ListenError {
    UnknownHost(io::Error),
    Io(io::Error),
}

impl From<io::Error> for ListenError {
    fn from(why: io::Error) -> Self {
        Self::Io(why)
    }
}

impl ListenError {
    fn at(self, endpoint: &Endpoint) -> BindError {
        let endpoint = endpoint.to_string();
        match self {
            Self::UnknownHost(why) => BindError::UnknownHost { endpoint, why: Arc::new(why) },
            Self::Io(why) if why.kind() == ErrorKind::AddrInUse => BindError::AddrInUse { endpoint },
            Self::Io(why) => BindError::Io { endpoint, why: Arc::new(why) },
        }
    }
}

/// Begins to listen at an endpoint; returns the real one.
pub(crate) fn bind(
    core: &Arc<Core>,
    endpoint: &Endpoint,
    settings: Arc<Settings>,
) -> Result<Arc<Site>, BindError> {
    if let Endpoint::Inproc { name } = endpoint {
        return inproc::bind(core, name, settings);
    }
    let options = Arc::clone(&settings.options);
    begin(core, settings, || listen(core, endpoint, &options).map_err(|why| why.at(endpoint)))
}

/// As [`bind`], where somebody listens for us already.
pub(crate) fn bind_listener(
    core: &Arc<Core>,
    listener: Handed,
    settings: Arc<Settings>,
) -> Result<Arc<Site>, BindError> {
    begin(core, settings, || {
        adopt(listener).map_err(|why| {
            let endpoint = "the listener".to_owned();
            BindError::Io { endpoint, why: Arc::new(why) }
        })
    })
}

fn begin(
    core: &Arc<Core>,
    settings: Arc<Settings>,
    listen: impl FnOnce() -> Result<(Listener, Endpoint), BindError>,
) -> Result<Arc<Site>, BindError> {
    let thread = core.threads().next();
    let (listener, real) = {
        let _runtime = thread.enter();
        listen()?
    };
    let site = core.bound(real, settings);
    let listening = Listening::new(core, Arc::clone(&site));
    core.monitors.tell(&Event::Listening { endpoint: site.text().to_string() });
    thread.spawn(accept(listening, listener));
    Ok(site)
}

/// Takes over a listener, whichever it is.
fn adopt(listener: Handed) -> io::Result<(Listener, Endpoint)> {
    listener.check()?;
    let address = listener.socket().local_addr()?;
    if address.as_socket().is_some() {
        let (listener, real) = tcp::Listener::of(listener.into_socket().into())?;
        return Ok((Listener::Tcp(listener), real));
    }
    #[cfg(unix)]
    if address.is_unix() {
        let (listener, real) = ipc::Listener::of(listener.into_socket().into())?;
        return Ok((Listener::Ipc(listener), real));
    }
    Err(io::Error::new(ErrorKind::Unsupported, "it is neither of TCP nor of ipc"))
}

fn listen(core: &Core, endpoint: &Endpoint, options: &Options) -> Result<(Listener, Endpoint), ListenError> {
    match endpoint {
        Endpoint::Tcp { host, port, .. } => {
            let (listener, real) = tcp::listen(host, *port, options)?;
            Ok((Listener::Tcp(listener), real))
        }
        #[cfg(unix)]
        Endpoint::Ipc { path } => {
            let (listener, real) = ipc::listen(path)?;
            Ok((Listener::Ipc(listener), real))
        }
        #[cfg(not(unix))]
        Endpoint::Ipc { .. } => Err(no_ipc().into()),
        Endpoint::Inproc { .. } => Err(no_stream().into()),
        Endpoint::Custom { scheme, address } => {
            let transport = core.transport(scheme).ok_or_else(no_transport)?;
            let (listener, address) = custom::listen(transport, scheme, address)?;
            Ok((Listener::Custom(listener), Endpoint::Custom { scheme: scheme.clone(), address }))
        }
    }
}

/// Tries once to connect.
async fn attempt(core: &Core, site: &Site) -> io::Result<(Stream, Address)> {
    match site.endpoint() {
        Endpoint::Tcp { host, port, source } => {
            tcp::reach(host, *port, source.as_ref(), site.options()).await
        }
        #[cfg(unix)]
        Endpoint::Ipc { path } => ipc::reach(path),
        #[cfg(not(unix))]
        Endpoint::Ipc { .. } => Err(no_ipc()),
        Endpoint::Inproc { .. } => Err(no_stream()),
        Endpoint::Custom { scheme, address } => {
            let transport = core.transport(scheme).ok_or_else(no_transport)?;
            custom::reach(transport, (scheme, address), site.options()).await
        }
    }
}

#[cfg(not(unix))]
fn no_ipc() -> io::Error {
    io::Error::new(ErrorKind::Unsupported, "this system has no ipc")
}

fn no_transport() -> io::Error {
    io::Error::new(ErrorKind::Unsupported, UNKNOWN_TRANSPORT)
}

fn no_stream() -> io::Error {
    io::Error::new(ErrorKind::Unsupported, "inproc has no streams")
}

/// Takes peers until the endpoint is left.
async fn accept(listening: Listening, listener: Listener) {
    let Listening { core, site } = &listening;
    let mut phase = site.phase();
    loop {
        let over = async {
            phase.until(|phase| phase != Phase::Open).await;
            None
        };
        let accepted = first_of(over, async { Some(listener.accept().await) });
        match accepted.await {
            None => break,
            Some(Ok((stream, address))) => {
                let peer = Peer::accepted(core, site, address);
                core.threads().next().spawn(serve(peer, stream, site.phase()));
            }
            Some(Err(error)) => {
                let endpoint = site.text().to_string();
                core.monitors.tell(&Event::AcceptFailed { endpoint, why: Arc::new(error) });
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let endpoint = site.text().to_string();
    core.monitors.tell(&Event::Closed { endpoint, refused: false, why: None, dropped: 0 });
    drop(listening);
}

/// Talks to a peer that came.
///
/// A task has the memory of all that is there while it waits: nothing but what is needed, on behalf of idle peers.
#[expect(clippy::manual_async_fn, reason = "parameters of an async fn would be kept twice")]
fn serve(peer: Box<Peer>, stream: Accepted, mut phase: Watch) -> impl Future<Output = ()> {
    async move {
        let stream = match stream.adopt(peer.options()) {
            Ok(stream) => Arc::new(stream),
            Err(error) => return peer.tell_not_served(error),
        };
        if let Err(why) = peer.core().accepting() {
            return peer.tell_end(false, why, 0);
        }
        peer.talk(stream, None, &mut phase).await;
    }
}

/// Begins to connect a lane.
pub(crate) fn connect(core: &Arc<Core>, site: Arc<Site>, lane: Arc<Lane>) {
    if let Endpoint::Inproc { name } = site.endpoint() {
        let name = name.clone();
        return inproc::connect(core, site, lane, &name);
    }
    // Made here: who leaves the endpoint waits for all who have one.
    let phase = site.phase();
    core.threads().next().spawn(keep_connected(Working::new(core), site, lane, phase));
}

/// Whether there shall be no other connection.
fn is_over(site: &Site, lane: &Lane) -> bool {
    site.is_done(lane) || site.options().reconnect_stop.after_disconnect && site.is_left()
}

/// Waits before the next attempt to connect, which follows the last for this reason. Returns whether there shall be one.
async fn pause(core: &Core, site: &Site, lane: &Lane, after: Duration, why: Option<Arc<io::Error>>) -> bool {
    core.monitors.tell(&Event::ConnectRetried { endpoint: site.text().to_string(), after, why });
    site.unless_done(lane, sleep(after)).await.is_some()
}

/// Connects, and connects again whenever that fails or the connection is lost, until the endpoint is left.
async fn keep_connected(core: Working, site: Arc<Site>, lane: Arc<Lane>, mut phase: Watch) {
    let text = site.text();
    let mut backoff = Backoff::new(site.options());
    let (mut refused, mut last) = (false, None);
    let stop = site.options().reconnect_stop;
    while let Some(attempt) = site.unless_done(&lane, Box::pin(attempt(&core, &site))).await {
        let over;
        let why = match attempt {
            Ok((stream, address)) => {
                let peer = Peer::connected(&core, &site, address);
                let ended = peer.talk(Arc::new(stream), Some(Arc::clone(&lane)), &mut phase).await;
                let Ended { was_established, refused: vain, finished } = ended;
                if was_established {
                    backoff.reset();
                }
                (refused, over) = (vain, vain || finished || stop.handshake_failed && !was_established);
                None
            }
            Err(error) => {
                over = stop.conn_refused && error.kind() == ErrorKind::ConnectionRefused;
                Some(Arc::new(error))
            }
        };
        let (false, Some(after)) = (over, backoff.next()) else {
            last = why;
            break;
        };
        if is_over(&site, &lane) || !pause(&core, &site, &lane, after, why).await {
            break;
        }
    }
    let dropped = core.remove_lane(&lane);
    site.leave();
    core.monitors.tell(&Event::Closed { endpoint: text.to_string(), refused, why: last, dropped });
}

#[cfg(all(test, feature = "tokio"))]
mod tests {
    use super::*;

    fn size_of_future<A, B, C, F: Future>(_: fn(A, B, C) -> F) -> usize {
        size_of::<F>()
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn a_connection_that_came_fits_with_what_tokio_adds_into_seven_lines_of_cache() {
        // tokio puts a task at a multiple of 128, with 104 of its own; eight would be the next.
        assert!(size_of_future(serve) <= 7 * 128 - 104, "{}", size_of_future(serve));
    }
}
