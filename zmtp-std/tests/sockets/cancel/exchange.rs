//! Sending and receiving, by every type of socket, over every transport.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use super::finally;
use crate::common::options;
use zmtp_std::{
    Context, Dealer, Message, Options, Pair, Part, Pub, Pull, Push, RecvHalf, Rep, Req, Router, SendError,
    SendHalf, Socket, SocketType, Stream, Sub, XPub, XSub,
};

/// Messages of an exchange beyond those that fill the connection, and exchanges of a request and its reply.
const ROUNDS: usize = 12;

/// Marks of one message and small buffers: senders wait soon.
fn narrow(routing_id: &'static str) -> Options {
    let mut options = Options { sndhwm: 1, rcvhwm: 1, sndbuf: Some(4096), rcvbuf: Some(4096), ..options() };
    options.routing_id = routing_id.into();
    options.xpub_nodrop = true;
    options.stream_notify = false;
    options
}

/// Two sockets of a context, those of the type before with the routing id "a", the other ones with "b".
macro_rules! sockets {
    ($from:ident, $to:ident) => {{
        let context = Context::new();
        (context.with(narrow("a")).$from(), context.with(narrow("b")).$to())
    }};
}

/// Sends with futures that are cut off before one is done.
trait Sends: Sync {
    /// `before` is called before each future. Returns how many were dropped while they waited.
    fn sent(&self, message: &Message, before: &dyn Fn()) -> usize;
}

trait Receives: Sync {
    fn received(&self) -> Message;
    fn has_nothing(&self);
}

macro_rules! sends {
    ($($socket:ty)*) => {$(impl Sends for $socket {
        fn sent(&self, message: &Message, before: &dyn Fn()) -> usize {
            let (sent, dropped): (Result<(), SendError>, _) = finally(|| {
                before();
                self.send_async(message.clone())
            });
            sent.unwrap();
            dropped
        }
    })*};
}

macro_rules! receives {
    ($($socket:ty)*) => {$(impl Receives for $socket {
        fn received(&self) -> Message {
            let with_properties = AtomicUsize::new(0);
            let (received, _) = finally(|| async {
                if with_properties.fetch_add(1, Ordering::Relaxed) % 2 == 0 {
                    self.recv_async().await.unwrap()
                } else {
                    self.recv_from_async().await.unwrap().message
                }
            });
            received
        }

        fn has_nothing(&self) {
            assert!(self.try_recv().is_err(), "nothing is received twice");
        }
    })*};
}

sends! { Req Rep Dealer Router Pub XPub XSub Push Pair Stream Socket SendHalf<Dealer> }
receives! { Req Rep Dealer Router Sub XPub XSub Pull Pair Stream Socket RecvHalf<Dealer> }

fn numbered(number: usize) -> Message {
    Message::from([number.to_string().into_bytes(), vec![number as u8; 60_000]])
}

/// A message with a routing id in front, or without one if that is empty.
fn addressed(envelope: &str, message: Message) -> Message {
    let parts = (!envelope.is_empty()).then(|| Part::from(envelope)).into_iter();
    parts.chain(message).collect()
}

/// Passes numbered messages one way; what is received has so many parts in front. Nobody receives before a future has been dropped
/// that waited for room.
fn pass(from: &impl Sends, envelope: &str, to: &impl Receives, in_front: usize) {
    let (full, is_full) = channel();
    let (mut number, attempts) = (0, AtomicUsize::new(0));
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut expected = 0;
            is_full.recv().expect("senders wait");
            loop {
                let received: Message = to.received().into_iter().skip(in_front).collect();
                if received == "end" {
                    return to.has_nothing();
                }
                assert!(received == numbered(expected), "{expected}: {:?}", received.part(0));
                expected += 1;
            }
        });
        let mut send_next = |before: &dyn Fn()| {
            let dropped = from.sent(&addressed(envelope, numbered(number)), before);
            number += 1;
            dropped
        };
        for filled in 0.. {
            assert!(filled < 1000, "it never waits");
            attempts.store(0, Ordering::Relaxed);
            // Before the first poll, and after it: the third is to go on.
            let third = || {
                if attempts.fetch_add(1, Ordering::Relaxed) == 2 {
                    full.send(()).unwrap();
                }
            };
            if send_next(&third) > 0 {
                break;
            }
        }
        for _ in 0..ROUNDS {
            send_next(&|| ());
        }
        from.sent(&addressed(envelope, Message::from("end")), &|| ());
    });
}

/// Has one socket ask, and the other return what it receives.
fn ask(asks: &(impl Sends + Receives), envelope: &[&str], answers: &(impl Sends + Receives)) {
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..ROUNDS {
                answers.sent(&answers.received(), &|| ());
            }
        });
        for round in 0..ROUNDS {
            let request: Message = envelope
                .iter()
                .map(|&part| Part::from(part))
                .chain([Part::from(round.to_string())])
                .collect();
            asks.sent(&request, &|| ());
            assert_eq!(asks.received(), request);
        }
    });
    asks.has_nothing();
}

#[test]
fn octets_of_a_stream_arrive_once_and_in_order_whenever_futures_are_dropped() {
    const OCTETS: usize = 3_000_000;
    let octet = |at: usize| (at % 251) as u8;
    let (from, to) = sockets!(stream, stream);
    from.connect_routing_id(to.bind("tcp://127.0.0.1:*").unwrap(), "b").unwrap();
    thread::scope(|scope| {
        let dropped = scope.spawn(|| {
            let pieces = (0..OCTETS).collect::<Vec<_>>();
            let pieces = pieces.chunks(100_000).map(|at| at.iter().map(|&at| octet(at)).collect::<Vec<_>>());
            pieces.map(|piece| from.sent(&addressed("b", piece.into()), &|| ())).sum::<usize>()
        });
        let mut received = 0;
        while received < OCTETS {
            let [_, octets]: [Part; 2] = to.received().try_into().unwrap();
            assert!(octets.iter().zip(received..).all(|(&is, at)| is == octet(at)), "behind {received}");
            received += octets.len();
        }
        assert_eq!(received, OCTETS);
        assert!(dropped.join().unwrap() > 0, "the sender has waited");
        to.has_nothing();
    });
}

/// A module of tests for a transport: who binds to `$endpoint`, and connects.
macro_rules! over {
    ($transport:ident $endpoint:literal) => {
        mod $transport {
            use super::*;

            const HERE: &str = $endpoint;

            macro_rules! meet {
                ($from:ident $to:ident) => {{
                    let (from, to) = sockets!($from, $to);
                    from.connect(to.bind(HERE).unwrap()).unwrap();
                    from.wait_for_peers(1).unwrap();
                    (from, to)
                }};
            }

            #[test]
            fn what_is_passed_one_way_arrives_once_and_in_order_whenever_futures_are_dropped() {
                let (push, pull) = meet!(push pull);
                pass(&push, "", &pull, 0);
                let (pair, other) = meet!(pair pair);
                pass(&pair, "", &other, 0);
                pass(&other, "", &pair, 0);
                let (dealer, other) = meet!(dealer dealer);
                pass(&dealer, "", &other, 0);
                let (dealer, router) = meet!(dealer router);
                pass(&dealer, "", &router, 1);
                pass(&router, "a", &dealer, 0);
                let (router, other) = meet!(router router);
                pass(&router, "b", &other, 1);
                pass(&other, "a", &router, 1);
            }

            #[test]
            fn publications_that_nobody_may_miss_arrive_once_and_in_order_whenever_futures_are_dropped() {
                let (publisher, subscriber) = sockets!(publisher, subscriber);
                subscriber.subscribe("").unwrap();
                subscriber.connect(publisher.bind(HERE).unwrap()).unwrap();
                publisher.wait_for_subscribers(1).unwrap();
                pass(&publisher, "", &subscriber, 0);
                let (xsub, xpub) = meet!(xsub xpub);
                xsub.sent(&b"\x01"[..].into(), &|| ());
                assert_eq!(xpub.received(), b"\x01"[..]);
                xpub.has_nothing();
                pass(&xpub, "", &xsub, 0);
            }

            #[test]
            fn requests_get_their_replies_whenever_futures_are_dropped() {
                let (req, rep) = meet!(req rep);
                ask(&req, &[], &rep);
                let (req, router) = meet!(req router);
                ask(&req, &[], &router);
                let (dealer, rep) = meet!(dealer rep);
                ask(&dealer, &[""], &rep);
                let (dealer, router) = meet!(dealer router);
                ask(&dealer, &[], &router);
                let (router, dealer) = meet!(router dealer);
                ask(&router, &["b"], &dealer);
                let (router, other) = meet!(router router);
                ask(&router, &["b"], &other);
                let (pair, other) = meet!(pair pair);
                ask(&pair, &[], &other);
            }

            #[test]
            fn halves_of_a_socket_lose_nothing_whenever_futures_are_dropped() {
                let (dealer, other) = meet!(dealer dealer);
                let ((sends, receives), (other_sends, other_receives)) = (dealer.split(), other.split());
                thread::scope(|scope| {
                    scope.spawn(|| pass(&sends, "", &other_receives, 0));
                    pass(&other_sends, "", &receives, 0);
                });
            }

            #[test]
            fn sockets_whose_type_is_chosen_late_are_no_exception() {
                let context = Context::new();
                let socket = |socket_type, id| context.with(narrow(id)).socket(socket_type);
                for (from, to) in [(SocketType::Push, SocketType::Pull), (SocketType::Pair, SocketType::Pair)] {
                    let (from, to) = (socket(from, "a"), socket(to, "b"));
                    from.connect(to.bind(HERE).unwrap()).unwrap();
                    pass(&from, "", &to, 0);
                }
                let (req, rep) = (socket(SocketType::Req, "a"), socket(SocketType::Rep, "b"));
                req.connect(rep.bind(HERE).unwrap()).unwrap();
                ask(&req, &[], &rep);
            }
        }
    };
}

over!(tcp "tcp://127.0.0.1:*");
over!(inproc "inproc://cancel");
#[cfg(unix)]
over!(ipc "ipc://*");
