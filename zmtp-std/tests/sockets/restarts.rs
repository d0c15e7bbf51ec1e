//! A peer that goes, and another one at its place: every type finds it, whichever of both it is that binds.

use std::net::TcpListener;

use crate::common::{await_event, context, disconnected, handshake};
use zmtp_std::{Context, Endpoint, Event, Socket, SocketType};

use SocketType::{Dealer, Pair, Pub, Pull, Push, Rep, Req, Router, Sub, XPub, XSub};

/// Who speaks first stands first.
const PAIRS: [(SocketType, SocketType); 9] = [
    (Req, Rep),
    (Req, Router),
    (Dealer, Router),
    (Dealer, Rep),
    (Dealer, Dealer),
    (Push, Pull),
    (Pair, Pair),
    (Pub, Sub),
    (XPub, XSub),
];

fn make(context: &Context, socket_type: SocketType) -> Socket {
    let socket = context.socket(socket_type);
    if matches!(socket_type, Sub | XSub) {
        socket.subscribe("").unwrap();
    }
    socket
}

/// A message goes one way, and another back where one can.
fn talk(first: &Socket, second: &Socket, round: usize) {
    let ours = first.socket_type();
    match ours {
        Pub => first.wait_for_subscribers(1).unwrap(),
        // It is shown that the last has gone, and that another wants everything.
        XPub => while first.recv().unwrap() != "\u{1}" {},
        _ => {}
    }
    let text = round.to_string();
    // A DEALER says nothing of it by itself to a REP.
    let envelope = usize::from(ours == Dealer && second.socket_type() == Rep);
    first.send(std::iter::repeat_n("", envelope).chain([&*text]).collect::<zmtp_std::Message>()).unwrap();
    let received = second.recv().unwrap();
    assert_eq!(received.parts().next_back().unwrap(), &*text);
    if matches!(ours, Req | Dealer | Pair) {
        second.send(received).unwrap();
        assert_eq!(first.recv().unwrap().parts().next_back().unwrap(), &*text);
    }
}

/// Whether nobody is at the endpoint. Over a stream a connection may come about once more while a socket is on its way out, so only an attempt
/// that was refused tells.
fn has_gone(event: &Event, endpoint: &Endpoint) -> Option<()> {
    match endpoint {
        Endpoint::Inproc { .. } => disconnected(event),
        _ => matches!(event, Event::ConnectRetried { why: Some(_), .. }).then_some(()),
    }
}

/// An endpoint that no other test is given in between: they are all at another address, where the system has several.
fn quiet_endpoint() -> Endpoint {
    TcpListener::bind("127.0.0.2:0")
        .map_or_else(|_| crate::common::free_endpoint(), |listener| listener.local_addr().unwrap().into())
}

/// One that connects stays, those that are bound come and go.
fn survives((connects, binds): (SocketType, SocketType), is_first: bool, endpoint: &Endpoint) {
    let context = context();
    let stays = make(&context, connects);
    let monitor = stays.monitor();
    stays.connect(endpoint).unwrap();
    for round in 0..3 {
        let bound = make(&context, binds);
        bound.bind(endpoint).unwrap();
        await_event(&monitor, handshake);
        if is_first {
            talk(&stays, &bound, round);
        } else {
            talk(&bound, &stays, round);
        }
        drop(bound);
        await_event(&monitor, |event| has_gone(event, endpoint));
    }
}

fn every_pair_survives(endpoint: &Endpoint) {
    for (first, second) in PAIRS {
        survives((first, second), true, endpoint);
        survives((second, first), false, endpoint);
    }
}

#[test]
fn z37_046_066_every_type_finds_who_comes_back_over_tcp() {
    every_pair_survives(&quiet_endpoint());
}

#[cfg(unix)]
#[test]
fn z37_046_066_every_type_finds_who_comes_back_over_ipc() {
    let endpoint = context().pull().bind("ipc://*").unwrap();
    every_pair_survives(&endpoint);
}

#[test]
fn every_type_finds_who_comes_back_over_inproc() {
    every_pair_survives(&"inproc://restarted".parse().unwrap());
}
