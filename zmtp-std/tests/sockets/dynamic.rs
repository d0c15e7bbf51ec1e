//! The socket whose type is chosen at run time.

use std::time::Duration;

use crate::common::context;
use zmtp_std::{
    ConnectError, Message, NotGranted, RecvError, Socket, SocketType, SubscribeError, Unsent, WaitError,
};

fn pair(ours: SocketType, theirs: SocketType) -> (Socket, Socket) {
    let context = context();
    let (ours, theirs) = (context.socket(ours), context.socket(theirs));
    ours.connect(theirs.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    (ours, theirs)
}

#[test]
fn every_type_that_sends_reaches_one_that_receives() {
    use SocketType::{Dealer, Pair, Pub, Pull, Push, Rep, Req, Router, Sub, XPub, XSub};
    for (sender, receiver) in [
        (Req, Rep),
        (Req, Router),
        (Dealer, Router),
        (Dealer, Dealer),
        (Push, Pull),
        (Pair, Pair),
        (Pub, Sub),
        (Pub, XSub),
        (XPub, Sub),
        (XPub, XSub),
    ] {
        let (ours, theirs) = pair(sender, receiver);
        assert_eq!((ours.socket_type(), theirs.socket_type()), (sender, receiver));
        if matches!(receiver, Sub | XSub) {
            theirs.subscribe("hel").unwrap();
            // Until the subscription has arrived, nobody is there.
            while theirs.try_recv().is_err() {
                ours.send("hello").unwrap();
            }
        } else {
            ours.send("hello").unwrap();
            let mut message = theirs.recv().unwrap();
            assert_eq!(message.pop_back().unwrap(), "hello", "{sender:?} to {receiver:?}");
        }
    }
}

#[test]
fn what_a_type_cannot_do_is_an_error_and_the_message_comes_back() {
    let context = context();
    for socket_type in [SocketType::Pull, SocketType::Sub] {
        let error = context.socket(socket_type).send(["a", "b"]).unwrap_err();
        assert_eq!((error.why, error.message), (Unsent::NotSupported, Message::from(["a", "b"])));
    }
    for socket_type in [SocketType::Push, SocketType::Pub] {
        let error = context.socket(socket_type).recv().unwrap_err();
        assert_eq!(
            (error, error.to_string()),
            (
                RecvError::NotSupported,
                "a socket of this type cannot receive; take one that can, such as PULL, SUB or DEALER".into()
            )
        );
    }
    assert_eq!(context.socket(SocketType::Req).subscribe("a"), Err(SubscribeError::NotSupported));
    let not_manual = SubscribeError::NotGranted(NotGranted::NotManual);
    assert_eq!(context.socket(SocketType::XPub).subscribe("a"), Err(not_manual));
}

#[test]
fn subscriptions_end_with_unsubscribe() {
    for subscriber in [SocketType::Sub, SocketType::XSub] {
        let (ours, theirs) = pair(subscriber, SocketType::XPub);
        ours.subscribe("a").unwrap();
        assert_eq!(theirs.recv().unwrap(), "\u{1}a");
        ours.unsubscribe("a").unwrap();
        assert_eq!(theirs.recv().unwrap(), "\0a");
    }
}

#[test]
fn a_publisher_that_is_chosen_late_waits_for_its_subscribers() {
    use SocketType::{Pub, Push, Sub, XPub};
    for publisher in [Pub, XPub] {
        let (subscriber, publisher) = pair(Sub, publisher);
        publisher.wait_for_peers(1).unwrap();
        assert_eq!(publisher.subscribers(), 0);
        let late = publisher.wait_for_subscribers_timeout(1, Duration::ZERO).unwrap_err();
        assert_eq!(late, WaitError::TimedOut { there: 0, wanted: 1 });
        subscriber.subscribe("news").unwrap();
        publisher.wait_for_subscribers(1).unwrap();
        publisher.send("news").unwrap();
        assert_eq!((subscriber.recv().unwrap(), publisher.subscribers()), ("news".into(), 1));
    }
    assert_eq!(context().socket(Push).subscribers(), 0);
}

#[test]
fn a_router_that_is_chosen_late_calls_a_peer_as_it_likes_and_no_other_type_does() {
    let (router, dealer) = (context().socket(SocketType::Router), context().socket(SocketType::Dealer));
    let endpoint = dealer.bind("tcp://127.0.0.1:*").unwrap();
    router.connect_routing_id(&endpoint, "worker").unwrap();
    router.send(["worker", "task"]).unwrap();
    assert_eq!(dealer.recv().unwrap(), "task");
    let error = dealer.connect_routing_id(&endpoint, "worker").unwrap_err();
    assert_eq!(error, ConnectError::NotSupported);
    assert!(
        error.to_string().contains("only a ROUTER or STREAM") && error.to_string().contains("without a name")
    );
}
