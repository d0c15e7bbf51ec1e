//! Polling several sockets, and what else the system waits for.

use std::io::Write;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::common::context;
use zmtp_std::poll::{Item, poll};
use zmtp_std::{AnySocket, Message, RecvError};

/// Long enough that only what hangs is late.
const LATE: Option<Duration> = Some(Duration::from_secs(30));

#[test]
fn api_027_a_socket_stays_readable_until_what_can_be_received_has_been() {
    let context = context();
    let (push, pull) = (context.push(), context.pull());
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    push.send(["first", "second"]).unwrap();
    push.send("last").unwrap();
    let mut items = [Item::readable(&pull)];
    for expected in [Message::from(["first", "second"]), "last".into()] {
        // Asked once or three times: the answer is the same.
        for _ in 0..3 {
            assert_eq!(poll(&mut items, LATE).unwrap(), 1);
        }
        // Whole: no part of it has to be waited for.
        assert_eq!(pull.try_recv().unwrap(), expected);
    }
    assert_eq!(poll(&mut items, Some(Duration::ZERO)).unwrap(), 0);
    assert!(!items[0].is_readable());
}

#[test]
fn api_027_whichever_socket_is_ready_wakes_the_poll_and_the_others_are_not_said_to_be() {
    let context = context();
    let sockets: Vec<_> = (0..4).map(|_| (context.push(), context.pull())).collect();
    for (push, pull) in &sockets {
        push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    }
    let (polling, polled) = mpsc::channel();
    thread::scope(|scope| {
        let sockets = &sockets;
        scope.spawn(move || {
            for at in [2, 0, 3, 1, 1] {
                polled.recv().unwrap();
                sockets[at].0.send("x").unwrap();
            }
        });
        for at in [2, 0, 3, 1, 1] {
            let mut items = sockets.iter().map(|(_, pull)| Item::readable(pull)).collect::<Vec<_>>();
            assert_eq!(poll(&mut items, Some(Duration::ZERO)).unwrap(), 0);
            polling.send(()).unwrap();
            assert_eq!(poll(&mut items, LATE).unwrap(), 1);
            let ready: Vec<_> = items.iter().map(Item::is_readable).collect();
            assert_eq!(ready, (0..4).map(|other| other == at).collect::<Vec<_>>());
            sockets[at].1.recv().unwrap();
        }
    });
}

#[test]
fn api_027_a_poll_that_nothing_ends_is_over_in_its_time_with_nothing_ready() {
    let context = context();
    let pull = context.pull();
    let mut items = [Item::readable(&pull), Item::either(&pull)];
    assert_eq!(poll(&mut items, Some(Duration::from_millis(1))).unwrap(), 0);
    assert_eq!(poll(&mut [], Some(Duration::from_millis(1))).unwrap(), 0);
}

#[test]
fn a_sender_is_writable_while_a_peer_has_room() {
    let context = context();
    let (push, pull) = (context.push(), context.pull());
    assert!(!push.is_writable() && !push.is_readable() && !pull.is_writable());
    let mut items = [Item::either(&push)];
    assert_eq!(poll(&mut items, Some(Duration::ZERO)).unwrap(), 0);
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    assert_eq!(poll(&mut items, LATE).unwrap(), 1);
    assert!(items[0].is_writable() && !items[0].is_readable());
    // Until nobody has room any more: neither socket nor system.
    let mut sent = 0;
    while poll(&mut items, Some(Duration::ZERO)).unwrap() == 1 {
        push.try_send(vec![0; 10_000]).unwrap();
        sent += 1;
    }
    push.try_send("").unwrap_err();
    for _ in 0..sent {
        pull.recv().unwrap();
    }
    assert_eq!(poll(&mut items, LATE).unwrap(), 1);
    push.try_send("").unwrap();
}

#[test]
fn sockets_that_take_turns_are_ready_for_what_comes_next_only() {
    let context = context();
    let (req, rep) = (context.req(), context.rep());
    req.connect(rep.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    let states = || (req.is_writable(), req.is_readable(), rep.is_writable(), rep.is_readable());
    assert_eq!(states(), (true, false, false, false));
    req.send("question").unwrap();
    assert_eq!(poll(&mut [Item::readable(&rep)], LATE).unwrap(), 1);
    assert_eq!(states(), (false, false, false, true));
    rep.recv().unwrap();
    assert_eq!(states(), (false, false, true, false));
    rep.send("answer").unwrap();
    assert_eq!(poll(&mut [Item::readable(&req)], LATE).unwrap(), 1);
    assert_eq!(states(), (false, true, false, false));
    assert_eq!(req.recv().unwrap(), "answer");
    assert_eq!(states(), (true, false, false, false));
}

#[test]
fn what_would_be_dropped_makes_nothing_readable() {
    let context = context();
    // A request without delimiter, and a reply to nobody's question.
    let (dealer, rep) = (context.dealer(), context.rep());
    dealer.connect(rep.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    dealer.send("no delimiter").unwrap();
    dealer.send(["", "whole"]).unwrap();
    assert_eq!(poll(&mut [Item::readable(&rep)], LATE).unwrap(), 1);
    assert_eq!(rep.try_recv().unwrap(), "whole");
    assert!(!rep.is_readable());

    let (router, req) = (context.router(), context.req());
    req.connect(router.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    req.send("question").unwrap();
    let mut question = router.recv().unwrap();
    let id = question.pop_front().unwrap();
    router.send([id.clone(), "stray".into()]).unwrap();
    router.send([id, "".into(), "answer".into()]).unwrap();
    assert_eq!(poll(&mut [Item::readable(&req)], LATE).unwrap(), 1);
    assert_eq!(req.try_recv().unwrap(), "answer");

    let (publisher, subscriber) = (context.xpub(), context.subscriber());
    subscriber.connect(publisher.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    subscriber.subscribe("a").unwrap();
    assert_eq!(publisher.recv().unwrap(), "\u{1}a");
    publisher.send("a stale").unwrap();
    assert_eq!(poll(&mut [Item::readable(&subscriber)], LATE).unwrap(), 1);
    subscriber.unsubscribe("a").unwrap();
    assert!(!subscriber.is_readable());
}

#[test]
fn a_closed_or_terminated_socket_ends_the_poll_and_says_why_when_it_is_used() {
    let context = context();
    let (closed, terminated) = (context.pull(), context.pull());
    let (polling, polled) = mpsc::channel();
    thread::scope(|scope| {
        for socket in [&closed, &terminated] {
            let polling = polling.clone();
            scope.spawn(move || {
                let mut items = [Item::readable(socket)];
                polling.send(()).unwrap();
                assert_eq!(poll(&mut items, None).unwrap(), 1);
                assert!(matches!(socket.try_recv(), Err(RecvError::Closed(_))));
            });
        }
        polled.recv().unwrap();
        polled.recv().unwrap();
        let _ = closed.close(Duration::ZERO);
        context.terminate();
    });
}

#[cfg(unix)]
#[test]
fn what_the_system_waits_for_is_polled_beside_sockets_and_either_wakes() {
    let context = context();
    let (push, pull) = (context.push(), context.pull());
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    let (read, mut write) = std::io::pipe().unwrap();
    let (polling, polled) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            polled.recv().unwrap();
            write.write_all(b"x").unwrap();
            polled.recv().unwrap();
            push.send("message").unwrap();
            polled.recv().unwrap();
            drop(write);
        });
        let mut items = [Item::descriptor_readable(&read), Item::readable(&pull)];
        let ready = |items: &[Item<'_>; 2]| (items[0].is_readable(), items[1].is_readable());
        assert_eq!(poll(&mut items, Some(Duration::ZERO)).unwrap(), 0);
        polling.send(()).unwrap();
        assert_eq!(poll(&mut items, LATE).unwrap(), 1);
        assert_eq!(ready(&items), (true, false));
        std::io::Read::read_exact(&mut &read, &mut [0]).unwrap();
        polling.send(()).unwrap();
        assert_eq!(poll(&mut items, LATE).unwrap(), 1);
        assert_eq!(ready(&items), (false, true));
        pull.recv().unwrap();
        polling.send(()).unwrap();
        // The end of it is something to read, too.
        assert_eq!(poll(&mut items, None).unwrap(), 1);
        assert_eq!(ready(&items), (true, false));
    });
}

#[tokio::test]
async fn readable_and_writable_are_branches_of_select_and_take_nothing() {
    let context = context();
    let (push, pull, idle) = (context.push(), context.pull(), context.pull());
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    push.writable().await;
    push.send_async("task").await.unwrap();
    tokio::select! {
        () = pull.readable() => {}
        () = idle.readable() => panic!("nobody sends to it"),
    }
    assert_eq!(pull.try_recv().unwrap(), "task");
}
