//! What a socket leaves behind when it closes: all of it arrives, and no mark of the receiver is passed.

use super::*;
use zmtp_std::{Dealer, Traffic};

/// Receives all that is there, with no more inside than so much at any time.
fn drain(dealer: &Dealer, most: Traffic) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let waiting = dealer.statistics().to_receive;
        assert!(waiting.messages <= most.messages && waiting.octets <= most.octets, "{waiting:?}");
        match dealer.try_recv() {
            Ok(message) => all.push(message.to_text()),
            Err(why) => {
                assert_eq!(
                    (why, dealer.statistics().to_receive),
                    (RecvError::WouldBlock, Traffic::default())
                );
                return all;
            }
        }
    }
}

fn numbers(prefix: char, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{prefix}{number:03}")).collect()
}

#[test]
fn api_009_the_mark_of_a_pipe_is_exact_for_what_a_closed_socket_left_and_all_of_it_arrives() {
    type End = fn(Push);
    let ends: [End; 3] = [
        drop,
        |push| assert_eq!(push.close(Duration::ZERO).undelivered, 0),
        |push| push.disconnect(HERE).unwrap(),
    ];
    for end in ends {
        let (push, pull) = pushing(10, 3);
        assert_eq!(accepted(&push, 100), 13);
        end(push);
        for number in 0..13 {
            assert!(pull.statistics().to_receive.messages <= 3);
            assert_eq!(pull.recv().unwrap(), number.to_string());
        }
        assert_eq!(pull.statistics().to_receive, Traffic::default());
        assert_eq!(pull.statistics().received.messages, 13);
    }
}

#[test]
fn the_mark_of_a_whole_socket_is_exact_for_what_closed_sockets_left_and_others_go_on() {
    const EACH: usize = 50;
    let most = Traffic { messages: 5, octets: 30 };
    let context = context();
    let limited = Options { socket_rcvhwm: 5, socket_rcvhwm_bytes: 30, ..options() };
    let receiver: Dealer = context.with(limited).dealer();
    receiver.bind(HERE).unwrap();
    let sender = |prefix: char| {
        let dealer = context.dealer();
        dealer.connect(HERE).unwrap();
        numbers(prefix, EACH).into_iter().for_each(|text| dealer.send(text).unwrap());
        dealer
    };
    let stays = sender('a');
    "bcd".chars().for_each(|prefix| drop(sender(prefix)));
    let all = drain(&receiver, most);
    assert_eq!(all.len(), 4 * EACH);
    for prefix in "abcd".chars() {
        let of: Vec<_> = all.iter().filter(|text| text.starts_with(prefix)).cloned().collect();
        assert_eq!(of, numbers(prefix, EACH));
    }
    stays.send("more").unwrap();
    assert_eq!(receiver.recv().unwrap(), "more");
}

#[test]
fn what_was_left_has_the_name_of_who_left_it_also_when_somebody_else_is_there() {
    let context = context();
    let router = context.with(Options { rcvhwm: 1, ..options() }).router();
    router.connect(HERE).unwrap();
    let named = |name: &'static str| {
        let dealer = context.named(name).dealer();
        dealer.bind(HERE).unwrap();
        ["1", "2", "3"].into_iter().for_each(|text| dealer.send(text).unwrap());
        dealer
    };
    drop(named("first"));
    let second = named("second");
    router.wait_for_peers(1).unwrap();
    for name in ["first", "second"] {
        for text in ["1", "2", "3"] {
            assert_eq!(router.recv().unwrap(), Message::from([name, text]));
        }
    }
    drop(second);
}

#[test]
fn what_was_left_keeps_to_the_limits_of_the_receiver() {
    let context = context();
    let pull = context.with(Options { rcvhwm: 1, maxmsgsize: Some(3), ..options() }).pull();
    let (monitor, push) = (pull.monitor(), context.push());
    pull.bind(HERE).unwrap();
    push.connect(HERE).unwrap();
    ["1", "2", "3", "long", "4"].into_iter().for_each(|text| push.send(text).unwrap());
    drop(push);
    await_event(&monitor, disconnected);
    // What was behind it comes over another connection.
    for text in ["1", "2", "3", "4"] {
        assert_eq!(pull.recv().unwrap(), text);
    }
    assert_eq!(pull.try_recv(), Err(RecvError::WouldBlock));
}
