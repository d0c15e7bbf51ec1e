//! Options that are changed while the socket is in use, for what is bound or connected from then on.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use crate::common::{PATIENCE, await_event, context, free_endpoint, handshake, options, raw, shake_hands};
use zmtp_std::security::{BadSecurity, curve_keypair};
use zmtp_std::{
    BindError, Context, Endpoint, Event, Failure, Lost, Message, Notify, Options, RecvError, Unsent,
};

const ANY: &str = "tcp://127.0.0.1:*";

/// Why a peer was lost or its handshake failed, and where.
fn ended(event: &Event) -> Option<(String, Lost)> {
    match event {
        Event::Disconnected { endpoint, why, .. } | Event::HandshakeFailed { endpoint, why, .. } => {
            Some((endpoint.clone(), why.clone()))
        }
        _ => None,
    }
}

#[test]
fn api_010_an_endpoint_is_tried_again_as_the_options_said_when_it_was_connected() {
    let push = context().push();
    let events = push.monitor();
    let (before, after) = (free_endpoint(), free_endpoint());
    push.connect(&before).unwrap();
    push.set_options(|options| options.reconnect_ivl = None).unwrap();
    push.connect(&after).unwrap();
    let given_up = await_event(&events, |event| match event {
        Event::Closed { endpoint, .. } => Some(endpoint.clone()),
        _ => None,
    });
    assert_eq!(given_up, after.to_string());
    let tried_again = await_event(&events, |event| match event {
        Event::ConnectRetried { endpoint, .. } => Some(endpoint.clone()),
        _ => None,
    });
    assert_eq!(tried_again, before.to_string());
}

#[test]
fn api_010_heartbeats_are_sent_at_the_endpoints_that_were_bound_with_them() {
    let pull = context().pull();
    let mut before = raw(&pull.bind(ANY).unwrap());
    pull.set_options(|options| options.heartbeat_ivl = Duration::from_millis(5)).unwrap();
    let mut after = raw(&pull.bind(ANY).unwrap());
    for stream in [&mut before, &mut after] {
        shake_hands(stream, "PUSH", "PULL");
    }
    let mut ping = [0; 9];
    after.read_exact(&mut ping).unwrap();
    assert_eq!(&ping, b"\x04\x07\x04PING\0\0");
    before.set_nonblocking(true).unwrap();
    assert_eq!(before.read(&mut ping).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn api_010_limits_hold_for_the_peers_of_endpoints_that_were_bound_with_them() {
    let pull = context().pull();
    let events = pull.monitor();
    let mut before = raw(&pull.bind(ANY).unwrap());
    pull.set_options(|options| options.maxmsgsize = Some(3)).unwrap();
    let later = pull.bind(ANY).unwrap();
    let mut after = raw(&later);
    for stream in [&mut after, &mut before] {
        shake_hands(stream, "PUSH", "PULL");
        stream.write_all(b"\0\x04long").unwrap();
    }
    assert_eq!(pull.recv().unwrap(), "long");
    let (endpoint, why) = await_event(&events, ended);
    assert!(matches!(why, Lost::Protocol(Failure::FrameLimit)), "{why}");
    assert_eq!(endpoint, later.to_string());
    assert_eq!(pull.try_recv(), Err(RecvError::WouldBlock));
}

#[test]
fn api_010_a_handshake_has_the_time_that_the_options_gave_when_its_endpoint_was_bound() {
    let pull = context().pull();
    let events = pull.monitor();
    let _before = raw(&pull.bind(ANY).unwrap());
    pull.set_options(|options| options.handshake_ivl = Duration::from_millis(10)).unwrap();
    let later = pull.bind(ANY).unwrap();
    let _after = raw(&later);
    let (endpoint, why) = await_event(&events, ended);
    assert!(matches!(why, Lost::Protocol(Failure::HandshakeTimeout)), "{why}");
    assert_eq!(endpoint, later.to_string());
}

#[test]
fn api_010_a_dealer_is_called_as_it_is_named_when_it_connects_over_every_transport() {
    let context = context();
    let router = context.router();
    for here in [ANY, "inproc://here"] {
        let endpoint = router.bind(here).unwrap();
        let dealer = context.dealer();
        dealer
            .set_options(|options| {
                options.routing_id = "named".into();
                options.probe_router = true;
            })
            .unwrap();
        dealer.connect(&endpoint).unwrap();
        assert_eq!(router.recv().unwrap(), Message::from(["named", ""]));
        let events = router.monitor();
        drop(dealer);
        await_event(&events, ended);
    }
}

#[test]
fn a_router_tells_of_peers_at_the_endpoints_that_were_bound_with_that_wish() {
    let context = context();
    let router = context.router();
    let events = router.monitor();
    let before = router.bind(ANY).unwrap();
    router.set_options(|options| options.router_notify = Notify { connect: true, disconnect: true }).unwrap();
    let after = router.bind(ANY).unwrap();
    let (quiet, told) = (context.named("quiet").dealer(), context.named("told").dealer());
    quiet.connect(&before).unwrap();
    await_event(&events, handshake);
    told.connect(&after).unwrap();
    assert_eq!(router.recv().unwrap(), Message::from(["told", ""]));
    drop(quiet);
    await_event(&events, ended);
    drop(told);
    assert_eq!(router.recv().unwrap(), Message::from(["told", ""]));
    assert_eq!(router.try_recv(), Err(RecvError::WouldBlock));
}

#[test]
fn an_xpub_welcomes_subscribers_with_what_it_is_told_before_it_is_bound() {
    let context = context();
    let xpub = context.xpub();
    xpub.set_options(|options| options.xpub_welcome_msg = Some("W".into())).unwrap();
    let subscriber = context.subscriber();
    subscriber.subscribe("W").unwrap();
    subscriber.connect(xpub.bind(ANY).unwrap()).unwrap();
    assert_eq!(subscriber.recv().unwrap(), "W");
}

#[test]
fn api_013_messages_wait_for_no_connection_that_is_made_with_immediate() {
    let push = context().with(Options { linger: Some(Duration::ZERO), ..options() }).push();
    push.set_options(|options| options.immediate = true).unwrap();
    push.connect(free_endpoint()).unwrap();
    assert_eq!(push.try_send("none").unwrap_err().why, Unsent::WouldBlock);
    push.set_options(|options| options.immediate = false).unwrap();
    push.connect(free_endpoint()).unwrap();
    push.try_send("waits").unwrap();
}

#[test]
fn a_connection_that_is_lost_leaves_room_as_its_endpoint_was_connected_with() {
    let push = context().with(Options { linger: Some(Duration::ZERO), ..options() }).push();
    let events = push.monitor();
    let pull = context().pull();
    push.connect(pull.bind(ANY).unwrap()).unwrap();
    push.set_options(|options| options.immediate = true).unwrap();
    push.wait_for_peers(1).unwrap();
    drop(pull);
    await_event(&events, ended);
    push.try_send("waits").unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn options_of_the_system_hold_for_the_endpoints_that_follow() {
    let push = context().push();
    push.bind(ANY).unwrap();
    push.set_options(|options| options.bindtodevice = "no-such-device".to_owned()).unwrap();
    let error = push.bind(ANY).unwrap_err().to_string();
    assert!(error.contains("the system refuses the option bindtodevice"), "{error}");
    let events = push.monitor();
    push.connect(free_endpoint()).unwrap();
    let why = await_event(&events, |event| match event {
        Event::ConnectRetried { why, .. } => why.as_ref().map(ToString::to_string),
        _ => None,
    });
    assert!(why.starts_with("the system refuses the option bindtodevice: "), "{why}");
}

#[test]
fn a_socket_may_be_given_its_keys_before_it_is_bound_and_has_them_from_then_on() {
    let (server, client) = (curve_keypair(), curve_keypair());
    let pull = context().pull();
    pull.set_options(|options| options.curve_server = true).unwrap();
    let error = pull.bind(ANY).unwrap_err();
    assert!(matches!(error, BindError::Security(BadSecurity::NoSecretKey)), "{error}");
    pull.set_options(|options| options.curve_secretkey = Some(server.secret.clone())).unwrap();
    let secured: Endpoint = pull.bind(ANY).unwrap();
    pull.set_options(|options| {
        options.curve_server = false;
        options.curve_secretkey = None;
    })
    .unwrap();
    let plain = pull.bind(ANY).unwrap();
    let push = Context::new().push();
    push.connect(&plain).unwrap();
    push.set_options(|options| {
        options.sndtimeo = Some(PATIENCE);
        options.curve_secretkey = Some(client.secret.clone());
        options.curve_serverkey = Some(server.public);
    })
    .unwrap();
    push.connect(&secured).unwrap();
    push.wait_for_peers_timeout(2, PATIENCE).unwrap();
    (0..2).for_each(|_| push.send("both").unwrap());
    (0..2).for_each(|_| assert_eq!(pull.recv().unwrap(), "both"));
}

#[test]
fn api_010_limits_and_marks_over_inproc_are_those_of_the_endpoint_and_those_of_now() {
    let context = context();
    let pull = context.pull();
    let events = pull.monitor();
    let push = |name: &str| {
        let push = context.with(Options { sndhwm: 1, linger: Some(Duration::ZERO), ..options() }).push();
        push.connect(name).unwrap();
        push
    };
    pull.bind("inproc://before").unwrap();
    pull.set_options(|options| (options.maxmsgsize, options.rcvhwm) = (Some(3), 2)).unwrap();
    pull.bind("inproc://after").unwrap();
    let before = push("inproc://before");
    assert_eq!((0..9).take_while(|_| before.try_send("long").is_ok()).count(), 3);
    let after = push("inproc://after");
    after.send("long").unwrap();
    (0..3).for_each(|_| assert_eq!(pull.recv().unwrap(), "long"));
    assert_eq!(pull.try_recv(), Err(RecvError::WouldBlock));
    let (endpoint, why) = await_event(&events, ended);
    assert!(matches!(why, Lost::Protocol(Failure::FrameLimit)), "{why}");
    assert_eq!(endpoint, "inproc://after");
}
