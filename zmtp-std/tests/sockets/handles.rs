//! What may cross from one thread to another: all handles, and the futures of all calls.

use std::time::Duration;

use crate::common::context;
use zmtp_std::device::Proxy;
use zmtp_std::{
    Context, Dealer, Message, Monitor, Pair, Pub, Pull, Push, RecvHalf, Rep, Req, Router, SendHalf, Socket,
    Stream, Sub, XPub, XSub,
};

#[test]
fn handles_can_be_sent_and_shared() {
    fn holds<T: Send + Sync>() {}
    holds::<Context>();
    holds::<Monitor>();
    holds::<Message>();
    holds::<Proxy<'_>>();
    holds::<(Req, Rep, Dealer, Router, Pub, Sub, XPub, XSub, Push, Pull, Pair, Stream, Socket)>();
    holds::<(SendHalf<Dealer>, RecvHalf<Dealer>)>();
}

#[test]
fn futures_of_every_call_can_be_sent() {
    fn holds(_: impl Future + Send) {}
    let context = context();
    let (req, xpub, proxied) = (context.req(), context.xpub(), context.router());
    holds(req.send_async("request"));
    holds(req.recv_async());
    holds(req.recv_from_async());
    holds(req.readable());
    holds(req.writable());
    holds(req.wait_for_peers_async(1));
    holds(req.close_async(Duration::ZERO));
    holds(xpub.wait_for_subscribers_async(1));
    holds(xpub.monitor().recv_async());
    holds(Proxy::queue(&proxied, &context.dealer()).run_async());
    let (sender, receiver) = context.pair().split();
    holds(sender.send_async("there"));
    holds(receiver.recv_async());
    holds(receiver.recv_from_async());
}
