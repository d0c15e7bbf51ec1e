//! Endpoints: where to bind and where to connect, as text such as `tcp://127.0.0.1:5555`.

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
            Self::Ipc { .. } | Self::Inproc { .. } => None,
        }
    }

    /// Whether it names a place to wait for peers, and no peer.
    pub(crate) fn check_for_bind(&self) -> Result<(), BadEndpoint> {
        match self {
            Self::Tcp { source: Some(_), .. } => {
                let why = "a source address is for connecting; to bind, name one address";
                Err(BadEndpoint { endpoint: self.to_string(), why })
            }
            Self::Tcp { .. } | Self::Ipc { .. } | Self::Inproc { .. } => Ok(()),
        }
    }

    /// Whether it names a peer, and not only a place to wait for one.
    pub(crate) fn check_for_connect(&self) -> Result<(), BadEndpoint> {
        let why = match self {
            Self::Tcp { host: Host::Any, .. } => "to connect, name a host instead of *",
            Self::Tcp { port: 0, .. } => "to connect, name a port from 1 to 65535",
            Self::Ipc { path } if path == "*" => "to connect, name a path instead of *",
            Self::Tcp { .. } | Self::Ipc { .. } | Self::Inproc { .. } => return Ok(()),
        };
        Err(BadEndpoint { endpoint: self.to_string(), why })
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp { host: Host::Ip(address.ip()), port: address.port(), source: None }
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
        _ => Err("the transport is not supported; use tcp://, ipc:// or inproc://"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_endpoints_are_shown_as_they_were_written() {
        for text in [
            "tcp://127.0.0.1:5555",
            "tcp://*:0",
            "tcp://localhost:1",
            "tcp://[::1]:65535",
            "tcp://a-b.c_d:9",
            "tcp://[fe80::1%eth0]:9",
            "tcp://eth0:0;localhost:1",
            "tcp://[::1]:2;[::1]:1",
            "ipc:///tmp/a b",
            "ipc://@name",
            "ipc://*",
            "ipc://relative.ipc",
            "inproc://a name",
            "inproc://*",
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
        }
        assert_eq!("tcp://*:*".parse::<Endpoint>().unwrap().to_string(), "tcp://*:0");
    }

    #[test]
    fn a_bad_endpoint_is_told_with_its_text_and_what_would_be_right() {
        for (text, hint) in [
            ("", "begin with the transport"),
            ("127.0.0.1:5555", "begin with the transport"),
            ("udp://127.0.0.1:5555", "not supported"),
            ("tcp://127.0.0.1", "end with a port"),
            ("tcp://127.0.0.1:", "number from 0 to 65535"),
            ("tcp://127.0.0.1:65536", "number from 0 to 65535"),
            ("tcp://127.0.0.1:http", "number from 0 to 65535"),
            ("tcp://:5555", "the host is"),
            ("tcp://a b:5555", "the host is"),
            ("ipc://", "name the path"),
            (&format!("ipc://{}", "x".repeat(108)), "at most 107"),
            ("ipc://a\0b", "no octet 0"),
            ("inproc://", "give the socket a name"),
            (&format!("inproc://{}", "x".repeat(257)), "at most 256"),
            ("tcp://::1:5555", "brackets"),
            ("tcp://[::g]:5555", "brackets"),
            ("tcp://[fe80::1%]:5555", "brackets"),
            ("tcp://[127.0.0.1%lo]:5555", "brackets"),
            ("tcp://127.0.0.1;127.0.0.1:1", "end with a port"),
            ("tcp://127.0.0.1:1;", "end with a port"),
        ] {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains(hint), "{error}");
        }
    }

    #[test]
    fn a_source_is_for_connecting_only() {
        let endpoint: Endpoint = "tcp://*:*;127.0.0.1:1".parse().unwrap();
        assert!(endpoint.check_for_connect().is_ok());
        let error = endpoint.check_for_bind().unwrap_err().to_string();
        assert!(error.contains("a source address is for connecting"), "{error}");
    }

    #[test]
    fn wildcards_are_for_binding_only() {
        for (text, good) in [
            ("tcp://*:1", false),
            ("tcp://h:0", false),
            ("tcp://h:*", false),
            ("tcp://h:1", true),
            ("ipc://*", false),
            ("ipc://h", true),
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().check_for_connect().is_ok(), good, "{text}");
        }
    }
}
