//! Properties of connections of every version and mechanism: how the octets are cut makes no difference, and between two of them
//! nothing is lost, doubled or reordered, up to the octet where a connection is lost.

mod driver;
mod simulation;

use driver::{Driver, talk};
use proptest::collection::vec;
use proptest::prelude::*;
use simulation::{Script, simulate};
use zmtp_core::mechanism::{Mechanism, Null, Plain, PlainSecurity};
use zmtp_core::wire::{FrameHead, FrameKind};
use zmtp_core::{Config, Limits, SocketType};

/// One thing that a peer says.
#[derive(Clone, Debug)]
enum Said {
    Part(bool, Vec<u8>),
    /// A command with this name and data.
    Command(&'static str, Vec<u8>),
}

fn said() -> impl Strategy<Value = Vec<Said>> {
    let body = || prop_oneof![4 => vec(any::<u8>(), 0..12), 1 => vec(any::<u8>(), 250..300)];
    let command = |name: &'static str, data: BoxedStrategy<Vec<u8>>| {
        data.prop_map(move |data| Said::Command(name, data)).boxed()
    };
    let ping = vec(any::<u8>(), 0..20).prop_map(|context| [&b"\0\0"[..], &context].concat());
    vec(
        prop_oneof![
            6 => (any::<bool>(), body()).prop_map(|(more, body)| Said::Part(more, body)),
            1 => command("SUBSCRIBE", body().boxed()),
            1 => command("CANCEL", body().boxed()),
            1 => command("PING", ping.boxed()),
            1 => command("PONG", vec(any::<u8>(), 0..20).boxed()),
            1 => command("OTHER", body().boxed()),
            1 => command("ERROR", Just(b"\x03400".to_vec()).boxed()),
        ],
        0..12,
    )
}

/// As a frame of the kind that a version has.
fn frame(v1: bool, said: &Said) -> Vec<u8> {
    let (kind, body) = payload(said);
    let head = FrameHead { kind, len: body.len() as u64 };
    let head = if v1 { head.encode_v1() } else { head.encode() };
    [head.as_ref(), &body].concat()
}

fn payload(said: &Said) -> (FrameKind, Vec<u8>) {
    match said {
        Said::Part(more, body) => (FrameKind::Message { more: *more }, body.clone()),
        Said::Command(name, data) => {
            (FrameKind::Command, [&[name.len() as u8], name.as_bytes(), data].concat())
        }
    }
}

/// What a peer without security says first, of each version.
fn hello(version: usize) -> Vec<u8> {
    let ready = b"\x04\x20\x05READY\x0BSocket-Type\0\0\0\x04XSUB";
    let ready = [&[4, 26], &ready[2..]].concat();
    let mut greeting = b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\0NULL".to_vec();
    greeting.resize(64, 0);
    greeting[11] = u8::from(version == 4);
    match version {
        0 => b"\x03\0me".to_vec(),
        1 => b"\xFF\0\0\0\0\0\0\0\x03\0me".to_vec(),
        2 => b"\xFF\0\0\0\0\0\0\0\0\x7F\x01\x02\0\x02me".to_vec(),
        _ => [greeting, ready].concat(),
    }
}

fn config(socket_type: SocketType) -> Config<'static> {
    let limits = Limits { frame: 280, message: 500, parts: 6, ..Limits::new() };
    Config { limits, identity: b"us", ..Config::new(socket_type) }
}

/// What is seen and answered is the same in one piece, and cut at `sizes` with `room` for what is sent.
fn same_however_cut<M: Mechanism>(
    make: impl Fn() -> Driver<'static, M>,
    octets: &[u8],
    sizes: &[usize],
    room: usize,
) -> Result<(), TestCaseError> {
    let (mut whole, mut cut) = (make(), make());
    cut.room = room;
    whole.feed(octets);
    cut.feed_cut(octets, sizes.iter().copied());
    prop_assert_eq!(&cut.seen, &whole.seen);
    prop_assert_eq!(cut.failure(), whole.failure());
    // Of a connection that failed it depends on the cuts how much was out by then.
    if whole.failure().is_none() {
        prop_assert_eq!(cut.sent(), whole.sent());
    }
    Ok(())
}

fn cuts() -> impl Strategy<Value = (Vec<usize>, usize)> {
    let sizes = prop_oneof![vec(1usize..4, 0..400), vec(0usize..120, 0..30)];
    (sizes, 1usize..100)
}

fn plain(security: PlainSecurity<'static>) -> Driver<'static, Plain> {
    Driver::new(config(SocketType::XPub).with_security(security), Plain::new())
}

fn plain_client() -> Driver<'static, Plain> {
    let security = PlainSecurity::Client { username: "admin", password: "secret" };
    Driver::new(config(SocketType::XSub).with_security(security), Plain::new())
}

/// What `client` says up to the end of its handshake with `server`, and then these.
fn session<M: Mechanism>(mut client: Driver<'_, M>, mut server: Driver<'_, M>, said: &[Said]) -> Vec<u8> {
    let (mut octets, _) = talk(&mut client, &mut server);
    for said in said {
        let (kind, body) = payload(said);
        assert!(client.send(kind, &body), "the handshake is over");
    }
    octets.extend(client.sent());
    octets
}

proptest! {
    #[test]
    fn invariant_2_cuts_change_nothing_with_any_version(
        said in said(), version in 0usize..5, (sizes, room) in cuts(),
    ) {
        let frames = said.iter().flat_map(|said| frame(version < 2, said));
        let octets: Vec<u8> = hello(version).into_iter().chain(frames).collect();
        same_however_cut(|| Driver::new(config(SocketType::XPub), Null), &octets, &sizes, room)?;
    }

    #[test]
    fn invariant_2_cuts_change_nothing_with_plain(said in said(), (sizes, room) in cuts()) {
        let octets = session(plain_client(), plain(PlainSecurity::Server), &said);
        same_however_cut(|| plain(PlainSecurity::Server), &octets, &sizes, room)?;
    }

    #[test]
    fn two_machines_lose_double_and_reorder_nothing_up_to_a_drop(script in Script::any()) {
        simulate(&script, |limits, heartbeat, _| {
            Driver::new(Config { limits, heartbeat, ..Config::new(SocketType::Dealer) }, Null)
        })?;
    }

    #[test]
    fn two_machines_with_plain_lose_double_and_reorder_nothing_up_to_a_drop(script in Script::any()) {
        simulate(&script, |limits, heartbeat, server| {
            let security = if server {
                PlainSecurity::Server
            } else {
                PlainSecurity::Client { username: "admin", password: "secret" }
            };
            let config = Config { limits, heartbeat, ..Config::new(SocketType::Dealer) };
            Driver::new(config.with_security(security), Plain::new())
        })?;
    }
}

#[cfg(feature = "curve")]
mod curve {
    use std::sync::LazyLock;

    use super::*;
    use zmtp_core::mechanism::{Curve, CurveHandshake, CurveKeyPair, CurveSecretKey, CurveSecurity};

    static SERVER: LazyLock<CurveKeyPair> =
        LazyLock::new(|| CurveKeyPair::from_secret(CurveSecretKey::new([0x53; 32])));
    static CLIENT: LazyLock<CurveKeyPair> =
        LazyLock::new(|| CurveKeyPair::from_secret(CurveSecretKey::new([0x43; 32])));

    /// With fixed randomness: what a client said to one server can be said to the next one.
    fn side(config: Config<'static>, server: bool) -> Driver<'static, Curve<Box<CurveHandshake>>> {
        let security = if server {
            CurveSecurity::Server { keys: &SERVER }
        } else {
            CurveSecurity::Client { keys: &CLIENT, server: &SERVER.public }
        };
        let fill = if server { 1 } else { 101 };
        let entropy = |octets: &mut [u8]| {
            octets.iter_mut().zip(fill..).for_each(|(octet, random)| *octet = random);
        };
        let mechanism = Curve::new(Box::new(CurveHandshake::new()), &mut { entropy });
        Driver::new(config.with_security(security), mechanism)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn invariant_2_cuts_change_nothing_with_curve(said in said(), (sizes, room) in cuts()) {
            let server = || side(config(SocketType::XPub), true);
            let octets = session(side(config(SocketType::XSub), false), server(), &said);
            same_however_cut(server, &octets, &sizes, room)?;
        }

        #[test]
        fn two_machines_with_curve_lose_double_and_reorder_nothing_up_to_a_drop(script in Script::any()) {
            simulate(&script, |limits, heartbeat, server| {
                side(Config { limits, heartbeat, ..Config::new(SocketType::Dealer) }, server)
            })?;
        }
    }
}
