//! RFC 28: REQ and REP.

use std::io::Read;
use std::time::Duration;

use super::{awkward, peer, put};
use crate::common::{context, free_endpoint, hello, shake_hands};
use zmtp_std::{RecvError, Unsent};

#[test]
fn z28_005_006_a_request_without_a_peer_comes_back_or_waits_and_is_never_dropped() {
    let context = context();
    let (req, endpoint) = (context.req(), free_endpoint());
    let error = req.try_send("question").unwrap_err();
    assert_eq!((error.message, error.why), ("question".into(), Unsent::WouldBlock));
    // It was not sent, so there is nothing to wait for.
    assert!(matches!(req.try_recv(), Err(RecvError::OutOfTurn(_))));
    req.connect(&endpoint).unwrap();
    req.send("question").unwrap();
    let rep = context.rep();
    rep.bind(&endpoint).unwrap();
    assert_eq!(rep.recv().unwrap(), "question");
}

#[test]
fn z28_007_008_a_reply_is_taken_from_who_was_asked_and_others_are_dropped() {
    let context = context();
    let req = context.req();
    let endpoint = req.bind("tcp://127.0.0.1:*").unwrap();
    let mut servers = [peer(&endpoint, "REP", "REQ"), peer(&endpoint, "REP", "REQ")];
    req.wait_for_peers(2).unwrap();
    req.send("first").unwrap();
    // Who got it is known when it arrives.
    let asked = {
        let mut octets = [0; 9];
        servers
            .iter_mut()
            .for_each(|server| server.set_read_timeout(Some(Duration::from_millis(20))).unwrap());
        std::iter::repeat([0, 1]).flatten().find(|&at| servers[at].read_exact(&mut octets).is_ok()).unwrap()
    };
    put(&mut servers[1 - asked], b"\x01\0\0\x05wrong");
    // The wrong one has been looked at when its connection has answered a PING behind it.
    put(&mut servers[1 - asked], b"\x04\x07\x04PING\0\0");
    servers[1 - asked].set_read_timeout(Some(crate::common::PATIENCE)).unwrap();
    servers[1 - asked].read_exact(&mut [0; 7]).unwrap();
    assert_eq!(req.try_recv(), Err(RecvError::WouldBlock));
    // The right one, and one too many, which is late for the next request.
    put(&mut servers[asked], b"\x01\0\0\x05right\x01\0\0\x04late\x04\x07\x04PING\0\0");
    servers[asked].set_read_timeout(Some(crate::common::PATIENCE)).unwrap();
    servers[asked].read_exact(&mut [0; 7]).unwrap();
    assert_eq!(req.recv().unwrap(), "right");
    for round in [1 - asked, asked] {
        req.send("next").unwrap();
        servers[round].set_read_timeout(Some(crate::common::PATIENCE)).unwrap();
        servers[round].read_exact(&mut [0; 8]).unwrap();
        put(&mut servers[round], b"\x01\0\0\x04next");
        assert_eq!(req.recv().unwrap(), "next");
    }
}

#[test]
fn z28_008_a_second_reply_to_a_request_is_not_taken_for_that_to_the_next() {
    let context = context();
    let req = context.req();
    let mut server = peer(&req.bind("tcp://127.0.0.1:*").unwrap(), "REP", "REQ");
    server.set_read_timeout(Some(crate::common::PATIENCE)).unwrap();
    req.wait_for_peers(1).unwrap();
    req.send("first").unwrap();
    server.read_exact(&mut [0; 9]).unwrap();
    put(&mut server, b"\x01\0\0\x05right\x01\0\0\x04late\x04\x07\x04PING\0\0");
    // Both are here when the PING behind them has been answered.
    server.read_exact(&mut [0; 7]).unwrap();
    assert_eq!(req.recv().unwrap(), "right");
    req.send("next").unwrap();
    server.read_exact(&mut [0; 8]).unwrap();
    put(&mut server, b"\x01\0\0\x04next");
    assert_eq!(req.recv().unwrap(), "next");
}

#[test]
fn z28_012_requests_are_taken_from_the_peers_in_turn() {
    let context = context();
    let rep = context.rep();
    let endpoint = rep.bind("tcp://127.0.0.1:*").unwrap();
    let mut clients: Vec<_> = (0..3).map(|_| peer(&endpoint, "DEALER", "REP")).collect();
    rep.wait_for_peers(3).unwrap();
    for (name, client) in (b'a'..).zip(&mut clients) {
        // Three at once; the PONG says that they are here.
        (0..3).for_each(|_| put(client, &[1, 0, 0, 1, name]));
        put(client, b"\x04\x07\x04PING\0\0");
        client.read_exact(&mut [0; 7]).unwrap();
    }
    for _ in 0..3 {
        let mut round: Vec<String> = (0..3)
            .map(|_| {
                let request = rep.recv().unwrap();
                rep.send("reply").unwrap();
                request.to_text()
            })
            .collect();
        round.sort();
        assert_eq!(round, ["a", "b", "c"]);
    }
}

#[test]
fn z28_016_what_is_in_requests_and_replies_is_not_changed() {
    let context = context();
    let (req, rep) = (context.req(), context.rep());
    req.connect(rep.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    req.send(awkward()).unwrap();
    let request = rep.recv().unwrap();
    assert!(request == awkward());
    rep.send(request).unwrap();
    assert!(req.recv().unwrap() == awkward());
}

#[test]
fn z28_003_a_request_on_the_wire_has_an_empty_frame_in_front() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let req = context().req();
    req.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
    let (mut router, _) = listener.accept().unwrap();
    shake_hands(&mut router, "REP", "REQ");
    assert_eq!(hello("REP").len(), 64 + 27);
    req.send(["ABC", "DEF"]).unwrap();
    let mut octets = [0; 12];
    router.read_exact(&mut octets).unwrap();
    assert_eq!(&octets, b"\x01\0\x01\x03ABC\0\x03DEF");
}
