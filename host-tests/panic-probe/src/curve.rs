//! CURVE, alone and as one of several mechanisms to choose from, and its keys.

use core::hint::black_box;

#[cfg(feature = "hosts")]
use zmtp_core::mechanism::{AnyMechanism, AnySecurity};
use zmtp_core::mechanism::{Curve, CurveHandshake, CurveKey, CurveKeyPair, CurveSecretKey, CurveSecurity};

use crate::mechanism::connection;
use crate::number;

pub(crate) fn drive() {
    let mut entropy = |octets: &mut [u8]| octets.fill(number());
    let keys = CurveKeyPair::generate(&mut entropy);
    texts(&keys);
    let mut memory = CurveHandshake::new();
    let curve =
        [CurveSecurity::Server { keys: &keys }, CurveSecurity::Client { keys: &keys, server: &keys.public }];
    let [security, _] = black_box(curve);
    connection(security, black_box(Curve::new(&mut memory, &mut entropy)));
    #[cfg(feature = "hosts")]
    {
        let security = black_box(AnySecurity::Curve(security));
        let mechanism = AnyMechanism::new(&security, CurveHandshake::new, &mut entropy);
        connection(security, black_box(mechanism));
    }
}

fn texts(keys: &CurveKeyPair) {
    let _ = black_box(CurveKey::from_z85(black_box("key")));
    if let Ok(secret) = CurveSecretKey::from_z85(black_box("key")) {
        black_box(CurveKeyPair::from_secret(secret));
    }
    black_box((keys.public.to_z85(), keys.secret.to_z85()));
}
