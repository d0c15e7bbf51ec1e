//! The six patterns, blocking, async and mixed, over TCP on loopback.

use crate::common::{await_event, context, disconnected, handshake, options};
use zmtp_std::{Message, Options, OutOfTurn, RecvError, Unsent};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn a_request_gets_its_reply_blocking() {
    let context = context();
    let (req, rep) = (context.req(), context.rep());
    req.connect(rep.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    for round in 0..100 {
        req.send(format!("request {round}")).unwrap();
        assert_eq!(rep.recv().unwrap(), format!("request {round}"));
        rep.send(["reply", "", "in parts"]).unwrap();
        assert_eq!(req.recv().unwrap(), Message::from(["reply", "", "in parts"]));
    }
}

#[test]
fn a_request_gets_its_reply_async_and_mixed_with_blocking_on_the_same_sockets() {
    let context = context();
    let (req, rep) = (context.req(), context.rep());
    req.connect(rep.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    block_on(async {
        for _ in 0..100 {
            req.send_async("request").await.unwrap();
            assert_eq!(rep.recv_async().await.unwrap(), "request");
            rep.send_async("reply").await.unwrap();
            assert_eq!(req.recv_async().await.unwrap(), "reply");
        }
    });
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let request = rep.recv().unwrap();
            rep.send(request).unwrap();
        });
        block_on(async {
            req.send_async("mixed").await.unwrap();
            assert_eq!(req.recv_async().await.unwrap(), "mixed");
        });
    });
}

#[test]
fn z30_010_pushed_messages_arrive_whole_and_in_order_whatever_their_size() {
    let context = context();
    let (push, pull) = (context.push(), context.pull());
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    let messages: Vec<Message> = (0..2_000usize)
        .map(|at| match at % 5 {
            0 => Message::from(at.to_string()),
            1 => Message::from([vec![1; at], vec![], vec![2; at * 10]]),
            2 => Message::from(""),
            3 => Message::from(vec![3; at * 100]),
            _ => Message::from([at.to_string(), "end".into()]),
        })
        .collect();
    std::thread::scope(|scope| {
        scope.spawn(|| messages.iter().for_each(|message| push.send(message.clone()).unwrap()));
        for (at, message) in messages.iter().enumerate() {
            assert!(pull.recv().unwrap() == *message, "message {at}");
        }
    });
}

#[test]
fn pushed_messages_arrive_when_both_ends_are_async_tasks_of_one_thread() {
    let context = context();
    let (push, pull) = (context.push(), context.pull());
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    block_on(async {
        let send = async {
            for number in 0..10_000u32 {
                push.send_async(number.to_string()).await.unwrap();
            }
        };
        let receive = async {
            for number in 0..10_000u32 {
                assert_eq!(pull.recv_async().await.unwrap(), number.to_string());
            }
        };
        tokio::join!(send, receive);
    });
}

#[test]
fn z30_005_pushed_messages_go_to_the_peers_in_turn() {
    let context = context();
    let push = context.push();
    let pulls = [context.pull(), context.pull(), context.pull()];
    for pull in &pulls {
        push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    }
    for number in 0..30 {
        push.send(number.to_string()).unwrap();
    }
    for (place, pull) in pulls.iter().enumerate() {
        for round in 0..10 {
            assert_eq!(pull.recv().unwrap(), (round * 3 + place).to_string());
        }
    }
}

#[test]
fn z30_010_messages_are_taken_from_the_peers_in_turn() {
    let context = context();
    let pull = context.pull();
    let monitor = pull.monitor();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let pushes: Vec<_> = (0..3).map(|_| context.push()).collect();
    for push in &pushes {
        push.connect(&endpoint).unwrap();
        await_event(&monitor, handshake);
    }
    for (name, push) in pushes.iter().enumerate() {
        (0..10).for_each(|_| push.send(name.to_string()).unwrap());
    }
    // A peer that is gone has been read to its end; what it sent can still be received.
    for push in &pushes {
        assert_eq!(push.close(crate::common::PATIENCE).undelivered, 0);
    }
    for _ in &pushes {
        await_event(&monitor, disconnected);
    }
    for _ in 0..10 {
        let mut round: Vec<String> = (0..3).map(|_| pull.recv().unwrap().to_text()).collect();
        round.sort();
        assert_eq!(round, ["0", "1", "2"]);
    }
}

#[test]
fn z29_006_subscribers_get_what_they_subscribed_to_and_only_that() {
    let context = context();
    let publisher = context.publisher();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    let topics: [&[&str]; 3] = [&["a"], &["b", "ab"], &[""]];
    let subscribers = topics.map(|topics| {
        let subscriber = context.subscriber();
        topics.iter().for_each(|topic| subscriber.subscribe(topic).unwrap());
        subscriber.connect(&endpoint).unwrap();
        subscriber
    });
    publisher.wait_for_subscribers(3).unwrap();
    // The other two have told all their topics. One message at a time, so that no high-water mark is reached.
    let [first, second, third] = &subscribers;
    let probe = Message::from(["ab?", "are you there?"]);
    while second.try_recv().is_err() {
        publisher.send(probe.clone()).unwrap();
        assert_eq!([first.recv().unwrap(), third.recv().unwrap()], [probe.clone(), probe.clone()]);
    }
    publisher.send("end").unwrap();
    publisher.send("a end").unwrap();
    publisher.send("b end").unwrap();
    let mut got = vec![probe];
    loop {
        let message = third.recv().unwrap();
        got.push(message.clone());
        if message == "b end" {
            break;
        }
    }
    let expected = |prefixes: &[&str]| -> Vec<Message> {
        let wanted =
            |message: &&Message| prefixes.iter().any(|p| message.part(0).unwrap().starts_with(p.as_bytes()));
        got.iter().filter(wanted).cloned().collect()
    };
    assert_eq!(expected(&["a"])[1..], [first.recv().unwrap()]);
    assert_eq!(first.try_recv(), Err(RecvError::WouldBlock));
    loop {
        let message = second.recv().unwrap();
        assert!(expected(&["b", "ab"]).contains(&message), "{message:?}");
        if message == "b end" {
            break;
        }
    }
}

#[test]
fn z29_021_nothing_is_received_any_more_once_unsubscribed_as_often_as_subscribed() {
    let context = context();
    let (publisher, subscriber) = (context.publisher(), context.subscriber());
    subscriber.connect(publisher.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    subscriber.subscribe("a").unwrap();
    subscriber.subscribe("a").unwrap();
    subscriber.subscribe("end").unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    assert!(subscriber.unsubscribe("a").unwrap());
    while subscriber.try_recv().is_err() {
        publisher.send("a").unwrap();
    }
    assert!(subscriber.unsubscribe("a").unwrap());
    assert!(!subscriber.unsubscribe("a").unwrap());
    publisher.send("a").unwrap();
    // The first topic is there; the last may need a moment.
    while subscriber.try_recv() != Ok("end".into()) {
        publisher.send("end").unwrap();
    }
    while let Ok(message) = subscriber.try_recv() {
        assert_eq!(message, "end");
    }
}

#[test]
fn z29_008_publishing_without_subscribers_drops_and_never_waits() {
    let context = context();
    let publisher = context.publisher();
    publisher.bind("tcp://127.0.0.1:*").unwrap();
    for _ in 0..10_000 {
        publisher.send("nobody listens").unwrap();
    }
    assert_eq!(publisher.dropped(), 0, "nobody missed anything");
}

#[test]
fn z28_002_011_a_socket_out_of_turn_says_what_to_do_and_changes_nothing() {
    let context = context();
    let (req, rep) = (context.req(), context.rep());
    assert_eq!(rep.try_recv(), Err(RecvError::WouldBlock));
    req.connect(rep.bind("tcp://127.0.0.1:*").unwrap()).unwrap();

    assert_eq!(req.recv(), Err(RecvError::OutOfTurn(OutOfTurn::NothingAsked)));
    let error = rep.send("unasked").unwrap_err();
    assert_eq!(
        (&error.message, error.why),
        (&"unasked".into(), Unsent::OutOfTurn(OutOfTurn::NothingToAnswer))
    );
    assert!(error.to_string().contains("receive one before sending"), "{error}");

    req.send("request").unwrap();
    let error = req.send("again").unwrap_err();
    assert_eq!(error.why, Unsent::OutOfTurn(OutOfTurn::AwaitingReply));
    assert!(error.to_string().contains("receive its reply before sending the next"), "{error}");

    assert_eq!(rep.recv().unwrap(), "request");
    let error = rep.recv().unwrap_err();
    assert_eq!(error, RecvError::OutOfTurn(OutOfTurn::OwingReply));
    assert!(error.to_string().contains("send it before receiving the next"), "{error}");
    rep.send("reply").unwrap();
    assert_eq!(req.recv().unwrap(), "reply");
}

#[test]
fn z28_004_requests_go_to_the_peers_in_turn() {
    let context = context();
    let req = context.req();
    let reps = [context.rep(), context.rep(), context.rep()];
    for rep in &reps {
        req.connect(rep.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    }
    for round in 0..9 {
        req.send("request").unwrap();
        let rep = &reps[round % 3];
        assert_eq!(rep.recv().unwrap(), "request");
        rep.send(round.to_string()).unwrap();
        assert_eq!(req.recv().unwrap(), round.to_string());
    }
}

#[test]
fn z28_015_the_reply_to_a_peer_that_is_gone_is_dropped_counted_and_never_waits() {
    let context = context();
    let rep = context.rep();
    let monitor = rep.monitor();
    let endpoint = rep.bind("tcp://127.0.0.1:*").unwrap();
    let req = context.req();
    req.connect(&endpoint).unwrap();
    req.send("request").unwrap();
    rep.recv().unwrap();
    let _ = req.close(crate::common::PATIENCE);
    await_event(&monitor, disconnected);
    rep.send("reply").unwrap();
    assert_eq!(rep.dropped(), 1);
    assert_eq!(rep.try_recv(), Err(RecvError::WouldBlock));
}

#[test]
fn several_endpoints_of_one_socket_serve_at_once_bound_and_connected() {
    let context = context();
    let pull = context.pull();
    let endpoints = [pull.bind("tcp://127.0.0.1:*").unwrap(), pull.bind("tcp://127.0.0.1:0").unwrap()];
    assert_ne!(endpoints[0], endpoints[1]);
    let pushes = [context.push(), context.push(), context.push()];
    pushes[0].connect(&endpoints[0]).unwrap();
    pushes[1].connect(&endpoints[1]).unwrap();
    pull.connect(pushes[2].bind("tcp://localhost:*").unwrap()).unwrap();
    let mut got = Vec::new();
    for (name, push) in pushes.iter().enumerate() {
        push.send(name.to_string()).unwrap();
        got.push(pull.recv().unwrap().to_text());
    }
    assert_eq!(got, ["0", "1", "2"]);
}

#[test]
fn one_socket_is_shared_by_threads_and_every_message_is_received_once() {
    const EACH: usize = 5_000;
    let context = context();
    let (push, pull) = (context.push(), context.pull());
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    let mut got = std::thread::scope(|scope| {
        for sender in 0..3 {
            let push = &push;
            scope.spawn(move || {
                (0..EACH).for_each(|number| push.send((sender * EACH + number).to_string()).unwrap());
            });
        }
        let receivers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    (0..EACH).map(|_| pull.recv().unwrap().to_text().parse().unwrap()).collect::<Vec<usize>>()
                })
            })
            .collect();
        receivers.into_iter().flat_map(|receiver| receiver.join().unwrap()).collect::<Vec<_>>()
    });
    got.sort_unstable();
    assert!(got.into_iter().eq(0..3 * EACH));
}

#[test]
fn options_are_those_of_the_context_the_socket_was_made_with() {
    let context = context();
    let other = context.with(Options { sndhwm: 7, ..options() });
    assert_eq!(other.push().options().sndhwm, 7);
    assert_eq!(context.push().options().sndhwm, 1000);
}
