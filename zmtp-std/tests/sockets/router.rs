//! ROUTER: routing ids, what cannot be delivered, and who takes whose place, over TCP on loopback.

use std::time::Duration;

use crate::common::{PATIENCE, await_event, disconnected, free_endpoint, handshake};
use zmtp_std::{
    ConnectError, Context, Dealer, Event, Lost, Message, Notify, Options, Part, RecvError, Unsent,
};

/// As the common ones; what a test leaves undelivered is not waited for.
fn options() -> Options {
    Options { linger: Some(Duration::ZERO), ..crate::common::options() }
}

fn context() -> Context {
    Context::new().with(options())
}

fn named(context: &Context, id: &str) -> Dealer {
    context.with(Options { routing_id: id.to_owned().into(), ..context.options().clone() }).dealer()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn z28_029_030_031_a_peer_is_called_as_it_wishes_and_reached_by_that_name_alone() {
    let context = context();
    let router = context.router();
    let endpoint = router.bind("tcp://127.0.0.1:*").unwrap();
    let peers = ["a", "b"].map(|id| named(&context, id));
    for peer in &peers {
        peer.connect(&endpoint).unwrap();
        peer.send(["", "hello", ""]).unwrap();
    }
    let mut hellos = [router.recv().unwrap(), router.recv().unwrap()];
    hellos.sort_by_key(Message::to_text);
    assert_eq!(hellos, ["a", "b"].map(|id| Message::from([id, "", "hello", ""])));
    for number in 0..100 {
        router.send([["a", "b"][number % 2].to_owned(), number.to_string()]).unwrap();
    }
    for number in 0..100 {
        assert_eq!(peers[number % 2].recv().unwrap(), number.to_string());
    }
    assert!(peers.iter().all(|peer| peer.try_recv() == Err(RecvError::WouldBlock)));
}

#[test]
fn api_001_a_peer_without_a_name_gets_one_of_five_octets_and_each_another() {
    let context = context();
    let router = context.router();
    let endpoint = router.bind("tcp://127.0.0.1:*").unwrap();
    let dealers = [context.dealer(), context.dealer()];
    for dealer in &dealers {
        dealer.connect(&endpoint).unwrap();
        dealer.send("hello").unwrap();
    }
    let ids = [(); 2].map(|()| router.recv().unwrap().pop_front().unwrap());
    assert!(ids.iter().all(|id| id.len() == 5 && id[0] == 0), "{ids:?}");
    assert_ne!(ids[0], ids[1]);
    for id in &ids {
        router.send([id, id]).unwrap();
    }
    let mut got = dealers.map(|dealer| dealer.recv().unwrap().pop_front().unwrap().to_vec());
    got.sort();
    let mut expected = ids.map(|id| id.to_vec());
    expected.sort();
    assert_eq!(got, expected);
}

#[test]
fn z28_033_api_002_a_message_to_nobody_comes_back_with_an_error_that_says_to_whom() {
    let router = context().router();
    let message = Message::from(["nobody", "", "body"]);
    let error = router.send(message.clone()).unwrap_err();
    assert_eq!((error.why, &error.message), (Unsent::HostUnreachable, &message));
    assert!(error.to_string().contains("no peer has the routing id \"nobody\""), "{error}");
    assert_eq!(router.try_send(message.clone()).unwrap_err().why, Unsent::HostUnreachable);
    assert_eq!(block_on(router.send_async(message)).unwrap_err().why, Unsent::HostUnreachable);

    for incomplete in [Message::new(), Message::from("id alone")] {
        let error = router.send(incomplete.clone()).unwrap_err();
        assert_eq!((error.why, error.message), (Unsent::NoRoutingId, incomplete));
    }
    assert_eq!(router.dropped(), 0);
}

#[test]
fn z28_033_034_api_002_without_mandatory_it_is_dropped_and_counted() {
    let context = context().with(Options { router_mandatory: false, sndhwm: 1, ..options() });
    let router = context.router();
    router.send(["nobody", "body"]).unwrap();
    assert_eq!(router.dropped(), 1);
    router.connect_routing_id(free_endpoint(), "away").unwrap();
    router.send(["away", "waits"]).unwrap();
    router.send(["away", "no room"]).unwrap();
    assert_eq!(router.dropped(), 2);
}

#[test]
fn z28_032_a_peer_without_room_makes_its_sender_wait_and_no_other() {
    let context = context().with(Options { sndhwm: 2, ..options() });
    let router = context.router();
    let endpoint = free_endpoint();
    router.connect_routing_id(&endpoint, "away").unwrap();
    let there = named(&context, "there");
    there.connect(router.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    there.send("hello").unwrap();
    router.recv().unwrap();

    router.send(["away", "1"]).unwrap();
    router.send(["away", "2"]).unwrap();
    let error = router.try_send(["away", "3"]).unwrap_err();
    assert_eq!((error.why, error.message), (Unsent::WouldBlock, Message::from(["away", "3"])));
    let late = router.send_timeout(["away", "3"], Duration::from_millis(1)).unwrap_err();
    assert_eq!(late.why, Unsent::TimedOut);
    router.send(["there", "meanwhile"]).unwrap();
    assert_eq!(there.recv().unwrap(), "meanwhile");

    let away = context.dealer();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| router.send(["away", "3"]));
        away.bind(&endpoint).unwrap();
        waiting.join().unwrap().unwrap();
    });
    assert_eq!([(); 3].map(|()| away.recv().unwrap().to_text()), ["1", "2", "3"]);
}

#[test]
fn z28_028_who_is_gone_is_unknown_and_whoever_waits_for_its_room_is_told() {
    let context = context().with(Options { sndhwm: 1, rcvhwm: 1, ..options() });
    let router = context.router();
    let monitor = router.monitor();
    let peer = named(&context, "peer");
    peer.connect(router.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    await_event(&monitor, handshake);
    assert!(router.knows("peer"));
    let large = || Message::from(["peer".into(), Part::from(vec![0; 4 << 20])]);
    // It does not read: full, whatever the system holds.
    while router.try_send(large()).is_ok() {}
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| std::iter::repeat_with(|| router.send(large())).find_map(Result::err));
        drop(peer);
        await_event(&monitor, disconnected);
        let error = waiting.join().unwrap().unwrap();
        assert_eq!((error.why, error.message), (Unsent::HostUnreachable, large()));
    });
    assert!(!router.knows("peer"));
}

#[test]
fn z28_036_api_003_the_second_of_a_name_is_refused_and_the_first_is_not_disturbed() {
    let context = context();
    let router = context.router();
    let monitor = router.monitor();
    let endpoint = router.bind("tcp://127.0.0.1:*").unwrap();
    let (first, second) = (named(&context, "twin"), named(&context, "twin"));
    first.connect(&endpoint).unwrap();
    await_event(&monitor, handshake);
    second.connect(&endpoint).unwrap();
    let why = await_event(&monitor, |event| match event {
        Event::HandshakeFailed { why, .. } => Some(why.clone()),
        _ => None,
    });
    assert!(matches!(&why, Lost::RoutingIdTaken(id) if id == "twin"), "{why:?}");
    assert!(why.to_string().contains("another peer has the routing id \"twin\""), "{why}");
    router.send(["twin", "for the first"]).unwrap();
    assert_eq!(first.recv().unwrap(), "for the first");
    first.send("undisturbed").unwrap();
    assert_eq!(router.recv().unwrap(), Message::from(["twin", "undisturbed"]));
}

#[test]
fn z28_036_api_003_with_handover_the_second_takes_the_place_of_the_first() {
    let context = context().with(Options { router_handover: true, reconnect_ivl: None, ..options() });
    let router = context.router();
    let monitor = router.monitor();
    let endpoint = router.bind("tcp://127.0.0.1:*").unwrap();
    let (first, second) = (named(&context, "twin"), named(&context, "twin"));
    first.connect(&endpoint).unwrap();
    first.send("1").unwrap();
    assert_eq!(router.recv().unwrap(), Message::from(["twin", "1"]));
    second.connect(&endpoint).unwrap();
    let why = await_event(&monitor, |event| match event {
        Event::Disconnected { why, .. } => Some(why.clone()),
        _ => None,
    });
    assert!(matches!(why, Lost::HandedOver), "{why:?}");
    router.send(["twin", "for the second"]).unwrap();
    assert_eq!(second.recv().unwrap(), "for the second");
    second.send("2").unwrap();
    assert_eq!(router.recv().unwrap(), Message::from(["twin", "2"]));
    assert_eq!(first.try_recv(), Err(RecvError::WouldBlock));
}

#[test]
fn api_005_a_peer_can_be_named_before_it_is_there_and_keeps_the_name_when_it_comes_back() {
    let context = context();
    let (router, endpoint) = (context.router(), free_endpoint());
    router.connect_routing_id(&endpoint, "server").unwrap();
    router.send(["server", "early"]).unwrap();
    for round in 0..3 {
        let server = named(&context, "calls itself otherwise");
        let monitor = router.monitor();
        server.bind(&endpoint).unwrap();
        assert_eq!(server.recv().unwrap(), "early", "round {round}");
        server.send("hello").unwrap();
        assert_eq!(router.recv().unwrap(), Message::from(["server", "hello"]));
        drop(server);
        await_event(&monitor, disconnected);
        router.send(["server", "early"]).unwrap();
    }
}

#[test]
fn api_005_a_name_that_is_none_or_taken_is_an_error_of_the_connect_call() {
    let router = context().router();
    router.connect_routing_id(free_endpoint(), "server").unwrap();
    for (name, hint) in [("server", "another peer has"), ("", "1 to 255 octets"), ("\0x", "1 to 255 octets")]
    {
        let error = router.connect_routing_id(free_endpoint(), name).unwrap_err();
        assert!(matches!(error, ConnectError::RoutingId(_)), "{error:?}");
        assert!(error.to_string().contains(hint), "{error}");
    }
}

#[test]
fn api_004_a_probe_tells_a_router_that_a_peer_is_there_on_every_connection() {
    let context = context();
    let endpoint = free_endpoint();
    let dealer = {
        let options = Options { probe_router: true, routing_id: "dealer".into(), ..options() };
        context.with(options).dealer()
    };
    dealer.connect(&endpoint).unwrap();
    dealer.send("queued before").unwrap();
    let router = context.router();
    router.bind(&endpoint).unwrap();
    assert_eq!(router.recv().unwrap(), Message::from(["dealer", ""]));
    assert_eq!(router.recv().unwrap(), Message::from(["dealer", "queued before"]));
    assert_eq!(router.close(PATIENCE).undelivered, 0);
    let next = context.router();
    next.bind(&endpoint).unwrap();
    assert_eq!(next.recv().unwrap(), Message::from(["dealer", ""]));
    assert_eq!(next.try_recv(), Err(RecvError::WouldBlock));
}

#[test]
fn a_hello_is_the_first_message_of_every_connection_of_a_dealer_and_of_a_router() {
    for endpoint in [free_endpoint(), "inproc://hello".parse().unwrap()] {
        let context = context();
        let hello = |parts: [&str; 2]| Options { hello_msg: Some(parts.into()), ..options() };
        let worker = context.with(Options { routing_id: "worker".into(), ..hello(["ready", "2"]) }).dealer();
        worker.connect(&endpoint).unwrap();
        worker.send("queued before").unwrap();
        for round in 0..2 {
            let router = context.with(hello(["welcome", "back"])).router();
            router.bind(&endpoint).unwrap();
            assert_eq!(router.recv().unwrap(), Message::from(["worker", "ready", "2"]));
            if round == 0 {
                assert_eq!(router.recv().unwrap(), Message::from(["worker", "queued before"]));
            }
            assert_eq!(worker.recv().unwrap(), Message::from(["welcome", "back"]));
            let monitor = worker.monitor();
            drop(router);
            await_event(&monitor, disconnected);
        }
    }
}

#[test]
fn a_router_that_notifies_shows_who_comes_before_and_who_goes_behind_all_messages() {
    let notify = Notify { connect: true, disconnect: true };
    let context = context().with(Options { router_notify: notify, ..options() });
    let router = context.router();
    let endpoint = router.bind("tcp://127.0.0.1:*").unwrap();
    let peer = named(&context, "peer");
    peer.connect(&endpoint).unwrap();
    peer.send("between").unwrap();
    assert_eq!(peer.close(PATIENCE).undelivered, 0);
    let got = [(); 3].map(|()| router.recv().unwrap());
    assert_eq!(got, ["", "between", ""].map(|body| Message::from(["peer", body])));
}

#[test]
fn z28_035_messages_of_several_peers_are_taken_in_turn() {
    let context = context();
    let router = context.router();
    let monitor = router.monitor();
    let endpoint = router.bind("tcp://127.0.0.1:*").unwrap();
    let peers = ["a", "b", "c"].map(|name| named(&context, name));
    for peer in &peers {
        peer.connect(&endpoint).unwrap();
        await_event(&monitor, handshake);
    }
    for peer in &peers {
        (0..10).for_each(|number| peer.send(number.to_string()).unwrap());
        assert_eq!(peer.close(PATIENCE).undelivered, 0);
        await_event(&monitor, disconnected);
    }
    for number in 0..10 {
        let mut round = [(); 3].map(|()| router.recv().unwrap());
        round.sort_by_key(Message::to_text);
        assert_eq!(round, ["a", "b", "c"].map(|name| Message::from([name.to_owned(), number.to_string()])));
    }
}

#[test]
fn a_router_forwards_between_requesters_and_workers_with_envelopes_of_any_depth() {
    let context = context();
    let (front, back) = (context.router(), context.dealer());
    let front_end = front.bind("tcp://127.0.0.1:*").unwrap();
    let back_end = back.bind("tcp://127.0.0.1:*").unwrap();
    let (req, rep) = (context.req(), context.rep());
    req.connect(front_end).unwrap();
    rep.connect(back_end).unwrap();
    for round in 0..10 {
        req.send(format!("request {round}")).unwrap();
        back.send(front.recv().unwrap()).unwrap();
        assert_eq!(rep.recv().unwrap(), format!("request {round}"));
        rep.send(format!("reply {round}")).unwrap();
        front.send(back.recv().unwrap()).unwrap();
        assert_eq!(req.recv().unwrap(), format!("reply {round}"));
    }
}
