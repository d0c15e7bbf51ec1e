//! What an XPUB is shown waits for room as messages do: subscribers wait with the next of their subscriptions.

use std::io::Write;

use crate::common::{PATIENCE, await_event, context, handshake, options, raw, shake_hands, subscriber};
use zmtp_std::security::curve_keypair;
use zmtp_std::{Context, Endpoint, Event, Failure, Lost, Options, RecvError, Sub, Traffic, XPub};

fn endpoints() -> [Endpoint; 2] {
    ["tcp://127.0.0.1:*", "inproc://shown"].map(|endpoint| endpoint.parse().unwrap())
}

fn bound(limited: Options, endpoint: &Endpoint) -> (Context, XPub, Endpoint) {
    let context = context();
    let xpub = context.with(limited).xpub();
    let endpoint = xpub.bind(endpoint).unwrap();
    (context, xpub, endpoint)
}

/// Receives so many, and never more wait than there may.
fn shown(xpub: &XPub, count: usize, most: Traffic) -> Vec<String> {
    let next = || {
        for _ in 0..20 {
            let waiting = xpub.statistics().to_receive;
            assert!(waiting.messages <= most.messages && waiting.octets <= most.octets, "{waiting:?}");
            std::thread::yield_now();
        }
        xpub.recv_timeout(PATIENCE).unwrap().to_text()
    };
    let mut all: Vec<_> = (0..count).map(|_| next()).collect();
    all.sort();
    all
}

#[test]
fn z29_014_what_is_shown_of_all_subscribers_is_within_the_marks_of_the_socket_and_none_is_lost() {
    const TOPICS: usize = 12;
    for (messages, octets) in [(3, 0), (0, 12), (1, 0), (2, 8)] {
        for endpoint in endpoints() {
            let limited = Options {
                socket_rcvhwm: messages,
                socket_rcvhwm_bytes: octets,
                xpub_verboser: true,
                ..options()
            };
            let (context, xpub, endpoint) = bound(limited, &endpoint);
            let most = |mark: u64| if mark == 0 { u64::MAX } else { mark };
            let most = Traffic { messages: most(messages.into()), octets: most(octets) };
            let subscribers = ["a", "b", "c"].map(|name| {
                let subscriber: Sub = context.subscriber();
                (0..TOPICS).for_each(|number| subscriber.subscribe(format!("{name}{number:02}")).unwrap());
                subscriber.connect(&endpoint).unwrap();
                subscriber
            });
            let all: Vec<_> = ["a", "b", "c"]
                .iter()
                .flat_map(|name| (0..TOPICS).map(move |at| format!("{name}{at:02}")))
                .collect();
            let marked = |first: char| all.iter().map(|topic| format!("{first}{topic}")).collect::<Vec<_>>();
            assert_eq!(shown(&xpub, all.len(), most), marked('\x01'));
            for (subscriber, topics) in subscribers.iter().zip(all.chunks(TOPICS)) {
                topics.iter().for_each(|topic| assert!(subscriber.unsubscribe(topic).unwrap()));
            }
            assert_eq!(shown(&xpub, all.len(), most), marked('\0'));
            assert_eq!(xpub.try_recv(), Err(RecvError::WouldBlock));
        }
    }
}

#[test]
fn z29_014_subscriptions_to_everything_wait_as_well_and_those_of_a_secure_connection() {
    let keys = curve_keypair();
    let server = Options {
        curve_server: true,
        curve_secretkey: Some(keys.secret.clone()),
        socket_rcvhwm: 1,
        xpub_verboser: true,
        ..options()
    };
    let (context, xpub, endpoint) = bound(server, &endpoints()[0]);
    let client = context.with(Options { curve_serverkey: Some(keys.public), ..with_key() });
    let subscribers: Vec<_> = (0..3)
        .map(|_| {
            let subscriber = client.subscriber();
            ["a", "", "b"].into_iter().for_each(|topic| subscriber.subscribe(topic).unwrap());
            subscriber.connect(&endpoint).unwrap();
            subscriber
        })
        .collect();
    let most = Traffic { messages: 1, octets: 2 };
    let thrice = |first: char| {
        let topics = ["", "a", "b"].into_iter();
        topics.flat_map(|topic| std::iter::repeat_n(format!("{first}{topic}"), 3)).collect::<Vec<_>>()
    };
    assert_eq!(shown(&xpub, 9, most), thrice('\x01'));
    for subscriber in &subscribers {
        ["b", "", "a"].into_iter().for_each(|topic| assert!(subscriber.unsubscribe(topic).unwrap()));
    }
    assert_eq!(shown(&xpub, 9, most), thrice('\0'));
}

fn with_key() -> Options {
    Options { curve_secretkey: Some(curve_keypair().secret), ..options() }
}

#[test]
fn a_subscription_that_could_never_be_shown_ends_the_connection() {
    for endpoint in endpoints() {
        let (context, xpub, endpoint) = bound(Options { socket_rcvhwm_bytes: 4, ..options() }, &endpoint);
        let monitor = xpub.monitor();
        let fits = subscriber(&context, &endpoint, "abc");
        assert_eq!(xpub.recv().unwrap(), "\x01abc");
        let _never = subscriber(&context, &endpoint, "abcd");
        let why = await_event(&monitor, |event| match event {
            Event::Disconnected { why, .. } => Some(why.clone()),
            _ => None,
        });
        assert!(matches!(why, Lost::Protocol(Failure::MessageLimit)), "{why}");
        xpub.send("abcd").unwrap();
        assert_eq!(fits.recv_timeout(PATIENCE).unwrap(), "abcd");
    }
}

#[test]
fn z23_001_a_subscription_in_the_form_of_a_message_gives_its_room_to_what_is_shown() {
    let (_context, xpub, endpoint) = bound(Options { socket_rcvhwm: 2, ..options() }, &endpoints()[0]);
    let monitor = xpub.monitor();
    let mut stream = raw(&endpoint);
    shake_hands(&mut stream, "SUB", "XPUB");
    await_event(&monitor, handshake);
    // Those that are not shown give it back.
    (0..10).for_each(|_| stream.write_all(b"\0\x02\x01a").unwrap());
    ["b", "c", "d"].into_iter().for_each(|topic| {
        stream.write_all(&[b"\0\x02\x01", topic.as_bytes()].concat()).unwrap();
    });
    let most = Traffic { messages: 2, octets: 4 };
    assert_eq!(shown(&xpub, 4, most), ["\x01a", "\x01b", "\x01c", "\x01d"]);
    assert_eq!(xpub.statistics().to_receive, Traffic::default());
}
