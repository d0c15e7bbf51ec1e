//! Sockets of one context, over `inproc`.

mod connections;
mod left_behind;
mod limits;
mod marks;
mod patterns;
mod threads;
mod together;

use std::time::Duration;

use crate::common::{PATIENCE, await_event, context, disconnected, handshake, options};
use zmtp_std::poll::{Item, poll};
use zmtp_std::security::{Mechanism, curve_keypair};
use zmtp_std::{
    Address, BindError, Blame, ConnectError, Context, Event, Failure, Lost, Message, Notify, Options, Pair,
    Part, Pull, Push, RecvError, SocketType, UnbindError, Unsent,
};

const HERE: &str = "inproc://here";

fn pushing(sndhwm: u32, rcvhwm: u32) -> (Push, Pull) {
    let context = context();
    let pull = context.with(Options { rcvhwm, ..options() }).pull();
    let push = context.with(Options { sndhwm, ..options() }).push();
    pull.bind(HERE).unwrap();
    push.connect(HERE).unwrap();
    (push, pull)
}

fn accepted(push: &Push, most: usize) -> usize {
    (0..most).take_while(|at| push.try_send(at.to_string()).is_ok()).count()
}

fn pairs(context: &Context) -> (Pair, Pair) {
    let (left, right) = (context.pair(), context.pair());
    left.bind(HERE).unwrap();
    right.connect(HERE).unwrap();
    (left, right)
}
