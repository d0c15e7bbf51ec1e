//! TCP: listening, and reaching a peer.

#[cfg(test)]
mod tests;

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, ToSocketAddrs};

use socket2::{SockRef, Socket};

use super::stream::{Accepted, Stream};
use super::{ListenError, tune};
use crate::endpoint::{Host, Source};
use crate::io::{Interest, TcpListener, TcpStream, accept_tcp, ready, resolve, within};
use crate::{Address, Endpoint, Options};

/// Where peers come to.
#[derive(Debug)]
pub(super) struct Listener(TcpListener);

/// Begins to listen at the first address that can be had, on the thread that this is called on; returns the real
/// endpoint, too.
pub(super) fn listen(host: &Host, port: u16, options: &Options) -> Result<(Listener, Endpoint), ListenError> {
    let addresses = match host {
        Host::Any if options.ipv6 => vec![SocketAddr::from((Ipv6Addr::UNSPECIFIED, port))],
        Host::Any => vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))],
        Host::Ip(ip) => vec![SocketAddr::from((*ip, port))],
        Host::Name(name) => local_addresses(name, port, options).map_err(ListenError::UnknownHost)?,
    };
    let both = *host == Host::Any;
    let listener = first(addresses, |address| listen_at(address, both, options))?;
    Ok(Listener::of(listener)?)
}

/// `both` if it shall be open for IPv4, too.
fn listen_at(address: SocketAddr, both: bool, options: &Options) -> io::Result<std::net::TcpListener> {
    let socket = tune::socket(address, options)?;
    // So that a server can be started again while connections of its former self end. Elsewhere it means another thing.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(!both)?;
    }
    socket.bind(&address.into()).map_err(|why| explained(address, why))?;
    socket.listen(i32::try_from(options.backlog.max(1)).unwrap_or(i32::MAX))?;
    Ok(socket.into())
}

impl Listener {
    /// One that listens already, and the real endpoint.
    pub(super) fn of(listener: std::net::TcpListener) -> io::Result<(Self, Endpoint)> {
        listener.set_nonblocking(true)?;
        let real = Endpoint::from(listener.local_addr()?);
        Ok((Self(TcpListener::from_std(listener)?), real))
    }

    pub(super) async fn accept(&self) -> io::Result<(Accepted, Address)> {
        let (stream, address) = accept_tcp(&self.0).await?;
        Ok((Accepted::Tcp(stream), address.into()))
    }
}

/// Takes a stream that was accepted over to the thread that this is called on.
pub(super) fn adopt(stream: std::net::TcpStream, options: &Options) -> io::Result<Stream> {
    tune::connection(SockRef::from(&stream), options)?;
    TcpStream::from_std(stream).map(Stream::Tcp)
}

/// Tries once to connect, over all addresses that the name of the host has now, one after the other.
pub(super) async fn reach(
    host: &Host,
    port: u16,
    source: Option<&Source>,
    options: &Options,
) -> io::Result<(Stream, Address)> {
    let addresses: Vec<SocketAddr> = match host {
        Host::Ip(ip) => vec![SocketAddr::from((*ip, port))],
        Host::Name(name) => {
            let found = resolve(name, port).await?;
            in_order(found, options)
        }
        Host::Any => Vec::new(),
    };
    let mut last = no_address();
    for address in addresses {
        match reach_address(address, source, options).await {
            Ok(stream) => return Ok((Stream::Tcp(stream), address.into())),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn reach_address(
    address: SocketAddr,
    source: Option<&Source>,
    options: &Options,
) -> io::Result<TcpStream> {
    let socket = tune::socket(address, options)?;
    if let Some(source) = source {
        let sources = source_addresses(source, address).await?;
        socket.set_reuse_address(true)?;
        first(sources, |source| socket.bind(&source.into()))?;
    }
    let connect = connect(socket, address);
    let stream = if options.connect_timeout.is_zero() {
        connect.await?
    } else {
        within(options.connect_timeout, connect).await.ok_or(ErrorKind::TimedOut)??
    };
    let connected = SockRef::from(&stream);
    // The system may choose as our port the very one that nobody listens at, and connect us to ourselves.
    if connected.local_addr()?.as_socket() == Some(address) {
        return Err(ErrorKind::ConnectionRefused.into());
    }
    tune::connection(connected, options)?;
    Ok(stream)
}

async fn connect(socket: Socket, address: SocketAddr) -> io::Result<TcpStream> {
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(error) if !is_in_progress(&error) => return Err(explained(address, error)),
        _ => {}
    }
    let stream = TcpStream::from_std(socket.into())?;
    ready(&stream, Interest::WRITE).await?;
    match SockRef::from(&stream).take_error()? {
        Some(error) => Err(error),
        None => Ok(stream),
    }
}

/// What the system says, and what to do about it where that says nothing.
fn explained(address: SocketAddr, why: io::Error) -> io::Error {
    match address {
        SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && why.kind() == ErrorKind::InvalidInput => {
            let next = "an address that is good on one link needs its interface, as in [fe80::1%eth0]";
            io::Error::new(why.kind(), format!("{why}; {next}"))
        }
        _ => why,
    }
}

/// Whether a connection comes about, only not yet.
fn is_in_progress(error: &io::Error) -> bool {
    #[cfg(unix)]
    let in_progress = error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error());
    #[cfg(not(unix))]
    let in_progress = error.kind() == ErrorKind::WouldBlock;
    in_progress
}

/// The addresses of ours that a connection to `peer` may come from.
async fn source_addresses(source: &Source, peer: SocketAddr) -> io::Result<Vec<SocketAddr>> {
    let mut addresses = match &source.host {
        Host::Any if peer.is_ipv6() => vec![SocketAddr::from((Ipv6Addr::UNSPECIFIED, source.port))],
        Host::Any => vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, source.port))],
        Host::Ip(ip) => vec![SocketAddr::from((*ip, source.port))],
        Host::Name(name) => match interface_addresses(name, source.port) {
            // To look a name up may take a while, and other connections of the thread do not wait for it.
            none if none.is_empty() => resolve(name, source.port).await?,
            found => found,
        },
    };
    addresses.retain(|address| address.is_ipv6() == peer.is_ipv6());
    if addresses.is_empty() {
        let why = format!("the source {} has no address of the kind that {peer} is", source.host);
        return Err(io::Error::new(ErrorKind::AddrNotAvailable, why));
    }
    Ok(addresses)
}

/// The addresses of an interface with this name, or else those that it is resolved to.
fn local_addresses(name: &str, port: u16, options: &Options) -> io::Result<Vec<SocketAddr>> {
    let found = match interface_addresses(name, port) {
        none if none.is_empty() => (name, port).to_socket_addrs()?.collect(),
        found => found,
    };
    Ok(in_order(found, options))
}

/// The addresses of an interface with this name, if there is one.
fn interface_addresses(name: &str, port: u16) -> Vec<SocketAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let named = interfaces.iter().filter(|interface| interface.name == name);
    named.map(|interface| address_of(interface, port)).collect()
}

/// One that is good on its link alone is nothing without the number of the interface.
fn address_of(interface: &if_addrs::Interface, port: u16) -> SocketAddr {
    match interface.ip() {
        IpAddr::V6(ip) if ip.is_unicast_link_local() => {
            SocketAddrV6::new(ip, port, 0, interface.index.unwrap_or_default()).into()
        }
        ip => SocketAddr::from((ip, port)),
    }
}

/// As they came, or those of IPv4 first.
fn in_order(mut addresses: Vec<SocketAddr>, options: &Options) -> Vec<SocketAddr> {
    if !options.ipv6 {
        addresses.sort_by_key(SocketAddr::is_ipv6);
    }
    addresses
}

/// What can be done with one address after the other, and if with none, why not with the last.
fn first<T>(addresses: Vec<SocketAddr>, attempt: impl Fn(SocketAddr) -> io::Result<T>) -> io::Result<T> {
    let mut last = no_address();
    for address in addresses {
        match attempt(address) {
            Ok(done) => return Ok(done),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn no_address() -> io::Error {
    io::Error::new(ErrorKind::NotFound, "the host has no address")
}
