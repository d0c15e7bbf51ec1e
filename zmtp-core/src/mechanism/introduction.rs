//! What we say about ourselves in the handshake: the metadata of READY and INITIATE (RFC 37, "Metadata").

use crate::wire::{Sink, SocketType, put_property};

/// Our own metadata.
#[derive(Clone, Copy, Debug)]
pub struct Introduction<'c> {
    pub(crate) socket_type: SocketType,
    pub(crate) identity: &'c [u8],
    pub(crate) properties: &'c [u8],
}

impl Introduction<'_> {
    /// Puts the properties.
    pub(crate) fn put(&self, sink: &mut impl Sink) {
        put_property(sink, b"\x0BSocket-Type", self.socket_type.name().as_bytes());
        if self.has_identity() {
            put_property(sink, b"\x08Identity", self.identity);
        }
        sink.put(self.properties);
    }

    /// Octets of the properties: Z37-048.
    pub(crate) fn len(&self) -> usize {
        let socket_type = self.socket_type.name().len();
        let identity = if self.has_identity() { 13_usize.saturating_add(self.identity.len()) } else { 0 };
        16_usize.saturating_add(socket_type).saturating_add(identity).saturating_add(self.properties.len())
    }

    /// LZ-007: deployed peers of these types send the identity also when it is empty, and expect no less. One that a socket of
    /// another type was given is for a peer that keeps what waits for it (Z13-010); all others ignore it (Z37-059).
    fn has_identity(&self) -> bool {
        self.socket_type.has_identity() || !self.identity.is_empty()
    }
}
