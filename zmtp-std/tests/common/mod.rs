//! What the tests share: patience, raw peers, and waiting for events.

#![allow(dead_code, unreachable_pub, reason = "each test is a crate, and uses a part of it")]

pub mod attacked;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

pub use zmtp_core::testing::hello;
use zmtp_std::{Context, Endpoint, Event, Monitor, Options, Sub};

/// Turns a hang into a failure; nothing waits so long otherwise.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A context whose sockets fail instead of waiting for ever, reconnect soon, and leave nothing behind.
pub fn context() -> Context {
    Context::new().with(options())
}

pub fn options() -> Options {
    Options {
        sndtimeo: Some(PATIENCE),
        rcvtimeo: Some(PATIENCE),
        linger: Some(PATIENCE),
        reconnect_ivl: Some(Duration::from_millis(5)),
        ..Options::default()
    }
}

/// An endpoint that nobody listens at, which may be bound later.
pub fn free_endpoint() -> Endpoint {
    Endpoint::from(TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

/// A SUB that is connected there, and has subscribed to this topic.
pub fn subscriber(context: &Context, endpoint: &Endpoint, topic: &str) -> Sub {
    let subscriber = context.subscriber();
    subscriber.subscribe(topic).unwrap();
    subscriber.connect(endpoint).unwrap();
    subscriber
}

/// The next event for which `wanted` has an answer.
pub fn await_event<T>(monitor: &Monitor, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
    loop {
        let event = monitor.recv_timeout(PATIENCE).expect("an event in time");
        if let Some(found) = wanted(&event) {
            return found;
        }
    }
}

pub fn disconnected(event: &Event) -> Option<()> {
    matches!(event, Event::Disconnected { .. }).then_some(())
}

pub fn handshake(event: &Event) -> Option<()> {
    matches!(event, Event::HandshakeSucceeded { .. }).then_some(())
}

/// A raw stream to a bound socket.
pub fn raw(endpoint: &Endpoint) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", endpoint.port().unwrap())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Does the handshake on a raw stream, and reads that of the peer, a socket of type `theirs`.
pub fn shake_hands(stream: &mut TcpStream, ours: &str, theirs: &str) {
    stream.write_all(&hello(ours)).unwrap();
    let identity = if matches!(theirs, "REQ" | "DEALER" | "ROUTER") { 13 } else { 0 };
    let mut octets = vec![0; hello(theirs).len() + identity];
    stream.read_exact(&mut octets).unwrap();
}

/// Reads until the peer closes the stream, whichever way.
pub fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut octets = Vec::new();
    if let Err(error) = stream.read_to_end(&mut octets) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
    }
    octets
}
