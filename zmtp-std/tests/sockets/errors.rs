//! What people read when something was done wrong: it says what it was, and what to do next.

use std::error::Error;
use std::time::Duration;

use crate::common::context;
use zmtp_std::{Options, SocketType};

pub(crate) const SOON: Duration = Duration::from_millis(1);

/// Checks a text by what is in it: what is wrong, and what to do next.
pub(crate) fn says<T>(result: Result<T, impl Error>, wrong: &str, next: &str) {
    let text = result.err().expect("an error").to_string();
    assert!(text.contains(wrong) && text.contains(next), "{text}");
}

#[test]
fn an_endpoint_that_cannot_be_used_is_named_with_what_to_use_instead() {
    let context = context();
    let (push, pair) = (context.push(), context.pair());
    let taken = push.bind("tcp://127.0.0.1:*").unwrap();
    says(
        context.pull().bind(&taken),
        &format!("cannot bind {taken}: the address is in use"),
        "choose another port, or *",
    );
    push.bind("inproc://name").unwrap();
    says(context.pull().bind("inproc://name"), "in use", "choose another name");
    says(
        push.unbind("tcp://127.0.0.1:1"),
        "not bound to tcp://127.0.0.1:1",
        &format!("bound to {taken}, inproc://name"),
    );
    says(push.disconnect("tcp://127.0.0.1:1"), "not connected to tcp://127.0.0.1:1", "connected to nothing");
    says(push.bind("tcp://no-such-host.invalid:1"), "the host is unknown", "bind to an address or *");
    // Of a block for documentation, so that no machine has it.
    says(
        push.bind("tcp://192.0.2.1:1"),
        "cannot bind tcp://192.0.2.1:1: ",
        "bind to an address of this machine",
    );
    #[cfg(unix)]
    says(push.bind("ipc:///no/such/folder/a.ipc"), "cannot bind ipc://", "make the folder");
    pair.connect("inproc://nobody").unwrap();
    says(pair.connect("inproc://other"), "a PAIR has one peer", "disconnect first");
}

#[test]
fn an_endpoint_that_cannot_be_understood_is_shown_as_it_was_given() {
    let push = context().push();
    for wrong in [
        "",
        "tcp",
        "tcp://",
        "tcp://host",
        "tcp://host:99999",
        "udp://host:1",
        "udp://",
        "ipc://",
        "inproc://",
    ] {
        let error = push.connect(wrong).expect_err(wrong).to_string();
        assert!(error.contains(wrong) && error.len() > wrong.len() + 20, "{error}");
    }
}

#[test]
fn a_message_that_is_not_sent_or_not_received_says_what_to_look_at() {
    let context = context().with(Options { sndhwm_bytes: 3, ..Options::default() });
    let (push, pull, router) = (context.push(), context.pull(), context.router());
    says(push.try_send("a"), "no peer has room for it now", "wait with send, or raise sndhwm");
    says(push.send_timeout("a", SOON), "no peer had room for it in time", "is a peer connected");
    says(pull.try_recv(), "there is no message now", "wait with recv");
    says(pull.recv_timeout(SOON), "no message came in time", "has a peer connected");
    says(push.wait_for_peers_timeout(2, SOON), "0 of 2 peers", "events of a monitor");
    says(router.send(["nobody", "a"]), "no peer has the routing id \"nobody\"", "router_mandatory");
    says(router.send("a"), "has its routing id in front", "at least one part behind");
    push.connect(pull.bind("inproc://here").unwrap()).unwrap();
    says(push.send("long"), "larger than the mark sndhwm_bytes", "raise the mark or send less at once");
}

#[test]
fn a_call_out_of_turn_or_of_the_wrong_type_says_which_comes_first() {
    let context = context();
    let (req, rep) = (context.req(), context.rep());
    req.connect(rep.bind("inproc://here").unwrap()).unwrap();
    says(req.recv(), "request", "send");
    says(rep.send("a"), "request", "receive");
    req.send("a").unwrap();
    says(req.send("a"), "request", "receive its reply before");
    let (push, sub) = (context.socket(SocketType::Push), context.socket(SocketType::Sub));
    says(push.recv(), "cannot receive", "such as PULL");
    says(sub.send("a"), "cannot send", "such as PUSH");
    says(push.subscribe("a"), "cannot subscribe", "take SUB or XSUB");
}

#[test]
fn a_socket_that_is_no_more_says_whose_doing_that_was() {
    let context = context();
    let (push, pull) = (context.push(), context.pull());
    let _ = push.close(SOON);
    says(push.send("a"), "the socket is closed", "make another one");
    says(push.bind("tcp://127.0.0.1:*"), "cannot bind: the socket is closed", "make another one");
    context.terminate();
    says(pull.recv(), "the context was terminated", "drop the socket");
    says(pull.connect("inproc://here"), "cannot connect: the context was terminated", "drop the socket");
}
