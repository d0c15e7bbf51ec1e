//! NULL: no security. Each side says READY with its metadata, and waits for the other's (RFC 37, "The NULL Mechanism").

use crate::Config;
use crate::wire::{Emit, FrameHead, put_property};

/// As announced in the greeting.
pub(crate) const NAME: &str = "NULL";

/// Renders the READY command.
pub(crate) fn emit_ready(config: &Config<'_>, emit: &mut Emit<'_>) {
    emit.put(FrameHead::command(ready_len(config)).encode().as_ref());
    emit.put(b"\x05READY");
    put_property(emit, "Socket-Type", config.socket_type.name().as_bytes());
    if config.socket_type.has_identity() {
        // LZ-007: deployed peers send the identity also when it is empty, and expect no less.
        put_property(emit, "Identity", config.identity);
    }
}

/// Octets in the body of READY: Z37-048.
fn ready_len(config: &Config<'_>) -> u64 {
    let socket_type = config.socket_type.name().len() as u64;
    let identity = if config.socket_type.has_identity() {
        13u64.saturating_add(config.identity.len() as u64)
    } else {
        0
    };
    22u64.saturating_add(socket_type).saturating_add(identity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SocketType;

    fn ready(socket_type: SocketType, identity: &[u8]) -> Vec<u8> {
        let mut room = [0; 512];
        let mut emit = Emit::new(&mut room, 0);
        emit_ready(&Config { identity, ..Config::new(socket_type) }, &mut emit);
        let len = emit.written();
        room[..len].to_vec()
    }

    #[test]
    fn z37_048_lz_007_ready_to_the_octet() {
        assert_eq!(
            ready(SocketType::Dealer, b""),
            b"\x04\x29\x05READY\x0BSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0"
        );
        assert_eq!(ready(SocketType::Router, b"").len(), 43);
        assert_eq!(ready(SocketType::XPub, b"").len(), 28);
        assert_eq!(ready(SocketType::Sub, b"ignored").len(), 27);
    }

    #[test]
    fn z37_025_a_ready_of_256_octets_takes_the_long_form() {
        assert_eq!(ready(SocketType::Dealer, &[1; 214])[..2], [0x04, 0xFF]);
        assert_eq!(ready(SocketType::Dealer, &[1; 215])[..9], [0x06, 0, 0, 0, 0, 0, 0, 1, 0]);
    }
}
