//! Connections that say nothing, or not enough: they take no message and hold nobody up (CVE-2020-15166).

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::common::attacked::within;
use crate::common::{await_event, context, handshake, hello, raw, subscriber};
use zmtp_std::Endpoint;

/// What buffers of the system's and of ours may take, and what an allocator keeps.
const SLACK: usize = 32 << 20;

/// Both ends of a thousand connections are here, which is more than most systems allow a process that does not ask.
#[cfg(unix)]
fn allow_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|most| most < 4096) {
        limit.current = Some(limit.maximum.map_or(4096, |most| most.min(4096)));
        setrlimit(Resource::Nofile, limit).unwrap();
    }
}

#[cfg(not(unix))]
fn allow_descriptors() {}

/// A thousand connections that say nothing or half a greeting.
fn besiege(endpoint: &Endpoint) -> Vec<TcpStream> {
    allow_descriptors();
    let silent = |at: usize| {
        let mut stream = raw(endpoint);
        // The beginning of the socket's greeting shows that it was accepted.
        stream.read_exact(&mut [0; 10]).unwrap();
        stream.write_all(&hello("PULL")[..at % 64]).unwrap();
        stream
    };
    (0..1_000).map(silent).collect()
}

#[test]
fn cve_2020_15166_silent_connections_take_nothing_from_the_peers_of_a_push() {
    within(SLACK, || {
        let context = context();
        let push = context.push();
        let monitor = push.monitor();
        let endpoint = push.bind("tcp://127.0.0.1:*").unwrap();
        let _silent = besiege(&endpoint);
        let pull = context.pull();
        pull.connect(&endpoint).unwrap();
        await_event(&monitor, handshake);
        for number in 0..1000 {
            push.send(number.to_string()).unwrap();
            assert_eq!(pull.recv().unwrap(), number.to_string());
        }
    });
}

#[test]
fn cve_2020_15166_silent_connections_take_nothing_from_the_peers_of_a_dealer() {
    within(SLACK, || {
        let context = context();
        let dealer = context.dealer();
        let monitor = dealer.monitor();
        let endpoint = dealer.bind("tcp://127.0.0.1:*").unwrap();
        let _silent = besiege(&endpoint);
        let good = context.dealer();
        good.connect(&endpoint).unwrap();
        await_event(&monitor, handshake);
        for number in 0..1000 {
            dealer.send(number.to_string()).unwrap();
            let message = good.recv().unwrap();
            assert_eq!(message, number.to_string());
            good.send(message).unwrap();
            assert_eq!(dealer.recv().unwrap(), number.to_string());
        }
    });
}

#[test]
fn cve_2020_15166_silent_connections_take_nothing_from_the_subscribers_of_a_pub() {
    within(SLACK, || {
        let context = context();
        let publisher = context.publisher();
        let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
        let _silent = besiege(&endpoint);
        let subscriber = subscriber(&context, &endpoint, "");
        publisher.wait_for_subscribers(1).unwrap();
        for number in 0..1000 {
            publisher.send(number.to_string()).unwrap();
            assert_eq!(subscriber.recv().unwrap(), number.to_string());
        }
    });
}

#[test]
fn cve_2020_15166_silent_connections_take_nothing_from_the_clients_of_a_rep() {
    within(SLACK, || {
        let context = context();
        let rep = context.rep();
        let endpoint = rep.bind("tcp://127.0.0.1:*").unwrap();
        let _silent = besiege(&endpoint);
        let req = context.req();
        req.connect(&endpoint).unwrap();
        for number in 0..200 {
            req.send(number.to_string()).unwrap();
            rep.send(rep.recv().unwrap()).unwrap();
            assert_eq!(req.recv().unwrap(), number.to_string());
        }
    });
}
