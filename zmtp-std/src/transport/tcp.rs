//! TCP: listening and connecting.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;

use super::backoff::Backoff;
use super::peer::{Ended, Peer};
use crate::endpoint::Host;
use crate::lane::Lane;
use crate::socket::{Core, Listening, Phase, Working};
use crate::{BindError, Endpoint, Event};

/// The pause after a failed accept: it fails for want of file descriptors, and others need time to give theirs back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Begins to listen; returns the real endpoint.
pub(crate) fn bind(core: &Arc<Core>, endpoint: &Endpoint) -> Result<Endpoint, BindError> {
    let Endpoint::Tcp { host, port } = endpoint;
    let failed = |why: io::Error| {
        let endpoint = endpoint.to_string();
        match why.kind() {
            ErrorKind::AddrInUse => BindError::AddrInUse { endpoint },
            _ => BindError::Io { endpoint, why: Arc::new(why) },
        }
    };
    let addresses = match host {
        Host::Any => vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, *port))],
        Host::Ip(ip) => vec![SocketAddr::from((*ip, *port))],
        Host::Name(name) => (name.as_str(), *port)
            .to_socket_addrs()
            .map_err(|why| BindError::UnknownHost { endpoint: endpoint.to_string(), why: Arc::new(why) })?
            .collect(),
    };
    let listener = TcpListener::bind(&addresses[..]).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let real = Endpoint::from(listener.local_addr().map_err(failed)?);
    let thread = core.threads().next();
    let listener = {
        let _runtime = thread.enter();
        tokio::net::TcpListener::from_std(listener).map_err(failed)?
    };
    let listening = Listening::new(core);
    core.monitors.tell(&Event::Listening { endpoint: real.to_string() });
    thread.spawn(accept(listening, listener, real.to_string().into()));
    Ok(real)
}

/// Takes peers until the socket is closed.
async fn accept(listening: Listening, listener: tokio::net::TcpListener, endpoint: Arc<str>) {
    let core = &listening.core;
    let mut phase = core.phase();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = phase.wait_for(|phase| *phase != Phase::Open) => break,
        };
        let accepted = accepted.and_then(|(stream, address)| Ok((stream.into_std()?, address)));
        match accepted {
            Ok((stream, address)) => {
                core.monitors.tell(&Event::Accepted { endpoint: endpoint.to_string(), address });
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
async fn serve(peer: Peer, stream: std::net::TcpStream) {
    let mut phase = peer.core().phase();
    match stream.set_nodelay(true).and_then(|()| TcpStream::from_std(stream)) {
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
                core.monitors.tell(&Event::Connected { endpoint: text.to_string(), address });
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

/// Tries once, over all addresses that the name of the host has now.
async fn attempt(core: &Core, endpoint: &Endpoint) -> io::Result<(TcpStream, SocketAddr)> {
    let Endpoint::Tcp { host, port } = endpoint;
    let addresses: Vec<SocketAddr> = match host {
        Host::Ip(ip) => vec![SocketAddr::from((*ip, *port))],
        Host::Name(name) => tokio::net::lookup_host((name.as_str(), *port)).await?.collect(),
        Host::Any => Vec::new(),
    };
    let mut last = io::Error::new(ErrorKind::NotFound, "the host has no address");
    for address in addresses {
        match reach(address, core.options.connect_timeout).await {
            Ok(stream) => return Ok((stream, address)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn reach(address: SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
    let connect = TcpStream::connect(address);
    let stream = if timeout.is_zero() {
        connect.await?
    } else {
        tokio::time::timeout(timeout, connect).await.map_err(|_| io::Error::from(ErrorKind::TimedOut))??
    };
    // The system may choose as our port the very one that nobody listens at, and connect us to ourselves.
    if stream.local_addr()? == address {
        return Err(ErrorKind::ConnectionRefused.into());
    }
    stream.set_nodelay(true)?;
    Ok(stream)
}
