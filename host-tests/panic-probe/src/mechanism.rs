//! The security mechanisms, under every method of a connection, and what is beside them.

use core::hint::black_box;

use zmtp_core::mechanism::{
    AnyMechanism, AnySecurity, Curve, CurveHandshake, CurveKey, CurveKeyPair, CurveSecretKey, CurveSecurity,
    Mechanism, Plain, PlainSecurity, Refusal, Verdict,
};
use zmtp_core::wire::{FrameKind, z85_decode, z85_encode};
use zmtp_core::{Config, Connection, SocketType};

use crate::{now, number, octets, room};

pub(crate) fn drive() {
    let mut entropy = |octets: &mut [u8]| octets.fill(number());
    let keys = CurveKeyPair::generate(&mut entropy);
    keys_and_text(&keys);
    let plain = [
        PlainSecurity::Server,
        PlainSecurity::Client { username: black_box("name"), password: black_box("password") },
    ];
    let [security, _] = black_box(plain);
    connection(security, black_box(Plain::new()));
    let mut memory = CurveHandshake::new();
    let curve =
        [CurveSecurity::Server { keys: &keys }, CurveSecurity::Client { keys: &keys, server: &keys.public }];
    let [security, _] = black_box(curve);
    connection(security, black_box(Curve::new(&mut memory, &mut entropy)));
    let security = black_box(AnySecurity::Curve(security));
    let mechanism = AnyMechanism::new(&security, CurveHandshake::new, &mut entropy);
    connection(security, black_box(mechanism));
}

fn connection<M: Mechanism>(security: M::Security<'_>, mechanism: M) {
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

fn keys_and_text(keys: &CurveKeyPair) {
    let mut storage = [0; 64];
    let _ = black_box(z85_encode(octets(), room(&mut storage)));
    let _ = black_box(z85_decode(octets(), room(&mut storage)));
    let _ = black_box(CurveKey::from_z85(black_box("key")));
    if let Ok(secret) = CurveSecretKey::from_z85(black_box("key")) {
        black_box(CurveKeyPair::from_secret(secret));
    }
    black_box((keys.public.to_z85(), keys.secret.to_z85()));
}
