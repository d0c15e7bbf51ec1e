//! A server of CURVE against a recorded client whose octets are bent, left out, repeated and mixed with others.
//!
//! Held: what comes out is what the client sealed, in its order and each once, less what was left out (LZ-027); and all of it if
//! nothing was bent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zmtp_core_fuzz::driver::parts;
use zmtp_core_fuzz::{CURVE, Control, attack, curve_server, is_among};

fuzz_target!(|data: &[u8]| {
    let (mut control, network) = Control::split(data);
    let mut server = curve_server(control.octet() & 1 == 1);
    let faithful = attack(&mut server, &CURVE.of_client, &mut control, network);
    let parts = parts(&server.seen);
    assert!(is_among(&parts, &CURVE.messages), "something was let through that the client never sealed");
    assert!(!faithful || parts.len() == CURVE.messages.len() && server.failure().is_none());
});
