//! Sockets whose halves have different owners.

use std::thread;

use crate::common::{PATIENCE, context};
use zmtp_std::poll::{Item, poll};
use zmtp_std::{
    Closed, Closing, Context, Duplex, Endpoint, Message, RecvError, RecvHalf, SendHalf, SocketType, Unsent,
};

const MESSAGES: usize = 500;

/// Sends with one half and receives with the other, in two threads, through somebody who returns everything.
fn passes<S: Duplex + 'static>((sender, receiver): (SendHalf<S>, RecvHalf<S>), envelope: &'static [&str]) {
    let numbered = |number: usize| -> Message {
        envelope.iter().map(ToString::to_string).chain([number.to_string()]).collect()
    };
    let receiving = thread::spawn(move || {
        (0..MESSAGES).for_each(|number| assert_eq!(receiver.recv().unwrap(), numbered(number)));
    });
    (0..MESSAGES).for_each(|number| sender.send(numbered(number)).unwrap());
    receiving.join().unwrap();
}

/// Binds somebody called "echo", who returns everything, has a socket meet it, and its halves talk to it.
fn echoes<S: Duplex + 'static>(
    endpoint: &str,
    envelope: &'static [&str],
    meet: impl FnOnce(&Context, &Endpoint) -> (SendHalf<S>, RecvHalf<S>),
) {
    let context = context();
    let echo = context.named("echo").dealer();
    let bound = echo.bind(endpoint).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            while let Ok(message) = echo.recv() {
                echo.send(message).unwrap();
            }
        });
        passes(meet(&context, &bound), envelope);
        let _ = echo.close(PATIENCE);
    });
}

#[test]
fn one_half_sends_while_the_other_receives_whatever_the_type() {
    for endpoint in ["tcp://127.0.0.1:*", "inproc://halves"] {
        echoes(endpoint, &[], |context, bound| {
            let dealer = context.dealer();
            dealer.connect(bound).unwrap();
            dealer.split()
        });
        echoes(endpoint, &["echo"], |context, bound| {
            let router = context.router();
            router.connect(bound).unwrap();
            router.wait_for_peers(1).unwrap();
            router.split()
        });
        echoes(endpoint, &[], |context, bound| {
            let socket = context.socket(SocketType::Dealer);
            socket.connect(bound).unwrap();
            socket.split()
        });
    }
}

#[test]
fn publishers_show_subscriptions_to_one_half_and_publish_with_the_other() {
    let context = context();
    let xpub = context.xpub();
    let endpoint = xpub.bind("tcp://127.0.0.1:*").unwrap();
    let (publishes, hears) = xpub.split();
    let xsub = context.xsub();
    xsub.connect(endpoint).unwrap();
    let (subscribes, receives) = xsub.split();
    subscribes.send(b"\x01news").unwrap();
    assert_eq!(hears.recv_timeout(PATIENCE).unwrap(), b"\x01news"[..]);
    publishes.send("news: none").unwrap();
    assert_eq!(receives.recv_from().unwrap().message, "news: none");
}

#[test]
fn a_socket_is_open_for_as_long_as_one_of_its_halves_and_their_clones_is_there() {
    let context = context();
    let (pair, other) = (context.pair(), context.pair());
    pair.connect(other.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    let (sender, receiver) = pair.split();
    let clone = sender.clone();
    drop((sender, receiver));
    clone.send("still there").unwrap();
    assert_eq!(other.recv().unwrap(), "still there");
    let monitor = clone.socket().monitor();
    drop(clone);
    while monitor.recv_timeout(PATIENCE).is_some() {}
    assert!(monitor.recv().is_none(), "it has ended");
}

#[test]
fn either_half_knows_the_whole_which_can_be_polled_and_closed() {
    let context = context();
    let (dealer, other) = (context.dealer(), context.dealer());
    dealer.connect(other.bind("inproc://whole").unwrap()).unwrap();
    let (sender, receiver) = dealer.split();
    let mut items = [Item::readable(receiver.socket()), Item::writable(sender.socket())];
    other.send("wake up").unwrap();
    assert_eq!(poll(&mut items, Some(PATIENCE)).unwrap(), 2);
    assert_eq!(receiver.try_recv().unwrap(), "wake up");
    sender.try_send("last").unwrap();
    sender.send_timeout("words", PATIENCE).unwrap();
    assert_eq!(receiver.socket().close(PATIENCE), Closed { undelivered: 0 });
    let unsent = sender.send("late").unwrap_err();
    assert_eq!((unsent.message, unsent.why), ("late".into(), Unsent::Closed(Closing::Closed)));
    assert_eq!(receiver.recv(), Err(RecvError::Closed(Closing::Closed)));
    assert_eq!((other.recv().unwrap(), other.recv().unwrap()), ("last".into(), "words".into()));
}
