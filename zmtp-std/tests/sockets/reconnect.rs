//! When a connection is tried again, and when not.

use std::net::TcpListener;
use std::time::Duration;

use crate::common::{PATIENCE, await_event, context, free_endpoint, handshake, options};
use zmtp_std::{Closed, Endpoint, Event, Monitor, Options, ReconnectStop};

/// Whether there was another attempt before the endpoint was given up; the event that tells of the latter, as text.
fn given_up(monitor: &Monitor) -> (bool, String) {
    let mut retried = false;
    let text = await_event(monitor, |event| {
        retried |= matches!(event, Event::ConnectRetried { .. });
        matches!(event, Event::Closed { .. }).then(|| event.to_string())
    });
    (retried, text)
}

fn stop(reconnect_stop: ReconnectStop) -> Options {
    Options { reconnect_stop, ..options() }
}

#[test]
fn with_reconnect_stop_an_endpoint_where_nobody_listens_is_given_up_with_what_waits_and_says_why() {
    let conn_refused = stop(ReconnectStop { conn_refused: true, ..ReconnectStop::default() });
    let never = Options { reconnect_ivl: None, ..options() };
    for options in [conn_refused, never] {
        let push = context().with(options).push();
        let monitor = push.monitor();
        let endpoint = free_endpoint();
        push.connect(&endpoint).unwrap();
        let (retried, text) = given_up(&monitor);
        assert!(!retried);
        assert!(text.starts_with(&format!("closed {endpoint}, which cannot be reached: ")), "{text}");
        assert!(push.endpoints().connected.is_empty());
        // It can be tried anew.
        let pull = context().pull();
        pull.bind(&endpoint).unwrap();
        push.connect(&endpoint).unwrap();
        push.send("hello").unwrap();
        assert_eq!(pull.recv().unwrap(), "hello");
    }
}

#[test]
fn api_022_pauses_double_up_to_their_maximum_and_begin_anew_once_there_was_a_connection() {
    let ms = Duration::from_millis;
    let options = Options { reconnect_ivl: Some(ms(1)), reconnect_ivl_max: ms(4), ..options() };
    let push = context().with(options).push();
    let monitor = push.monitor();
    let pause = || {
        await_event(&monitor, |event| match event {
            Event::ConnectRetried { after, .. } => Some(*after),
            _ => None,
        })
    };
    let endpoint = free_endpoint();
    push.connect(&endpoint).unwrap();
    assert_eq!([(); 5].map(|()| pause()), [ms(1), ms(2), ms(4), ms(4), ms(4)]);
    let listener = TcpListener::bind(("127.0.0.1", endpoint.port().unwrap())).unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    crate::common::shake_hands(&mut peer, "PULL", "PUSH");
    await_event(&monitor, handshake);
    // In this order: it shall not come once more.
    drop(listener);
    drop(peer);
    assert_eq!([(); 3].map(|()| pause()), [ms(1), ms(2), ms(4)]);
}

#[test]
fn with_reconnect_stop_a_peer_whose_handshake_fails_is_given_up_and_without_it_tried_again() {
    for handshake_failed in [true, false] {
        let push =
            context().with(stop(ReconnectStop { handshake_failed, ..ReconnectStop::default() })).push();
        let monitor = push.monitor();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        push.connect(Endpoint::from(listener.local_addr().unwrap())).unwrap();
        // It leaves at once.
        drop(listener.accept().unwrap());
        if handshake_failed {
            assert!(!given_up(&monitor).0);
        } else {
            drop(listener.accept().unwrap());
        }
    }
}

#[test]
fn with_reconnect_stop_what_waits_goes_with_a_disconnect_if_there_is_no_connection() {
    let after_disconnect = stop(ReconnectStop { after_disconnect: true, ..ReconnectStop::default() });
    let push = context().with(Options { linger: None, ..after_disconnect }).push();
    let monitor = push.monitor();
    let endpoint = free_endpoint();
    push.connect(&endpoint).unwrap();
    push.send("waits").unwrap();
    push.disconnect(&endpoint).unwrap();
    assert_eq!(given_up(&monitor).1, format!("closed {endpoint}; 1 messages dropped"));
    assert_eq!(push.close(PATIENCE), Closed { undelivered: 1 });
}

#[test]
fn with_reconnect_stop_what_waits_still_leaves_over_the_connection_there_is() {
    let after_disconnect = stop(ReconnectStop { after_disconnect: true, ..ReconnectStop::default() });
    let push = context().with(Options { linger: None, ..after_disconnect }).push();
    let monitor = push.monitor();
    let pull = context().pull();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    push.connect(&endpoint).unwrap();
    await_event(&monitor, handshake);
    // More than the system buffers.
    (0..32).for_each(|_| push.send(vec![7; 1 << 20]).unwrap());
    push.disconnect(&endpoint).unwrap();
    for _ in 0..32 {
        assert_eq!(pull.recv_timeout(PATIENCE).unwrap().octets(), 1 << 20);
    }
    assert_eq!(given_up(&monitor), (false, format!("closed {endpoint}")));
}

#[test]
fn the_name_of_a_host_is_looked_up_anew_for_every_attempt_and_all_its_addresses_are_tried() {
    // The name has an address of each kind, or one; whichever the peer has in the end, it is found.
    let port = free_endpoint().port().unwrap();
    let push = context().push();
    let monitor = push.monitor();
    push.connect(format!("tcp://localhost:{port}")).unwrap();
    await_event(&monitor, |event| matches!(event, Event::ConnectRetried { .. }).then_some(()));
    let pull = context().pull();
    pull.bind(format!("tcp://127.0.0.1:{port}")).unwrap();
    push.send_timeout("hello", Duration::from_secs(30)).unwrap();
    assert_eq!(pull.recv().unwrap(), "hello");
}
