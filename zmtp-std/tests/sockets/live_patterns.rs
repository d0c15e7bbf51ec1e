//! Options of a single pattern that are changed while the socket is in use.

use std::thread;

use crate::common::{PATIENCE, context};
use zmtp_std::{
    Context, Message, NotGranted, OutOfTurn, RecvError, Rep, Req, Sub, SubscribeError, Unsent, XPub,
};

const HERE: &str = "inproc://here";

fn req_and_rep() -> (Req, Rep) {
    let context = context();
    let (req, rep) = (context.req(), context.rep());
    rep.bind(HERE).unwrap();
    req.connect(HERE).unwrap();
    (req, rep)
}

#[test]
fn api_007_a_second_request_may_be_sent_from_the_moment_it_may_and_not_any_more_when_it_may_not() {
    let (req, rep) = req_and_rep();
    req.send("1").unwrap();
    let refused = |why: Unsent| assert_eq!(why, Unsent::OutOfTurn(OutOfTurn::AwaitingReply));
    refused(req.send("2").unwrap_err().why);
    req.set_options(|options| options.req_relaxed = true).unwrap();
    assert_eq!(rep.recv().unwrap(), "1");
    rep.send("reply to 1").unwrap();
    req.send("2").unwrap();
    req.set_options(|options| options.req_relaxed = false).unwrap();
    refused(req.send("3").unwrap_err().why);
    assert_eq!(rep.recv().unwrap(), "2");
    rep.send("reply to 2").unwrap();
    assert_eq!(req.recv().unwrap(), "reply to 2");
    assert_eq!(req.recv(), Err(RecvError::OutOfTurn(OutOfTurn::NothingAsked)));
}

#[test]
fn api_006_the_next_request_has_a_number_or_none_and_the_one_under_way_keeps_its_form() {
    let context = context();
    let (req, router) = (context.req(), context.router());
    router.bind(HERE).unwrap();
    req.connect(HERE).unwrap();
    // The routing id, a number perhaps, the delimiter and the body.
    let answer = |parts: usize, reply: &str| {
        let request = router.recv_timeout(PATIENCE).unwrap();
        assert_eq!(request.len(), parts, "{request:?}");
        let mut envelope: Vec<_> = request.parts().take(parts - 1).cloned().collect();
        envelope.push(reply.into());
        router.send(envelope.into_iter().collect::<Message>()).unwrap();
    };
    for (now, then, parts) in [(false, true, 3), (true, false, 4), (false, false, 3)] {
        req.set_options(|options| options.req_correlate = now).unwrap();
        req.send("request").unwrap();
        req.set_options(|options| options.req_correlate = then).unwrap();
        answer(parts, "reply");
        assert_eq!(req.recv_timeout(PATIENCE).unwrap(), "reply");
    }
}

#[test]
fn whoever_waits_for_the_turn_of_a_request_is_told_when_turns_are_relaxed() {
    let (req, rep) = req_and_rep();
    req.send("1").unwrap();
    thread::scope(|scope| {
        let waits = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(req.writable());
        });
        req.set_options(|options| options.req_relaxed = true).unwrap();
        waits.join().unwrap();
    });
    req.send("2").unwrap();
    assert_eq!(rep.recv().unwrap(), "1");
}

fn xpub() -> (Context, XPub) {
    let context = context();
    let xpub = context.xpub();
    xpub.bind(HERE).unwrap();
    (context, xpub)
}

fn subscriber(context: &Context, xpub: &XPub, topic: &str) -> Sub {
    let subscriber = context.subscriber();
    subscriber.subscribe(topic).unwrap();
    subscriber.connect(HERE).unwrap();
    assert_eq!(xpub.recv_timeout(PATIENCE).unwrap(), format!("\x01{topic}"));
    subscriber
}

fn receives(subscriber: &Sub, all: &[&str]) {
    for expected in all {
        assert_eq!(subscriber.recv_timeout(PATIENCE).unwrap(), *expected);
    }
    assert_eq!(subscriber.try_recv(), Err(RecvError::WouldBlock));
}

fn publish(xpub: &XPub, messages: &[&str]) {
    messages.iter().for_each(|message| xpub.send(*message).unwrap());
}

#[test]
fn an_xpub_decides_on_subscriptions_from_the_moment_it_is_to_and_those_there_are_stay() {
    let (context, xpub) = xpub();
    let first = subscriber(&context, &xpub, "a");
    assert_eq!(xpub.subscribe("b"), Err(NotGranted::NotManual));
    xpub.set_options(|options| options.xpub_manual = true).unwrap();
    let second = subscriber(&context, &xpub, "a");
    publish(&xpub, &["a1", "b1"]);
    xpub.subscribe("b").unwrap();
    publish(&xpub, &["a2", "b2"]);
    receives(&first, &["a1", "a2"]);
    // It wanted `a`, and drops what it did not ask for.
    receives(&second, &[]);
    assert_eq!(xpub.statistics().sent.messages, 3);
}

#[test]
fn an_xpub_that_decides_no_more_keeps_what_it_granted_and_takes_new_requests_as_they_are() {
    let (context, xpub) = xpub();
    xpub.set_options(|options| options.xpub_manual = true).unwrap();
    let granted = subscriber(&context, &xpub, "a");
    xpub.subscribe("a").unwrap();
    let ignored = subscriber(&context, &xpub, "a");
    xpub.set_options(|options| options.xpub_manual = false).unwrap();
    assert_eq!((xpub.subscribers(), xpub.subscribe("a")), (1, Err(NotGranted::NotManual)));
    let later = subscriber(&context, &xpub, "b");
    publish(&xpub, &["a", "b"]);
    receives(&granted, &["a"]);
    receives(&ignored, &[]);
    receives(&later, &["b"]);
    granted.unsubscribe("a").unwrap();
    assert_eq!(xpub.recv_timeout(PATIENCE).unwrap(), "\0a");
    xpub.set_options(|options| options.xpub_manual = true).unwrap();
    publish(&xpub, &["a", "b"]);
    receives(&later, &["b"]);
    assert_eq!(xpub.statistics().sent.messages, 3);
}

#[test]
fn the_message_after_a_grant_is_for_its_subscriber_alone_only_while_that_is_wanted() {
    let (context, xpub) = xpub();
    xpub.set_options(|options| options.xpub_manual_last_value = true).unwrap();
    let subscribers = ["1", "2"].map(|value| {
        let subscriber = subscriber(&context, &xpub, "");
        xpub.subscribe("").unwrap();
        publish(&xpub, &[value]);
        subscriber
    });
    xpub.subscribe("").unwrap();
    xpub.set_options(|options| options.xpub_manual_last_value = false).unwrap();
    publish(&xpub, &["for all"]);
    for (subscriber, value) in subscribers.iter().zip(["1", "2"]) {
        receives(subscriber, &[value, "for all"]);
    }
}

#[test]
fn api_013_matching_is_inverted_for_what_is_sent_and_received_from_then_on() {
    let (context, xpub) = xpub();
    let subscriber = subscriber(&context, &xpub, "a");
    publish(&xpub, &["a1", "b1"]);
    receives(&subscriber, &["a1"]);
    publish(&xpub, &["a2"]);
    xpub.set_options(|options| options.invert_matching = true).unwrap();
    publish(&xpub, &["a3", "b3"]);
    subscriber.set_options(|options| options.invert_matching = true).unwrap();
    receives(&subscriber, &["b3"]);
    for socket in [&xpub as &dyn Invertible, &subscriber] {
        socket.invert(false);
    }
    publish(&xpub, &["a4", "b4"]);
    receives(&subscriber, &["a4"]);
}

trait Invertible {
    fn invert(&self, matching: bool);
}

impl Invertible for XPub {
    fn invert(&self, matching: bool) {
        self.set_options(|options| options.invert_matching = matching).unwrap();
    }
}

impl Invertible for Sub {
    fn invert(&self, matching: bool) {
        self.set_options(|options| options.invert_matching = matching).unwrap();
    }
}

#[test]
fn what_nobody_wanted_is_received_by_whoever_waits_when_matching_is_inverted() {
    let (context, xpub) = xpub();
    let subscriber = subscriber(&context, &xpub, "a");
    xpub.set_options(|options| options.invert_matching = true).unwrap();
    thread::scope(|scope| {
        let waits = scope.spawn(|| subscriber.recv_timeout(PATIENCE));
        subscriber.set_options(|options| options.invert_matching = true).unwrap();
        publish(&xpub, &["b"]);
        assert_eq!(waits.join().unwrap().unwrap(), "b");
    });
}

#[test]
fn a_socket_whose_type_is_chosen_at_run_time_changes_the_same() {
    let context = context();
    let socket = context.socket(zmtp_std::SocketType::XPub);
    assert_eq!(socket.subscribe("a"), Err(SubscribeError::NotGranted(NotGranted::NotManual)));
    socket.set_options(|options| options.xpub_manual = true).unwrap();
    assert_eq!(socket.subscribe("a"), Err(SubscribeError::NotGranted(NotGranted::NobodyAsks)));
}
