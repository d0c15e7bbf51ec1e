//! Marks of a whole socket: what waits for, or of, all peers together is never a message or an octet more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::common::{PATIENCE, await_event, context, disconnected, free_endpoint, options};
use zmtp_std::{
    Context, Dealer, Endpoint, Message, Options, Pull, Push, RecvError, SlowPeer, SocketType, Statistics,
    Traffic, Unsent,
};

const MARK: u32 = 7;

/// Larger than the buffers of the system, so that most of what is sent waits in the sockets.
const SIZE: usize = 300_000;

fn sending(messages: u32, octets: u64) -> Context {
    let linger = Some(std::time::Duration::ZERO);
    context().with(Options { socket_sndhwm: messages, socket_sndhwm_bytes: octets, linger, ..options() })
}

fn endpoints() -> Vec<Endpoint> {
    let file = std::env::temp_dir().join(format!("zmtp-marks-{}", zmtp_std::random_routing_id()));
    let mut all = vec!["tcp://127.0.0.1:*".parse().unwrap(), "inproc://marks".parse().unwrap()];
    if cfg!(unix) {
        all.push(format!("ipc://{}", file.display()).parse().unwrap());
    }
    all
}

/// How many messages are taken before there is no room.
fn accepted(push: &Push) -> u32 {
    (0..1000u32).take_while(|number| push.try_send(number.to_string()).is_ok()).count() as u32
}

#[test]
fn what_waits_for_all_peers_is_within_the_mark_and_what_has_no_room_comes_back() {
    let push = sending(MARK, 0).push();
    let absent = [(); 3].map(|()| free_endpoint());
    absent.iter().for_each(|endpoint| push.connect(endpoint).unwrap());
    assert_eq!(accepted(&push), MARK);
    assert_eq!(push.statistics().to_send.messages, u64::from(MARK));
    let full = push.try_send("more").unwrap_err();
    assert_eq!((full.message, full.why), (Message::from("more"), Unsent::WouldBlock));
    // One peer comes, and takes its share: then there is as much room for all.
    let pull = context().pull();
    thread::scope(|scope| {
        let sender = scope.spawn(|| (0..10).for_each(|_| push.send("late").unwrap()));
        pull.bind(&absent[0]).unwrap();
        let others = context().pull();
        absent[1..].iter().for_each(|endpoint| drop(others.bind(endpoint).unwrap()));
        let mut all = 0;
        while all < MARK + 10 {
            all += u32::from(pull.try_recv().is_ok()) + u32::from(others.try_recv().is_ok());
            thread::yield_now();
        }
        sender.join().unwrap();
    });
}

#[test]
fn octets_for_all_peers_are_within_the_mark_and_a_message_beyond_it_is_an_error() {
    let push = sending(0, 100).push();
    [(); 2].iter().for_each(|()| push.connect(free_endpoint()).unwrap());
    assert_eq!(push.try_send(vec![0; 101]).unwrap_err().why, Unsent::TooLarge);
    [60, 30, 10].into_iter().for_each(|size| push.try_send(vec![0; size]).unwrap());
    assert_eq!(push.try_send("x").unwrap_err().why, Unsent::WouldBlock);
    push.try_send("").unwrap();
    assert_eq!(push.statistics().to_send, Traffic { messages: 4, octets: 100 });
}

#[test]
fn every_type_that_sends_keeps_to_the_mark_over_inproc() {
    for (from, to) in [
        (SocketType::Push, SocketType::Pull),
        (SocketType::Dealer, SocketType::Dealer),
        (SocketType::Pair, SocketType::Pair),
        (SocketType::Router, SocketType::Dealer),
        (SocketType::Pub, SocketType::Sub),
        (SocketType::XSub, SocketType::XPub),
    ] {
        let context = sending(MARK, 0);
        let sender = context.socket(from);
        let receiver = context
            .with(Options { rcvhwm: 1, socket_sndhwm: 0, routing_id: "p".into(), ..options() })
            .socket(to);
        sender.bind("inproc://types").unwrap();
        receiver.connect("inproc://types").unwrap();
        if to == SocketType::Sub {
            receiver.subscribe("").unwrap();
        }
        let body = |number: u32| match from {
            SocketType::Router => Message::from(["p".to_owned(), number.to_string()]),
            _ => number.to_string().into(),
        };
        let taken = (0..20u32).filter(|number| sender.try_send(body(*number)).is_ok()).count();
        let Statistics { to_send, dropped, .. } = sender.statistics();
        assert_eq!(to_send.messages, u64::from(MARK), "{from}");
        assert_eq!(taken as u64 - dropped, u64::from(MARK) + 1, "{from}: one is the receiver's");
        (0..=MARK).for_each(|number| assert_eq!(receiver.recv().unwrap(), number.to_string(), "{from}"));
        assert_eq!(receiver.try_recv(), Err(RecvError::WouldBlock));
        sender.try_send(body(99)).unwrap();
        assert_eq!(receiver.recv().unwrap(), "99", "{from}");
    }
}

#[test]
fn a_message_that_nobody_may_miss_waits_until_there_is_room_for_all_who_are_to_have_it() {
    let context = context();
    let publisher = context.with(Options { xpub_nodrop: true, socket_sndhwm: 5, ..options() }).publisher();
    publisher.bind("inproc://news").unwrap();
    let subscribers = [(); 3].map(|()| {
        let subscriber = context.with(Options { rcvhwm: 1, ..options() }).subscriber();
        subscriber.connect("inproc://news").unwrap();
        subscriber.subscribe("").unwrap();
        subscriber
    });
    // Until it is full a sender hands nothing over.
    publisher.try_send("1").unwrap();
    let full = publisher.try_send("2").unwrap_err();
    assert_eq!((full.why, publisher.statistics().to_send.messages), (Unsent::WouldBlock, 3));
    subscribers.iter().for_each(|subscriber| assert_eq!(subscriber.recv().unwrap(), "1"));
    publisher.try_send("2").unwrap();
    subscribers.iter().for_each(|subscriber| assert_eq!(subscriber.recv().unwrap(), "2"));
    assert_eq!(publisher.dropped(), 0);
    let small = context.with(Options { xpub_nodrop: true, socket_sndhwm: 2, ..options() }).publisher();
    small.bind("inproc://few").unwrap();
    subscribers.iter().for_each(|subscriber| subscriber.connect("inproc://few").unwrap());
    small.wait_for_subscribers(3).unwrap();
    assert_eq!(small.try_send("never").unwrap_err().why, Unsent::TooLarge);
}

#[test]
fn where_messages_are_dropped_those_beyond_the_mark_of_the_socket_are() {
    for (slow_peer, first) in [(SlowPeer::DropNewest, "0"), (SlowPeer::DropOldest, "13")] {
        let options = sending(MARK, 0).options().clone();
        let push = context().with(Options { slow_peer, ..options }).push();
        let endpoint = free_endpoint();
        push.connect(&endpoint).unwrap();
        (0..20).for_each(|number| push.send(number.to_string()).unwrap());
        let Statistics { to_send, dropped, .. } = push.statistics();
        assert_eq!((to_send.messages, dropped), (u64::from(MARK), 20 - u64::from(MARK)));
        let pull = context().pull();
        pull.bind(&endpoint).unwrap();
        assert_eq!(pull.recv().unwrap(), first);
    }
}

#[test]
fn what_a_peer_leaves_behind_gives_its_room_back() {
    let context = sending(MARK, 0);
    let push = context.push();
    let monitor = push.monitor();
    let pull = context.with(Options { rcvhwm: 1, ..options() }).pull();
    push.bind("inproc://leaving").unwrap();
    pull.connect("inproc://leaving").unwrap();
    assert_eq!(accepted(&push), MARK + 1);
    drop(pull);
    await_event(&monitor, disconnected);
    assert_eq!(push.statistics().to_send, Traffic::default());
    push.connect(free_endpoint()).unwrap();
    assert_eq!(accepted(&push), MARK);
}

/// Peers that send as fast as they can, until `done`.
fn flood(context: &Context, endpoint: &Endpoint, done: &AtomicBool, size: usize) {
    let dealer = context.with(Options { linger: Some(std::time::Duration::ZERO), ..options() }).dealer();
    dealer.connect(endpoint).unwrap();
    let mut number = 0;
    while !done.load(Ordering::Relaxed) {
        let body = vec![0; size + number % 3];
        let _ = dealer.send_timeout(body, std::time::Duration::from_millis(5));
        number += 1;
    }
}

fn within(waiting: Traffic, messages: u64, octets: u64) {
    assert!(waiting.messages <= messages && waiting.octets <= octets, "{waiting:?}");
}

/// Four peers send more than there is room for, in all ways in which messages come in.
fn is_exact(endpoint: &Endpoint, messages: u32, octets: u64, size: usize) {
    const TAKEN: usize = 60;
    let context = context();
    let limited = Options { socket_rcvhwm: messages, socket_rcvhwm_bytes: octets, ..options() };
    let dealer: Dealer = context.with(limited).dealer();
    let endpoint = dealer.bind(endpoint).unwrap();
    let done = AtomicBool::new(false);
    let most = |mark: u64| if mark == 0 { u64::MAX } else { mark };
    thread::scope(|scope| {
        (0..4).for_each(|_| drop(scope.spawn(|| flood(&context, &endpoint, &done, size))));
        dealer.wait_for_peers(4).unwrap();
        for _ in 0..TAKEN {
            dealer.recv_timeout(PATIENCE).unwrap();
            for _ in 0..20 {
                within(dealer.statistics().to_receive, most(messages.into()), most(octets));
                thread::yield_now();
            }
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn what_waits_to_be_received_of_all_peers_is_within_the_mark_over_every_transport() {
    for endpoint in endpoints() {
        is_exact(&endpoint, 5, 0, 10);
        is_exact(&endpoint, 0, 1000, 100);
        is_exact(&endpoint, 3, 400, 100);
        is_exact(&endpoint, 1, 0, 20_000);
        is_exact(&endpoint, 0, 2 * SIZE as u64, SIZE - 2);
    }
}

#[test]
fn messages_of_every_size_arrive_whole_and_in_order_however_little_room_there_is() {
    const COUNT: u32 = 300;
    for endpoint in endpoints() {
        let context = context();
        let limited = Options { socket_rcvhwm: 2, socket_rcvhwm_bytes: 100_000, ..options() };
        let pull: Pull = context.with(limited).pull();
        let endpoint = pull.bind(&endpoint).unwrap();
        thread::scope(|scope| {
            for peer in 0..3u8 {
                let (context, endpoint) = (&context, &endpoint);
                scope.spawn(move || {
                    let push = context.with(Options { socket_sndhwm: 2, ..options() }).push();
                    push.connect(endpoint).unwrap();
                    for number in 0..COUNT {
                        let size = [0, 10, 2_000, 40_000][number as usize % 4];
                        push.send([vec![peer], number.to_be_bytes().to_vec(), vec![1; size]]).unwrap();
                    }
                });
            }
            let mut next = [0; 3];
            for _ in 0..3 * COUNT {
                let message = pull.recv_timeout(PATIENCE).unwrap();
                let peer = usize::from(message.part(0).unwrap()[0]);
                let number = u32::from_be_bytes(message.part(1).unwrap()[..].try_into().unwrap());
                assert_eq!((number, message.len()), (next[peer], 3));
                next[peer] += 1;
            }
        });
        assert_eq!(pull.try_recv(), Err(RecvError::WouldBlock));
        assert_eq!(pull.statistics().to_receive, Traffic::default(), "{endpoint}");
    }
}

#[test]
fn a_message_larger_than_the_socket_holds_ends_the_connection() {
    for endpoint in endpoints() {
        let context = context();
        let limited = Options { socket_rcvhwm_bytes: 10, ..options() };
        let (pull, push) = (context.with(limited).pull(), context.push());
        let monitor = pull.monitor();
        push.connect(pull.bind(&endpoint).unwrap()).unwrap();
        push.send(["12345", "67890"]).unwrap();
        assert_eq!(pull.recv().unwrap().len(), 2);
        push.send(["12345", "678901"]).unwrap();
        assert!(pull.recv_timeout(std::time::Duration::from_millis(1)).is_err());
        await_event(&monitor, disconnected);
    }
}

/// Ends floods, also of a test that fails.
struct Ends<'d>(&'d AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Receives until a message of this size comes, past at most so many others as would not be so many by chance.
fn arrives(dealer: &Dealer, size: usize) {
    const MANY: usize = 500_000;
    let mut sizes = (0..MANY).map(|_| dealer.recv_timeout(PATIENCE).unwrap().part(0).unwrap().len());
    assert!(sizes.any(|len| len == size), "{size} octets have waited for too long");
}

#[test]
fn a_message_of_any_size_has_its_turn_among_small_ones_of_others_that_never_end() {
    const LARGE: usize = 950;
    for endpoint in endpoints() {
        for (threads, messages, octets) in [(1, 0, 1000), (2, 0, 1000), (1, 4, 0), (1, 1, 1000)] {
            let context = Context::builder().io_threads(threads).build().unwrap().with(options());
            let limited = Options { socket_rcvhwm: messages, socket_rcvhwm_bytes: octets, ..options() };
            let dealer: Dealer = context.with(limited).dealer();
            let endpoint = dealer.bind(&endpoint).unwrap();
            let done = AtomicBool::new(false);
            thread::scope(|scope| {
                let _ended = Ends(&done);
                (0..2).for_each(|_| drop(scope.spawn(|| flood(&context, &endpoint, &done, 10))));
                (0..1000).for_each(|_| drop(dealer.recv_timeout(PATIENCE).unwrap()));
                let large = context.dealer();
                large.connect(&endpoint).unwrap();
                dealer.wait_for_peers(3).unwrap();
                for _ in 0..3 {
                    large.send(vec![0; LARGE]).unwrap();
                    arrives(&dealer, LARGE);
                }
            });
        }
    }
}
