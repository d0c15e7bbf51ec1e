//! Our sockets and libzmq's talk to each other: every pattern, both roles, either one binding.

use std::time::Duration;

use host_tests::libzmq::{self, PATIENCE};
use host_tests::meeting::{BOTH, Binds, message, messages, ours, parts};
use host_tests::tie;
use zmtp_std::{Context, Event, Monitor, Options, Pub};

/// Waits until `count` peers have subscribed, while libzmq's subscriber is polled: it sends its subscriptions to a new
/// connection only from within a call of its application.
fn wait_for_subscribers(publisher: &Pub, sub: &zmq::Socket, count: usize) {
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| publisher.wait_for_subscribers(count).unwrap());
        while !waiting.is_finished() {
            sub.poll(zmq::POLLIN, 1).unwrap();
        }
    });
}

fn wait_for_disconnection(monitor: &Monitor) {
    while !matches!(monitor.recv_timeout(PATIENCE).expect("an event"), Event::Disconnected { .. }) {}
}

#[test]
fn req_of_ours_asks_rep_of_libzmq() {
    for binds in BOTH {
        let (req, rep) = (ours().req(), libzmq::socket(&zmq::Context::new(), zmq::REP));
        tie!(binds, req, rep);
        for request in messages() {
            req.send(message(&request)).unwrap();
            assert!(rep.recv_multipart(0).unwrap() == request, "{binds:?}");
            let reply: Vec<_> = request.iter().rev().cloned().collect();
            rep.send_multipart(&reply, 0).unwrap();
            assert!(parts(&req.recv().unwrap()) == reply, "{binds:?}");
        }
    }
}

#[test]
fn rep_of_ours_answers_req_of_libzmq() {
    for binds in BOTH {
        let (rep, req) = (ours().rep(), libzmq::socket(&zmq::Context::new(), zmq::REQ));
        tie!(binds, rep, req);
        for request in messages() {
            req.send_multipart(&request, 0).unwrap();
            assert!(parts(&rep.recv().unwrap()) == request, "{binds:?}");
            let reply: Vec<_> = request.iter().rev().cloned().collect();
            rep.send(message(&reply)).unwrap();
            assert!(req.recv_multipart(0).unwrap() == reply, "{binds:?}");
        }
    }
}

#[test]
fn z28_014_rep_of_ours_returns_the_envelope_that_a_dealer_of_libzmq_sent() {
    let (rep, dealer) = (ours().rep(), libzmq::socket(&zmq::Context::new(), zmq::DEALER));
    tie!(Binds::Ours, rep, dealer);
    dealer.send_multipart([&b"X"[..], b"no delimiter"], 0).unwrap();
    dealer.send_multipart([&b"X"[..], b"Y", b"", b"A"], 0).unwrap();
    assert_eq!(rep.recv().unwrap(), "A");
    rep.send("reply").unwrap();
    assert_eq!(dealer.recv_multipart(0).unwrap(), [&b"X"[..], b"Y", b"", b"reply"]);
}

#[test]
fn z28_003_a_router_of_libzmq_sees_the_delimiter_of_our_req() {
    let (req, router) = (ours().req(), libzmq::socket(&zmq::Context::new(), zmq::ROUTER));
    tie!(Binds::Theirs, req, router);
    req.send(["ABC", "DEF"]).unwrap();
    let request = router.recv_multipart(0).unwrap();
    assert_eq!(request[1..], [&b""[..], b"ABC", b"DEF"]);
    router.send_multipart([&request[0][..], b"no delimiter"], 0).unwrap();
    router.send_multipart([&request[0][..], b"", b"reply"], 0).unwrap();
    assert_eq!(req.recv().unwrap(), "reply");
}

#[test]
fn push_of_ours_fills_pull_of_libzmq() {
    for binds in BOTH {
        let (push, pull) = (ours().push(), libzmq::socket(&zmq::Context::new(), zmq::PULL));
        tie!(binds, push, pull);
        let sender = std::thread::spawn(move || {
            for each in messages() {
                push.send(message(&each)).unwrap();
            }
            push
        });
        for expected in messages() {
            assert!(pull.recv_multipart(0).unwrap() == expected, "{binds:?}");
        }
        drop(sender.join().unwrap());
    }
}

#[test]
fn pull_of_ours_is_filled_by_push_of_libzmq() {
    for binds in BOTH {
        let (pull, push) = (ours().pull(), libzmq::socket(&zmq::Context::new(), zmq::PUSH));
        tie!(binds, pull, push);
        let sender = std::thread::spawn(move || {
            for each in messages() {
                push.send_multipart(&each, 0).unwrap();
            }
            push
        });
        for expected in messages() {
            assert!(parts(&pull.recv().unwrap()) == expected, "{binds:?}");
        }
        drop(sender.join().unwrap());
    }
}

#[test]
fn z37_069_a_hundred_thousand_messages_keep_their_order_in_both_directions() {
    const COUNT: u32 = 100_000;
    let (push, pull) = (ours().push(), libzmq::socket(&zmq::Context::new(), zmq::PULL));
    tie!(Binds::Theirs, push, pull);
    let sender = std::thread::spawn(move || {
        for number in 0..COUNT {
            push.send(&number.to_be_bytes()[..]).unwrap();
        }
        push
    });
    for number in 0..COUNT {
        assert_eq!(pull.recv_bytes(0).unwrap(), number.to_be_bytes());
    }
    drop(sender.join().unwrap());

    let (pull, push) = (ours().pull(), libzmq::socket(&zmq::Context::new(), zmq::PUSH));
    tie!(Binds::Theirs, pull, push);
    let sender = std::thread::spawn(move || {
        for number in 0..COUNT {
            push.send(&number.to_be_bytes()[..], 0).unwrap();
        }
        push
    });
    for number in 0..COUNT {
        assert_eq!(pull.recv().unwrap(), &number.to_be_bytes()[..]);
    }
    drop(sender.join().unwrap());
}

#[test]
fn pub_of_ours_filters_for_sub_of_libzmq() {
    for binds in BOTH {
        let (publisher, sub) = (ours().publisher(), libzmq::socket(&zmq::Context::new(), zmq::SUB));
        tie!(binds, publisher, sub);
        sub.set_subscribe(b"a").unwrap();
        wait_for_subscribers(&publisher, &sub, 1);
        for number in 0..1_000 {
            publisher.send(format!("b {number}")).unwrap();
            publisher.send([format!("a {number}"), "second".to_owned()]).unwrap();
            let received = sub.recv_multipart(0).unwrap();
            assert_eq!(received, [format!("a {number}").as_bytes(), b"second"], "{binds:?}");
        }
    }
}

#[test]
fn sub_of_ours_receives_what_it_subscribed_to_from_xpub_of_libzmq() {
    for binds in BOTH {
        let (sub, publisher) = (ours().subscriber(), libzmq::socket(&zmq::Context::new(), zmq::XPUB));
        sub.subscribe("a").unwrap();
        tie!(binds, sub, publisher);
        assert_eq!(publisher.recv_bytes(0).unwrap(), b"\x01a");
        for number in 0..1_000 {
            publisher.send(&format!("b {number}"), 0).unwrap();
            publisher.send_multipart([format!("a {number}").as_bytes(), b"second"], 0).unwrap();
            assert_eq!(
                parts(&sub.recv().unwrap()),
                [format!("a {number}").as_bytes(), b"second"],
                "{binds:?}"
            );
        }
        // LZ-022: counted here, and told upstream with the last one only.
        sub.subscribe("a").unwrap();
        sub.subscribe("c").unwrap();
        sub.unsubscribe("a").unwrap();
        sub.unsubscribe("a").unwrap();
        assert_eq!(publisher.recv_bytes(0).unwrap(), b"\x01c");
        assert_eq!(publisher.recv_bytes(0).unwrap(), b"\x00a");
    }
}

#[test]
fn lz_022_a_single_cancel_of_libzmq_ends_its_repeated_subscriptions() {
    let (publisher, sub) = (ours().publisher(), libzmq::socket(&zmq::Context::new(), zmq::SUB));
    tie!(Binds::Ours, publisher, sub);
    for _ in 0..3 {
        sub.set_subscribe(b"a").unwrap();
    }
    wait_for_subscribers(&publisher, &sub, 1);
    for _ in 0..3 {
        sub.set_unsubscribe(b"a").unwrap();
    }
    sub.set_subscribe(b"b").unwrap();
    // Both are in order on one connection: once "b" arrives, the cancel of "a" has been handled.
    let mut received = Vec::new();
    while received != b"b" {
        publisher.send("b").unwrap();
        sub.set_rcvtimeo(10).unwrap();
        received = sub.recv_bytes(0).unwrap_or_default();
    }
    publisher.send("a").unwrap();
    publisher.send("b last").unwrap();
    sub.set_rcvtimeo(i32::try_from(PATIENCE.as_millis()).unwrap()).unwrap();
    while received != b"b last" {
        assert_ne!(received, b"a");
        received = sub.recv_bytes(0).unwrap();
    }
}

#[test]
fn clients_of_ours_come_before_the_server_of_libzmq_and_come_back_to_the_next_one() {
    let endpoint = libzmq::free_endpoint();
    let context = ours();
    let (req, sub) = (context.req(), context.subscriber());
    let monitor = req.monitor();
    req.connect(endpoint.as_str()).unwrap();
    req.send("early").unwrap();
    for _ in 0..3 {
        let zmq_context = zmq::Context::new();
        let rep = libzmq::socket(&zmq_context, zmq::REP);
        rep.bind(&endpoint).unwrap();
        assert!(!rep.recv_bytes(0).unwrap().is_empty());
        rep.send("reply", 0).unwrap();
        assert_eq!(req.recv().unwrap(), "reply");
        drop(rep);
        drop(zmq_context);
        wait_for_disconnection(&monitor);
        // Queued for the next server.
        req.send("again").unwrap();
    }

    let endpoint = libzmq::free_endpoint();
    sub.subscribe("a").unwrap();
    sub.connect(endpoint.as_str()).unwrap();
    for round in 0..3 {
        let zmq_context = zmq::Context::new();
        let publisher = libzmq::socket(&zmq_context, zmq::XPUB);
        publisher.bind(&endpoint).unwrap();
        assert_eq!(publisher.recv_bytes(0).unwrap(), b"\x01a", "resubscribed in round {round}");
        publisher.send(&format!("a {round}"), 0).unwrap();
        assert_eq!(sub.recv().unwrap(), format!("a {round}").as_str());
    }
}

#[test]
fn clients_of_libzmq_come_before_our_server_and_come_back_to_the_next_one() {
    let endpoint = libzmq::free_endpoint();
    let zmq_context = zmq::Context::new();
    let (req, sub) = (libzmq::socket(&zmq_context, zmq::REQ), libzmq::socket(&zmq_context, zmq::SUB));
    req.set_req_relaxed(true).unwrap();
    req.set_req_correlate(true).unwrap();
    req.connect(&endpoint).unwrap();
    for round in 0..3 {
        req.send("early", 0).unwrap();
        let rep = ours().rep();
        rep.bind(endpoint.as_str()).unwrap();
        assert_eq!(rep.recv().unwrap(), "early", "round {round}");
        rep.send("reply").unwrap();
        assert_eq!(req.recv_bytes(0).unwrap(), b"reply");
    }

    let endpoint = libzmq::free_endpoint();
    sub.set_subscribe(b"a").unwrap();
    sub.connect(&endpoint).unwrap();
    for round in 0..3 {
        let publisher = ours().publisher();
        publisher.bind(endpoint.as_str()).unwrap();
        wait_for_subscribers(&publisher, &sub, 1);
        publisher.send(format!("a {round}")).unwrap();
        assert_eq!(sub.recv_bytes(0).unwrap(), format!("a {round}").into_bytes());
    }
}

#[test]
fn z30_005_push_of_ours_shares_out_evenly_over_pulls_of_libzmq() {
    let zmq_context = zmq::Context::new();
    let push = ours().push();
    let endpoints: Vec<_> = (0..4)
        .map(|_| {
            let pull = libzmq::socket(&zmq_context, zmq::PULL);
            let endpoint = libzmq::bind(&pull);
            push.connect(endpoint.as_str()).unwrap();
            pull
        })
        .collect();
    for number in 0..400u32 {
        push.send(&number.to_be_bytes()[..]).unwrap();
    }
    for pull in endpoints {
        for _ in 0..100 {
            pull.recv_bytes(0).unwrap();
        }
    }
}

#[test]
fn z37_085_087_heartbeats_of_both_keep_an_idle_connection() {
    let context = Context::new().with(Options {
        heartbeat_ivl: Duration::from_millis(20),
        heartbeat_timeout: Some(Duration::from_secs(10)),
        heartbeat_ttl: Duration::from_secs(10),
        rcvtimeo: Some(PATIENCE),
        ..Options::default()
    });
    let (pull, push) = (context.pull(), libzmq::socket(&zmq::Context::new(), zmq::PUSH));
    push.set_heartbeat_ivl(20).unwrap();
    push.set_heartbeat_timeout(10_000).unwrap();
    let monitor = pull.monitor();
    tie!(Binds::Ours, pull, push);
    // The pause is the test: many PINGs pass in it, and none may end the connection.
    while let Some(event) = monitor.recv_timeout(Duration::from_millis(500)) {
        assert!(!matches!(event, Event::Disconnected { .. }), "{event}");
    }
    push.send("still here", 0).unwrap();
    assert_eq!(pull.recv().unwrap(), "still here");
}
