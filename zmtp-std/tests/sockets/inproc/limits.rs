//! Messages that the receiver has said it would not take: over `inproc` they do not arrive either.

use super::*;

const ENDPOINTS: [&str; 2] = ["tcp://127.0.0.1:*", HERE];

/// Why the receiver has ended the connection.
fn broken(event: &Event) -> Option<Failure> {
    match event {
        Event::Disconnected { why: Lost::Protocol(failure), .. } => Some(*failure),
        Event::Disconnected { why, .. } => panic!("{why}"),
        _ => None,
    }
}

fn limits() -> [(Options, Message, Failure); 3] {
    let exact = |message: &'static [&'static str]| Message::from_iter(message.iter().copied());
    [
        (Options { maxmsgsize: Some(4), ..options() }, exact(&["1234", "12345"]), Failure::FrameLimit),
        (Options { max_parts: Some(2), ..options() }, exact(&["1", "2", "3"]), Failure::PartsLimit),
        (Options { rcvhwm_bytes: 8, ..options() }, exact(&["1234", "12345"]), Failure::MessageLimit),
    ]
}

#[test]
fn what_breaks_a_limit_ends_the_connection_as_over_tcp_and_what_came_before_arrives() {
    for (endpoint, (limited, large, why)) in ENDPOINTS.iter().flat_map(|at| limits().map(|of| (at, of))) {
        let context = context();
        let (push, pull) = (context.push(), context.with(limited).pull());
        let (sends, receives) = (push.monitor(), pull.monitor());
        push.connect(pull.bind(*endpoint).unwrap()).unwrap();
        push.wait_for_peers(1).unwrap();
        push.send(["1234", "1234"]).unwrap();
        push.send(large).unwrap();
        assert_eq!(pull.recv().unwrap(), Message::from(["1234", "1234"]), "{endpoint}");
        assert_eq!(await_event(&receives, broken), why, "{endpoint}");
        let eof = |event: &Event| match event {
            Event::Disconnected { why, .. } => Some(matches!(why, Lost::Eof | Lost::Io(_))),
            _ => None,
        };
        assert!(await_event(&sends, eof), "{endpoint}");
        // The sender comes back, and goes on behind it.
        push.wait_for_peers(1).unwrap();
        push.send("next").unwrap();
        assert_eq!(pull.recv().unwrap(), "next", "{endpoint}");
        assert_eq!(pull.statistics().received.messages, 2, "{endpoint}");
    }
}

#[test]
fn what_waits_behind_a_message_that_is_too_large_arrives_over_the_next_connection() {
    let context = context();
    let (push, pull) = (context.push(), context.with(Options { maxmsgsize: Some(4), ..options() }).pull());
    push.connect(HERE).unwrap();
    for number in 0..300 {
        push.send(if number % 100 == 50 { "large".to_owned() } else { number.to_string() }).unwrap();
    }
    let monitor = pull.monitor();
    pull.bind(HERE).unwrap();
    (0..300).filter(|number| number % 100 != 50).for_each(|number| {
        assert_eq!(pull.recv().unwrap(), number.to_string());
    });
    (0..3).for_each(|_| assert_eq!(await_event(&monitor, broken), Failure::FrameLimit));
    assert_eq!(pull.try_recv(), Err(RecvError::WouldBlock));
}

#[test]
fn a_message_that_is_too_large_is_refused_where_there_is_no_room_and_from_either_end() {
    for bound in [true, false] {
        let context = context();
        let left = context.with(Options { sndhwm: 1, ..options() }).pair();
        let right = context.with(Options { rcvhwm: 1, maxmsgsize: Some(4), ..options() }).pair();
        let monitor = right.monitor();
        let (binds, connects) = if bound { (&left, &right) } else { (&right, &left) };
        binds.bind(HERE).unwrap();
        connects.connect(HERE).unwrap();
        left.try_send("1").unwrap();
        left.try_send("large").unwrap();
        // To make room for it the one before has to be handed over.
        let _ = left.try_send("next");
        assert_eq!(await_event(&monitor, broken), Failure::FrameLimit);
        assert_eq!(right.recv().unwrap(), "1");
    }
}

#[test]
fn a_request_counts_with_its_envelope_and_a_publisher_takes_no_more_than_it_said() {
    let context = context();
    let (rep, req) = (context.with(Options { max_parts: Some(2), ..options() }).rep(), context.req());
    let monitor = rep.monitor();
    rep.bind(HERE).unwrap();
    req.connect(HERE).unwrap();
    req.send("one part").unwrap();
    rep.recv().unwrap();
    rep.send(["any", "number", "of", "parts"]).unwrap();
    req.recv().unwrap();
    req.send(["two", "parts"]).unwrap();
    assert!(rep.recv_timeout(Duration::from_millis(1)).is_err());
    assert_eq!(await_event(&monitor, broken), Failure::PartsLimit);

    let (xpub, xsub) = (context.with(Options { maxmsgsize: Some(4), ..options() }).xpub(), context.xsub());
    let monitor = xpub.monitor();
    xpub.bind("inproc://upstream").unwrap();
    xsub.connect("inproc://upstream").unwrap();
    xsub.send("data").unwrap();
    assert_eq!(xpub.recv().unwrap(), "data");
    xsub.send("large").unwrap();
    assert!(xpub.try_recv().is_err());
    assert_eq!(await_event(&monitor, broken), Failure::FrameLimit);
}
