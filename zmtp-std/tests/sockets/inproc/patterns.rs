//! Every pattern, between two sockets of a context.

use super::*;

#[test]
fn a_request_gets_its_reply_through_any_socket_that_passes_envelopes() {
    let context = context();
    let (rep, req, dealer) = (context.rep(), context.req(), context.dealer());
    rep.bind(HERE).unwrap();
    req.connect(HERE).unwrap();
    dealer.connect(HERE).unwrap();
    dealer.send(["address", "", "from a dealer"]).unwrap();
    assert_eq!(rep.recv().unwrap(), "from a dealer");
    rep.send("to it").unwrap();
    assert_eq!(dealer.recv().unwrap(), Message::from(["address", "", "to it"]));
    for round in 0..100 {
        req.send(["request".to_owned(), round.to_string()]).unwrap();
        let request = rep.recv().unwrap();
        rep.send(request).unwrap();
        assert_eq!(req.recv().unwrap(), Message::from(["request".to_owned(), round.to_string()]));
    }
    let long = vec![5; 50_000];
    req.send(long.clone()).unwrap();
    let request = rep.recv().unwrap();
    rep.send(request).unwrap();
    assert_eq!(req.recv().unwrap(), long);
}

#[test]
fn api_001_to_004_routers_name_their_peers_know_who_is_there_and_are_told() {
    let context = context();
    let notify = Notify { connect: true, disconnect: true };
    let router = context.with(Options { router_notify: notify, ..options() }).router();
    router.bind(HERE).unwrap();
    assert_eq!(router.send(["a", "?"]).unwrap_err().why, Unsent::HostUnreachable);
    let named =
        |name: &str| context.with(Options { routing_id: name.to_owned().into(), ..options() }).dealer();
    let a = named("a");
    a.connect(HERE).unwrap();
    assert_eq!(router.recv().unwrap(), Message::from(["a", ""]), "it came");
    assert!(router.knows("a"));
    router.send(["a", "welcome"]).unwrap();
    assert_eq!(a.recv().unwrap(), "welcome");

    let rival = named("a");
    let refused = rival.monitor();
    rival.connect(HERE).unwrap();
    let taken = |event: &Event| match event {
        Event::HandshakeFailed { why: Lost::RoutingIdTaken(id), .. } => Some(id.clone()),
        _ => None,
    };
    assert_eq!(await_event(&refused, taken), "a");
    drop(a);
    assert_eq!(router.recv().unwrap(), Message::from(["a", ""]), "it went");
    assert_eq!(router.recv().unwrap(), Message::from(["a", ""]), "its rival came, who tries again");

    let nameless = context.with(Options { probe_router: true, ..options() }).dealer();
    nameless.connect(HERE).unwrap();
    let (notice, probe) = (router.recv().unwrap(), router.recv().unwrap());
    assert_eq!((notice.part(0).unwrap().len(), probe.len()), (5, 2));
    assert_eq!(notice, probe);
}

#[test]
fn api_003_with_handover_the_second_of_a_name_takes_it_over() {
    let context = context();
    let router = context.with(Options { router_handover: true, ..options() }).router();
    router.bind(HERE).unwrap();
    let once = Options { routing_id: "a".into(), reconnect_ivl: None, ..options() };
    let (first, second) = (context.with(once.clone()).dealer(), context.with(once).dealer());
    let lost = router.monitor();
    first.connect(HERE).unwrap();
    second.connect(HERE).unwrap();
    router.send(["a", "to the second"]).unwrap();
    assert_eq!(second.recv().unwrap(), "to the second");
    let why = |event: &Event| match event {
        Event::Disconnected { why, .. } => Some(why.clone()),
        _ => None,
    };
    assert!(matches!(await_event(&lost, why), Lost::HandedOver));
    assert_eq!(first.try_recv(), Err(RecvError::WouldBlock));
}

#[test]
fn api_005_routers_find_each_other_by_a_name_of_their_own() {
    let context = context();
    let (server, client) = (context.router(), context.router());
    client.connect_routing_id(HERE, "server").unwrap();
    client.send(["server", "ICANHAZ?"]).unwrap();
    server.bind(HERE).unwrap();
    let mut request = server.recv().unwrap();
    let id = request.pop_front().unwrap();
    assert_eq!(request, "ICANHAZ?");
    server.send([id, "CHEEZBURGER".into()]).unwrap();
    assert_eq!(client.recv().unwrap(), Message::from(["server", "CHEEZBURGER"]));
}

#[test]
fn z29_008_014_subscriptions_take_effect_when_the_call_returns_and_are_shown_once() {
    let context = context();
    let publisher = context.xpub();
    publisher.bind(HERE).unwrap();
    let (one, two) = (context.subscriber(), context.xsub());
    one.subscribe("early").unwrap();
    one.connect(HERE).unwrap();
    two.connect(HERE).unwrap();
    assert_eq!(publisher.try_recv().unwrap(), "\u{1}early");
    publisher.send("early bird").unwrap();
    assert_eq!(one.recv().unwrap(), "early bird");
    two.send("\u{1}early").unwrap();
    one.subscribe("late").unwrap();
    assert_eq!(publisher.try_recv().unwrap(), "\u{1}late");
    two.send(["upstream", "to the publisher"]).unwrap();
    assert_eq!(publisher.recv().unwrap(), Message::from(["upstream", "to the publisher"]));
    one.unsubscribe("early").unwrap();
    assert_eq!(publisher.try_recv(), Err(RecvError::WouldBlock), "the other wants it still");
    publisher.send("early again").unwrap();
    assert_eq!(two.recv().unwrap(), "early again");
    assert_eq!(one.try_recv(), Err(RecvError::WouldBlock));
    let _ = two.close(PATIENCE);
    assert_eq!(publisher.recv().unwrap(), "\0early");
    drop(one);
    assert_eq!(publisher.recv().unwrap(), "\0late");
}

#[test]
fn a_publisher_welcomes_shows_all_and_lets_the_application_decide() {
    let context = context();
    let welcoming = Options { xpub_welcome_msg: Some("W".into()), xpub_verboser: true, ..options() };
    let publisher = context.with(welcoming).xpub();
    publisher.bind(HERE).unwrap();
    let subscribers = [(); 2].map(|()| context.subscriber());
    for subscriber in &subscribers {
        subscriber.subscribe("W").unwrap();
        subscriber.connect(HERE).unwrap();
        assert_eq!(publisher.recv().unwrap(), "\u{1}W");
        assert_eq!(subscriber.recv().unwrap(), "W");
    }
    for subscriber in &subscribers {
        subscriber.unsubscribe("W").unwrap();
        assert_eq!(publisher.recv().unwrap(), "\0W");
    }
    let manual = context.with(Options { xpub_manual: true, ..options() }).xpub();
    manual.bind("inproc://manual").unwrap();
    subscribers[0].connect("inproc://manual").unwrap();
    subscribers[0].subscribe("A").unwrap();
    assert_eq!(manual.recv().unwrap(), "\u{1}A");
    manual.subscribe("AB").unwrap();
    manual.send("AC").unwrap();
    manual.send("ABC").unwrap();
    assert_eq!(subscribers[0].recv().unwrap(), "ABC");
}

#[test]
fn a_publisher_that_is_bound_drops_what_a_subscriber_has_no_room_for_and_counts_it() {
    let context = context();
    let publisher = context.with(Options { sndhwm: 2, ..options() }).publisher();
    let subscriber = context.with(Options { rcvhwm: 1, ..options() }).subscriber();
    publisher.bind(HERE).unwrap();
    subscriber.connect(HERE).unwrap();
    subscriber.subscribe("").unwrap();
    (0..5).for_each(|at| publisher.send(at.to_string()).unwrap());
    assert_eq!(publisher.dropped(), 2);
    (0..3).for_each(|at| assert_eq!(subscriber.recv().unwrap(), at.to_string()));
    let patient = context.with(Options { sndhwm: 1, xpub_nodrop: true, ..options() }).publisher();
    patient.connect("inproc://patient").unwrap();
    subscriber.bind("inproc://patient").unwrap();
    (0..2).for_each(|at| patient.try_send(at.to_string()).unwrap());
    assert_eq!(patient.try_send("2").unwrap_err().why, Unsent::WouldBlock);
}

#[test]
fn subscriptions_for_which_an_xpub_has_no_room_wait_and_those_taken_back_leave_no_trace() {
    let context = context();
    let publisher = context.with(Options { rcvhwm: 2, ..options() }).xpub();
    publisher.bind(HERE).unwrap();
    let subscriber = context.subscriber();
    subscriber.connect(HERE).unwrap();
    for topic in ["a", "b", "c", "d"] {
        subscriber.subscribe(topic).unwrap();
    }
    subscriber.unsubscribe("c").unwrap();
    for topic in ["a", "b", "d"] {
        assert_eq!(publisher.recv().unwrap(), format!("\u{1}{topic}"));
    }
}

#[test]
fn a_subscriber_over_the_limit_is_sent_away_and_comes_back_later() {
    let context = context();
    let publisher = context.with(Options { max_subscriptions: 1, ..options() }).publisher();
    let (theirs, subscriber) = (publisher.monitor(), context.subscriber());
    let ours = subscriber.monitor();
    publisher.bind(HERE).unwrap();
    subscriber.connect(HERE).unwrap();
    subscriber.subscribe("a").unwrap();
    subscriber.subscribe("b").unwrap();
    let why = |event: &Event| match event {
        Event::Disconnected { why, .. } => Some(why.clone()),
        _ => None,
    };
    assert!(matches!(await_event(&theirs, why), Lost::MaxSubscriptions(1)));
    subscriber.unsubscribe("b").unwrap();
    await_event(&ours, disconnected);
    await_event(&ours, handshake);
    publisher.wait_for_subscribers(1).unwrap();
}

#[test]
fn a_pair_has_one_peer_and_a_second_gets_its_place_when_that_has_gone() {
    let context = context();
    let (left, right) = pairs(&context);
    left.send("ping").unwrap();
    assert_eq!(right.recv().unwrap(), "ping");
    right.send("pong").unwrap();
    assert_eq!(left.recv().unwrap(), "pong");
    let third = context.pair();
    let refused = third.monitor();
    third.connect(HERE).unwrap();
    let occupied =
        |event: &Event| matches!(event, Event::HandshakeFailed { why: Lost::Occupied, .. }).then_some(());
    await_event(&refused, occupied);
    third.send("at last").unwrap();
    assert_eq!(left.try_recv(), Err(RecvError::WouldBlock));
    drop(right);
    assert_eq!(left.recv().unwrap(), "at last");
}
