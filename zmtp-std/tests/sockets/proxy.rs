//! Proxies: what goes through, what holds them up, and how they are steered.

use std::thread;
use std::time::Duration;

use crate::common::context;
use zmtp_std::device::{BadProxy, Proxy};
use zmtp_std::{Closing, Context, Message, Options, SocketType};

const ANY: &str = "tcp://127.0.0.1:*";

#[test]
fn api_025_a_queue_passes_whole_messages_both_ways_to_those_they_are_for() {
    let context = context();
    let (frontend, backend) = (context.router(), context.dealer());
    let (front, back) = (frontend.bind(ANY).unwrap(), backend.bind(ANY).unwrap());
    let proxy = Proxy::queue(&frontend, &backend);
    let steering = proxy.steering();
    thread::scope(|scope| {
        let running = scope.spawn(|| proxy.run());
        for _ in 0..3 {
            let service = context.rep();
            service.connect(&back).unwrap();
            scope.spawn(move || {
                while let Ok(mut request) = service.recv() {
                    request.push_back("answered");
                    service.send(request).unwrap();
                }
            });
        }
        backend.wait_for_peers(3).unwrap();
        thread::scope(|clients| {
            for client in 0..5 {
                let req = context.req();
                req.connect(&front).unwrap();
                clients.spawn(move || {
                    for number in 0..20 {
                        let (client, number) = (client.to_string(), number.to_string());
                        req.send([&client, "", &number]).unwrap();
                        assert_eq!(req.recv().unwrap(), Message::from([&*client, "", &number, "answered"]));
                    }
                });
            }
        });
        steering.terminate();
        let ended = running.join().unwrap();
        context.terminate();
        assert_eq!((ended.why, ended.for_frontend, ended.for_backend), (None, None, None));
        // Counted behind each message, the last of which its client may have first.
        let statistics = steering.statistics();
        assert_eq!((statistics.frontend.received, statistics.frontend.sent), (100, 100));
        assert_eq!((statistics.backend.sent, statistics.backend.received), (100, 100));
        assert_eq!(statistics.counters()[..2], [100, statistics.frontend.received_octets]);
    });
}

#[test]
fn api_025_subscriptions_go_one_way_through_a_forwarder_and_publications_the_other() {
    let context = context();
    let (frontend, backend) = (context.xsub(), context.xpub());
    let (front, back) = (frontend.bind(ANY).unwrap(), backend.bind(ANY).unwrap());
    let proxy = Proxy::forwarder(&frontend, &backend);
    thread::scope(|scope| {
        scope.spawn(|| proxy.run());
        let (publisher, subscriber) = (context.publisher(), context.subscriber());
        publisher.connect(front).unwrap();
        subscriber.connect(back).unwrap();
        subscriber.subscribe("weather").unwrap();
        publisher.wait_for_subscribers(1).unwrap();
        publisher.send("sports: 1:0").unwrap();
        publisher.send(["weather", "sun"]).unwrap();
        assert_eq!(subscriber.recv().unwrap(), Message::from(["weather", "sun"]));
        proxy.steering().terminate();
    });
}

#[test]
fn api_025_one_way_goes_on_while_the_other_is_full_and_then_nothing_is_lost() {
    let context = Context::new();
    let small = context.clone().with(Options { sndhwm: 1, rcvhwm: 1, ..Options::default() });
    let (frontend, backend) = (small.pair(), small.pair());
    let (front, back) = (frontend.bind(ANY).unwrap(), backend.bind(ANY).unwrap());
    let proxy = Proxy::new(&frontend, &backend).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| proxy.run());
        let (left, right) = (small.pair(), small.pair());
        left.connect(front).unwrap();
        right.connect(back).unwrap();
        // Nobody receives at the right end: until no socket and no system has room.
        let mut sent = 0u32;
        while left.send_timeout(vec![7; 1_000_000], Duration::from_millis(200)).is_ok() {
            sent += 1;
        }
        assert!(sent > 3);
        for number in 0..10 {
            right.send(number.to_string()).unwrap();
            assert_eq!(left.recv().unwrap(), number.to_string());
        }
        for _ in 0..sent {
            assert_eq!(right.recv().unwrap().octets(), 1_000_000);
        }
        proxy.steering().terminate();
    });
}

#[test]
fn a_client_without_room_for_its_replies_holds_nobody_else_up() {
    let context = Context::new();
    let small = context.clone().with(Options { sndhwm: 1, rcvhwm: 1, ..Options::default() });
    let (frontend, backend) = (small.router(), context.dealer());
    let (front, back) = (frontend.bind(ANY).unwrap(), backend.bind(ANY).unwrap());
    let proxy = Proxy::queue(&frontend, &backend);
    let steering = proxy.steering();
    thread::scope(|scope| {
        scope.spawn(|| proxy.run());
        let service = context.router();
        service.connect(back).unwrap();
        let (deaf, good) = (small.dealer(), context.dealer());
        deaf.connect(&front).unwrap();
        good.connect(&front).unwrap();
        deaf.send("much").unwrap();
        let to_deaf = service.recv().unwrap();
        // It never receives: until there is no room, and replies are dropped.
        while steering.statistics().dropped == 0 {
            let mut reply = to_deaf.clone();
            reply.push_back(vec![0; 1_000_000]);
            service.send(reply).unwrap();
        }
        good.send("little").unwrap();
        let question = service.recv().unwrap();
        service.send(question).unwrap();
        assert_eq!(good.recv().unwrap(), "little");
        steering.terminate();
    });
}

#[test]
fn api_025_a_proxy_ends_with_its_context_and_gives_back_what_waited_for_room() {
    let context = context();
    let (frontend, backend) = (context.pull(), context.push());
    let proxy = Proxy::streamer(&frontend, &backend);
    let task = context.push();
    task.connect(frontend.bind(ANY).unwrap()).unwrap();
    task.send("nobody is there").unwrap();
    thread::scope(|scope| {
        let running = scope.spawn(|| proxy.run());
        while proxy.steering().statistics().frontend.received == 0 {
            thread::yield_now();
        }
        context.terminate();
        let ended = running.join().unwrap();
        assert_eq!(ended.why, Some(Closing::Terminated));
        assert_eq!(ended.for_backend, Some("nobody is there".into()));
    });
}

#[test]
fn api_025_a_proxy_obeys_commands_and_tells_its_counters_in_eight_parts() {
    let context = context();
    let (frontend, backend) = (context.pull(), context.push());
    let (control, console) = (context.rep(), context.req());
    let (task, worker) = (context.push(), context.pull());
    task.connect(frontend.bind(ANY).unwrap()).unwrap();
    worker.connect(backend.bind(ANY).unwrap()).unwrap();
    console.connect(control.bind(ANY).unwrap()).unwrap();
    let proxy = Proxy::streamer(&frontend, &backend).control(&control).unwrap();
    thread::scope(|scope| {
        let running = scope.spawn(|| proxy.run());
        let command = |text: &str| {
            console.send(text).unwrap();
            console.recv().unwrap()
        };
        task.send("one").unwrap();
        assert_eq!(worker.recv().unwrap(), "one");
        assert_eq!(command("PAUSE"), "");
        let counters = |answer: Message| -> Vec<u64> {
            answer.parts().map(|part| u64::from_ne_bytes(part[..].try_into().unwrap())).collect()
        };
        assert_eq!(counters(command("STATISTICS")), [1, 3, 0, 0, 0, 0, 1, 3]);
        task.send("twelve").unwrap();
        frontend.wait_for_peers(1).unwrap();
        // It waits in front of a proxy that is paused.
        assert_eq!(counters(command("STATISTICS")), [1, 3, 0, 0, 0, 0, 1, 3]);
        assert!(command("SLOWER").to_text().starts_with("unknown command; there are PAUSE"));
        assert_eq!(command("RESUME"), "");
        assert_eq!(worker.recv().unwrap(), "twelve");
        assert_eq!(counters(command("STATISTICS")), [2, 9, 0, 0, 0, 0, 2, 9]);
        console.send("TERMINATE").unwrap();
        assert_eq!(running.join().unwrap().why, None);
    });
}

#[test]
fn what_is_captured_is_all_that_goes_through_and_a_full_capture_holds_up_nothing() {
    let context = context();
    let (frontend, backend, capture) = (context.pull(), context.push(), context.push());
    let (task, worker, watcher) = (context.push(), context.pull(), context.pull());
    task.connect(frontend.bind(ANY).unwrap()).unwrap();
    worker.connect(backend.bind(ANY).unwrap()).unwrap();
    let proxy = Proxy::streamer(&frontend, &backend).capture(&capture).unwrap();
    let steering = proxy.steering();
    thread::scope(|scope| {
        scope.spawn(|| proxy.run());
        task.send("unseen").unwrap();
        assert_eq!(worker.recv().unwrap(), "unseen");
        assert_eq!(steering.statistics().not_captured, 1);
        watcher.connect(capture.bind(ANY).unwrap()).unwrap();
        capture.wait_for_peers(1).unwrap();
        task.send(["seen", "whole"]).unwrap();
        for socket in [&worker, &watcher] {
            assert_eq!(socket.recv().unwrap(), Message::from(["seen", "whole"]));
        }
        steering.terminate();
    });
}

#[test]
fn sockets_that_make_no_proxy_are_refused_and_the_text_says_which_do() {
    let context = context();
    let (pull, push, rep, dealer) = (context.pull(), context.push(), context.rep(), context.dealer());
    let pair = Proxy::new(&dealer, &pull).unwrap_err();
    assert_eq!(
        (pair, pair.to_string()),
        (
            BadProxy::Pair,
            "what one socket of a proxy receives the other must be able to send: take ROUTER and DEALER, XSUB and XPUB, or \
             PULL and PUSH"
                .into()
        )
    );
    assert_eq!(Proxy::new(&push, &context.publisher()).unwrap_err(), BadProxy::Pair);
    let in_turn = Proxy::new(&rep, &dealer).unwrap_err();
    assert_eq!(in_turn, BadProxy::InTurn(SocketType::Rep));
    assert_eq!(
        in_turn.to_string(),
        "a proxy takes no REP: it would serve one at a time; take ROUTER instead"
    );
    let streamer = Proxy::streamer(&pull, &push);
    assert_eq!(streamer.clone().capture(&pull).unwrap_err(), BadProxy::Capture);
    assert_eq!(streamer.control(&push).unwrap_err(), BadProxy::Control);
    let dynamic = context.socket(SocketType::Pull);
    assert!(Proxy::new(&dynamic, &push).is_ok());
}
