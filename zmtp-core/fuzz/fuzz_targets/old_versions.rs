//! Peers of every version from 1.0 to 3.1, in one piece and cut anywhere: the same is seen and answered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zmtp_core::mechanism::Null;
use zmtp_core::{Config, Limits, SocketType, Version};
use zmtp_core_fuzz::driver::Driver;
use zmtp_core_fuzz::{Control, hello};

const OLDEST: [Version; 4] = [Version::V1, Version::V2, Version::V3_0, Version::V3_1];

fuzz_target!(|data: &[u8]| {
    let (mut control, network) = Control::split(data);
    let operation = control.octet();
    let (ours, theirs) =
        [(SocketType::Dealer, "ROUTER"), (SocketType::Pub, "SUB"), (SocketType::Pair, "PAIR")]
            [usize::from(operation / 64) % 3];
    let config = Config {
        limits: Limits { frame: 500, message: 800, parts: 6, command: 300, ..Limits::new() },
        oldest: OLDEST[usize::from(operation / 16) % 4],
        identity: b"us",
        ..Config::new(ours)
    };
    // With 6 and 7 the network has to find a greeting by itself.
    let greeting = if operation % 8 < 6 { hello(operation % 8, theirs) } else { Vec::new() };
    let octets = [&greeting, network].concat();
    let mut whole = Driver::new(config, Null);
    whole.feed(&octets);
    let mut cut = Driver::new(config, Null);
    cut.room = control.size().max(1);
    let mut rest = &octets[..];
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(control.size().clamp(1, rest.len()));
        cut.feed(piece);
        rest = behind;
    }
    assert_eq!(cut.seen, whole.seen);
    assert_eq!((cut.connection.version(), cut.failure()), (whole.connection.version(), whole.failure()));
    // Of a connection that failed it depends on the cuts how much was out by then.
    if whole.failure().is_none() {
        assert_eq!(cut.sent(), whole.sent());
    }
});
