//! What we say about ourselves in the handshake: the metadata of READY and INITIATE (RFC 37, "Metadata").

use crate::wire::{Sink, SocketType, put_property};

/// Our own metadata.
#[derive(Clone, Copy, Debug)]
pub struct Introduction<'c> {
    pub(crate) socket_type: SocketType,
    pub(crate) identity: &'c [u8],
}

impl Introduction<'_> {
    /// Puts the properties.
    pub(crate) fn put(&self, sink: &mut impl Sink) {
        put_property(sink, "Socket-Type", self.socket_type.name().as_bytes());
        if self.socket_type.has_identity() {
            // LZ-007: deployed peers send the identity also when it is empty, and expect no less.
            put_property(sink, "Identity", self.identity);
        }
    }

    /// Octets of the properties: Z37-048.
    #[inline(never)]
    pub(crate) fn len(&self) -> usize {
        let socket_type = self.socket_type.name().len();
        let identity =
            if self.socket_type.has_identity() { 13_usize.saturating_add(self.identity.len()) } else { 0 };
        16_usize.saturating_add(socket_type).saturating_add(identity)
    }
}
