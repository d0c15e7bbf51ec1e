//! The socket whose type is chosen at run time.

use crate::common::context;
use zmtp_std::{Message, NotGranted, RecvError, Socket, SocketType, SubscribeError, Unsent};

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
