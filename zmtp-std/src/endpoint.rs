//! Endpoints: where to bind and where to connect, as text such as `tcp://127.0.0.1:5555`.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// An endpoint that has been understood.
///
/// `tcp://HOST:PORT`, where HOST is an IPv4 address, an IPv6 address in brackets, a name, or to bind `*` for every
/// interface, and PORT is a number from 1 to 65535, or to bind `*` or `0` for any that is free.
///
/// `ipc://PATH`, for peers on the same machine: the path of a socket file, which is made by a bind and removed with it; on
/// Linux also `@` and a name without a file; to bind, `*` is any free path.
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
    },
    /// A socket of this machine.
    Ipc {
        /// Its path; `@` and a name; or `*`, any that is free.
        path: String,
    },
}

/// What Linux has room for, without the 0 at the end.
const IPC_LONGEST: usize = 107;

/// The host in an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// `*`: every interface.
    Any,
    /// An address.
    Ip(IpAddr),
    /// A name, resolved anew on each attempt to connect.
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
            Self::Ipc { .. } => None,
        }
    }

    /// Whether it names a peer, and not only a place to wait for one.
    pub(crate) fn check_for_connect(&self) -> Result<(), BadEndpoint> {
        let why = match self {
            Self::Tcp { host: Host::Any, .. } => "to connect, name a host instead of *",
            Self::Tcp { port: 0, .. } => "to connect, name a port from 1 to 65535",
            Self::Ipc { path } if path == "*" => "to connect, name a path instead of *",
            Self::Tcp { .. } | Self::Ipc { .. } => return Ok(()),
        };
        Err(BadEndpoint { endpoint: self.to_string(), why })
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp { host: Host::Ip(address.ip()), port: address.port() }
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
            Self::Tcp { host: Host::Any, port } => write!(f, "tcp://*:{port}"),
            Self::Tcp { host: Host::Ip(ip), port } => write!(f, "tcp://{}", SocketAddr::new(*ip, *port)),
            Self::Tcp { host: Host::Name(name), port } => write!(f, "tcp://{name}:{port}"),
            Self::Ipc { path } => write!(f, "ipc://{path}"),
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
        _ => Err("the transport is not supported; use tcp:// or ipc://"),
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
    let (host, port) = address.rsplit_once(':').ok_or("end with a port, as in tcp://127.0.0.1:5555")?;
    let port = match port {
        "*" => 0,
        port => port.parse().map_err(|_| "the port is a number from 0 to 65535, or *")?,
    };
    Ok(Endpoint::Tcp { host: parse_host(host)?, port })
}

fn parse_host(host: &str) -> Result<Host, &'static str> {
    if host == "*" {
        return Ok(Host::Any);
    }
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return inner
            .parse()
            .map(|ip| Host::Ip(IpAddr::V6(ip)))
            .map_err(|_| "no IPv6 address between the brackets");
    }
    if host.contains(':') {
        return Err("an IPv6 address goes in brackets, as in tcp://[::1]:5555");
    }
    if let Ok(ip) = host.parse() {
        return Ok(Host::Ip(IpAddr::V4(ip)));
    }
    let legal = |octet: u8| octet.is_ascii_alphanumeric() || b"-._".contains(&octet);
    if host.is_empty() || !host.bytes().all(legal) {
        return Err("the host is an address, a name, or * to bind every interface");
    }
    Ok(Host::Name(host.to_owned()))
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
            "ipc:///tmp/a b",
            "ipc://@name",
            "ipc://*",
            "ipc://relative.ipc",
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
            ("tcp://::1:5555", "brackets"),
            ("tcp://[::g]:5555", "brackets"),
        ] {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains(hint), "{error}");
        }
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
