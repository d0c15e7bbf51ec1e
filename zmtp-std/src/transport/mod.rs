//! How streams come about. A transport listens and reaches peers; what follows is the same for all.

mod address;
mod backoff;
#[cfg(unix)]
mod ipc;
mod peer;
mod stream;
mod tcp;

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

pub use self::address::Address;
use self::backoff::Backoff;
use self::peer::{Ended, Peer};
use self::stream::{Accepted, Listener, Stream};
use crate::lane::Lane;
use crate::socket::{Core, Listening, Phase, Working};
use crate::{BindError, Endpoint, Event};

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

/// Begins to listen; returns the real endpoint.
pub(crate) fn bind(core: &Arc<Core>, endpoint: &Endpoint) -> Result<Endpoint, BindError> {
    let thread = core.threads().next();
    let (listener, real) = {
        let _runtime = thread.enter();
        listen(endpoint).map_err(|why| why.at(endpoint))?
    };
    let listening = Listening::new(core);
    core.monitors.tell(&Event::Listening { endpoint: real.to_string() });
    thread.spawn(accept(listening, listener, real.to_string().into()));
    Ok(real)
}

fn listen(endpoint: &Endpoint) -> Result<(Listener, Endpoint), ListenError> {
    match endpoint {
        Endpoint::Tcp { host, port } => {
            let (listener, real) = tcp::listen(host, *port)?;
            Ok((Listener::Tcp(listener), real))
        }
        #[cfg(unix)]
        Endpoint::Ipc { path } => {
            let (listener, real) = ipc::listen(path)?;
            Ok((Listener::Ipc(listener), real))
        }
        #[cfg(not(unix))]
        Endpoint::Ipc { .. } => Err(no_ipc().into()),
    }
}

/// Tries once to connect.
async fn attempt(core: &Core, endpoint: &Endpoint) -> io::Result<(Stream, Address)> {
    match endpoint {
        Endpoint::Tcp { host, port } => tcp::reach(host, *port, core.options.connect_timeout).await,
        #[cfg(unix)]
        Endpoint::Ipc { path } => ipc::reach(path).await,
        #[cfg(not(unix))]
        Endpoint::Ipc { .. } => Err(no_ipc()),
    }
}

#[cfg(not(unix))]
fn no_ipc() -> io::Error {
    io::Error::new(ErrorKind::Unsupported, "this system has no ipc")
}

/// Takes peers until the socket is closed.
async fn accept(listening: Listening, listener: Listener, endpoint: Arc<str>) {
    let core = &listening.core;
    let mut phase = core.phase();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = phase.wait_for(|phase| *phase != Phase::Open) => break,
        };
        match accepted {
            Ok((stream, address)) => {
                core.monitors
                    .tell(&Event::Accepted { endpoint: endpoint.to_string(), address: address.clone() });
                let peer = Peer::new(core, &endpoint, address);
                core.threads().next().spawn(serve(peer, stream));
            }
            Err(error) => {
                let endpoint = endpoint.to_string();
                core.monitors.tell(&Event::AcceptFailed { endpoint, why: Arc::new(error) });
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    core.monitors.tell(&Event::Closed { endpoint: endpoint.to_string(), refused: false, dropped: 0 });
    drop(listening);
}

/// Talks to a peer that came.
async fn serve(peer: Peer, stream: Accepted) {
    let mut phase = peer.core().phase();
    match stream.adopt() {
        Ok(stream) => peer.serve(stream, &mut phase).await,
        Err(error) => tracing::debug!("a peer left before it was served: {error}"),
    }
}

/// Begins to connect a lane.
pub(crate) fn connect(core: &Arc<Core>, endpoint: Endpoint, lane: Arc<Lane>) {
    core.threads().next().spawn(keep_connected(Working::new(core), endpoint, lane));
}

/// Connects, and connects again whenever that fails or the connection is lost, until the socket is closed.
async fn keep_connected(core: Working, endpoint: Endpoint, lane: Arc<Lane>) {
    let text: Arc<str> = endpoint.to_string().into();
    let mut phase = core.phase();
    let mut backoff = Backoff::new(&core.options);
    let (mut refused, mut over) = (false, false);
    while let Some(attempt) = core.unless_done(&lane, &mut phase, attempt(&core, &endpoint)).await {
        let why = match attempt {
            Ok((stream, address)) => {
                core.monitors
                    .tell(&Event::Connected { endpoint: text.to_string(), address: address.clone() });
                let peer = Peer::new(&core, &text, address);
                let ended = peer.talk(stream, Some(Arc::clone(&lane)), &mut phase).await;
                let Ended { was_established, refused: vain, finished } = ended;
                if was_established {
                    backoff.reset();
                }
                (refused, over) = (vain, vain || finished);
                None
            }
            Err(error) => Some(Arc::new(error)),
        };
        let (false, Some(after)) = (over, backoff.next()) else { break };
        if core.is_done(&lane) {
            break;
        }
        core.monitors.tell(&Event::ConnectRetried { endpoint: text.to_string(), after, why });
        if core.unless_done(&lane, &mut phase, tokio::time::sleep(after)).await.is_none() {
            break;
        }
    }
    let dropped = core.remove_lane(&lane);
    core.monitors.tell(&Event::Closed { endpoint: text.to_string(), refused, dropped });
}
