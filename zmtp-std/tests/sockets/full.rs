//! What a sender does when its peers have no room: it waits, drops and tells of it, or gives the peer up.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::common::{
    PATIENCE, await_event, context, free_endpoint, handshake, hello, options, raw, read_to_end, shake_hands,
};
use zmtp_std::{
    Endpoint, Event, Lost, Message, Monitor, Options, SlowPeer, Socket, SocketType, Statistics, Unsent, XSub,
};

const MARK: u32 = 3;

/// Far more than the buffers of the system hold, once a few are sent.
const SIZE: usize = 1 << 20;

fn slow(slow_peer: SlowPeer) -> Options {
    Options {
        sndhwm: MARK,
        slow_peer,
        sndbuf: Some(64 << 10),
        linger: Some(std::time::Duration::ZERO),
        ..options()
    }
}

fn dropping(event: &Event) -> Option<String> {
    matches!(event, Event::Dropping { .. }).then(|| event.to_string())
}

/// How often the events so far tell of drops.
fn tellings(monitor: &Monitor) -> usize {
    std::iter::from_fn(|| monitor.try_recv()).filter(|event| dropping(event).is_some()).count()
}

/// Types that may wait, and those of their peers.
const WAITING: [(SocketType, SocketType); 4] = [
    (SocketType::Push, SocketType::Pull),
    (SocketType::Dealer, SocketType::Dealer),
    (SocketType::Pair, SocketType::Pair),
    (SocketType::Router, SocketType::Dealer),
];

/// A socket with a peer that takes one message at a time, and is called `p`.
fn connected((from, to): (SocketType, SocketType), slow_peer: SlowPeer) -> (Socket, Socket) {
    let context = context();
    let sender = context.with(slow(slow_peer)).socket(from);
    let receiver = context.with(Options { rcvhwm: 1, routing_id: "p".into(), ..options() }).socket(to);
    sender.bind("inproc://here").unwrap();
    receiver.connect("inproc://here").unwrap();
    (sender, receiver)
}

fn message(socket_type: SocketType, number: u32) -> Message {
    let number = number.to_string();
    if socket_type == SocketType::Router { ["p".into(), number].into() } else { number.into() }
}

/// What arrives of ten messages, of which as many are dropped as the marks of both ends have no room for.
fn arrives(slow_peer: SlowPeer, types: (SocketType, SocketType)) -> Vec<String> {
    let (sender, receiver) = connected(types, slow_peer);
    let monitor = sender.monitor();
    (0..10).for_each(|number| sender.send(message(types.0, number)).unwrap());
    let Statistics { dropped, to_send, .. } = sender.statistics();
    assert_eq!((dropped, to_send.messages), (u64::from(9 - MARK), u64::from(MARK)), "{types:?}");
    assert_eq!(tellings(&monitor), 1, "{types:?}: the first only");
    let received = (0..=MARK).map(|_| receiver.recv().unwrap().to_text()).collect();
    assert!(receiver.try_recv().is_err());
    received
}

#[test]
fn the_newest_messages_are_dropped_counted_and_told_of_whatever_the_type_of_the_sender() {
    for types in WAITING {
        assert_eq!(arrives(SlowPeer::DropNewest, types), ["0", "1", "2", "3"], "{types:?}");
    }
}

#[test]
fn the_oldest_messages_make_room_are_counted_and_told_of_whatever_the_type_of_the_sender() {
    for types in WAITING {
        // The first is the receiver's already.
        assert_eq!(arrives(SlowPeer::DropOldest, types), ["0", "7", "8", "9"], "{types:?}");
    }
}

#[test]
fn what_waits_for_a_peer_that_was_never_there_is_dropped_and_told_of_with_its_endpoint() {
    let (endpoint, push) = (free_endpoint(), context().with(slow(SlowPeer::DropOldest)).push());
    let monitor = push.monitor();
    push.connect(&endpoint).unwrap();
    (0..10).for_each(|number| push.send(number.to_string()).unwrap());
    let told = await_event(&monitor, dropping);
    assert_eq!(told, format!("dropping messages for {endpoint}: as many wait as the marks allow"));
    let pull = context().pull();
    pull.bind(&endpoint).unwrap();
    ["7", "8", "9"].iter().for_each(|number| assert_eq!(pull.recv().unwrap(), *number));
}

#[test]
fn without_anybody_to_send_to_nothing_is_dropped_and_the_message_comes_back() {
    for policy in [SlowPeer::Wait, SlowPeer::DropNewest, SlowPeer::DropOldest, SlowPeer::Disconnect] {
        let context = context().with(slow(policy));
        for socket_type in [SocketType::Push, SocketType::Dealer, SocketType::Pair] {
            let socket = context.socket(socket_type);
            let unsent = socket.try_send(["a", "b"]).unwrap_err();
            assert_eq!((unsent.message, unsent.why), (Message::from(["a", "b"]), Unsent::WouldBlock));
            assert_eq!(socket.statistics().dropped, 0);
        }
        let unsent = context.router().try_send(["p", "b"]).unwrap_err();
        assert_eq!((unsent.message, unsent.why), (Message::from(["p", "b"]), Unsent::HostUnreachable));
    }
}

#[test]
fn an_unsent_message_comes_back_from_every_type_that_waits() {
    let moment = std::time::Duration::from_millis(1);
    for types @ (socket_type, _) in WAITING {
        let (socket, _peer) = connected(types, SlowPeer::Wait);
        (0..=MARK).for_each(|number| socket.send(message(socket_type, number)).unwrap());
        let late = socket.send_timeout(message(socket_type, 7), moment).unwrap_err();
        assert_eq!((late.message, late.why), (message(socket_type, 7), Unsent::TimedOut));
        let full = socket.try_send(message(socket_type, 8)).unwrap_err();
        assert_eq!((full.message, full.why), (message(socket_type, 8), Unsent::WouldBlock));
        assert_eq!(socket.statistics().dropped, 0);
    }
    let req = context().req();
    let alone = req.send_timeout(["a", "question"], moment).unwrap_err();
    assert_eq!((alone.message, alone.why), (Message::from(["a", "question"]), Unsent::TimedOut));
    let nodrop = context().with(Options { xpub_nodrop: true, sndhwm: 1, rcvhwm: 1, ..options() });
    let (publisher, subscriber) = (nodrop.publisher(), nodrop.subscriber());
    publisher.bind("inproc://news").unwrap();
    subscriber.connect("inproc://news").unwrap();
    subscriber.subscribe("").unwrap();
    (0..2).for_each(|_| publisher.send("news").unwrap());
    let full = publisher.send_timeout(["more", "news"], moment).unwrap_err();
    assert_eq!((full.message, full.why), (Message::from(["more", "news"]), Unsent::TimedOut));
}

/// Fills the peers of a socket that disconnects who is too slow; returns how many messages they were given, and the first that
/// was not taken.
fn fill(socket: &Socket) -> (u32, Message) {
    for number in 0.. {
        let mut body = vec![0; SIZE];
        body[..4].copy_from_slice(&u32::to_be_bytes(number));
        if let Err(unsent) = socket.try_send(body) {
            assert_eq!(unsent.why, Unsent::WouldBlock);
            return (number, unsent.message);
        }
    }
    unreachable!()
}

fn too_slow(event: &Event) -> Option<u64> {
    match event {
        Event::Disconnected { why: Lost::TooSlow, dropped, .. } => Some(*dropped),
        _ => None,
    }
}

#[test]
fn a_peer_that_is_too_slow_is_disconnected_and_the_message_waits_for_another() {
    let socket = context().with(slow(SlowPeer::Disconnect)).socket(SocketType::Push);
    let monitor = socket.monitor();
    let endpoint = socket.bind("tcp://127.0.0.1:*").unwrap();
    let mut stream = raw(&endpoint);
    shake_hands(&mut stream, "PULL", "PUSH");
    await_event(&monitor, handshake);
    let (_, message) = fill(&socket);
    let dropped = await_event(&monitor, too_slow);
    assert!((1..=u64::from(MARK)).contains(&dropped), "{dropped}");
    assert_eq!(socket.statistics().dropped_with_peers, dropped);
    assert!(socket.try_send(message.clone()).unwrap_err().message == message, "there is nobody");
    let pull = context().pull();
    std::thread::scope(|scope| {
        scope.spawn(|| socket.send(message.clone()).unwrap());
        pull.connect(&endpoint).unwrap();
        assert!(pull.recv().unwrap() == message);
    });
    assert_eq!(socket.statistics().dropped, 0);
    read_to_end(&mut stream);
}

fn accept(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&hello("PULL")).unwrap();
    stream.read_exact(&mut vec![0; hello("PUSH").len()]).unwrap();
    stream
}

#[test]
fn a_peer_that_is_connected_to_and_too_slow_begins_anew_with_nothing_that_waited() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = context().with(slow(SlowPeer::Disconnect)).socket(SocketType::Push);
    let monitor = socket.monitor();
    socket.connect(Endpoint::from(listener.local_addr().unwrap())).unwrap();
    let _idle = accept(&listener);
    await_event(&monitor, handshake);
    let (number, message) = fill(&socket);
    assert!(await_event(&monitor, too_slow) > 0);
    let mut anew = accept(&listener);
    socket.send(message).unwrap();
    let mut first = [0; 13];
    anew.read_exact(&mut first).unwrap();
    assert_eq!(first[9..], number.to_be_bytes());
}

/// An XSUB with a peer that does not read.
fn subscriber() -> (XSub, Monitor, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let xsub = context().with(slow(SlowPeer::Wait)).xsub();
    let monitor = xsub.monitor();
    xsub.connect(Endpoint::from(listener.local_addr().unwrap())).unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&hello("XPUB")).unwrap();
    stream.read_exact(&mut vec![0; hello("XSUB").len()]).unwrap();
    await_event(&monitor, handshake);
    (xsub, monitor, stream)
}

#[test]
fn z29_what_an_xsub_sends_is_received_or_counted_and_told_of_and_subscriptions_are_never_dropped() {
    const COUNT: u64 = 40;
    let (xsub, monitor, mut stream) = subscriber();
    (0..COUNT).for_each(|number| xsub.send(vec![number as u8 + 2; SIZE]).unwrap());
    xsub.send("\u{1}topic").unwrap();
    let dropped = xsub.dropped();
    assert!(dropped > 0, "sending does not wait");
    assert_eq!(xsub.statistics().dropped, dropped);
    assert!(await_event(&monitor, dropping).starts_with("dropping messages for 127.0.0.1:"));
    assert_eq!(tellings(&monitor), 0, "the first only");
    let (mut received, mut subscribed) = (0, false);
    while received < COUNT - dropped || !subscribed {
        let mut head = [0; 2];
        stream.read_exact(&mut head).unwrap();
        if head[0] == 4 {
            let mut command = vec![0; head[1].into()];
            stream.read_exact(&mut command).unwrap();
            assert_eq!(command, b"\x09SUBSCRIBEtopic");
            subscribed = true;
            continue;
        }
        stream.read_exact(&mut [0; 7]).unwrap();
        let mut body = vec![0; SIZE];
        stream.read_exact(&mut body).unwrap();
        assert!(body == vec![received as u8 + 2; SIZE], "message {received}");
        received += 1;
    }
    // It has had room meanwhile: that there is none again is news.
    (0..COUNT).for_each(|_| xsub.send(vec![2; SIZE]).unwrap());
    await_event(&monitor, dropping);
}

#[test]
fn z29_over_inproc_an_xsub_sends_as_much_as_both_marks_allow_and_counts_the_rest() {
    let context = context().with(Options { sndhwm: 2, rcvhwm: 3, ..options() });
    let (xpub, xsub) = (context.xpub(), context.xsub());
    let monitor = xsub.monitor();
    xpub.bind("inproc://upstream").unwrap();
    xsub.connect("inproc://upstream").unwrap();
    (0..10).for_each(|number| xsub.send(format!("{number}")).unwrap());
    assert_eq!((xsub.dropped(), tellings(&monitor)), (5, 1));
    (0..5).for_each(|number| assert_eq!(xpub.recv().unwrap(), format!("{number}").as_str()));
    assert!(xpub.try_recv().is_err());
}
