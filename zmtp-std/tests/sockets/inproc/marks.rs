//! How much waits between two sockets, and that all of it arrives.

use super::*;

#[test]
fn messages_arrive_whole_and_in_order_whatever_their_size_between_two_threads() {
    let (push, pull) = pushing(7, 5);
    let message = |at: usize| match at % 5 {
        0 => Message::from(at.to_string()),
        1 => Message::from([vec![1; at], vec![], vec![2; at * 10]]),
        2 => Message::from(""),
        3 => Message::from(vec![3; at * 100]),
        _ => Message::from([at.to_string(), "end".into()]),
    };
    std::thread::scope(|scope| {
        scope.spawn(|| (0..3_000).for_each(|at| push.send(message(at)).unwrap()));
        (0..3_000).for_each(|at| assert!(pull.recv().unwrap() == message(at), "message {at}"));
    });
    assert_eq!(pull.try_recv(), Err(RecvError::WouldBlock));
}

#[test]
fn a_long_body_is_not_copied() {
    let (push, pull) = pushing(1, 1);
    let body = Part::from(vec![1; 100_000]);
    push.send(["head".into(), body.clone()]).unwrap();
    let received = pull.recv().unwrap();
    assert_eq!(received.part(1).unwrap().as_ptr(), body.as_ptr());
}

#[test]
fn api_009_the_marks_of_both_ends_add_up_and_zero_at_either_is_none() {
    for (sndhwm, rcvhwm, most) in [(1000, 1000, 2000), (1, 1, 2), (3, 2, 5)] {
        let (push, pull) = pushing(sndhwm, rcvhwm);
        assert_eq!(accepted(&push, 10_000), most);
        (0..most).for_each(|at| assert_eq!(pull.recv().unwrap(), at.to_string()));
        push.try_send("one more").unwrap();
        assert_eq!(pull.recv().unwrap(), "one more");
    }
    for (sndhwm, rcvhwm) in [(0, 1), (1, 0), (0, 0)] {
        let (push, _pull) = pushing(sndhwm, rcvhwm);
        assert_eq!(accepted(&push, 10_000), 10_000);
    }
}

#[test]
fn a_sender_without_room_waits_until_the_receiver_has_taken_something() {
    let (push, pull) = pushing(2, 2);
    assert_eq!(accepted(&push, 10), 4);
    assert_eq!(push.send_timeout("late", Duration::from_millis(1)).unwrap_err().why, Unsent::TimedOut);
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| push.send("4"));
        (0..4).for_each(|at| assert_eq!(pull.recv().unwrap(), at.to_string()));
        sender.join().unwrap().unwrap();
    });
    assert_eq!(pull.recv().unwrap(), "4");
}

#[test]
fn the_marks_on_octets_add_up_and_what_is_too_large_for_the_sender_is_an_error() {
    let context = context();
    let pull = context.with(Options { rcvhwm_bytes: 100, ..options() }).pull();
    let push = context.with(Options { sndhwm_bytes: 1000, ..options() }).push();
    pull.bind(HERE).unwrap();
    push.connect(HERE).unwrap();
    assert_eq!(push.try_send(vec![0; 1001]).unwrap_err().why, Unsent::TooLarge);
    let sizes = || std::iter::repeat_n(50, 22);
    sizes().for_each(|size| push.try_send(vec![1; size]).unwrap());
    assert_eq!(push.try_send("x").unwrap_err().why, Unsent::WouldBlock);
    sizes().for_each(|size| assert_eq!(pull.recv().unwrap().octets(), size as u64));
}

#[test]
fn api_010_marks_of_a_connection_in_use_can_be_changed_and_lowering_them_drops_nothing() {
    let (push, pull) = pushing(1, 1);
    assert_eq!(accepted(&push, 10), 2);
    pull.set_options(|options| options.rcvhwm = 3).unwrap();
    push.set_options(|options| options.sndhwm = 2).unwrap();
    assert_eq!(accepted(&push, 10), 3);
    pull.set_options(|options| options.rcvhwm = 1).unwrap();
    push.set_options(|options| options.sndhwm = 1).unwrap();
    for expected in ["0", "1", "0", "1", "2"] {
        assert_eq!(pull.recv().unwrap(), expected);
    }
    assert_eq!(accepted(&push, 10), 2);
}

#[test]
fn api_011_conflation_at_either_end_keeps_the_newest_whole() {
    for (sends, receives) in [(true, false), (false, true), (true, true)] {
        let context = context();
        let pull = context.with(Options { conflate: receives, ..options() }).pull();
        let push = context.with(Options { conflate: sends, ..options() }).push();
        pull.bind(HERE).unwrap();
        push.connect(HERE).unwrap();
        for at in 0..5_000 {
            push.send([at.to_string(), "tail".into()]).unwrap();
        }
        assert_eq!(pull.recv().unwrap(), Message::from(["4999", "tail"]));
        assert_eq!(pull.try_recv(), Err(RecvError::WouldBlock));
        push.send("next").unwrap();
        assert_eq!(pull.recv().unwrap(), "next");
    }
}

#[test]
fn sockets_of_many_threads_share_out_and_collect_without_losing_or_doubling_a_message() {
    const EACH: usize = 5_000;
    let context = context().with(Options { sndhwm: 3, rcvhwm: 2, ..options() });
    let pulls = [(); 2].map(|()| context.pull());
    pulls[0].bind("inproc://0").unwrap();
    let pushes = [(); 3].map(|()| context.push());
    for push in &pushes {
        push.connect("inproc://0").unwrap();
        push.connect("inproc://1").unwrap();
    }
    pulls[1].bind("inproc://1").unwrap();
    let mut all: Vec<usize> = std::thread::scope(|scope| {
        for (at, push) in pushes.iter().enumerate() {
            scope.spawn(move || (0..EACH).for_each(|n| push.send((at * EACH + n).to_string()).unwrap()));
        }
        let next = |_| {
            let mut items = pulls.each_ref().map(Item::readable);
            assert!(poll(&mut items, Some(PATIENCE)).unwrap() > 0);
            let ready = usize::from(!items[0].is_readable());
            pulls[ready].try_recv().unwrap().to_text().parse().unwrap()
        };
        (0..3 * EACH).map(next).collect()
    });
    assert!(pulls.iter().all(|pull| pull.try_recv().is_err()));
    all.sort_unstable();
    assert!(all.into_iter().eq(0..3 * EACH));
}
