//! Waiting for peers and events, closing, and a proxy.

use std::pin::pin;
use std::task::{Context as Task, Poll};
use std::thread;

use super::{Cut, counting, finally};
use crate::common::{PATIENCE, context, handshake, options};
use zmtp_std::device::Proxy;
use zmtp_std::{Closed, Closing, Message, Options, RecvError, Unsent};

/// With marks of one message, so that everybody waits for everybody.
fn narrow() -> Options {
    Options { sndhwm: 1, rcvhwm: 1, sndbuf: Some(4096), rcvbuf: Some(4096), ..options() }
}

/// The first moments at which a future can be dropped.
fn cuts() -> impl Iterator<Item = Cut> {
    Cut::all().take(6)
}

#[test]
fn who_waits_for_peers_subscribers_and_messages_takes_nothing_whenever_futures_are_dropped() {
    let context = context();
    let (xpub, sub) = (context.xpub(), context.subscriber());
    let endpoint = xpub.bind("tcp://127.0.0.1:*").unwrap();
    thread::scope(|scope| {
        let subscribers = scope.spawn(|| finally(|| xpub.wait_for_subscribers_async(1)).0);
        let peers = scope.spawn(|| finally(|| sub.wait_for_peers_async(1)).0);
        sub.connect(&endpoint).unwrap();
        peers.join().unwrap().unwrap();
        sub.subscribe("").unwrap();
        subscribers.join().unwrap().unwrap();
        let readable = scope.spawn(|| finally(|| sub.readable()));
        finally(|| xpub.writable());
        xpub.send("news").unwrap();
        readable.join().unwrap();
    });
    assert_eq!(sub.try_recv().unwrap(), "news");
    assert_eq!(sub.try_recv(), Err(RecvError::WouldBlock));
}

#[test]
fn one_of_two_who_wait_is_dropped_as_it_is_woken_and_the_other_gets_the_message() {
    let context = context();
    let (push, pull) = (context.push(), context.pull());
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    for round in 0..50 {
        let ((first_waker, first_woken), (waker, woken)) = (counting(), counting());
        let mut first = Box::pin(pull.recv_async());
        let mut other = pin!(pull.recv_async());
        assert!(first.as_mut().poll(&mut Task::from_waker(&first_waker)).is_pending());
        assert!(other.as_mut().poll(&mut Task::from_waker(&waker)).is_pending());
        push.send(round.to_string()).unwrap();
        first_woken.recv_timeout(PATIENCE).unwrap();
        drop(first);
        let received = loop {
            woken.recv_timeout(PATIENCE).expect("the other is woken, too");
            if let Poll::Ready(received) = other.as_mut().poll(&mut Task::from_waker(&waker)) {
                break received;
            }
        };
        assert_eq!(received.unwrap(), round.to_string());
    }
}

#[test]
fn a_monitor_receives_every_event_whenever_futures_are_dropped() {
    let context = context();
    let pull = context.pull();
    let (cut, whole) = (pull.monitor(), pull.monitor());
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    thread::scope(|scope| {
        let received = scope.spawn(|| {
            let next = || finally(|| cut.recv_async()).0;
            std::iter::from_fn(next).map(|event| event.to_string()).collect::<Vec<_>>()
        });
        for _ in 0..5 {
            let push = context.push();
            push.connect(&endpoint).unwrap();
            crate::common::await_event(&whole, handshake);
        }
        drop(pull);
        let received = received.join().unwrap();
        for wanted in ["accepted", "is ready at"] {
            let count = received.iter().filter(|event| event.contains(wanted)).count();
            assert_eq!(count, 5, "{wanted}: {received:#?}");
        }
    });
}

#[test]
fn a_close_that_is_dropped_leaves_the_socket_closed_and_its_messages_on_their_way() {
    for cut in cuts() {
        let context = context().with(narrow());
        let (push, pull) = (context.push(), context.pull());
        // Nobody receives before the future has been dropped, or waits to be woken.
        let endpoint = crate::common::free_endpoint();
        push.connect(&endpoint).unwrap();
        push.send("last").unwrap();
        let wakes = cut.polls > 1 || cut.woken && cut.polls > 0;
        let closed = thread::scope(|scope| {
            let closing = scope.spawn(|| cut.run(push.close_async(PATIENCE)));
            if wakes {
                pull.bind(&endpoint).unwrap();
            }
            closing.join().unwrap()
        });
        let expected = if cut.polls == 0 { Unsent::WouldBlock } else { Unsent::Closed(Closing::Closed) };
        assert_eq!(push.try_send("later").unwrap_err().why, expected, "{cut:?}");
        if let Some(closed) = closed {
            assert_eq!(closed, Closed { undelivered: 0 });
        }
        drop(push);
        if !wakes {
            pull.bind(&endpoint).unwrap();
        }
        assert_eq!(pull.recv().unwrap(), "last", "{cut:?}");
    }
}

#[test]
fn api_025_a_proxy_loses_nothing_however_often_its_future_is_dropped() {
    const TASKS: usize = 60;
    let context = context().with(narrow());
    let (source, frontend, backend, sink) = (context.push(), context.pull(), context.push(), context.pull());
    source.connect(frontend.bind("inproc://front").unwrap()).unwrap();
    backend.connect(sink.bind("inproc://back").unwrap()).unwrap();
    let proxy = Proxy::streamer(&frontend, &backend);
    let steering = proxy.steering();
    thread::scope(|scope| {
        scope.spawn(|| (0..TASKS).for_each(|task| source.send(task.to_string()).unwrap()));
        scope.spawn(|| {
            (0..TASKS).for_each(|task| assert_eq!(sink.recv().unwrap(), task.to_string()));
            steering.terminate();
        });
        let mut runs = 0;
        let ended = (0..)
            .flat_map(|_| cuts())
            .inspect(|_| runs += 1)
            .find_map(|cut| cut.run(proxy.run_async()))
            .unwrap();
        assert_eq!((ended.why, ended.for_frontend, ended.for_backend), (None, None, None));
        // How often is up to the threads.
        assert!(runs > 1, "it was never cut");
    });
    assert_eq!(sink.try_recv(), Err(RecvError::WouldBlock));
    let statistics = steering.statistics();
    assert_eq!((statistics.frontend.received, statistics.backend.sent), (TASKS as u64, TASKS as u64));
}

#[test]
fn api_025_what_a_dropped_proxy_had_received_is_sent_by_its_next_run() {
    let context = context().with(narrow());
    let (source, frontend, backend, sink) = (context.push(), context.pull(), context.push(), context.pull());
    source.connect(frontend.bind("inproc://front").unwrap()).unwrap();
    let proxy = Proxy::streamer(&frontend, &backend);
    source.send("task").unwrap();
    assert!(Cut { polls: 1, woken: false }.run(proxy.run_async()).is_none(), "nobody takes it");
    assert_eq!(proxy.steering().statistics().frontend.received, 1);
    backend.connect(sink.bind("inproc://back").unwrap()).unwrap();
    assert!(Cut { polls: 1, woken: false }.run(proxy.run_async()).is_none());
    assert_eq!(sink.recv().unwrap(), "task");
    // And one that ends returns it.
    backend.disconnect("inproc://back").unwrap();
    source.send("another").unwrap();
    assert!(Cut { polls: 1, woken: false }.run(proxy.run_async()).is_none());
    proxy.steering().terminate();
    assert_eq!(proxy.run().for_backend, Some(Message::from("another")));
}
