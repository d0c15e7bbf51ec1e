//! DEALER and PAIR of ours with libzmq's sockets: both roles, either one binding.

use host_tests::libzmq;
use host_tests::meeting::{BOTH, message, messages, ours, parts};
use host_tests::tie;
use zmtp_std::{Event, Lost, Message, Options};

#[test]
fn z28_019_dealers_of_ours_and_of_libzmq_pass_messages_unchanged() {
    for binds in BOTH {
        let (dealer, theirs) = (ours().dealer(), libzmq::socket(&zmq::Context::new(), zmq::DEALER));
        tie!(binds, dealer, theirs);
        for each in messages() {
            dealer.send(message(&each)).unwrap();
            assert!(theirs.recv_multipart(0).unwrap() == each, "{binds:?}");
            theirs.send_multipart(&each, 0).unwrap();
            assert!(parts(&dealer.recv().unwrap()) == each, "{binds:?}");
        }
    }
}

#[test]
fn z28_027_a_dealer_of_ours_asks_rep_of_libzmq_many_things_at_once() {
    for binds in BOTH {
        let (dealer, rep) = (ours().dealer(), libzmq::socket(&zmq::Context::new(), zmq::REP));
        tie!(binds, dealer, rep);
        for number in 0..100 {
            dealer.send(["address".to_owned(), String::new(), number.to_string()]).unwrap();
        }
        for number in 0..100 {
            assert_eq!(rep.recv_bytes(0).unwrap(), number.to_string().into_bytes());
            rep.send(&format!("reply {number}"), 0).unwrap();
            let expected = Message::from(["address".to_owned(), String::new(), format!("reply {number}")]);
            assert_eq!(dealer.recv().unwrap(), expected, "{binds:?}");
        }
    }
}

#[test]
fn z28_027_a_router_of_libzmq_answers_a_dealer_of_ours_by_the_routing_id_it_announced() {
    for binds in BOTH {
        let context = ours().with(Options { routing_id: "named".into(), ..ours().options().clone() });
        let (dealer, router) = (context.dealer(), libzmq::socket(&zmq::Context::new(), zmq::ROUTER));
        tie!(binds, dealer, router);
        dealer.send("hello").unwrap();
        assert_eq!(router.recv_multipart(0).unwrap(), [&b"named"[..], b"hello"]);
        router.send_multipart([&b"named"[..], b"welcome"], 0).unwrap();
        assert_eq!(dealer.recv().unwrap(), "welcome", "{binds:?}");
    }
}

#[test]
fn api_004_a_router_of_libzmq_hears_the_probe_of_a_dealer_of_ours_first() {
    for binds in BOTH {
        let options = Options { routing_id: "X".into(), probe_router: true, ..ours().options().clone() };
        let context = ours().with(options);
        let (dealer, router) = (context.dealer(), libzmq::socket(&zmq::Context::new(), zmq::ROUTER));
        tie!(binds, dealer, router);
        dealer.send("hello").unwrap();
        assert_eq!(router.recv_multipart(0).unwrap(), [&b"X"[..], b""], "{binds:?}");
        assert_eq!(router.recv_multipart(0).unwrap(), [&b"X"[..], b"hello"], "{binds:?}");
    }
}

#[test]
fn z31_001_003_pairs_of_ours_and_of_libzmq_pass_messages_unchanged() {
    for binds in BOTH {
        let (pair, theirs) = (ours().pair(), libzmq::socket(&zmq::Context::new(), zmq::PAIR));
        tie!(binds, pair, theirs);
        for each in messages() {
            pair.send(message(&each)).unwrap();
            assert!(theirs.recv_multipart(0).unwrap() == each, "{binds:?}");
            theirs.send_multipart(&each, 0).unwrap();
            assert!(parts(&pair.recv().unwrap()) == each, "{binds:?}");
        }
    }
}

#[test]
fn z31_002_a_second_pair_of_libzmq_is_refused_and_does_not_disturb_the_first() {
    let (pair, zmq_context) = (ours().pair(), zmq::Context::new());
    let monitor = pair.monitor();
    let endpoint = pair.bind("tcp://127.0.0.1:*").unwrap().to_string();
    let (first, second) = (libzmq::socket(&zmq_context, zmq::PAIR), libzmq::socket(&zmq_context, zmq::PAIR));
    first.connect(&endpoint).unwrap();
    first.send("1", 0).unwrap();
    assert_eq!(pair.recv().unwrap(), "1");
    second.connect(&endpoint).unwrap();
    loop {
        let event = monitor.recv_timeout(libzmq::PATIENCE).expect("an event");
        if let Event::HandshakeFailed { why, .. } = event {
            assert!(matches!(why, Lost::Occupied), "{why}");
            break;
        }
    }
    first.send("2", 0).unwrap();
    assert_eq!(pair.recv().unwrap(), "2");
}

#[test]
fn z28_030_031_a_router_of_ours_answers_dealers_and_reqs_of_libzmq_by_name() {
    for binds in BOTH {
        let (router, zmq_context) = (ours().router(), zmq::Context::new());
        let dealer = libzmq::socket(&zmq_context, zmq::DEALER);
        dealer.set_identity(b"named").unwrap();
        tie!(binds, router, dealer);
        for each in messages() {
            dealer.send_multipart(&each, 0).unwrap();
            let mut got = router.recv().unwrap();
            assert_eq!(got.pop_front().unwrap(), "named");
            assert!(parts(&got) == each, "{binds:?}");
            got.push_front("named");
            router.send(got).unwrap();
            assert!(dealer.recv_multipart(0).unwrap() == each, "{binds:?}");
        }
        let req = libzmq::socket(&zmq_context, zmq::REQ);
        tie!(binds, router, req);
        req.send("request", 0).unwrap();
        let mut request = router.recv().unwrap();
        let client = request.unwrap().unwrap();
        assert_eq!((client.len(), request), (5, "request".into()));
        let mut reply = Message::from("reply");
        reply.wrap(client);
        router.send(reply).unwrap();
        assert_eq!(req.recv_bytes(0).unwrap(), b"reply");
    }
}

#[test]
fn z28_027_api_005_routers_of_ours_and_of_libzmq_reach_each_other_by_names_given_at_connect() {
    let (router, zmq_context) = (ours().router(), zmq::Context::new());
    let theirs = libzmq::socket(&zmq_context, zmq::ROUTER);
    theirs.set_identity(b"theirs").unwrap();
    router.connect_routing_id(libzmq::bind(&theirs).as_str(), "upper").unwrap();
    router.send(["upper", "ping"]).unwrap();
    let ping = theirs.recv_multipart(0).unwrap();
    assert_eq!(ping[1..], [b"ping"]);
    theirs.send_multipart([&ping[0][..], b"pong"], 0).unwrap();
    assert_eq!(router.recv().unwrap(), Message::from(["upper", "pong"]));
}

#[test]
fn api_004_a_router_of_ours_hears_the_probe_of_a_dealer_of_libzmq() {
    let (router, dealer) = (ours().router(), libzmq::socket(&zmq::Context::new(), zmq::DEALER));
    dealer.set_identity(b"X").unwrap();
    dealer.set_probe_router(true).unwrap();
    tie!(host_tests::meeting::Binds::Ours, router, dealer);
    assert_eq!(router.recv().unwrap(), Message::from(["X", ""]));
    router.send(["X", "Hello"]).unwrap();
    assert_eq!(dealer.recv_bytes(0).unwrap(), b"Hello");
}
