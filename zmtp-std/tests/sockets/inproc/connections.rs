//! Names, who is there, and what becomes of messages when somebody goes.

use super::*;

#[test]
fn api_014_who_connects_first_waits_for_who_binds_with_its_messages_and_a_publisher_drops_them() {
    let context = context();
    let push = context.push();
    push.connect(HERE).unwrap();
    push.send("early").unwrap();
    let other = Context::new();
    let stranger = other.pull();
    stranger.bind(HERE).unwrap();
    let pull = context.pull();
    pull.bind(HERE).unwrap();
    assert_eq!(pull.recv().unwrap(), "early");
    assert_eq!(stranger.try_recv(), Err(RecvError::WouldBlock), "a name is of its context");

    let publisher = context.publisher();
    publisher.connect("inproc://news").unwrap();
    publisher.send("dropped").unwrap();
    let subscriber = context.subscriber();
    subscriber.subscribe("").unwrap();
    subscriber.bind("inproc://news").unwrap();
    publisher.send("heard").unwrap();
    assert_eq!(subscriber.recv().unwrap(), "heard");
}

#[test]
fn api_014_a_name_has_up_to_256_characters_and_one_owner() {
    let context = context();
    let longest = format!("inproc://{}", "\u{e9}".repeat(256));
    let (first, second) = (context.pull(), context.pull());
    assert_eq!(first.bind(&longest).unwrap().to_string(), longest);
    let error = second.bind(&longest).unwrap_err();
    assert!(matches!(error, BindError::AddrInUse { .. }), "{error}");
    assert!(error.to_string().ends_with("is in use; choose another name"), "{error}");
    assert!(second.endpoints().bound.is_empty());
    first.unbind(&longest).unwrap();
    second.bind(&longest).unwrap();
    drop(second);
    first.bind(&longest).unwrap();
}

#[test]
fn api_015_endpoints_are_told_and_left_by_their_names() {
    let (push, pull) = pushing(10, 10);
    assert_eq!(push.last_endpoint(), Some(HERE.parse().unwrap()));
    assert_eq!(push.endpoints().connected, [HERE.parse().unwrap()]);
    assert_eq!(pull.endpoints().bound, [HERE.parse().unwrap()]);
    assert!(matches!(pull.unbind("inproc://there"), Err(UnbindError::NotBound { .. })));
    push.disconnect(HERE).unwrap();
    assert!(push.disconnect(HERE).is_err());
    pull.unbind(HERE).unwrap();
    assert!(pull.unbind(HERE).is_err());
}

#[test]
fn api_016_without_its_endpoint_a_socket_sends_nothing_and_what_was_sent_before_arrives() {
    let (push, pull) = pushing(10, 10);
    push.send("before").unwrap();
    push.disconnect(HERE).unwrap();
    assert_eq!(push.try_send("after").unwrap_err().why, Unsent::WouldBlock);
    assert_eq!(pull.recv().unwrap(), "before");

    push.connect(HERE).unwrap();
    push.send("again").unwrap();
    pull.unbind(HERE).unwrap();
    assert_eq!(
        pull.recv_timeout(Duration::ZERO),
        Err(RecvError::TimedOut),
        "what an endpoint that was left had not sent"
    );
}

#[test]
fn what_a_receiver_has_not_taken_waits_for_the_next_with_its_name() {
    let (push, pull) = pushing(10, 10);
    let context = context();
    let (first, push) = {
        drop((push, pull));
        (context.pull(), context.push())
    };
    let lost = push.monitor();
    first.bind(HERE).unwrap();
    push.connect(HERE).unwrap();
    push.send("first").unwrap();
    assert_eq!(first.recv().unwrap(), "first");
    push.send("second").unwrap();
    drop(first);
    await_event(&lost, disconnected);
    push.send("third").unwrap();
    let second = context.pull();
    second.bind(HERE).unwrap();
    assert_eq!(second.recv().unwrap(), "second");
    assert_eq!(second.recv().unwrap(), "third");
}

#[test]
fn api_019_closing_hands_over_what_waits_and_what_nobody_is_there_for_is_counted() {
    let (push, pull) = pushing(10, 2);
    assert_eq!(accepted(&push, 10), 10);
    assert_eq!(push.close(Duration::ZERO).undelivered, 0);
    (0..10).for_each(|at| assert_eq!(pull.recv().unwrap(), at.to_string()));

    let context = context();
    let push = context.push();
    push.connect(HERE).unwrap();
    push.send("in vain").unwrap();
    assert_eq!(push.close(Duration::ZERO).undelivered, 1);

    let push = context.push();
    push.connect(HERE).unwrap();
    push.send("lingers").unwrap();
    drop(push);
    let pull = context.pull();
    pull.bind(HERE).unwrap();
    assert_eq!(pull.recv().unwrap(), "lingers");
}

#[test]
fn events_tell_the_peers_by_name_and_without_security() {
    let context = context();
    let keys = curve_keypair();
    let secret = Options {
        curve_server: true,
        curve_secretkey: Some(keys.secret),
        routing_id: "me".into(),
        ..options()
    };
    let (router, dealer) = (context.with(secret).router(), context.dealer());
    let (theirs, ours) = (router.monitor(), dealer.monitor());
    router.bind(HERE).unwrap();
    dealer.connect(HERE).unwrap();
    let ready = |event: &Event| match event {
        Event::HandshakeSucceeded { endpoint, address, socket_type, routing_id, mechanism, .. } => {
            assert_eq!((endpoint.as_str(), *mechanism), (HERE, Mechanism::Null));
            assert_eq!((address, address.ip()), (&Address::Inproc("here".into()), None));
            Some((socket_type.unwrap(), routing_id.clone()))
        }
        _ => None,
    };
    assert!(matches!(theirs.recv(), Some(Event::Listening { endpoint }) if endpoint == HERE));
    assert!(matches!(theirs.recv(), Some(Event::Accepted { .. })));
    assert_eq!(await_event(&theirs, ready), (SocketType::Dealer, "".into()));
    assert!(matches!(ours.recv(), Some(Event::Connected { .. })));
    assert_eq!(await_event(&ours, ready), (SocketType::Router, "me".into()));
    router.unbind(HERE).unwrap();
    let why = |event: &Event| match event {
        Event::Disconnected { why, .. } => Some(why.clone()),
        _ => None,
    };
    assert!(matches!(await_event(&ours, why), Lost::Eof));
    assert!(matches!(await_event(&theirs, why), Lost::Closed));
    router.bind(HERE).unwrap();
    await_event(&ours, handshake);
    drop(router);
    while theirs.recv_timeout(PATIENCE).is_some() {}
}

#[test]
fn z37_053_sockets_that_do_not_fit_are_refused_for_good_on_both_sides() {
    let context = context();
    let (push, publisher) = (context.push(), context.publisher());
    let (theirs, ours) = (publisher.monitor(), push.monitor());
    publisher.bind(HERE).unwrap();
    push.connect(HERE).unwrap();
    let why = |event: &Event| match event {
        Event::HandshakeFailed { why, .. } => Some(why.clone()),
        _ => None,
    };
    for monitor in [&theirs, &ours] {
        let why = await_event(monitor, why);
        assert!(matches!(why, Lost::Protocol(Failure::SocketType)), "{why}");
        assert_eq!(why.blame(), Some(Blame::Peer));
    }
    let closed =
        |event: &Event| if let Event::Closed { refused, .. } = event { Some(*refused) } else { None };
    assert!(await_event(&ours, closed));
    assert!(push.endpoints().connected.is_empty());
    let error = context.stream().connect(HERE).unwrap_err();
    assert!(matches!(error, ConnectError::BadEndpoint(_)), "{error}");
    assert!(context.stream().bind(HERE).is_err());
}

#[test]
fn api_018_a_terminated_context_wakes_who_waits_and_ends_with_its_sockets() {
    let context = context();
    let (left, right) = pairs(&context);
    right.send("unread").unwrap();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| right.recv());
        context.terminate();
        assert!(matches!(waits.join().unwrap(), Err(RecvError::Closed(_))));
    });
    drop((left, right));
    drop(context);
}

#[test]
fn a_context_does_not_wait_for_who_can_never_come() {
    let context = Context::new();
    let push = context.push();
    push.connect(HERE).unwrap();
    push.send("in vain").unwrap();
    drop(push);
    drop(context);
}
