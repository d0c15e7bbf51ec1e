//! A client of CURVE against a recorded server whose octets are bent, left out, repeated and mixed with others.
//!
//! Held: what comes out is what the server sealed, in its order and each once, less what was left out (LZ-027); and all of it if
//! nothing was bent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zmtp_core_fuzz::driver::parts;
use zmtp_core_fuzz::{CURVE, Control, attack, curve_client, is_among};

fuzz_target!(|data: &[u8]| {
    let (mut control, network) = Control::split(data);
    let mut client = curve_client();
    let faithful = attack(&mut client, &CURVE.of_server, &mut control, network);
    let parts = parts(&client.seen);
    assert!(is_among(&parts, &CURVE.messages), "something was let through that the server never sealed");
    assert!(!faithful || parts.len() == CURVE.messages.len() && client.failure().is_none());
});
