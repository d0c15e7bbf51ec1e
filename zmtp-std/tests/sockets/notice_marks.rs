//! Notices that cannot wait for room wait outside the marks, in their order.

use crate::common::{PATIENCE, await_event, context, disconnected, options};
use zmtp_std::{AnySocket, Context, Endpoint, Notify, Options, RecvError, Router, XPub};

const MARK: u32 = 2;

fn endpoints() -> [Endpoint; 2] {
    ["tcp://127.0.0.1:*", "inproc://notices"].map(|endpoint| endpoint.parse().unwrap())
}

fn within(waiting: u64) {
    assert!(waiting <= MARK.into(), "{waiting} wait");
}

fn router(context: &Context) -> Router {
    let router_notify = Notify { connect: true, disconnect: true };
    context.with(Options { router_notify, socket_rcvhwm: MARK, rcvhwm: 1, ..options() }).router()
}

#[test]
fn notices_of_who_came_and_went_are_in_their_order_and_no_more_wait_within_the_marks_than_may() {
    for endpoint in endpoints() {
        let context = context();
        let router = router(&context);
        let (monitor, endpoint) = (router.monitor(), router.bind(&endpoint).unwrap());
        let names = ["a", "b", "c", "d", "e"];
        let dealers = names.map(|name| {
            let dealer = context.named(name).dealer();
            dealer.connect(&endpoint).unwrap();
            dealer
        });
        router.wait_for_peers(names.len()).unwrap();
        within(router.statistics().to_receive.messages);
        dealers.iter().for_each(|dealer| dealer.send("hello").unwrap());
        let mut texts = std::collections::HashMap::<String, Vec<String>>::new();
        let mut receive = |count: usize| {
            for _ in 0..count {
                within(router.statistics().to_receive.messages);
                let message = router.recv_timeout(PATIENCE).unwrap();
                let [name, text] = [0, 1].map(|part| message.part(part).unwrap().to_text());
                texts.entry(name).or_default().push(text);
            }
        };
        receive(2 * names.len());
        drop(dealers);
        names.iter().for_each(|_| await_event(&monitor, disconnected));
        receive(names.len());
        assert!(names.iter().all(|name| texts[*name] == ["", "hello", ""]), "{texts:?}");
        assert_eq!(router.try_recv(), Err(RecvError::WouldBlock));
        assert_eq!(router.statistics().to_receive.messages, 0);
    }
}

#[test]
fn z29_016_the_ends_of_subscriptions_of_who_went_are_all_shown_and_no_more_wait_within_the_marks_than_may() {
    const TOPICS: usize = 10;
    for endpoint in endpoints() {
        let context = context();
        let xpub: XPub =
            context.with(Options { socket_rcvhwm: MARK, socket_rcvhwm_bytes: 5, ..options() }).xpub();
        let (monitor, endpoint) = (xpub.monitor(), xpub.bind(&endpoint).unwrap());
        let subscriber = context.subscriber();
        (0..TOPICS).for_each(|number| subscriber.subscribe(format!("{number:02}")).unwrap());
        subscriber.connect(&endpoint).unwrap();
        (0..TOPICS).for_each(|_| drop(xpub.recv_timeout(PATIENCE).unwrap()));
        drop(subscriber);
        await_event(&monitor, disconnected);
        let mut ended: Vec<_> = (0..TOPICS)
            .map(|_| {
                within(xpub.statistics().to_receive.messages);
                xpub.recv_timeout(PATIENCE).unwrap().to_text()
            })
            .collect();
        ended.sort();
        assert_eq!(ended, (0..TOPICS).map(|number| format!("\0{number:02}")).collect::<Vec<_>>());
        assert!(!xpub.is_readable());
    }
}
