//! PLAIN and CURVE: roles, counters, and what is not seen on the wire.

use super::*;
use crate::mechanism::{Plain, PlainSecurity};
use crate::wire::{z85_decode, z85_encode};

type PlainSide = Side<'static, Plain>;

fn plain() -> (PlainSide, PlainSide) {
    let side =
        |socket_type, security| Side::new(Config::new(socket_type).with_security(security), Plain::new());
    let client = PlainSecurity::Client { username: "admin", password: "secret" };
    (side(SocketType::Dealer, client), side(SocketType::Router, PlainSecurity::Server))
}

#[test]
fn z37_016_z24_007_lz_002_roles_are_of_the_mechanism_whoever_speaks_first_and_whatever_as_server_says() {
    for (client_first, as_server) in [(true, 1), (false, 1), (true, 0), (false, 0)] {
        let (mut client, mut server) = plain();
        if client_first {
            server.feed(&client.sent());
        } else {
            client.feed(&server.sent());
        }
        loop {
            let mut said = server.sent();
            let answer = client.sent();
            if said.is_empty() && answer.is_empty() {
                break;
            }
            // The greeting leaves in pieces; its as-server is alone behind the mechanism.
            if let Some(at) = said.windows(5).position(|octets| octets == b"PLAIN") {
                assert_eq!(said[at + 20], 1);
                said[at + 20] = as_server;
            }
            client.feed(&said);
            server.feed(&answer);
        }
        assert!(client.connection.may_send() && server.connection.may_send(), "{client_first} {as_server}");
    }
}

#[test]
fn z32_004_the_example_of_the_specification() {
    let octets = [0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B];
    let mut text = [0; 10];
    z85_encode(&octets, &mut text).unwrap();
    assert_eq!(&text, b"HelloWorld");
    let mut back = [0; 8];
    z85_decode(b"HelloWorld", &mut back).unwrap();
    assert_eq!(back, octets);
}

#[cfg(feature = "curve")]
mod curve {
    use super::*;
    use crate::mechanism::testing::frames;
    use crate::mechanism::{Curve, CurveHandshake, CurveKeyPair, CurveSecurity, Entropy};

    /// Octets that a number decides.
    struct Counted(u8);

    impl Entropy for Counted {
        fn fill(&mut self, octets: &mut [u8]) {
            for octet in octets {
                self.0 = self.0.wrapping_mul(37).wrapping_add(11);
                *octet = self.0;
            }
        }
    }

    type CurveSide = Side<'static, Curve>;

    fn pair(seed: u8) -> (CurveSide, CurveSide) {
        static KEYS: std::sync::OnceLock<[CurveKeyPair; 2]> = std::sync::OnceLock::new();
        let [client, server] =
            KEYS.get_or_init(|| [1, 2].map(|seed| CurveKeyPair::generate(&mut Counted(seed))));
        let side = |socket_type, security, seed| {
            let curve = Curve::new(CurveHandshake::new(), &mut Counted(seed));
            Side::new(Config::new(socket_type).with_security(security), curve)
        };
        let security = CurveSecurity::Client { keys: client, server: &server.public };
        (
            side(SocketType::Dealer, security, seed),
            side(SocketType::Router, CurveSecurity::Server { keys: server }, seed + 1),
        )
    }

    #[test]
    fn z37_103_105_neither_metadata_nor_messages_are_seen_but_names_of_commands_are() {
        let (mut client, mut server) = pair(3);
        client.config.identity = b"my name";
        let (mut of_client, of_server) = talk(&mut client, &mut server);
        assert!(matches!(server.seen[..], [Seen::Established { .. }]));
        of_client.extend(client.part(false, b"my message"));
        for hidden in ["Socket-Type", "DEALER", "ROUTER", "Identity", "my name", "my message"] {
            let shown =
                |octets: &[u8]| octets.windows(hidden.len()).any(|window| window == hidden.as_bytes());
            assert!(!shown(&of_client) && !shown(&of_server), "{hidden}");
        }
        let names: Vec<Vec<u8>> =
            frames(&of_client).iter().map(|(_, body)| body[1..=usize::from(body[0])].to_vec()).collect();
        assert_eq!(names, [&b"HELLO"[..], b"INITIATE", b"MESSAGE"]);
    }

    #[test]
    fn z26_006_counters_rise_by_one_in_each_direction() {
        let (mut client, mut server) = pair(3);
        talk(&mut client, &mut server);
        for count in 0..3u64 {
            assert_eq!(client.part(false, b"x")[10..18], (3 + count).to_be_bytes());
            assert_eq!(server.part(false, b"x")[10..18], (2 + count).to_be_bytes());
        }
    }

    #[test]
    fn z26_016_no_two_cookies_are_alike() {
        let cookie = |seed| {
            let (mut client, mut server) = pair(seed);
            frames(&talk(&mut client, &mut server).1)[0].1[8..].to_vec()
        };
        let (first, second) = (cookie(3), cookie(9));
        assert_ne!(first[..16], second[..16], "the nonce");
        assert_ne!(first[16..], second[16..], "the box");
    }

    #[test]
    fn z26_028_messages_of_the_server_may_come_right_behind_its_ready() {
        let (mut client, mut server) = pair(3);
        // Up to INITIATE, which the server answers with READY.
        let mut of_server = server.sent();
        while !server.connection.may_send() {
            server.feed(&client.sent());
            let said = server.sent();
            of_server.extend(&said);
            if !server.connection.may_send() {
                client.feed(&of_server);
                of_server.clear();
            }
        }
        assert!(!client.connection.may_send());
        of_server.extend(server.part(false, b"early"));
        client.feed(&of_server);
        assert_eq!(client.seen.last(), Some(&message(false, b"early")));
    }
}
