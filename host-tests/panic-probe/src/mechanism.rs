//! The security mechanisms that every build has, under every method of a connection.

use core::hint::black_box;

use zmtp_core::mechanism::{Mechanism, Plain, PlainSecurity, Refusal, Verdict};
use zmtp_core::wire::{FrameKind, z85_decode, z85_encode};
use zmtp_core::{Config, Connection, SocketType};

use crate::{now, number, octets, room};

pub(crate) fn drive() {
    let mut storage = [0; 64];
    let _ = black_box(z85_encode(octets(), room(&mut storage)));
    let _ = black_box(z85_decode(octets(), room(&mut storage)));
    let plain = [
        PlainSecurity::Server,
        PlainSecurity::Client { username: black_box("name"), password: black_box("password") },
    ];
    let [security, _] = black_box(plain);
    connection(security, black_box(Plain::new()));
}

/// A connection with this mechanism.
pub(crate) fn connection<M: Mechanism>(security: M::Security<'_>, mechanism: M) {
    let mut config = Config::new(black_box(SocketType::Router)).with_security(security);
    config.identity = octets();
    config.admission = black_box(true);
    let mut connection = Connection::with(&config, mechanism, now());
    let connection = black_box(&mut connection);
    let mut storage = [0; 64];
    for _ in 0..number::<usize>() {
        let _ = black_box(connection.receive(&config, octets(), now()));
        let body = room(&mut storage);
        let _ = black_box(black_box(&mut *connection).handle_command(&config, body, now()));
        let _ = black_box(connection.credentials(octets()));
        let verdict = black_box([Verdict::Accept, Verdict::Refuse(Refusal::Denied)]);
        let _ = black_box(connection.admit(verdict[0]));
        black_box(connection.poll_transmit(&config, room(&mut storage), now()));
        let kind = black_box(FrameKind::Message { more: true });
        let _ = black_box(connection.seal(kind, room(&mut storage)));
        connection.sent_body(connection.overhead());
        let _ = black_box(connection.begin_octets(number()));
        let _ = black_box(connection.handle_timeout(&config, now()));
    }
}
