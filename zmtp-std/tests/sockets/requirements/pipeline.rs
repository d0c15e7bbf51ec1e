//! RFC 30: PUSH and PULL.

use std::io::Read;

use super::{awkward, peer};
use crate::common::{await_event, context, disconnected, options};
use zmtp_std::{Message, Options};

#[test]
fn z30_002_what_is_in_a_pushed_message_is_not_changed() {
    let context = context();
    let (push, pull) = (context.push(), context.pull());
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    push.send(awkward()).unwrap();
    assert!(pull.recv().unwrap() == awkward());
}

#[test]
fn z30_007_a_message_is_never_split_over_two_peers() {
    let context = context();
    let push = context.with(Options { sndhwm: 0, ..options() }).push();
    let monitor = push.monitor();
    let endpoint = push.bind("tcp://127.0.0.1:*").unwrap();
    let mut first = peer(&endpoint, "PULL", "PUSH");
    push.wait_for_peers(1).unwrap();
    // The peer reads the beginning of a large message and goes; the rest goes with it.
    push.send([vec![1; 1 << 22], vec![2; 1 << 22]]).unwrap();
    first.read_exact(&mut [0; 1000]).unwrap();
    drop(first);
    await_event(&monitor, disconnected);
    let pull = context.pull();
    pull.connect(&endpoint).unwrap();
    push.send(["next", "whole"]).unwrap();
    assert_eq!(pull.recv().unwrap(), Message::from(["next", "whole"]));
}
