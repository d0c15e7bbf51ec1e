//! STREAM: plain TCP behind routing ids, for peers that do not speak ZMTP.

use super::close::Owner;
use super::kept::Kept;
use super::named::Named;
use super::traits::Kind;
use crate::wait::Attempt;
use crate::{Context, Message, RecvError, Unsent};

/// Exchanges octets with peers of plain TCP: a message is the routing id of a connection, and octets as they came, or as
/// they shall be written. TCP knows no messages: what was sent at once may come in pieces, and together with other
/// pieces.
///
/// An empty message tells that a peer has come or gone, unless [`Options::stream_notify`](crate::Options::stream_notify) is
/// off; sending one closes the connection behind what was sent before. A routing id that no peer has is an error; for a
/// peer without room sending waits.
///
/// ```
/// use std::io::{Read, Write};
/// # use zmtp_std::Message;
///
/// # let context = zmtp_std::Context::new();
/// let stream = context.stream();
/// let endpoint = stream.bind("tcp://127.0.0.1:*")?;
/// let mut client = std::net::TcpStream::connect(("127.0.0.1", endpoint.port().unwrap()))?;
///
/// let mut greeting = stream.recv()?;
/// let id = greeting.pop_front().expect("a routing id");
/// assert_eq!(greeting, "", "somebody has come");
///
/// client.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
/// assert_eq!(stream.recv()?.part(0), Some(&id));
/// stream.send([&id, &"HTTP/1.0 204 No Content\r\n\r\n".into()])?;
/// stream.send([&id, &"".into()])?;
/// let mut response = String::new();
/// client.read_to_string(&mut response)?;
/// assert_eq!(response, "HTTP/1.0 204 No Content\r\n\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Stream {
    pub(super) core: Owner<Named<zmtp_core::pattern::Stream>>,
}

super::socket!(Stream);
super::meeting!(Stream);
super::sender!(Stream);
super::receiver!(Stream);
super::naming!(Stream);

impl Stream {
    pub(crate) fn new(context: &Context) -> Self {
        Self { core: context.owner(Kind::Stream, Named::streams()) }
    }

    pub(super) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        if let Err(closing) = self.core.check() {
            return Some(Err(closing.into()));
        }
        self.core.route().write_to(message)
    }

    pub(super) fn take_with<K: Kept>(&self) -> Attempt<Result<K::Taken, RecvError>> {
        self.core.take_named_with::<K>()
    }

    pub(super) fn waits(&self) -> bool {
        self.core.waits(|_, _, _| true)
    }

    /// As with libzmq: what nobody has room for is dropped, or an error.
    pub(super) fn has_room(&self) -> bool {
        true
    }
}
