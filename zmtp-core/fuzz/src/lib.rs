//! What the targets share: an input in two streams, recorded handshakes, and the octets of peers.

#[path = "../../tests/driver/mod.rs"]
pub mod driver;

#[path = "libzmq_unsafe.rs"]
pub mod libzmq;

use std::sync::LazyLock;

use driver::{Driver, Recording, record};
use zmtp_core::mechanism::{
    Curve, CurveHandshake, CurveKey, CurveKeyPair, CurveSecretKey, CurveSecurity, Mechanism,
};
use zmtp_core::wire::FrameKind;
use zmtp_core::{Config, SocketType, testing};

/// The stream that drives the API; zeros behind its end.
pub struct Control<'d>(&'d [u8]);

impl<'d> Control<'d> {
    /// An input as two streams: the first octet says how many times four octets are control, the rest is the network.
    pub fn split(data: &'d [u8]) -> (Self, &'d [u8]) {
        let Some((&len, rest)) = data.split_first() else { return (Self(&[]), &[]) };
        let (control, network) = rest.split_at((usize::from(len) * 4).min(rest.len()));
        (Self(control), network)
    }

    /// Everything is control.
    pub fn all(data: &'d [u8]) -> Self {
        Self(data)
    }

    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub fn octet(&mut self) -> u8 {
        let Some((&octet, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        octet
    }

    pub fn size(&mut self) -> usize {
        usize::from(self.octet())
    }

    /// Up to `len` of the octets themselves.
    pub fn octets(&mut self, len: usize) -> &'d [u8] {
        let (octets, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        octets
    }
}

/// What peers with NULL say first, of each version; those of 1.0 and 2.0 as a PUSH, PAIR or DEALER might.
pub fn hello(version: u8, socket_type: &str) -> Vec<u8> {
    let mut octets = match version % 6 {
        0 => return b"\x01\0".to_vec(),
        1 => return b"\x03\0me".to_vec(),
        2 => return b"\xFF\0\0\0\0\0\0\0\x03\0me".to_vec(),
        3 => {
            let code = SocketType::from_name(socket_type.as_bytes()).map_or(0, SocketType::octet);
            return [b"\xFF\0\0\0\0\0\0\0\0\x7F\x01", &[code][..], b"\0\x02me"].concat();
        }
        _ => testing::hello(socket_type),
    };
    if version % 6 == 4 {
        // ZMTP 3.0.
        octets[11] = 0;
    }
    octets
}

/// Says `flights` to `victim`, bent as the control stream wants, with octets of the network in between.
/// Returns whether everything was said as it was recorded.
pub fn attack<M: Mechanism>(
    victim: &mut Driver<'_, M>,
    flights: &[Vec<u8>],
    control: &mut Control<'_>,
    mut network: &[u8],
) -> bool {
    let mut faithful = true;
    for flight in flights {
        let mut octets = flight.clone();
        let mut cuts = [usize::MAX; 2];
        match control.octet() % 8 {
            4 => cuts = [control.size(), control.size()],
            5 => {
                let at = (control.size() * 256 + control.size()) % octets.len();
                let bits = control.octet();
                octets[at] ^= bits;
                faithful &= bits == 0;
            }
            6 => {
                let (piece, rest) = network.split_at(control.size().min(network.len()));
                faithful &= piece.is_empty();
                victim.feed(piece);
                network = rest;
            }
            7 => {
                faithful = false;
                match control.octet() % 4 {
                    0 => octets.truncate(control.size() % octets.len()),
                    1 => octets = octets.repeat(2),
                    2 => octets.clear(),
                    _ => octets.extend(network),
                }
            }
            _ => {}
        }
        victim.feed_cut(&octets, cuts);
    }
    victim.feed(network);
    if let Some(failure) = victim.failure() {
        assert_eq!(victim.connection.receive(&victim.config, b"\0\0", victim.now), Err(failure));
        assert!(!victim.send(FrameKind::Message { more: false }, b"x"));
    }
    faithful && network.is_empty()
}

/// Whether `some` are among `all`, in the same order.
pub fn is_among<T: PartialEq>(some: &[T], all: &[T]) -> bool {
    let mut rest = all.iter();
    some.iter().all(|each| rest.any(|other| other == each))
}

pub type CurveDriver = Driver<'static, Curve<Box<CurveHandshake>>>;

struct Keys {
    server: CurveKeyPair,
    client: CurveKeyPair,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys {
    server: CurveKeyPair::from_secret(CurveSecretKey::new([0x53; 32])),
    client: CurveKeyPair::from_secret(CurveSecretKey::new([0x43; 32])),
});

/// Fixed randomness: every session is the same to the octet, so that a recorded one can be said again.
fn curve(fill: u8) -> Curve<Box<CurveHandshake>> {
    Curve::new(Box::new(CurveHandshake::new()), &mut |octets: &mut [u8]| {
        for (at, octet) in octets.iter_mut().enumerate() {
            *octet = fill.wrapping_add(at as u8);
        }
    })
}

pub fn curve_server(admission: bool) -> CurveDriver {
    let security = CurveSecurity::Server { keys: &KEYS.server };
    let config = Config { admission, ..Config::new(SocketType::Dealer).with_security(security) };
    Driver::new(config, curve(0x10))
}

pub fn curve_client() -> CurveDriver {
    let server: &CurveKey = &KEYS.server.public;
    let security = CurveSecurity::Client { keys: &KEYS.client, server };
    Driver::new(Config::new(SocketType::Dealer).with_security(security), curve(0x90))
}

pub static CURVE: LazyLock<Recording> = LazyLock::new(|| record(curve_client(), curve_server(false)));
