//! The transport ipc: paths, names, and files that are left behind.

use std::os::unix::net::UnixListener;
use std::path::Path;

use crate::common::{await_event, context, disconnected, handshake};
use zmtp_std::{Address, BindError, Endpoint, Event, Message};

fn path(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::Ipc { path } => path.clone(),
        other => panic!("{other}"),
    }
}

#[test]
fn every_pattern_works_over_ipc_whatever_the_size_of_messages() {
    let context = context();
    let (rep, req) = (context.rep(), context.req());
    req.connect(rep.bind("ipc://*").unwrap()).unwrap();
    let (publisher, subscriber) = (context.publisher(), context.subscriber());
    subscriber.subscribe("").unwrap();
    subscriber.connect(publisher.bind("ipc://*").unwrap()).unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    let (push, pull) = (context.push(), context.pull());
    push.connect(pull.bind("ipc://*").unwrap()).unwrap();
    for size in [0, 1, 255, 256, 70_000, 3_000_000] {
        let message = Message::from([vec![1; size], vec![], vec![2; size]]);
        std::thread::scope(|scope| {
            scope.spawn(|| req.send(message.clone()).unwrap());
            scope.spawn(|| push.send(message.clone()).unwrap());
            scope.spawn(|| publisher.send(message.clone()).unwrap());
            assert!(rep.recv().unwrap() == message && pull.recv().unwrap() == message);
            assert!(subscriber.recv().unwrap() == message);
        });
        rep.send(message.clone()).unwrap();
        assert!(req.recv().unwrap() == message);
    }
}

#[test]
fn a_peer_comes_before_the_file_is_there_and_comes_back_to_the_next_one() {
    let context = context();
    let endpoint = context.pull().bind("ipc://*").unwrap();
    assert!(!Path::new(&path(&endpoint)).exists(), "the file goes with its socket");
    let push = context.push();
    let monitor = push.monitor();
    push.connect(&endpoint).unwrap();
    for round in 0..3 {
        push.send(round.to_string()).unwrap();
        let pull = context.pull();
        assert_eq!(pull.bind(&endpoint).unwrap(), endpoint);
        assert_eq!(pull.recv().unwrap(), round.to_string());
        drop(pull);
        await_event(&monitor, disconnected);
    }
}

#[test]
fn a_file_that_a_dead_process_left_behind_is_taken_and_that_of_a_living_one_is_not() {
    let context = context();
    let pull = context.pull();
    let endpoint = pull.bind("ipc://*").unwrap();
    assert!(matches!(context.pull().bind(&endpoint), Err(BindError::AddrInUse { .. })));
    let push = context.push();
    push.connect(&endpoint).unwrap();
    push.send("the first is undisturbed").unwrap();
    assert_eq!(pull.recv().unwrap(), "the first is undisturbed");

    let left = context.pull().bind("ipc://*").unwrap();
    drop(UnixListener::bind(path(&left)).unwrap());
    assert!(Path::new(&path(&left)).exists());
    context.pull().bind(&left).unwrap();

    // What is no socket is nobody's to remove.
    std::fs::write(path(&left), "precious").unwrap();
    assert!(matches!(context.pull().bind(&left), Err(BindError::AddrInUse { .. })));
    assert_eq!(std::fs::read(path(&left)).unwrap(), b"precious");
    std::fs::remove_file(path(&left)).unwrap();
}

#[test]
fn events_say_where_a_peer_is() {
    let context = context();
    let (pull, push) = (context.pull(), context.push());
    let (pulled, pushed) = (pull.monitor(), push.monitor());
    let endpoint = pull.bind("ipc://*").unwrap();
    push.connect(&endpoint).unwrap();
    for monitor in [pulled, pushed] {
        let (at, address) = await_event(&monitor, |event| match event {
            Event::HandshakeSucceeded { endpoint, address, .. } => Some((endpoint.clone(), address.clone())),
            _ => None,
        });
        assert_eq!((&at, address.to_string()), (&endpoint.to_string(), endpoint.to_string()));
        assert!(matches!(address, Address::Ipc(_)) && address.ip().is_none());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn on_linux_a_name_needs_no_file() {
    let context = context();
    let endpoint = format!("ipc://@zmtp-test-{}", std::process::id());
    let (pull, push) = (context.pull(), context.push());
    let monitor = push.monitor();
    push.connect(&endpoint).unwrap();
    assert_eq!(pull.bind(&endpoint).unwrap().to_string(), endpoint);
    await_event(&monitor, handshake);
    assert!(matches!(context.pull().bind(&endpoint), Err(BindError::AddrInUse { .. })));
    push.send("named").unwrap();
    assert_eq!(pull.recv().unwrap(), "named");
    let stream = context.stream();
    stream.connect(&endpoint).unwrap();
    assert_eq!(stream.recv().unwrap().part(1), Some(&"".into()), "also for plain octets");
}
