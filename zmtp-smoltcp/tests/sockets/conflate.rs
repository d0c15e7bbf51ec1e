//! Sockets that keep only the newest message.

use crate::common::{Net, lend, peers};
use zmtp_smoltcp::{Config, Conflate, Dealer, Null, Pub, Pull, Push, Socket, SocketOf, SocketType, Sub};

const CONFIG: Config<'static> = Config::new(SocketType::Pair);

fn message(number: u8) -> [[u8; 20]; 2] {
    [[number; 20], [b'2'; 20]]
}

/// Has `send` send ten messages, each of which alone fits a queue of 64 octets, and `receive` what has arrived then: those on
/// the way all reach the receiver before it looks.
fn exchange<A: Socket, B: Socket>(
    (mut bound, mut connected): (A, B),
    mut send: impl FnMut(&mut A, &[&[u8]]) -> bool,
    drive_between: bool,
    mut receive: impl FnMut(&mut B) -> Option<Vec<Vec<u8>>>,
) -> Vec<u8> {
    let mut net = Net::new();
    let mut server = net.bind::<1>(5555, 256);
    let to_client = net.sockets.iter().last().unwrap().0;
    let mut client = net.connect(5555, 256);
    let mut sent = 0;
    net.run(|net| {
        net.poll("bound", &mut server, &mut bound);
        net.poll("connected", &mut client, &mut connected);
        while sent < 10 {
            let [a, b] = message(sent);
            if !send(&mut bound, &[&a, &b]) {
                break;
            }
            sent += 1;
            if drive_between {
                break;
            }
        }
        sent == 10 && bound.is_flushed() && net.raw(to_client).send_queue() == 0
    });
    net.poll("connected", &mut client, &mut connected);
    let mut received = Vec::new();
    while let Some(parts) = receive(&mut connected) {
        assert_eq!(parts, message(parts[0][0]), "whole");
        received.push(parts[0][0]);
        net.poll("connected", &mut client, &mut connected);
    }
    received
}

fn conflating<P: Conflate<Null>>(
    socket: SocketOf<'static, 'static, P, Null>,
) -> SocketOf<'static, 'static, P, Null> {
    socket.conflating()
}

fn sub() -> Sub<'static, 'static> {
    let mut sub = Sub::new(CONFIG, peers(1, 128), lend(16));
    sub.subscribe(b"").unwrap();
    sub
}

#[test]
fn api_011_who_does_not_look_receives_the_newest_message_and_holds_nobody_up() {
    let push = Push::new(CONFIG, peers(1, 64));
    let pull = conflating(Pull::new(CONFIG, peers(1, 128)));
    let received =
        exchange((push, pull), |push, parts| push.send(parts).is_ok(), true, |pull| receive!(pull));
    assert_eq!(received, [9], "PULL");
    let publisher = Pub::new(CONFIG, peers(1, 64), lend(16));
    let subscriber = conflating(sub());
    let received = exchange(
        (publisher, subscriber),
        |publisher, parts| publisher.send(parts).queued == 1,
        true,
        |sub| receive!(sub),
    );
    assert_eq!(received, [9], "SUB");
}

#[test]
fn api_011_a_slow_peer_is_sent_the_newest_message_and_the_sender_never_waits() {
    let push = conflating(Push::new(CONFIG, peers(1, 64)));
    let pull = Pull::new(CONFIG, peers(1, 1024));
    let received =
        exchange((push, pull), |push, parts| push.send(parts).is_ok(), false, |pull| receive!(pull));
    assert_eq!(received, [9], "PUSH");
    let publisher = conflating(Pub::new(CONFIG, peers(1, 64), lend(16)));
    let mut queued = 0;
    let give = |publisher: &mut Pub<'_, '_>, parts: &[&[u8]]| {
        queued += publisher.send(parts).queued;
        queued > 0
    };
    assert_eq!(exchange((publisher, sub()), give, false, |sub| receive!(sub)), [9], "PUB");
    assert_eq!(queued, 10, "none is dropped for want of room");
}

#[test]
fn api_011_a_dealer_conflates_both_ways() {
    let dealer = |octets| conflating(Dealer::new(CONFIG, peers(1, octets)));
    let received = exchange(
        (dealer(64), dealer(128)),
        |dealer, parts| dealer.send(parts).is_ok(),
        true,
        |dealer| receive!(dealer),
    );
    assert_eq!(received, [9]);
}

#[test]
fn api_011_what_is_received_in_part_stays_and_the_newest_follows() {
    let push = Push::new(CONFIG, peers(1, 64));
    let pull = conflating(Pull::new(CONFIG, peers(1, 256)));
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 256), net.connect(5555, 256));
    let (mut push, mut pull, mut sent) = (push, pull, 0);
    net.run(|net| {
        net.poll("push", &mut server, &mut push);
        net.poll("pull", &mut client, &mut pull);
        let [a, b] = message(0);
        sent += u8::from(sent == 0 && push.send(&[&a, &b]).is_ok());
        pull.recv(&mut [0; 32]).is_ok_and(|frame| frame.more)
    });
    net.run(|net| {
        net.poll("push", &mut server, &mut push);
        net.poll("pull", &mut client, &mut pull);
        let [a, b] = message(sent);
        sent += u8::from(sent < 10 && push.send(&[&a, &b]).is_ok());
        sent == 10
    });
    let mut received = Vec::new();
    net.run(|net| {
        net.poll("push", &mut server, &mut push);
        net.poll("pull", &mut client, &mut pull);
        if !push.is_flushed() {
            return false;
        }
        received.extend(receive!(pull));
        received.last().is_some_and(|message| message[0] == [9; 20])
    });
    assert_eq!(received[0], [[b'2'; 20]], "the second part of the first");
}
