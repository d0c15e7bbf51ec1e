//! Where a peer is, as the transport knows it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Where a peer is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// Of a peer over TCP.
    Tcp(SocketAddr),
    /// Of a peer on this machine, over `ipc`: the path or name of the endpoint; peers that come have none of their own.
    Ipc(Arc<str>),
    /// Of a peer in this context, over `inproc`: the name of the endpoint.
    Inproc(Arc<str>),
    /// Of a peer over a [`Transport`](crate::Transport) of the context: its name, `://`, and what it says.
    Custom(Arc<str>),
}

impl Address {
    /// The address of the host; `None` over all but `tcp`.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp(address) => Some(address.ip()),
            _ => None,
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Ipc(path) => write!(f, "ipc://{path}"),
            Self::Inproc(name) => write!(f, "inproc://{name}"),
            Self::Custom(address) => f.write_str(address),
        }
    }
}
