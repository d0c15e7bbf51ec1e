//! Sockets of ours with NULL, PLAIN and CURVE, and libzmq's on the other side, as clients and as servers.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use host_tests::libzmq::PATIENCE;
use host_tests::meeting::{message, messages, ours, parts};
use host_tests::pyzmq::{Libzmq, Scheme, is_there, keys};
use zmtp_std::security::{Admission, Applicant, Mechanism, Refusal, Rules, Verdict};
use zmtp_std::{Context, Endpoint, Event, Failure, Lost, Message, Monitor, Options};

const SECURE: [Scheme; 2] = [Scheme::Plain, Scheme::Curve];

fn client(scheme: Scheme) -> Context {
    let options = ours().options().clone();
    ours().with(match scheme {
        Scheme::Null => options,
        Scheme::Plain => {
            Options { plain_username: Some("admin".into()), plain_password: "secret".into(), ..options }
        }
        Scheme::Curve => Options {
            curve_secretkey: Some(keys().client.secret.clone()),
            curve_serverkey: Some(keys().server.public),
            ..options
        },
    })
}

/// Lets in only the client of `peer.py`.
pub(super) fn server(scheme: Scheme) -> Context {
    let rules = Rules::new().anonymous().user("admin", "secret").key(keys().client.public);
    server_with(scheme, rules.into())
}

fn server_with(scheme: Scheme, admission: Admission) -> Context {
    let options = Options { admission: Some(admission), ..ours().options().clone() };
    ours().with(match scheme {
        Scheme::Null => options,
        Scheme::Plain => Options { plain_server: true, ..options },
        Scheme::Curve => Options {
            curve_server: true,
            curve_secretkey: Some(keys().server.secret.clone()),
            curve_publickey: Some(keys().server.public),
            ..options
        },
    })
}

fn at(port: u16) -> String {
    format!("tcp://127.0.0.1:{port}")
}

fn port(endpoint: &Endpoint) -> u16 {
    endpoint.port().expect("a port")
}

pub(super) fn schemes() -> impl Iterator<Item = Scheme> {
    Scheme::ALL.into_iter().filter(|_| is_there())
}

/// What the next handshake came to: mechanism and user, or why not.
fn outcome(monitor: &Monitor) -> Result<(Mechanism, String), Lost> {
    loop {
        match monitor.recv_timeout(PATIENCE).expect("an event in time") {
            Event::HandshakeSucceeded { mechanism, user_id, .. } => return Ok((mechanism, user_id)),
            Event::HandshakeFailed { why, .. } => return Err(why),
            _ => {}
        }
    }
}

#[test]
fn req_and_dealer_of_ours_are_answered_by_servers_of_libzmq() {
    for scheme in schemes() {
        let (rep, port) = Libzmq::serve("echo", scheme);
        let req = client(scheme).req();
        req.connect(at(port).as_str()).unwrap();
        for request in messages() {
            req.send(message(&request)).unwrap();
            assert!(parts(&req.recv().unwrap()) == request, "{scheme:?}");
        }
        req.send("end").unwrap();
        assert_eq!(req.recv().unwrap(), "end");
        rep.end();

        let (router, port) = Libzmq::serve("route", scheme);
        let dealer = client(scheme).dealer();
        dealer.connect(at(port).as_str()).unwrap();
        for request in messages() {
            dealer.send(message(&request)).unwrap();
            assert!(parts(&dealer.recv().unwrap()) == request, "{scheme:?}");
        }
        dealer.send("end").unwrap();
        assert_eq!(dealer.recv().unwrap(), "end");
        router.end();
    }
}

#[test]
fn rep_and_router_of_ours_answer_clients_of_libzmq_and_know_who_they_are() {
    for scheme in schemes() {
        let (mechanism, user) = match scheme {
            Scheme::Null => (Mechanism::Null, String::new()),
            Scheme::Plain => (Mechanism::Plain, "admin".into()),
            Scheme::Curve => (Mechanism::Curve, keys().client.public.to_string()),
        };
        let rep = server(scheme).rep();
        let monitor = rep.monitor();
        let bound = rep.bind("tcp://127.0.0.1:*").unwrap();
        let req = Libzmq::connect("request", scheme, port(&bound));
        assert_eq!(outcome(&monitor).unwrap(), (mechanism, user.clone()));
        while rep.recv().map(|request| (request == "end", rep.send(request).unwrap())).unwrap() == (false, ())
        {
        }
        req.end();

        let router = server(scheme).router();
        let monitor = router.monitor();
        let bound = router.bind("tcp://127.0.0.1:*").unwrap();
        let dealer = Libzmq::connect("ask", scheme, port(&bound));
        assert_eq!(outcome(&monitor).unwrap(), (mechanism, user));
        loop {
            let request = router.recv().unwrap();
            let is_last = request.part(1).is_some_and(|part| part.as_slice() == b"end");
            router.send(request).unwrap();
            if is_last {
                break;
            }
        }
        dealer.end();
    }
}

#[test]
fn lz_025_topics_reach_publishers_of_libzmq_and_of_ours() {
    for scheme in schemes() {
        let (mut publisher, port_of_theirs) = Libzmq::serve("publish", scheme);
        let sub = client(scheme).subscriber();
        sub.subscribe("A").unwrap();
        sub.connect(at(port_of_theirs).as_str()).unwrap();
        assert_eq!(publisher.line(), r"b'\x01A'");
        for number in 0..100 {
            assert_eq!(
                sub.recv().unwrap(),
                Message::from(["A".to_owned(), number.to_string()]),
                "{scheme:?}"
            );
        }
        sub.unsubscribe("A").unwrap();
        assert_eq!(publisher.line(), r"b'\x00A'");
        publisher.end();

        let publisher = server(scheme).publisher();
        let bound = publisher.bind("tcp://127.0.0.1:*").unwrap();
        let mut sub = Libzmq::connect("subscribe", scheme, port(&bound));
        publisher.wait_for_subscribers_timeout(1, PATIENCE).unwrap();
        (0..100).for_each(|number| publisher.send(["A".to_owned(), number.to_string()]).unwrap());
        let line = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| sub.line());
            // Its topic for this arrives some time.
            while !waiting.is_finished() {
                publisher.send("end").unwrap();
                std::thread::yield_now();
            }
            waiting.join().unwrap()
        });
        assert_eq!(line, "b'end'", "{scheme:?}");
        sub.end();
    }
}

#[test]
fn work_goes_from_libzmq_to_ours_and_from_ours_to_libzmq() {
    let item = |number: usize| Message::from([number.to_string().into_bytes(), vec![], vec![0; number]]);
    for scheme in schemes() {
        let (_push, port_of_theirs) = Libzmq::serve("push", scheme);
        let pull = client(scheme).pull();
        pull.connect(at(port_of_theirs).as_str()).unwrap();
        (0..1000).for_each(|number| assert!(pull.recv().unwrap() == item(number), "{scheme:?} {number}"));

        let push = server(scheme).push();
        let bound = push.bind("tcp://127.0.0.1:*").unwrap();
        let pull = Libzmq::connect("pull", scheme, port(&bound));
        (0..1000).for_each(|number| push.send(item(number)).unwrap());
        pull.end();
    }
}

#[test]
fn z37_044_a_client_that_libzmq_refuses_says_why_and_does_not_come_again() {
    for scheme in SECURE.into_iter().filter(|_| is_there()) {
        let (_server, port) = Libzmq::serve("refuse", scheme);
        let req = client(scheme).req();
        let monitor = req.monitor();
        req.connect(at(port).as_str()).unwrap();
        match outcome(&monitor) {
            Err(Lost::Refused { reason }) => assert_eq!(reason, "400", "{scheme:?}"),
            other => panic!("{scheme:?}: {other:?}"),
        }
        while !matches!(
            monitor.recv_timeout(PATIENCE).expect("an event"),
            Event::Closed { refused: true, .. }
        ) {}
    }
}

#[test]
fn z27_016_lz_028_libzmq_hears_our_refusal() {
    for scheme in SECURE.into_iter().filter(|_| is_there()) {
        for (refusal, status) in [(Refusal::Denied, "400"), (Refusal::Internal, "500")] {
            // A client of libzmq with PLAIN waits for its own misspelling of ERROR; the right one is a violation to it.
            let status = if scheme == Scheme::Plain { "protocol" } else { status };
            let router =
                server_with(scheme, Admission::new(move |_: &Applicant| Verdict::Refuse(refusal))).router();
            let bound = router.bind("tcp://127.0.0.1:*").unwrap();
            let mut refused = Libzmq::connect("refused", scheme, port(&bound));
            assert_eq!(refused.line(), status, "{scheme:?}");
            refused.end();
        }
    }
}

#[test]
fn z26_008_the_wrong_server_is_found_out_by_both() {
    if !is_there() {
        return;
    }
    let (_server, port_of_theirs) = Libzmq::serve("echo", Scheme::Curve);
    let other = keys().client.public;
    let req = ours()
        .with(Options { curve_serverkey: Some(other), ..client(Scheme::Curve).options().clone() })
        .req();
    let monitor = req.monitor();
    req.connect(at(port_of_theirs).as_str()).unwrap();
    assert!(matches!(outcome(&monitor), Err(Lost::Eof | Lost::Io(_))));

    let other = Some(keys().client.secret.clone());
    let base = server(Scheme::Curve).options().clone();
    let rep = ours().with(Options { curve_secretkey: other, curve_publickey: None, ..base }).rep();
    let monitor = rep.monitor();
    let bound = rep.bind("tcp://127.0.0.1:*").unwrap();
    let _client = Libzmq::connect("request", Scheme::Curve, port(&bound));
    assert!(matches!(outcome(&monitor), Err(Lost::Protocol(Failure::Box))));
}

#[test]
fn z37_013_clients_of_libzmq_with_another_mechanism_stay_outside() {
    for (ours, theirs) in [
        (Scheme::Curve, Scheme::Null),
        (Scheme::Curve, Scheme::Plain),
        (Scheme::Plain, Scheme::Curve),
        (Scheme::Plain, Scheme::Null),
        (Scheme::Null, Scheme::Curve),
    ] {
        if !is_there() {
            return;
        }
        let rep = server(ours).rep();
        let monitor = rep.monitor();
        let bound = rep.bind("tcp://127.0.0.1:*").unwrap();
        let _client = Libzmq::connect("request", theirs, port(&bound));
        // libzmq may be gone before the mechanism in its greeting has left.
        let why = outcome(&monitor).unwrap_err();
        assert!(matches!(why, Lost::Protocol(Failure::Mechanism) | Lost::Eof | Lost::Io(_)), "{why:?}");
    }
}

/// The cases that libzmq's own tests try on its servers: each is an event, and good clients are still served.
#[test]
fn z26_012_022_handshakes_that_libzmq_calls_bad_are_bad_for_our_server() {
    if !is_there() {
        return;
    }
    let rep = server(Scheme::Curve).rep();
    let monitor = rep.monitor();
    let bound = rep.bind("tcp://127.0.0.1:*").unwrap();
    let hello = |name: &[u8], version: [u8; 2], len: usize| {
        let mut body = [name, &version].concat();
        body.resize(len, 0);
        [&[4, u8::try_from(len).unwrap()][..], &body].concat()
    };
    let mut greeting = b"\xFF\0\0\0\0\0\0\0\x01\x7F\x03\x00CURVE".to_vec();
    greeting.resize(64, 0);
    for (octets, failure) in [
        // A command that is too short, has another name, another version, or a box that is none.
        (hello(b"\x05HELLO", [1, 0], 199), Failure::Command),
        (hello(b"\x05HELLX", [1, 0], 200), Failure::Unexpected),
        (hello(b"\x05HELLO", [2, 0], 200), Failure::Command),
        (hello(b"\x05HELLO", [1, 0], 200), Failure::Box),
        // INITIATE comes second, and a message after the handshake.
        (hello(b"\x08INITIATE", [0, 0], 200), Failure::Unexpected),
        (b"\x00\x05hello".to_vec(), Failure::Unexpected),
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", port(&bound))).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&greeting).unwrap();
        stream.write_all(&octets).unwrap();
        let why = outcome(&monitor).unwrap_err();
        assert!(matches!(why, Lost::Protocol(found) if found == failure), "{why:?} instead of {failure:?}");
        // Whichever way it is closed.
        let _ = stream.read_to_end(&mut Vec::new());
    }
    let req = Libzmq::connect("request", Scheme::Curve, port(&bound));
    while rep.recv().map(|request| (request == "end", rep.send(request).unwrap())).unwrap() == (false, ()) {}
    req.end();
    assert!(rep.close(Duration::ZERO).undelivered <= 1);
}
