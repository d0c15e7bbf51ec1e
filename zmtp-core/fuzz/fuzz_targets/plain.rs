//! Both sides of PLAIN against recorded ones whose octets are bent.
//!
//! Held: nobody comes in unasked, nothing passes after a refusal, and all of it passes if nothing was bent.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use zmtp_core::mechanism::{Plain, PlainSecurity, Refusal, Verdict};
use zmtp_core::{Config, SocketType};
use zmtp_core_fuzz::driver::{Driver, Recording, Seen, parts, record};
use zmtp_core_fuzz::{Control, attack};

fn side(security: PlainSecurity<'static>) -> Driver<'static, Plain> {
    Driver::new(Config::new(SocketType::Dealer).with_security(security), Plain::new())
}

const CLIENT: PlainSecurity<'static> = PlainSecurity::Client { username: "admin", password: "secret" };

static PLAIN: LazyLock<Recording> = LazyLock::new(|| record(side(CLIENT), side(PlainSecurity::Server)));

fuzz_target!(|data: &[u8]| {
    let (mut control, network) = Control::split(data);
    let operation = control.octet();
    let (mut victim, flights) = if operation & 1 == 0 {
        (side(PlainSecurity::Server), &PLAIN.of_client)
    } else {
        (side(CLIENT), &PLAIN.of_server)
    };
    if operation & 6 == 6 {
        victim.verdict = Some(Verdict::Refuse(Refusal::Denied));
    }
    let asked = |seen: &[Seen]| seen.contains(&Seen::Asked);
    let accepts = victim.verdict == Some(Verdict::Accept);
    let faithful = attack(&mut victim, flights, &mut control, network);
    let came_in = victim.seen.iter().any(|seen| matches!(seen, Seen::Established { .. }));
    let server = operation & 1 == 0;
    assert!(!came_in || !server || accepts && asked(&victim.seen), "in without being asked for");
    assert!(came_in || parts(&victim.seen).is_empty());
    if faithful && (accepts || !server) {
        assert_eq!((parts(&victim.seen), victim.failure()), (PLAIN.messages.clone(), None));
    }
});
