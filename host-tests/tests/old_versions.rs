//! Peers that speak ZMTP 2.0, as octets: ZeroMQ 3 is what they were written for.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use host_tests::libzmq::PATIENCE;
use zmtp_std::{Context, Event, Lost, Message, Monitor, Options};

const SIGNATURE: &[u8] = b"\xFF\0\0\0\0\0\0\0\x01\x7F";

fn ours() -> Context {
    let (sndtimeo, rcvtimeo) = (Some(PATIENCE), Some(PATIENCE));
    Context::new().with(Options { sndtimeo, rcvtimeo, ..Options::default() })
}

fn stream(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn connect(endpoint: &zmtp_std::Endpoint) -> TcpStream {
    stream(TcpStream::connect(endpoint.to_string().trim_start_matches("tcp://")).unwrap())
}

fn read(stream: &mut TcpStream, expected: &[u8]) {
    let mut octets = vec![0; expected.len()];
    stream.read_exact(&mut octets).unwrap();
    assert_eq!(octets, expected);
}

/// Greets as a peer of `theirs`, in the stages in which ZeroMQ 3 does; `ours` is what is to be answered (RFC 15).
fn greet(stream: &mut TcpStream, theirs: u8, ours: u8) {
    stream.write_all(SIGNATURE).unwrap();
    // Z15-010: the padding is zero where no 1.0 peer is reckoned with.
    read(stream, b"\xFF\0\0\0\0\0\0\0\0\x7F");
    stream.write_all(&[1, theirs, 0, 0]).unwrap();
    // Z15-012: our major version is in the place of the revision.
    read(stream, &[3, ours, 0, 0]);
}

fn failure(monitor: &Monitor) -> Lost {
    loop {
        if let Event::HandshakeFailed { why, .. } = monitor.recv_timeout(PATIENCE).expect("an event") {
            return why;
        }
    }
}

#[test]
fn z15_004_messages_go_to_a_2_0_pull_and_come_from_a_2_0_push() {
    let push = ours().push();
    let mut pull = connect(&push.bind("tcp://127.0.0.1:*").unwrap());
    greet(&mut pull, 7, 8);
    push.send(["hello", "world"]).unwrap();
    read(&mut pull, b"\x01\x05hello\x00\x05world");

    let pull = ours().pull();
    let mut push = connect(&pull.bind("tcp://127.0.0.1:*").unwrap());
    greet(&mut push, 8, 7);
    push.write_all(b"\x01\x05hello\x00\x05world").unwrap();
    assert_eq!(pull.recv().unwrap(), Message::from(["hello", "world"]));
}

#[test]
fn z15_009_a_2_0_sub_subscribes_with_messages_and_our_sub_does_so_to_a_2_0_pub() {
    let publisher = ours().publisher();
    let mut sub = connect(&publisher.bind("tcp://127.0.0.1:*").unwrap());
    greet(&mut sub, 2, 1);
    sub.write_all(b"\x00\x02\x01A").unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    publisher.send("B is for others").unwrap();
    publisher.send("A").unwrap();
    read(&mut sub, b"\x00\x01A");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let sub = ours().subscriber();
    sub.subscribe("A").unwrap();
    sub.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
    let mut publisher = stream(listener.accept().unwrap().0);
    greet(&mut publisher, 1, 2);
    read(&mut publisher, b"\x00\x02\x01A");
    publisher.write_all(b"\x00\x02A1").unwrap();
    assert_eq!(sub.recv().unwrap(), "A1");
}

#[test]
fn z15_007_a_2_0_peer_of_the_wrong_type_and_a_1_0_peer_are_events_and_others_are_served() {
    let pull = ours().pull();
    let monitor = pull.monitor();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut rep = connect(&endpoint);
    rep.write_all(SIGNATURE).unwrap();
    rep.write_all(&[1, 4, 0, 0]).unwrap();
    assert!(failure(&monitor).to_string().contains("socket type"));
    let mut old = connect(&endpoint);
    old.write_all(b"\x01\x00\x06\x00hello").unwrap();
    assert!(failure(&monitor).to_string().contains("ZMTP"));
    let push = ours().push();
    push.connect(&endpoint).unwrap();
    push.send("served").unwrap();
    assert_eq!(pull.recv().unwrap(), "served");
}
