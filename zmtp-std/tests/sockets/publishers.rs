//! XPUB, XSUB and the options of publishers, over TCP on loopback.

use crate::common::{
    PATIENCE, await_event, context, disconnected, free_endpoint, handshake, options, subscriber,
};
use zmtp_std::{Context, Endpoint, Message, NotGranted, Options, RecvError, Unsent, XPub};

fn with(change: impl FnOnce(&mut Options)) -> Context {
    let mut options = options();
    change(&mut options);
    Context::new().with(options)
}

fn bound(context: &Context) -> (XPub, Endpoint) {
    let publisher = context.xpub();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    (publisher, endpoint)
}

/// What two subscribers have an XPUB show: both subscribe to "a", the second cancels, the first leaves.
fn shown(context: &Context) -> Vec<String> {
    let (publisher, endpoint) = bound(context);
    let monitor = publisher.monitor();
    let mut shown = Vec::new();
    let mut collect = |publisher: &XPub| {
        while let Ok(message) = publisher.try_recv() {
            shown.push(message.to_text());
        }
    };
    let first = subscriber(context, &endpoint, "a");
    publisher.wait_for_subscribers(1).unwrap();
    collect(&publisher);
    let second = subscriber(context, &endpoint, "a");
    publisher.wait_for_subscribers(2).unwrap();
    collect(&publisher);
    second.unsubscribe("a").unwrap();
    second.subscribe("end").unwrap();
    // Behind the cancel, and shown in every case.
    loop {
        let message = publisher.recv().unwrap().to_text();
        if message == "\u{1}end" {
            break;
        }
        shown.push(message);
    }
    drop(first);
    await_event(&monitor, disconnected);
    while let Ok(message) = publisher.try_recv() {
        shown.push(message.to_text());
    }
    shown
}

#[test]
fn z29_014_015_016_an_xpub_shows_the_first_subscription_and_the_last_cancel_or_more_if_verbose() {
    assert_eq!(shown(&context()), ["\u{1}a", "\0a"]);
    assert_eq!(shown(&with(|options| options.xpub_verbose = true)), ["\u{1}a", "\u{1}a", "\0a"]);
    let verboser = with(|options| options.xpub_verboser = true);
    assert_eq!(shown(&verboser), ["\u{1}a", "\u{1}a", "\0a", "\0a"]);
}

#[test]
fn z29_013_026_027_an_xsub_subscribes_by_sending_and_every_other_message_goes_to_all_publishers() {
    let context = context();
    let subscriber = context.xsub();
    let publishers = [bound(&context), bound(&context)];
    for (_, endpoint) in &publishers {
        subscriber.connect(endpoint).unwrap();
    }
    subscriber.wait_for_peers(2).unwrap();
    subscriber.send("\u{1}a").unwrap();
    subscriber.send("\u{1}a").unwrap();
    subscriber.send(["\u{1}a", "two parts are no subscription"]).unwrap();
    subscriber.send("to all").unwrap();
    subscriber.send("\0a").unwrap();
    for (publisher, _) in &publishers {
        assert_eq!(publisher.recv().unwrap(), "\u{1}a");
        assert_eq!(publisher.recv().unwrap(), Message::from(["\u{1}a", "two parts are no subscription"]));
        assert_eq!(publisher.recv().unwrap(), "to all");
        publisher.send("a 1").unwrap();
        publisher.send("b 1").unwrap();
        assert_eq!(subscriber.recv().unwrap(), "a 1");
    }
    // The last cancel is told.
    subscriber.send("\0a").unwrap();
    for (publisher, _) in &publishers {
        assert_eq!(publisher.recv().unwrap(), "\0a");
    }
    assert_eq!((subscriber.try_recv(), subscriber.dropped()), (Err(RecvError::WouldBlock), 0));
}

#[test]
fn z29_022_an_xsub_tells_a_publisher_that_comes_later_or_again_of_its_subscriptions() {
    let context = context();
    let (subscriber, endpoint) = (context.xsub(), free_endpoint());
    subscriber.connect(&endpoint).unwrap();
    subscriber.send("\u{1}a").unwrap();
    for round in 0..3 {
        let publisher = context.xpub();
        publisher.bind(&endpoint).unwrap();
        assert_eq!(publisher.recv().unwrap(), "\u{1}a", "round {round}");
        publisher.send("a").unwrap();
        assert_eq!(subscriber.recv().unwrap(), "a");
    }
}

#[test]
fn an_xsub_and_an_xpub_pass_subscriptions_on_from_a_subscriber_to_a_publisher() {
    let context = context();
    let (front, back) = (context.xsub(), context.xpub());
    let publisher = context.publisher();
    front.connect(publisher.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    front.wait_for_peers(1).unwrap();
    let subscriber = subscriber(&context, &back.bind("tcp://127.0.0.1:*").unwrap(), "a");
    front.send(back.recv().unwrap()).unwrap();
    publisher.wait_for_subscribers(1).unwrap();
    publisher.send("a 1").unwrap();
    back.send(front.recv().unwrap()).unwrap();
    assert_eq!(subscriber.recv().unwrap(), "a 1");
}

#[test]
fn a_publisher_counts_topics_once_however_many_have_subscribed_and_those_that_an_xpub_has_granted() {
    for endpoint in ["tcp://127.0.0.1:*", "inproc://topics"] {
        let context = context();
        let publisher = context.publisher();
        let endpoint = publisher.bind(endpoint).unwrap();
        assert_eq!(publisher.topics(), 0);
        let (one, two) = (subscriber(&context, &endpoint, "a"), subscriber(&context, &endpoint, "a"));
        publisher.wait_for_subscribers(2).unwrap();
        assert_eq!((publisher.subscribers(), publisher.topics()), (2, 1));
        let monitor = publisher.monitor();
        drop(one);
        await_event(&monitor, disconnected);
        assert_eq!((publisher.subscribers(), publisher.topics()), (1, 1));
        drop(two);
        await_event(&monitor, disconnected);
        assert_eq!(publisher.topics(), 0);
    }
    let context = context();
    let manual = context.with(Options { xpub_manual: true, ..options() }).xpub();
    let _subscriber = subscriber(&context, &manual.bind("inproc://manual").unwrap(), "a");
    assert_eq!((manual.recv().unwrap(), manual.topics()), ("\u{1}a".into(), 0));
    manual.subscribe("b").unwrap();
    manual.subscribe("c").unwrap();
    assert_eq!(manual.topics(), 2);
}

#[test]
fn a_manual_xpub_decides_who_is_subscribed_to_what() {
    let context = with(|options| options.xpub_manual = true);
    let (publisher, endpoint) = bound(&context);
    let (monitor, receiver) = (publisher.monitor(), context.subscriber());
    receiver.subscribe("A").unwrap();
    receiver.subscribe("B").unwrap();
    receiver.connect(&endpoint).unwrap();
    assert_eq!(publisher.subscribe("B"), Err(NotGranted::NobodyAsks));
    let mut requests = [(); 2].map(|()| publisher.recv().unwrap().to_text());
    requests.sort();
    assert_eq!(requests, ["\u{1}A", "\u{1}B"]);
    publisher.send("A").unwrap();
    publisher.subscribe("B").unwrap();
    publisher.send("A").unwrap();
    publisher.send("B").unwrap();
    assert_eq!(receiver.recv().unwrap(), "B");
    assert_eq!((publisher.unsubscribe("B"), publisher.unsubscribe("B")), (Ok(true), Ok(false)));
    publisher.send("B").unwrap();

    drop(receiver);
    await_event(&monitor, disconnected);
    assert_eq!(publisher.subscribe("B"), Err(NotGranted::NobodyAsks), "it has gone");
    let mut cancels = [(); 2].map(|()| publisher.recv().unwrap().to_text());
    cancels.sort();
    assert_eq!(cancels, ["\0A", "\0B"]);
    assert_eq!(publisher.subscribe("B"), Err(NotGranted::NobodyAsks), "it had left them behind");
    assert_eq!(self::context().xpub().subscribe("B"), Err(NotGranted::NotManual));
}

#[test]
fn with_last_value_the_message_after_a_grant_is_for_that_subscriber_alone() {
    let context = with(|options| options.xpub_manual_last_value = true);
    let (publisher, endpoint) = bound(&context);
    let first = subscriber(&context, &endpoint, "a");
    assert_eq!(publisher.recv().unwrap(), "\u{1}a");
    publisher.subscribe("a").unwrap();
    publisher.send("a: last value").unwrap();
    let second = subscriber(&context, &endpoint, "a");
    assert_eq!(publisher.recv().unwrap(), "\u{1}a");
    publisher.subscribe("a").unwrap();
    publisher.send("a: last value").unwrap();
    publisher.send("a: for all").unwrap();
    for subscriber in [first, second] {
        assert_eq!(subscriber.recv().unwrap(), "a: last value");
        assert_eq!(subscriber.recv().unwrap(), "a: for all");
    }
}

#[test]
fn a_welcome_message_is_the_first_that_a_subscriber_to_it_receives() {
    let context = with(|options| options.xpub_welcome_msg = Some("W".into()));
    let (publisher, endpoint) = bound(&context);
    let (welcomed, other) = (subscriber(&context, &endpoint, "W"), subscriber(&context, &endpoint, "b"));
    publisher.wait_for_subscribers(2).unwrap();
    publisher.send("W later").unwrap();
    publisher.send("b").unwrap();
    assert_eq!([welcomed.recv().unwrap(), welcomed.recv().unwrap()], ["W", "W later"].map(Message::from));
    assert_eq!(other.recv().unwrap(), "b", "it is filtered there");
}

#[test]
fn api_012_with_no_drop_a_publisher_waits_for_the_slowest_subscriber_and_the_message_comes_back() {
    let context = with(|options| {
        options.xpub_nodrop = true;
        (options.sndhwm, options.rcvhwm) = (1, 1);
    });
    let publisher = context.publisher();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    let (slow, fast) = (subscriber(&context, &endpoint, ""), subscriber(&context, &endpoint, ""));
    publisher.wait_for_subscribers(2).unwrap();
    let large = || Message::from(vec![0; 1 << 20]);
    let mut sent = 0;
    let error = loop {
        if let Err(error) = publisher.send_timeout(large(), std::time::Duration::from_millis(200)) {
            break error;
        }
        sent += 1;
        assert_eq!(fast.recv().unwrap(), large());
    };
    assert!((error.why, error.message) == (Unsent::TimedOut, large()));
    assert!(fast.try_recv().is_err(), "who has room does not get it either");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| publisher.send("last"));
        for _ in 0..sent {
            assert_eq!(slow.recv().unwrap(), large());
        }
        waiting.join().unwrap().unwrap();
    });
    assert_eq!([slow.recv().unwrap(), fast.recv().unwrap()], ["last", "last"].map(Message::from));
    assert_eq!(publisher.dropped(), 0);
}

#[test]
fn api_013_inverted_matching_delivers_exactly_what_matching_does_not() {
    let context = with(|options| options.invert_matching = true);
    let (publisher, endpoint) = bound(&context);
    let (a, ab) = (subscriber(&context, &endpoint, "a"), subscriber(&context, &endpoint, "b"));
    ab.subscribe("a").unwrap();
    for _ in 0..2 {
        publisher.recv().unwrap();
    }
    publisher.wait_for_subscribers(2).unwrap();
    for message in ["a", "b", "c"] {
        publisher.send(message).unwrap();
    }
    assert_eq!([a.recv().unwrap(), a.recv().unwrap()], ["b", "c"].map(Message::from));
    assert_eq!(ab.recv().unwrap(), "c");
}

#[test]
fn requests_beyond_the_mark_wait_at_the_subscriber_until_an_xpub_receives() {
    const TOPICS: usize = 1_000;
    let context = with(|options| options.rcvhwm = 4);
    let (publisher, endpoint) = bound(&context);
    let monitor = publisher.monitor();
    let subscriber = context.subscriber();
    subscriber.connect(&endpoint).unwrap();
    await_event(&monitor, handshake);
    for topic in 0..TOPICS {
        subscriber.subscribe(topic.to_string()).unwrap();
    }
    for topic in 0..TOPICS {
        assert_eq!(publisher.recv().unwrap(), format!("\u{1}{topic}"));
    }
    publisher.send("999").unwrap();
    assert_eq!(subscriber.recv().unwrap(), "999");
    assert_eq!(publisher.close(PATIENCE).undelivered, 0);
}
