//! Options that are changed while the socket is in use.

use std::io::{Read, Write};
use std::time::Duration;

use crate::common::{PATIENCE, await_event, context, free_endpoint, handshake, options, raw, shake_hands};
use zmtp_std::{Closed, Options, Unsent};

/// How many messages there is room for.
fn room(push: &zmtp_std::Push) -> usize {
    (0..1000).take_while(|_| push.try_send("x").is_ok()).count()
}

#[test]
fn api_010_the_mark_on_what_is_sent_changes_for_connections_there_are_and_drops_nothing() {
    let push = context().with(Options { sndhwm: 4, ..options() }).push();
    let endpoint = free_endpoint();
    push.connect(&endpoint).unwrap();
    assert_eq!(room(&push), 4);
    push.set_sndhwm(10);
    assert_eq!(room(&push), 6);
    push.set_sndhwm(3);
    assert_eq!(push.try_send("none").unwrap_err().why, Unsent::WouldBlock);
    // One that comes later has it from the beginning.
    push.connect(free_endpoint()).unwrap();
    assert_eq!(room(&push), 3);
    push.set_linger(Some(Duration::ZERO));
    let pull = context().pull();
    pull.bind(&endpoint).unwrap();
    for _ in 0..10 {
        assert_eq!(pull.recv().unwrap(), "x");
    }
}

#[test]
fn api_010_a_sender_that_waits_for_room_goes_on_when_the_mark_is_raised() {
    let push = context().with(Options { sndhwm: 1, linger: Some(Duration::ZERO), ..options() }).push();
    push.connect(free_endpoint()).unwrap();
    push.send("first").unwrap();
    std::thread::scope(|scope| {
        let blocked = scope.spawn(|| push.send("second"));
        push.set_sndhwm(2);
        blocked.join().unwrap().unwrap();
    });
    assert_eq!(push.close(Duration::ZERO), Closed { undelivered: 2 });
}

#[test]
fn api_010_more_is_read_from_a_peer_when_the_mark_on_what_is_received_is_raised() {
    let pull = context().with(Options { rcvhwm: 1, ..options() }).pull();
    let monitor = pull.monitor();
    let mut stream = raw(&pull.bind("tcp://127.0.0.1:*").unwrap());
    shake_hands(&mut stream, "PUSH", "PULL");
    await_event(&monitor, handshake);
    // The PING behind the third message is read when that has room.
    stream.write_all(b"\0\x01a\0\x01b\0\x01c\x04\x07\x04PING\0\0").unwrap();
    pull.set_rcvhwm(3);
    let mut pong = [0; 7];
    stream.read_exact(&mut pong).unwrap();
    assert_eq!(&pong, b"\x04\x05\x04PONG");
    pull.set_rcvhwm(1);
    for text in ["a", "b", "c"] {
        assert_eq!(pull.recv().unwrap(), text);
    }
    stream.write_all(b"\0\x01d\0\x01e").unwrap();
    for text in ["d", "e"] {
        assert_eq!(pull.recv().unwrap(), text);
    }
}

#[test]
fn api_019_linger_may_be_changed_before_the_socket_is_dropped() {
    let context = context().with(Options { linger: None, ..options() });
    let push = context.push();
    push.connect(free_endpoint()).unwrap();
    push.send("never delivered").unwrap();
    push.set_linger(Some(Duration::ZERO));
    // With the linger time it was made with, this would wait for ever.
    drop((push, context));
}

#[test]
fn a_conflating_socket_has_no_marks_on_messages_to_change() {
    let push = context().with(Options { conflate: true, ..options() }).push();
    let endpoint = free_endpoint();
    push.connect(&endpoint).unwrap();
    push.set_sndhwm(5);
    (0..10).for_each(|number| push.send(number.to_string()).unwrap());
    let pull = context().pull();
    pull.bind(&endpoint).unwrap();
    assert_eq!(pull.recv_timeout(PATIENCE).unwrap(), "9");
}
