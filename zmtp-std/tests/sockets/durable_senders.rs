//! Peers that are kept while they are away, of PUSH, DEALER and ROUTER.

use std::time::Duration;

use crate::common::{PATIENCE, await_event, context, disconnected, handshake};
use crate::durable::{come_and_go, durable, forgotten, named};
use zmtp_std::{Dealer, Durable, Endpoint, Forgotten, Message, Options, Pull, RecvError, Unsent};

pub(crate) fn puller(name: &'static str, endpoint: &Endpoint) -> Pull {
    let pull = named(name).pull();
    pull.connect(endpoint).unwrap();
    pull
}

#[test]
fn work_waits_for_a_worker_that_is_away_up_to_the_mark_and_what_nobody_came_for_is_counted() {
    let push = context().with(Options { sndhwm: 2, ..durable() }).push();
    let monitor = push.monitor();
    let endpoint = push.bind("tcp://127.0.0.1:*").unwrap();
    come_and_go(&monitor, puller("worker", &endpoint));
    for task in ["1", "2"] {
        push.send(task).unwrap();
    }
    assert_eq!(push.try_send("3").unwrap_err().why, Unsent::WouldBlock);
    let worker = puller("worker", &endpoint);
    for task in ["1", "2"] {
        assert_eq!(worker.recv().unwrap(), task);
    }
    push.send("3").unwrap();
    assert_eq!(worker.recv().unwrap(), "3");
    drop(worker);
    await_event(&monitor, disconnected);
    push.send("4").unwrap();
    assert_eq!(push.close(PATIENCE).undelivered, 1, "nobody can come for it any more");
}

#[test]
fn with_immediate_only_those_who_are_there_get_new_work() {
    let push = context().with(Options { immediate: true, ..durable() }).push();
    let monitor = push.monitor();
    let endpoint = push.bind("tcp://127.0.0.1:*").unwrap();
    come_and_go(&monitor, puller("worker", &endpoint));
    assert_eq!(push.try_send("1").unwrap_err().why, Unsent::WouldBlock);
    let other = puller("other", &endpoint);
    push.wait_for_peers(1).unwrap();
    for task in ["1", "2"] {
        push.send(task).unwrap();
        assert_eq!(other.recv().unwrap(), task);
    }
}

fn dealer(name: &'static str, endpoint: &Endpoint) -> Dealer {
    let dealer = named(name).dealer();
    dealer.connect(endpoint).unwrap();
    dealer
}

#[test]
fn a_router_reaches_a_peer_that_is_away_under_its_name_until_its_queue_is_full() {
    let router = context().with(Options { sndhwm: 1, ..durable() }).router();
    let monitor = router.monitor();
    let endpoint = router.bind("tcp://127.0.0.1:*").unwrap();
    let first = dealer("client", &endpoint);
    first.send("request").unwrap();
    assert_eq!(router.recv().unwrap(), Message::from(["client", "request"]));
    drop(first);
    await_event(&monitor, disconnected);
    assert!(router.knows("client"));
    router.send(["client", "reply"]).unwrap();
    assert_eq!(router.try_send(["client", "second"]).unwrap_err().why, Unsent::WouldBlock);
    let second = dealer("client", &endpoint);
    assert_eq!(second.recv().unwrap(), "reply");
    second.send("again").unwrap();
    assert_eq!(router.recv().unwrap(), Message::from(["client", "again"]));
    assert_eq!(second.try_recv(), Err(RecvError::WouldBlock));
}

#[test]
fn a_router_that_drops_counts_what_is_beyond_the_mark_of_a_peer_that_is_away() {
    let router = context().with(Options { sndhwm: 1, router_mandatory: false, ..durable() }).router();
    let monitor = router.monitor();
    let endpoint = router.bind("tcp://127.0.0.1:*").unwrap();
    come_and_go(&monitor, dealer("client", &endpoint));
    router.send(["client", "1"]).unwrap();
    router.send(["client", "2"]).unwrap();
    assert_eq!(router.dropped(), 1);
}

#[test]
fn a_router_does_not_know_who_was_away_for_too_long() {
    let absence = Some(Duration::from_millis(20));
    let durable_peers = Some(Durable { absence, ..Durable::default() });
    let router = context().with(Options { durable: durable_peers, ..durable() }).router();
    let monitor = router.monitor();
    let endpoint = router.bind("tcp://127.0.0.1:*").unwrap();
    come_and_go(&monitor, dealer("client", &endpoint));
    let (name, why, dropped) = await_event(&monitor, forgotten);
    assert_eq!((name.as_str(), why, dropped), ("client", Forgotten::TooLong, 0));
    assert!(!router.knows("client"));
}

#[test]
fn a_dealer_keeps_what_waits_for_a_router_that_comes_and_goes() {
    let dealer = context().with(durable()).dealer();
    let monitor = dealer.monitor();
    let endpoint = dealer.bind("tcp://127.0.0.1:*").unwrap();
    let router = || {
        let router = named("router").router();
        router.connect(&endpoint).unwrap();
        await_event(&monitor, handshake);
        router
    };
    drop(router());
    await_event(&monitor, disconnected);
    dealer.send("waits").unwrap();
    assert_eq!(router().recv().unwrap().part(1), Some(&"waits".into()));
}
