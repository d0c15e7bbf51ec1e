//! XPUB, XSUB and REQ with options of ours with libzmq's sockets: both roles, either one binding.

use std::time::Duration;

use host_tests::libzmq;
use host_tests::meeting::{BOTH, Binds, ours};
use host_tests::tie;
use zmtp_std::{Context, Message, Options, XPub};

fn with(change: impl FnOnce(&mut Options)) -> Context {
    let context = ours();
    let mut options = context.options().clone();
    change(&mut options);
    context.with(options)
}

/// What our XPUB receives next. A subscriber of libzmq sends its subscriptions from within calls of its application only, so it
/// makes one again and again.
fn heard(xpub: &XPub, subscriber: &zmq::Socket) -> Message {
    for _ in 0..3_000 {
        if let Ok(message) = xpub.recv_timeout(Duration::from_millis(10)) {
            return message;
        }
        subscriber.poll(zmq::POLLIN, 0).unwrap();
    }
    panic!("nothing was heard in time");
}

#[test]
fn z29_014_016_xpub_of_ours_shows_and_serves_sub_of_libzmq() {
    for binds in BOTH {
        let (xpub, sub) = (ours().xpub(), libzmq::socket(&zmq::Context::new(), zmq::SUB));
        tie!(binds, xpub, sub);
        sub.set_subscribe(b"a").unwrap();
        assert_eq!(heard(&xpub, &sub), "\u{1}a");
        for number in 0..1_000 {
            xpub.send(format!("b {number}")).unwrap();
            xpub.send(format!("a {number}")).unwrap();
            assert_eq!(sub.recv_bytes(0).unwrap(), format!("a {number}").into_bytes(), "{binds:?}");
        }
        sub.set_unsubscribe(b"a").unwrap();
        assert_eq!(heard(&xpub, &sub), "\0a");
        sub.set_subscribe(b"c").unwrap();
        assert_eq!(heard(&xpub, &sub), "\u{1}c");
        drop(sub);
        assert_eq!(xpub.recv().unwrap(), "\0c", "{binds:?}");
    }
}

#[test]
fn z29_026_027_xsub_of_ours_subscribes_and_sends_to_xpub_of_libzmq() {
    for binds in BOTH {
        let (xsub, xpub) = (ours().xsub(), libzmq::socket(&zmq::Context::new(), zmq::XPUB));
        tie!(binds, xsub, xpub);
        xsub.wait_for_peers(1).unwrap();
        xsub.send("\u{1}a").unwrap();
        assert_eq!(xpub.recv_bytes(0).unwrap(), b"\x01a", "{binds:?}");
        xpub.send("b", 0).unwrap();
        xpub.send("a 1", 0).unwrap();
        assert_eq!(xsub.recv().unwrap(), "a 1");
        xsub.send("upstream").unwrap();
        assert_eq!(xpub.recv_bytes(0).unwrap(), b"upstream");
        xsub.send("\0a").unwrap();
        assert_eq!(xpub.recv_bytes(0).unwrap(), b"\x00a");
    }
}

#[test]
fn z29_013_xpub_of_ours_receives_what_xsub_of_libzmq_sends() {
    for binds in BOTH {
        let (xpub, xsub) = (ours().xpub(), libzmq::socket(&zmq::Context::new(), zmq::XSUB));
        tie!(binds, xpub, xsub);
        xsub.send(&b"\x01a"[..], 0).unwrap();
        assert_eq!(heard(&xpub, &xsub), "\u{1}a", "{binds:?}");
        xsub.send_multipart([&b"up"[..], b"stream"], 0).unwrap();
        assert_eq!(xpub.recv().unwrap(), Message::from(["up", "stream"]));
        xpub.send("a").unwrap();
        assert_eq!(xsub.recv_bytes(0).unwrap(), b"a");
        xsub.send(&b"\x00a"[..], 0).unwrap();
        assert_eq!(xpub.recv().unwrap(), "\0a");
    }
}

#[test]
fn xpub_of_ours_welcomes_sub_of_libzmq() {
    let xpub = with(|options| options.xpub_welcome_msg = Some("W".into())).xpub();
    let sub = libzmq::socket(&zmq::Context::new(), zmq::SUB);
    sub.set_subscribe(b"W").unwrap();
    tie!(Binds::Ours, xpub, sub);
    assert_eq!(sub.recv_bytes(0).unwrap(), b"W");
}

#[test]
fn api_006_007_req_of_ours_relaxed_and_correlated_is_answered_by_rep_of_libzmq() {
    for binds in BOTH {
        let req = with(|options| (options.req_relaxed, options.req_correlate) = (true, true)).req();
        let rep = libzmq::socket(&zmq::Context::new(), zmq::REP);
        tie!(binds, req, rep);
        for round in 0..10 {
            req.send(format!("given up {round}")).unwrap();
            req.send(format!("asked {round}")).unwrap();
            for _ in 0..2 {
                let request = rep.recv_bytes(0).unwrap();
                rep.send([b"reply to ", &request[..]].concat(), 0).unwrap();
            }
            assert_eq!(req.recv().unwrap(), format!("reply to asked {round}"), "{binds:?}");
        }
    }
}

#[test]
fn api_006_rep_of_ours_returns_the_number_of_a_correlated_req_of_libzmq() {
    for binds in BOTH {
        let (rep, req) = (ours().rep(), libzmq::socket(&zmq::Context::new(), zmq::REQ));
        req.set_req_correlate(true).unwrap();
        tie!(binds, rep, req);
        for round in 0..10 {
            req.send(&round.to_string(), 0).unwrap();
            let request = rep.recv().unwrap();
            rep.send(request).unwrap();
            assert_eq!(req.recv_bytes(0).unwrap(), round.to_string().into_bytes(), "{binds:?}");
        }
    }
}
