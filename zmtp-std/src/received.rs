//! Messages together with who has sent them.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use zmtp_core::SocketType;

use crate::{Address, Message};

/// A message, and what is known of its sender (`zmq_msg_gets`).
///
/// ```
/// # let context = zmtp_std::Context::new();
/// use zmtp_std::{Options, Received, SocketType};
///
/// let (push, pull) = (context.push(), context.pull());
/// push.connect(pull.bind("tcp://127.0.0.1:*")?)?;
/// push.send("task")?;
/// let Received { message, properties } = pull.recv_from()?;
/// assert_eq!(message, "task");
/// assert_eq!(properties.socket_type, Some(SocketType::Push));
/// assert_eq!(properties.get("Peer-Address").as_deref(), Some(&b"127.0.0.1"[..]));
/// assert_eq!(properties.get("User-Id"), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The message, as `recv` returns it.
    pub message: Message,
    /// Of the connection over which it came; all messages of a connection share them.
    pub properties: Arc<Properties>,
}

/// What is known of a peer, from its handshake and from who admitted it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Properties {
    /// The type of its socket, if it said.
    pub socket_type: Option<SocketType>,
    /// What it wants to be called; empty if it did not say.
    pub routing_id: Bytes,
    /// Where it is.
    pub address: Address,
    /// Who the application says it is; empty if it did not say.
    pub user_id: String,
    /// What else it has said of itself, such as `X-...`, and then what the application says of it: names of 1 to 255 characters, and their values.
    pub metadata: Vec<(String, Bytes)>,
}

impl Properties {
    /// A property by its name, in capitals or not: `Socket-Type`, `Routing-Id` (also `Identity`), `Peer-Address`, `User-Id`, or one of
    /// the [`metadata`](Self::metadata), where the last of a name counts. `None` if there is none, or it is empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        let value = if is("Socket-Type") {
            self.socket_type.map(SocketType::name).unwrap_or_default().as_bytes().into()
        } else if is("Routing-Id") || is("Identity") {
            Cow::from(&self.routing_id[..])
        } else if is("Peer-Address") {
            self.peer_address().into_bytes().into()
        } else if is("User-Id") {
            self.user_id.as_bytes().into()
        } else {
            let named = self.metadata.iter().rfind(|(known, _)| is(known));
            Cow::from(&named?.1[..])
        };
        (!value.is_empty()).then_some(value)
    }

    /// As with libzmq, without the port.
    fn peer_address(&self) -> String {
        match &self.address {
            Address::Tcp(SocketAddr::V6(address)) => address.ip().to_string(),
            Address::Tcp(SocketAddr::V4(address)) => address.ip().to_string(),
            other => other.to_string(),
        }
    }
}
