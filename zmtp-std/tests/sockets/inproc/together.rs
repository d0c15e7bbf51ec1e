//! What works on several sockets: devices, polling, sockets whose type is chosen at run time.

use std::thread;

use zmtp_std::SlowSubscriber;
use zmtp_std::device::Proxy;

use super::*;

#[test]
fn api_025_a_queue_between_sockets_of_a_context_passes_requests_and_replies() {
    let context = context();
    let (frontend, backend) = (context.router(), context.dealer());
    frontend.bind("inproc://front").unwrap();
    backend.bind("inproc://back").unwrap();
    let proxy = Proxy::queue(&frontend, &backend);
    let steering = proxy.steering();
    thread::scope(|scope| {
        let running = scope.spawn(|| proxy.run());
        for _ in 0..2 {
            let service = context.rep();
            service.connect("inproc://back").unwrap();
            scope.spawn(move || {
                while let Ok(request) = service.recv() {
                    service.send(request).unwrap();
                }
            });
        }
        thread::scope(|clients| {
            for client in 0..4 {
                let req = context.req();
                req.connect("inproc://front").unwrap();
                clients.spawn(move || {
                    for number in 0..50 {
                        req.send([client.to_string(), number.to_string()]).unwrap();
                        let reply = Message::from([client.to_string(), number.to_string()]);
                        assert_eq!(req.recv().unwrap(), reply);
                    }
                });
            }
        });
        steering.terminate();
        assert_eq!(running.join().unwrap().why, None);
        context.terminate();
    });
}

#[test]
fn api_027_a_full_socket_is_writable_again_once_its_peer_has_received() {
    let (push, pull) = pushing(1, 1);
    assert_eq!(accepted(&push, 10), 2);
    let mut items = [Item::writable(&push), Item::readable(&pull)];
    assert_eq!(poll(&mut items, Some(PATIENCE)).unwrap(), 1);
    assert!(items[1].is_readable());
    pull.recv().unwrap();
    assert_eq!(poll(&mut items[..1], Some(PATIENCE)).unwrap(), 1);
    push.try_send("has room").unwrap();
    let mut writable = [Item::writable(&push)];
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(poll(&mut writable, Some(PATIENCE)).unwrap(), 1));
        (0..2).for_each(|_| drop(pull.recv().unwrap()));
    });
}

#[test]
fn z37_053_every_pair_of_types_that_may_talk_does_and_no_other() {
    use SocketType::{Dealer, Pair, Pub, Pull, Push, Rep, Req, Router, Sub, XPub, XSub};
    const ALL: [SocketType; 11] = [Pair, Pub, Sub, Req, Rep, Dealer, Router, Pull, Push, XPub, XSub];
    for (ours, theirs) in ALL.iter().flat_map(|ours| ALL.map(|theirs| (*ours, theirs))) {
        let context = context();
        let (bound, connected) = (context.socket(ours), context.socket(theirs));
        let events = bound.monitor();
        bound.bind(HERE).unwrap();
        connected.connect(HERE).unwrap();
        let met = await_event(&events, |event| match event {
            Event::HandshakeSucceeded { socket_type, .. } => Some(*socket_type == Some(theirs)),
            Event::HandshakeFailed { .. } => Some(false),
            _ => None,
        });
        assert_eq!(met, ours.accepts(theirs), "{ours} {theirs}");
    }
}

#[test]
fn a_slow_subscriber_misses_the_oldest_or_is_sent_away_as_the_publisher_wants() {
    let context = context();
    let publisher = |slow_subscriber| {
        let publisher = context.with(Options { sndhwm: 2, slow_subscriber, ..options() }).publisher();
        publisher.bind(HERE).unwrap();
        publisher
    };
    let subscriber = context.with(Options { rcvhwm: 1, ..options() }).subscriber();
    subscriber.subscribe("").unwrap();
    subscriber.connect(HERE).unwrap();
    let forgets = publisher(SlowSubscriber::DropOldest);
    (0..6).for_each(|number| forgets.send(number.to_string()).unwrap());
    assert_eq!(forgets.dropped(), 3);
    for expected in ["0", "4", "5"] {
        assert_eq!(subscriber.recv().unwrap(), expected);
    }
    let gone = subscriber.monitor();
    drop(forgets);
    await_event(&gone, disconnected);
    let strict = publisher(SlowSubscriber::Disconnect);
    let events = strict.monitor();
    strict.wait_for_subscribers(1).unwrap();
    (0..4).for_each(|number| strict.send(number.to_string()).unwrap());
    let why = |event: &Event| match event {
        Event::Disconnected { why, .. } => Some(why.clone()),
        _ => None,
    };
    assert!(matches!(await_event(&events, why), Lost::TooSlow));
}
