//! What sockets tell `tracing`. A program of its own: its subscriber hears of every socket there is.

#[path = "../common/mod.rs"]
mod common;
mod recorder;

use std::io::Write;
use std::sync::LazyLock;
use std::time::Duration;

use tracing::Level;
use zmtp_std::{Endpoint, Options, SlowPeer};

use self::common::{context, free_endpoint, hello, options, raw};
use self::recorder::{Recorder, Told};

const ANY: &str = "tcp://127.0.0.1:*";

/// Hears of all sockets of this program. A test looks for its own by their endpoints.
static RECORDER: LazyLock<Recorder> = LazyLock::new(|| {
    let recorder = Recorder::default();
    tracing::subscriber::set_global_default(recorder.clone()).unwrap();
    recorder
});

/// The first event at this endpoint, of a socket of this type, with a text that begins so.
fn told(socket: &str, endpoint: &Endpoint, text: &str) -> Told {
    let endpoint = endpoint.to_string();
    RECORDER.find(|told| {
        let of = |name| told.span.get(name).map(String::as_str);
        of("socket").unwrap_or(socket) == socket
            && of("endpoint").or(told.fields.get("endpoint").map(String::as_str)) == Some(&endpoint)
            && told.fields["message"].starts_with(text)
    })
}

#[test]
fn a_connection_is_a_span_of_who_speaks_with_whom_and_its_events_are_within_it() {
    LazyLock::force(&RECORDER);
    for here in [ANY, "inproc://here"] {
        let context = context();
        let router = context.router();
        let endpoint = router.bind(here).unwrap();
        let dealer = context.named("client").dealer();
        dealer.connect(&endpoint).unwrap();
        dealer.send("hello").unwrap();
        router.recv().unwrap();
        let listening = told("ROUTER", &endpoint, "listening at");
        assert_eq!((listening.level, listening.span.len()), (Level::INFO, 0));
        let (accepted, connected) =
            (told("ROUTER", &endpoint, "accepted"), told("DEALER", &endpoint, "connected"));
        assert_eq!((accepted.level, connected.level), (Level::DEBUG, Level::DEBUG));
        assert_eq!((&*accepted.span["socket"], &*connected.span["socket"]), ("ROUTER", "DEALER"));
        let ready = told("ROUTER", &endpoint, "DEALER");
        assert_eq!(ready.level, Level::INFO);
        assert_eq!(ready.span["span"], "connection");
        assert_eq!((&*ready.span["peer_type"], &*ready.span["routing_id"]), ("DEALER", "client"));
        assert_eq!(ready.span["peer"], accepted.span["peer"]);
        drop(dealer);
        assert_eq!(told("ROUTER", &endpoint, "lost").level, Level::INFO);
        assert_eq!(told("ROUTER", &endpoint, "ended").span["routing_id"], "client");
    }
}

#[test]
fn a_refusal_tells_whose_fault_it_is_and_warns_whoever_has_to_change_something_here() {
    LazyLock::force(&RECORDER);
    let plain = Options { plain_server: true, ..options() };
    let server = context().with(plain).pull();
    let endpoint = server.bind(ANY).unwrap();
    let credentials = Options { plain_username: Some("eve".into()), ..options() };
    let client = context().with(credentials).push();
    client.connect(&endpoint).unwrap();
    for socket in ["PULL", "PUSH"] {
        // There is nobody to judge at the server, and the client has been refused.
        let failed = told(socket, &endpoint, "handshake with");
        assert_eq!((failed.level, &*failed.fields["blame"]), (Level::WARN, "Caller"), "{socket}");
    }
    assert_eq!(told("PUSH", &endpoint, "closed").level, Level::WARN);
    let pull = context().pull();
    let endpoint = pull.bind(ANY).unwrap();
    raw(&endpoint).write_all(&hello("SUB")).unwrap();
    let failed = told("PULL", &endpoint, "handshake with");
    assert_eq!((failed.level, &*failed.fields["blame"]), (Level::INFO, "Peer"));
}

#[test]
fn attempts_to_connect_are_told_to_whoever_wants_details() {
    LazyLock::force(&RECORDER);
    let push = context().push();
    let endpoint = free_endpoint();
    push.connect(&endpoint).unwrap();
    assert_eq!(told("PUSH", &endpoint, "cannot connect to").level, Level::DEBUG);
}

#[test]
fn messages_that_are_dropped_are_a_warning_with_their_number() {
    LazyLock::force(&RECORDER);
    let linger = Some(Duration::ZERO);
    let options = Options { sndhwm: 1, slow_peer: SlowPeer::DropNewest, linger, ..options() };
    let push = context().with(options).push();
    let endpoint = free_endpoint();
    push.connect(&endpoint).unwrap();
    (0..3).for_each(|_| push.send("nobody").unwrap());
    assert_eq!(told("PUSH", &endpoint, "dropping messages").level, Level::WARN);
    push.disconnect(&endpoint).unwrap();
    let closed = told("PUSH", &endpoint, "closed");
    assert_eq!((closed.level, &*closed.fields["dropped"]), (Level::WARN, "1"));
}
