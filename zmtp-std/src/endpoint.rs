//! Endpoints: where to bind and where to connect, as text such as `tcp://127.0.0.1:5555`.

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// An endpoint that has been understood.
///
/// `tcp://HOST:PORT`, where HOST is an IPv4 address, an IPv6 address in brackets, with a zone if need be, as in `[fe80::1%eth0]`, a
/// name, or to bind the name of an interface, or `*` for every interface, and PORT is a number from 1 to 65535, or to bind
/// `*` or `0` for any that is free.
///
/// `tcp://SOURCE:PORT;HOST:PORT` to connect from an address or interface of ours, with a port of ours, or any (`*`).
///
/// `ipc://PATH`, for peers on the same machine: the path of a socket file, which is made by a bind and removed with it; on
/// Linux also `@` and a name without a file; to bind, `*` is any free path.
///
/// `inproc://NAME`, for sockets of the same [`Context`](crate::Context): up to 256 characters.
///
/// With another name in front, whatever a [`Transport`](crate::Transport) of that name understands, if the context has one.
///
/// ```
/// use zmtp_std::Endpoint;
///
/// let endpoint: Endpoint = "tcp://[::1]:5555".parse()?;
/// assert_eq!(endpoint.to_string(), "tcp://[::1]:5555");
/// # Ok::<(), zmtp_std::BadEndpoint>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// TCP.
    Tcp {
        /// Which interface or peer.
        host: Host,
        /// 0 is any that is free.
        port: u16,
        /// To connect: from where.
        source: Option<Source>,
    },
    /// A socket of this machine.
    Ipc {
        /// Its path; `@` and a name; or `*`, any that is free.
        path: String,
    },
    /// A socket of this context.
    Inproc {
        /// Any text.
        name: String,
    },
    /// A socket of a [`Transport`](crate::Transport) that the context was built with.
    Custom {
        /// The name of the transport.
        scheme: String,
        /// What it understands; not empty.
        address: String,
    },
}

/// Where a connection comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// Our address or interface.
    pub host: Host,
    /// Our port; 0 is any that is free.
    pub port: u16,
}

/// What Linux has room for, without the 0 at the end.
const IPC_LONGEST: usize = 107;

/// What libzmq has room for, in characters (API-014).
const INPROC_LONGEST: usize = 256;

/// Of an endpoint whose transport neither this crate nor the context has.
pub(crate) const UNKNOWN_TRANSPORT: &str = "the transport is not supported; use tcp://, ipc:// or inproc://";

/// The host in an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// `*`: every interface.
    Any,
    /// An address.
    Ip(IpAddr),
    /// A name, resolved anew on each attempt to connect; to bind also that of an interface. An IPv6 address with a zone is one.
    Name(String),
}

/// The text is not an endpoint, or not one for this purpose.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad endpoint \"{endpoint}\": {why}")]
pub struct BadEndpoint {
    /// The text.
    pub endpoint: String,
    /// What is wrong with it, and what would be right.
    pub why: &'static str,
}

impl From<Infallible> for BadEndpoint {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl Endpoint {
    /// The port, if the endpoint has one; after a bind, the real one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp { port, .. } => Some(*port),
            Self::Ipc { .. } | Self::Inproc { .. } | Self::Custom { .. } => None,
        }
    }

    /// Whether it names a place to wait for peers, and no peer.
    pub(crate) fn check_for_bind(&self) -> Result<(), BadEndpoint> {
        match self {
            Self::Tcp { source: Some(_), .. } => {
                let why = "a source address is for connecting; to bind, name one address";
                Err(BadEndpoint { endpoint: self.to_string(), why })
            }
            _ => Ok(()),
        }
    }

    /// Whether it names a peer, and not only a place to wait for one.
    pub(crate) fn check_for_connect(&self) -> Result<(), BadEndpoint> {
        let why = match self {
            Self::Tcp { host: Host::Any, .. } => "to connect, name a host instead of *",
            Self::Tcp { port: 0, .. } => "to connect, name a port from 1 to 65535",
            Self::Ipc { path } if path == "*" => "to connect, name a path instead of *",
            _ => return Ok(()),
        };
        Err(BadEndpoint { endpoint: self.to_string(), why })
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        let host = match address {
            // Without its zone, the number of an interface, nobody would find it.
            SocketAddr::V6(v6) if v6.scope_id() != 0 => Host::Name(format!("{}%{}", v6.ip(), v6.scope_id())),
            _ => Host::Ip(address.ip()),
        };
        Self::Tcp { host, port: address.port(), source: None }
    }
}

impl From<&Endpoint> for Endpoint {
    fn from(endpoint: &Endpoint) -> Self {
        endpoint.clone()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port, source: None } => write!(f, "tcp://{host}:{port}"),
            Self::Tcp { host, port, source: Some(source) } => {
                write!(f, "tcp://{}:{};{host}:{port}", source.host, source.port)
            }
            Self::Ipc { path } => write!(f, "ipc://{path}"),
            Self::Inproc { name } => write!(f, "inproc://{name}"),
            Self::Custom { scheme, address } => write!(f, "{scheme}://{address}"),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Ip(IpAddr::V4(ip)) => ip.fmt(f),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Self::Name(name) if name.contains(':') => write!(f, "[{name}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl FromStr for Endpoint {
    type Err = BadEndpoint;

    fn from_str(text: &str) -> Result<Self, BadEndpoint> {
        parse(text).map_err(|why| BadEndpoint { endpoint: text.to_owned(), why })
    }
}

fn parse(text: &str) -> Result<Endpoint, &'static str> {
    let (scheme, address) =
        text.split_once("://").ok_or("begin with the transport, as in tcp://127.0.0.1:5555")?;
    match scheme {
        "tcp" => parse_tcp(address),
        "ipc" => parse_ipc(address),
        "inproc" => parse_inproc(address),
        _ if is_free_scheme(scheme) && !address.is_empty() => {
            Ok(Endpoint::Custom { scheme: scheme.to_owned(), address: address.to_owned() })
        }
        _ => Err(UNKNOWN_TRANSPORT),
    }
}

/// Whether a transport may have this name that is none of ours: as RFC 3986 has them.
pub(crate) fn is_free_scheme(scheme: &str) -> bool {
    let named = |octet: u8| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet);
    let free = !["tcp", "ipc", "inproc"].contains(&scheme);
    free && scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(named)
}

fn parse_inproc(name: &str) -> Result<Endpoint, &'static str> {
    match name.chars().count() {
        0 => Err("give the socket a name, as in inproc://workers"),
        1..=INPROC_LONGEST => Ok(Endpoint::Inproc { name: name.to_owned() }),
        _ => Err("the name of a socket has at most 256 characters"),
    }
}

fn parse_ipc(path: &str) -> Result<Endpoint, &'static str> {
    if path.is_empty() {
        return Err("name the path of a socket, as in ipc:///tmp/feed.ipc");
    }
    if path == "@" {
        return Err("a name goes behind the @, as in ipc://@feed");
    }
    if path.len() > IPC_LONGEST {
        return Err("the path of a socket has at most 107 octets, and less on some systems");
    }
    if path.contains('\0') {
        return Err("a path has no octet 0");
    }
    Ok(Endpoint::Ipc { path: path.to_owned() })
}

fn parse_tcp(address: &str) -> Result<Endpoint, &'static str> {
    let (source, address) = match address.split_once(';') {
        Some((source, address)) => (Some(parse_host_and_port(source)?), address),
        None => (None, address),
    };
    let source = source.map(|(host, port)| Source { host, port });
    let (host, port) = parse_host_and_port(address)?;
    Ok(Endpoint::Tcp { host, port, source })
}

fn parse_host_and_port(address: &str) -> Result<(Host, u16), &'static str> {
    let (host, port) = address.rsplit_once(':').ok_or("end with a port, as in tcp://127.0.0.1:5555")?;
    let port = match port {
        "*" => 0,
        port => port.parse().map_err(|_| "the port is a number from 0 to 65535, or *")?,
    };
    Ok((parse_host(host)?, port))
}

fn parse_host(host: &str) -> Result<Host, &'static str> {
    if host == "*" {
        return Ok(Host::Any);
    }
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return parse_ipv6(inner).ok_or("no IPv6 address between the brackets");
    }
    if host.contains(':') {
        return Err("an IPv6 address goes in brackets, as in tcp://[::1]:5555");
    }
    if let Ok(ip) = host.parse() {
        return Ok(Host::Ip(IpAddr::V4(ip)));
    }
    if !is_name(host) {
        return Err("the host is an address, a name, or * to bind every interface");
    }
    Ok(Host::Name(host.to_owned()))
}

fn parse_ipv6(text: &str) -> Option<Host> {
    let Some((ip, zone)) = text.split_once('%') else {
        return Some(Host::Ip(IpAddr::V6(text.parse().ok()?)));
    };
    ip.parse::<Ipv6Addr>().ok()?;
    is_name(zone).then(|| Host::Name(text.to_owned()))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-._".contains(&octet))
}

macro_rules! parse_from {
    ($($text:ty),*) => {$(
        impl TryFrom<$text> for Endpoint {
            type Error = BadEndpoint;

            fn try_from(text: $text) -> Result<Self, BadEndpoint> {
                text.parse()
            }
        }
    )*};
}

parse_from!(&str, &String, String);
