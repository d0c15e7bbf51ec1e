//! TCP: listening, and reaching a peer.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

use tokio::net::TcpStream;

use super::ListenError;
use super::stream::{Accepted, Stream};
use crate::endpoint::Host;
use crate::{Address, Endpoint};

/// Where peers come to.
#[derive(Debug)]
pub(super) struct Listener(tokio::net::TcpListener);

/// Begins to listen, on the thread that this is called on; returns the real endpoint, too.
pub(super) fn listen(host: &Host, port: u16) -> Result<(Listener, Endpoint), ListenError> {
    let addresses = match host {
        Host::Any => vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))],
        Host::Ip(ip) => vec![SocketAddr::from((*ip, port))],
        Host::Name(name) => {
            (name.as_str(), port).to_socket_addrs().map_err(ListenError::UnknownHost)?.collect()
        }
    };
    let listener = std::net::TcpListener::bind(&addresses[..])?;
    listener.set_nonblocking(true)?;
    let real = Endpoint::from(listener.local_addr()?);
    Ok((Listener(tokio::net::TcpListener::from_std(listener)?), real))
}

impl Listener {
    pub(super) async fn accept(&self) -> io::Result<(Accepted, Address)> {
        let (stream, address) = self.0.accept().await?;
        Ok((Accepted::Tcp(stream.into_std()?), address.into()))
    }
}

/// Takes a stream that was accepted over to the thread that this is called on.
pub(super) fn adopt(stream: std::net::TcpStream) -> io::Result<Stream> {
    stream.set_nodelay(true)?;
    TcpStream::from_std(stream).map(Stream::Tcp)
}

/// Tries once to connect, over all addresses that the name of the host has now.
pub(super) async fn reach(host: &Host, port: u16, timeout: Duration) -> io::Result<(Stream, Address)> {
    let addresses: Vec<SocketAddr> = match host {
        Host::Ip(ip) => vec![SocketAddr::from((*ip, port))],
        Host::Name(name) => tokio::net::lookup_host((name.as_str(), port)).await?.collect(),
        Host::Any => Vec::new(),
    };
    let mut last = io::Error::new(ErrorKind::NotFound, "the host has no address");
    for address in addresses {
        match reach_address(address, timeout).await {
            Ok(stream) => return Ok((Stream::Tcp(stream), address.into())),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn reach_address(address: SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
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
