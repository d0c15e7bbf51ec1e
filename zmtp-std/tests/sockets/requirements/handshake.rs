//! Peers that leave, or break the rules, on their way in.

use std::io::Write;

use crate::common::{await_event, context, hello, raw};
use zmtp_std::{Event, Lost};

#[test]
fn api_021_sockets_survive_peers_that_vanish_after_any_octet_of_the_handshake() {
    let context = context();
    let rep = context.rep();
    let monitor = rep.monitor();
    let endpoint = rep.bind("tcp://127.0.0.1:*").unwrap();
    let req = context.req();
    req.connect(&endpoint).unwrap();
    let octets = hello("DEALER");
    for cut in 0..octets.len() {
        let mut stream = raw(&endpoint);
        stream.write_all(&octets[..cut]).unwrap();
        drop(stream);
        await_event(&monitor, |event| matches!(event, Event::HandshakeFailed { .. }).then_some(()));
    }
    req.send("still there").unwrap();
    assert_eq!(rep.recv().unwrap(), "still there");
}

#[test]
fn lz_012_after_a_violation_by_the_peer_ours_says_so_and_tries_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let context = context();
    let push = context.push();
    let monitor = push.monitor();
    push.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
    push.send("for whoever obeys").unwrap();
    for _ in 0..2 {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(&hello("PULL")[..64]).unwrap();
        stream.write_all(b"\x04\x00").unwrap();
        let why = await_event(&monitor, |event| match event {
            Event::HandshakeFailed { why, .. } => Some(why.clone()),
            _ => None,
        });
        assert!(matches!(why, Lost::Protocol(_)), "{why:?}");
    }
    let endpoint = listener.local_addr().unwrap();
    drop(listener);
    let pull = context.pull();
    pull.bind(format!("tcp://{endpoint}")).unwrap();
    assert_eq!(pull.recv().unwrap(), "for whoever obeys");
}
