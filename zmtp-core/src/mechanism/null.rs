//! NULL: no security. Each side says READY with its metadata, and waits for the other's (RFC 37, "The NULL Mechanism").

use super::{Introduction, Mechanism, Next, Sealed};
use crate::connection::Failure;
use crate::wire::{Command, Emit, put_command};

/// No security: everybody is let in, and everything is in the clear.
///
/// With [`Config::admission`](crate::Config::admission) the application is asked before READY is sent, as for the other
/// mechanisms; all it has to judge by is the address.
#[derive(Clone, Copy, Debug, Default)]
pub struct Null;

impl Sealed for Null {}

impl Mechanism for Null {
    type Security<'c> = ();

    fn name(&self) -> &'static str {
        "NULL"
    }

    fn is_server((): &()) -> bool {
        // Z37-015: with NULL there are no roles.
        false
    }

    fn begin(&mut self, (): &(), asks: bool) -> Result<Next<'static>, Failure> {
        // Z23-003, LZ-011: both sides say READY at once, without waiting for the other's.
        Ok(if asks { Next::Ask } else { Next::Say })
    }

    fn handle<'b>(&mut self, (): &(), _asks: bool, body: &'b mut [u8]) -> Result<Next<'b>, Failure> {
        match Command::parse(body)? {
            Command::Ready { metadata } => Ok(Next::Ready { metadata, say: false }),
            Command::Error { .. } => Err(Failure::Refused),
            _ => Err(Failure::Unexpected),
        }
    }

    fn put(&self, (): &(), introduction: &Introduction<'_>, emit: &mut Emit<'_>) {
        put_command(emit, b"\x05READY", introduction.len());
        introduction.put(emit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SocketType;

    fn ready(socket_type: SocketType, identity: &[u8]) -> Vec<u8> {
        let mut room = [0; 512];
        let mut emit = Emit::new(&mut room, 0);
        Null.put(&(), &Introduction { socket_type, identity, properties: &[] }, &mut emit);
        let len = emit.written();
        room[..len].to_vec()
    }

    #[test]
    fn z37_048_lz_007_008_ready_to_the_octet() {
        assert_eq!(
            ready(SocketType::Dealer, b""),
            b"\x04\x29\x05READY\x0BSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0"
        );
        assert_eq!(ready(SocketType::Router, b"").len(), 43);
        assert_eq!(ready(SocketType::XPub, b"").len(), 28);
        assert_eq!(ready(SocketType::Sub, b"").len(), 27);
    }

    #[test]
    fn z13_010_z37_059_a_name_that_a_subscriber_was_given_is_told_for_those_that_keep_what_waits_for_it() {
        assert_eq!(
            ready(SocketType::Sub, b"Hello"),
            b"\x04\x2B\x05READY\x0BSocket-Type\0\0\0\x03SUB\x08Identity\0\0\0\x05Hello"
        );
    }

    #[test]
    fn z37_025_a_ready_of_256_octets_takes_the_long_form() {
        assert_eq!(ready(SocketType::Dealer, &[1; 214])[..2], [0x04, 0xFF]);
        assert_eq!(ready(SocketType::Dealer, &[1; 215])[..9], [0x06, 0, 0, 0, 0, 0, 0, 1, 0]);
    }
}
