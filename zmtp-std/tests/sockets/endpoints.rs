//! Where a socket is bound and connected, and leaving it again.

use std::time::Duration;

use crate::common::{PATIENCE, await_event, context, disconnected, free_endpoint, handshake, options, raw};
use zmtp_std::{
    Closed, ConnectError, DisconnectError, Endpoint, Event, Message, Options, SocketType, UnbindError,
    Unsent, WaitError,
};

fn closed(event: &Event) -> Option<(String, u64)> {
    match event {
        Event::Closed { endpoint, dropped, .. } => Some((endpoint.clone(), *dropped)),
        _ => None,
    }
}

#[test]
fn api_015_the_last_endpoint_has_the_real_port_and_all_endpoints_are_told() {
    let push = context().push();
    assert_eq!(push.last_endpoint(), None);
    let bound = push.bind("tcp://127.0.0.1:*").unwrap();
    assert_ne!(bound.port(), Some(0));
    assert_eq!(push.last_endpoint(), Some(bound.clone()));
    let second = push.bind("tcp://127.0.0.1:*").unwrap();
    let peer = free_endpoint();
    push.connect(&peer).unwrap();
    assert_eq!(push.last_endpoint(), Some(peer.clone()));
    assert!(push.bind(&bound).is_err());
    assert_eq!(push.last_endpoint(), Some(peer.clone()), "a failure changes nothing");
    let endpoints = push.endpoints();
    assert_eq!((endpoints.bound, endpoints.connected), (vec![bound, second], vec![peer]));
}

#[test]
fn api_016_after_disconnecting_the_only_endpoint_nothing_can_be_sent_until_the_next() {
    let context = context();
    let (pull, push) = (context.pull(), context.push());
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    push.connect(&endpoint).unwrap();
    push.send("first").unwrap();
    assert_eq!(pull.recv().unwrap(), "first");
    let monitor = push.monitor();
    push.disconnect(&endpoint).unwrap();
    assert_eq!(push.try_send("none").unwrap_err().why, Unsent::WouldBlock);
    assert!(push.endpoints().connected.is_empty());
    assert_eq!(push.peers(), 0);
    assert_eq!(await_event(&monitor, closed), (endpoint.to_string(), 0));
    push.connect(&endpoint).unwrap();
    push.send("second").unwrap();
    assert_eq!(pull.recv().unwrap(), "second");
}

#[test]
fn api_016_after_unbinding_the_only_endpoint_nothing_can_be_sent_and_the_port_is_free() {
    let context = context();
    let (pull, push) = (context.pull(), context.push());
    let endpoint = push.bind("tcp://127.0.0.1:*").unwrap();
    pull.connect(&endpoint).unwrap();
    push.send("first").unwrap();
    assert_eq!(pull.recv().unwrap(), "first");
    let monitor = pull.monitor();
    push.unbind(&endpoint).unwrap();
    assert_eq!(push.try_send("none").unwrap_err().why, Unsent::WouldBlock);
    let other = context.push();
    other.bind(&endpoint).unwrap();
    await_event(&monitor, disconnected);
    other.send("second").unwrap();
    assert_eq!(pull.recv().unwrap(), "second");
}

#[test]
fn api_015_an_endpoint_that_is_not_in_use_is_an_error_that_lists_those_that_are() {
    let push = context().push();
    let wildcard: Endpoint = "tcp://127.0.0.1:*".parse().unwrap();
    let error = push.unbind(&wildcard).unwrap_err();
    assert_eq!(error.to_string(), "not bound to tcp://127.0.0.1:0; the socket is bound to nothing");
    let bound = push.bind(&wildcard).unwrap();
    let error = push.unbind(&wildcard).unwrap_err();
    assert_eq!(error, UnbindError::NotBound { endpoint: wildcard.clone(), bound: vec![bound.clone()] });
    assert_eq!(error.to_string(), format!("not bound to tcp://127.0.0.1:0; the socket is bound to {bound}"));
    // Each for its own.
    let error = push.disconnect(&bound).unwrap_err();
    assert_eq!(error.to_string(), format!("not connected to {bound}; the socket is connected to nothing"));
    let (one, two) = (free_endpoint(), free_endpoint());
    push.connect(&one).unwrap();
    push.connect(&two).unwrap();
    let error = push.disconnect("tcp://127.0.0.1:1").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("not connected to tcp://127.0.0.1:1; the socket is connected to {one}, {two}")
    );
    push.unbind(&bound).unwrap();
    assert!(matches!(push.unbind(&bound), Err(UnbindError::NotBound { .. })));
    assert!(matches!(push.unbind("nonsense"), Err(UnbindError::BadEndpoint(_))));
    assert!(matches!(push.disconnect("nonsense"), Err(DisconnectError::BadEndpoint(_))));
    let _ = push.close(Duration::ZERO);
    assert_eq!(
        push.unbind(&bound).unwrap_err().to_string(),
        "cannot unbind: the socket is closed; make another one"
    );
    assert_eq!(
        push.disconnect(&one).unwrap_err().to_string(),
        "cannot disconnect: the socket is closed; make another one"
    );
}

#[test]
fn api_019_what_waits_for_a_disconnected_peer_is_delivered_within_the_linger_time() {
    let context = context();
    let push = context.push();
    let endpoint = free_endpoint();
    push.connect(&endpoint).unwrap();
    push.send("waits").unwrap();
    push.disconnect(&endpoint).unwrap();
    let monitor = push.monitor();
    let pull = context.pull();
    pull.bind(&endpoint).unwrap();
    assert_eq!(pull.recv().unwrap(), "waits");
    assert_eq!(await_event(&monitor, closed), (endpoint.to_string(), 0));
    assert_eq!(push.close(PATIENCE), Closed { undelivered: 0 });
}

#[test]
fn api_019_without_linger_what_waits_for_a_disconnected_peer_is_dropped_and_told() {
    for linger in [Duration::ZERO, Duration::from_millis(1)] {
        let push = context().with(Options { linger: Some(linger), ..options() }).push();
        let monitor = push.monitor();
        let endpoint = free_endpoint();
        push.connect(&endpoint).unwrap();
        push.send("one").unwrap();
        push.send("two").unwrap();
        push.disconnect(&endpoint).unwrap();
        assert_eq!(await_event(&monitor, closed), (endpoint.to_string(), 2));
        assert_eq!(push.close(PATIENCE), Closed { undelivered: 2 });
    }
}

#[test]
fn what_waits_for_peers_of_an_endpoint_that_is_unbound_is_dropped_and_told() {
    let push = context().with(Options { linger: Some(Duration::ZERO), ..options() }).push();
    let monitor = push.monitor();
    let endpoint = push.bind("tcp://127.0.0.1:*").unwrap();
    let mut stream = raw(&endpoint);
    crate::common::shake_hands(&mut stream, "PULL", "PUSH");
    await_event(&monitor, handshake);
    // Far more than the system buffers.
    let sent = (0..64).take_while(|_| push.try_send(vec![0; 1 << 20]).is_ok()).count();
    push.unbind(&endpoint).unwrap();
    let dropped = await_event(&monitor, |event| match event {
        Event::Disconnected { dropped, .. } => Some(*dropped),
        _ => None,
    });
    assert!((1..=sent as u64).contains(&dropped), "{dropped} of {sent}");
}

#[test]
fn api_005_a_router_that_is_disconnected_knows_its_peer_no_more_and_may_use_the_name_again() {
    let context = context();
    let (server, client) = (context.router(), context.router());
    let endpoint = server.bind("tcp://127.0.0.1:*").unwrap();
    client.connect_routing_id(&endpoint, "server").unwrap();
    client.send(["server", "hello"]).unwrap();
    assert_eq!(server.recv().unwrap().part(1), Some(&"hello".into()));
    client.disconnect(&endpoint).unwrap();
    assert!(!client.knows("server"));
    assert_eq!(client.send(["server", "none"]).unwrap_err().why, Unsent::HostUnreachable);
    client.connect_routing_id(&endpoint, "server").unwrap();
    client.send(["server", "again"]).unwrap();
    assert_eq!(server.recv().unwrap().part(1), Some(&"again".into()));
}

#[test]
fn z31_001_a_pair_that_is_disconnected_takes_another_peer() {
    let context = context();
    let (first, second, pair) = (context.pair(), context.pair(), context.pair());
    let endpoint = first.bind("tcp://127.0.0.1:*").unwrap();
    pair.connect(&endpoint).unwrap();
    pair.send("first").unwrap();
    assert_eq!(first.recv().unwrap(), "first");
    let other = second.bind("tcp://127.0.0.1:*").unwrap();
    assert_eq!(pair.connect(&other), Err(ConnectError::Occupied));
    pair.disconnect(&endpoint).unwrap();
    pair.connect(&other).unwrap();
    pair.send("second").unwrap();
    assert_eq!(second.recv().unwrap(), "second");
}

#[test]
fn a_subscriber_that_is_disconnected_receives_nothing_more_from_there() {
    let context = context();
    let (one, two, subscriber) = (context.publisher(), context.xpub(), context.subscriber());
    let endpoints = [one.bind("tcp://127.0.0.1:*").unwrap(), two.bind("tcp://127.0.0.1:*").unwrap()];
    subscriber.subscribe("").unwrap();
    endpoints.iter().for_each(|endpoint| subscriber.connect(endpoint).unwrap());
    one.wait_for_subscribers(1).unwrap();
    assert_eq!(two.recv().unwrap(), "\u{1}");
    subscriber.disconnect(&endpoints[1]).unwrap();
    assert_eq!(two.recv().unwrap(), "\0", "the publisher learns of it");
    one.send("on").unwrap();
    assert_eq!(subscriber.recv().unwrap(), "on");
    assert_eq!(subscriber.peers(), 1);
    let timeout = two.wait_for_subscribers_timeout(1, Duration::ZERO);
    assert!(matches!(timeout, Err(WaitError::TimedOut { there: 0, wanted: 1 })));
}

#[test]
fn types_that_gain_nothing_by_a_second_connection_to_an_endpoint_make_none() {
    let context = context();
    for (socket_type, peer, connections) in [
        (SocketType::Dealer, SocketType::Router, 1),
        (SocketType::Req, SocketType::Rep, 1),
        (SocketType::Sub, SocketType::Pub, 1),
        (SocketType::Pub, SocketType::Sub, 1),
        (SocketType::Push, SocketType::Pull, 2),
    ] {
        let (socket, peer) = (context.socket(socket_type), context.socket(peer));
        let endpoint = peer.bind("tcp://127.0.0.1:*").unwrap();
        socket.connect(&endpoint).unwrap();
        socket.connect(&endpoint).unwrap();
        assert_eq!(socket.endpoints().connected, vec![endpoint.clone(); connections], "{socket_type:?}");
        socket.wait_for_peers(connections).unwrap();
        // One call leaves all of them, as with libzmq.
        socket.disconnect(&endpoint).unwrap();
        assert_eq!((socket.peers(), socket.endpoints()), (0, zmtp_std::Endpoints::default()));
        socket.connect(&endpoint).unwrap();
        socket.wait_for_peers(1).unwrap();
    }
}

#[test]
fn a_blocked_send_goes_on_when_its_peer_is_disconnected_and_another_comes() {
    let context = context().with(Options { sndhwm: 1, ..options() });
    let push = context.push();
    let full = free_endpoint();
    push.connect(&full).unwrap();
    push.send("waits").unwrap();
    let pull = context.pull();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| push.send("goes").unwrap());
        push.disconnect(&full).unwrap();
        push.connect(&endpoint).unwrap();
        assert_eq!(pull.recv().unwrap(), Message::from("goes"));
    });
    let _ = push.close(Duration::ZERO);
}
