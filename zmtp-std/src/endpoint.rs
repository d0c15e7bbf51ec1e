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
}

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
        }
    }

    /// Whether it names a peer, and not only a place to wait for one.
    pub(crate) fn check_for_connect(&self) -> Result<(), BadEndpoint> {
        let why = match self {
            Self::Tcp { host: Host::Any, .. } => "to connect, name a host instead of *",
            Self::Tcp { port: 0, .. } => "to connect, name a port from 1 to 65535",
            Self::Tcp { .. } => return Ok(()),
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
        let Self::Tcp { host, port } = self;
        match host {
            Host::Any => write!(f, "tcp://*:{port}"),
            Host::Ip(ip) => write!(f, "tcp://{}", SocketAddr::new(*ip, *port)),
            Host::Name(name) => write!(f, "tcp://{name}:{port}"),
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
    if scheme != "tcp" {
        return Err("the transport is not supported; use tcp://");
    }
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
        for text in
            ["tcp://127.0.0.1:5555", "tcp://*:0", "tcp://localhost:1", "tcp://[::1]:65535", "tcp://a-b.c_d:9"]
        {
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
            ("tcp://::1:5555", "brackets"),
            ("tcp://[::g]:5555", "brackets"),
        ] {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains(hint), "{error}");
        }
    }

    #[test]
    fn wildcards_are_for_binding_only() {
        for (text, good) in
            [("tcp://*:1", false), ("tcp://h:0", false), ("tcp://h:*", false), ("tcp://h:1", true)]
        {
            assert_eq!(text.parse::<Endpoint>().unwrap().check_for_connect().is_ok(), good, "{text}");
        }
    }
}
