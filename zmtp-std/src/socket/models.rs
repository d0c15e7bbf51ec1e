//! Models of sockets, their lanes and wakers: shuttle runs them over and over, each time with threads coming between each other in
//! another way, by chance or with few changes of the thread at the worst places.
//!
//! The code is that of the sockets. Left out are streams of the system and tasks of I/O threads: a lane is connected by hand, and
//! what a session does to write is done by a thread of the model. shuttle finds lost and doubled messages, wake-ups that get
//! lost (nobody can go on), and locks taken in a circle. It knows no weak memory: every atomic operation is SeqCst to it.

mod streams;

use std::sync::Arc;

use bytes::Bytes;
use shuttle::future::block_on;
use shuttle::thread;
use zmtp_core::SocketType;
use zmtp_core::wire::Version;

use super::core::Core;
use crate::io::Wake;
use crate::lane::{Extent, Lane, Link, Recipient};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::{Address, Context, Endpoint, Message, Options, Properties, Push};

/// How often a model is run, with each way to choose what comes next.
const RUNS: usize = 250;

/// The most changes of the thread in a run of the second way.
const CHANGES: usize = 3;

fn check(model: impl Fn() + Send + Sync + 'static) {
    let model = Arc::new(model);
    let again = Arc::clone(&model);
    shuttle::check_random(move || again(), RUNS);
    shuttle::check_pct(move || model(), RUNS, CHANGES);
}

/// Marks of one message, so that everybody waits for everybody.
fn context() -> Context {
    Context::new().with(Options { sndhwm: 1, rcvhwm: 1, ..Options::default() })
}

/// A lane of a socket, as after a handshake with a peer of this type.
fn lane(core: &Arc<Core>, peer: SocketType) -> Arc<Lane> {
    let site = core.bound(Endpoint::Inproc { name: "model".into() }, core.settings());
    let properties = Properties {
        socket_type: Some(peer),
        routing_id: Bytes::new(),
        address: Address::Inproc("model".into()),
        user_id: String::new(),
        metadata: Vec::new(),
    };
    core.established(None, &site, Version::V3_1, Arc::new(properties)).unwrap()
}

/// Connects two sockets as inproc does; returns the lanes of both.
fn connect(
    (a, a_type): (&Arc<Core>, SocketType),
    (b, b_type): (&Arc<Core>, SocketType),
) -> (Arc<Lane>, Arc<Lane>) {
    let (to_b, to_a) = (lane(a, b_type), lane(b, a_type));
    let end = |core: &Arc<Core>| Arc::clone(core) as Arc<dyn Recipient>;
    to_b.link(Link::new((end(a), &to_b), (end(b), &to_a)));
    to_a.link(Link::new((end(b), &to_a), (end(a), &to_b)));
    (to_b, to_a)
}

/// What the task of a pipe does, until `done`: it fetches what waits for room in the socket.
fn attend(from: Arc<Lane>, to: Arc<Lane>, done: Arc<AtomicUsize>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        while done.load(Ordering::SeqCst) == 0 {
            block_on(to.wake.woken());
            if to.take_due() {
                from.fetch(Extent::Room);
            }
        }
    })
}

/// Checks that the numbered messages of some senders have each come once, and those of one in order.
fn each_once(received: &[(usize, usize)], senders: usize, messages: usize) {
    assert_eq!(received.len(), senders * messages);
    for sender in 0..senders {
        let of = received.iter().filter(|(from, _)| *from == sender).map(|(_, number)| *number);
        assert!(of.eq(0..messages), "{received:?}");
    }
}

fn text((sender, number): (usize, usize)) -> Message {
    Message::from(format!("{sender} {number}"))
}

fn numbers(text: &str) -> (usize, usize) {
    let (sender, number) = text.split_once(' ').unwrap();
    (sender.parse().unwrap(), number.parse().unwrap())
}

#[test]
fn a_wake_is_heard_however_it_comes_between() {
    check(|| {
        let (wake, done) = (Arc::new(Wake::default()), Arc::new(AtomicUsize::new(0)));
        let wakers: Vec<_> = (0..2)
            .map(|_| {
                let (wake, done) = (Arc::clone(&wake), Arc::clone(&done));
                thread::spawn(move || {
                    done.fetch_add(1, Ordering::SeqCst);
                    wake.wake();
                })
            })
            .collect();
        while done.load(Ordering::SeqCst) < wakers.len() {
            block_on(wake.woken());
        }
        wakers.into_iter().for_each(|waker| waker.join().unwrap());
    });
}

/// Threads that send so many messages each.
fn two_senders(push: &Arc<Push>, messages: usize) -> Vec<thread::JoinHandle<()>> {
    let sender = |sender| {
        let push = Arc::clone(push);
        thread::spawn(move || {
            (0..messages).for_each(|number| block_on(push.send_async(text((sender, number)))).unwrap());
        })
    };
    (0..2).map(sender).collect()
}

#[test]
fn over_inproc_every_message_of_two_senders_comes_once_and_nobody_waits_in_vain() {
    const MESSAGES: usize = 3;
    check(|| {
        let context = context();
        let (push, pull) = (Arc::new(context.push()), context.pull());
        connect((&*push.core, SocketType::Push), (&*pull.core, SocketType::Pull));
        let senders = two_senders(&push, MESSAGES);
        let received: Vec<_> = (0..2 * MESSAGES)
            .map(|_| numbers(block_on(pull.recv_async()).unwrap().text().unwrap()))
            .collect();
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        each_once(&received, 2, MESSAGES);
        assert!(pull.try_recv().is_err(), "nothing comes twice");
    });
}

/// Two sockets send to a third, which has room for one message, and then come to an `end`.
fn from_two_peers<T: Send + 'static>(options: &Options, end: impl Fn(Push) -> T + Copy + Send + 'static) {
    const MESSAGES: usize = 3;
    let context = Context::new().with(options.clone());
    let (pull, done) = (context.pull(), Arc::new(AtomicUsize::new(0)));
    let (mut senders, mut attendants, mut lanes) = (Vec::new(), Vec::new(), Vec::new());
    for sender in 0..2 {
        let push = context.push();
        let (there, here) = connect((&*push.core, SocketType::Push), (&*pull.core, SocketType::Pull));
        lanes.push(Arc::clone(&here));
        attendants.push(attend(there, here, Arc::clone(&done)));
        senders.push(thread::spawn(move || {
            (0..MESSAGES).for_each(|number| block_on(push.send_async(text((sender, number)))).unwrap());
            end(push)
        }));
    }
    let received: Vec<_> = (0..2 * MESSAGES)
        .map(|_| {
            assert!(pull.statistics().to_receive.messages <= 1);
            numbers(block_on(pull.recv_async()).unwrap().text().unwrap())
        })
        .collect();
    each_once(&received, 2, MESSAGES);
    done.store(1, Ordering::SeqCst);
    lanes.iter().for_each(|lane| lane.wake.wake());
    attendants.into_iter().for_each(|attendant| attendant.join().unwrap());
    senders.into_iter().for_each(|sender| drop(sender.join().unwrap()));
}

#[test]
fn over_inproc_two_peers_share_the_room_of_a_socket_and_nobody_waits_in_vain() {
    let options = Options { sndhwm: 1, socket_sndhwm: 1, socket_rcvhwm: 1, ..Options::default() };
    // Not dropped yet: what has been sent is still to be fetched.
    check(move || from_two_peers(&options, |push| push));
}

#[test]
fn over_inproc_what_two_peers_leave_behind_is_received_once_and_never_beyond_the_room_of_a_socket() {
    let options = Options { sndhwm: 2, rcvhwm: 1, socket_rcvhwm: 1, ..Options::default() };
    let close = |push: Push| assert_eq!(push.close(std::time::Duration::ZERO).undelivered, 0);
    check(move || from_two_peers(&options, close));
}

#[test]
fn over_inproc_requests_get_their_replies() {
    check(|| {
        let context = context();
        let (req, rep) = (context.req(), context.rep());
        connect((&*req.core, SocketType::Req), (&*rep.core, SocketType::Rep));
        let answers = thread::spawn(move || {
            for _ in 0..3 {
                let request = block_on(rep.recv_async()).unwrap();
                block_on(rep.send_async(request)).unwrap();
            }
        });
        for number in 0..3 {
            block_on(req.send_async(text((0, number)))).unwrap();
            assert_eq!(block_on(req.recv_async()).unwrap(), text((0, number)));
        }
        answers.join().unwrap();
    });
}

#[test]
fn over_inproc_both_ends_send_and_receive_at_once() {
    check(|| {
        let context = context();
        let (a, b) = (Arc::new(context.dealer()), Arc::new(context.dealer()));
        connect((&*a.core, SocketType::Dealer), (&*b.core, SocketType::Dealer));
        let mut threads = Vec::new();
        for (of, other) in [(&a, &b), (&b, &a)] {
            let (sends, receives) = (Arc::clone(of), Arc::clone(other));
            threads.push(thread::spawn(move || {
                (0..2).for_each(|number| block_on(sends.send_async(text((0, number)))).unwrap());
            }));
            threads.push(thread::spawn(move || {
                (0..2).for_each(|number| {
                    assert_eq!(block_on(receives.recv_async()).unwrap(), text((0, number)));
                });
            }));
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}
