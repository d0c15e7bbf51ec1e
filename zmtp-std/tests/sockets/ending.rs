//! The end of sockets: closing with a deadline, lingering, termination, and what monitors tell of it.

use std::pin::pin;
use std::sync::{Mutex, mpsc};
use std::task::{self, Waker};
use std::time::Duration;

use crate::common::{PATIENCE, await_event, context, disconnected, free_endpoint, options};
use zmtp_std::security::{Admission, Applicant, Verdict};
use zmtp_std::{Closed, Closing, Context, Event, Options, RecvError, Unsent};

#[test]
fn a_message_that_waits_at_close_goes_to_the_peer_that_comes_before_the_deadline() {
    let context = context();
    let endpoint = free_endpoint();
    let push = context.push();
    push.connect(&endpoint).unwrap();
    push.send("patience").unwrap();
    std::thread::scope(|scope| {
        let closing = scope.spawn(|| push.close(PATIENCE));
        let pull = context.pull();
        pull.bind(&endpoint).unwrap();
        assert_eq!(pull.recv().unwrap(), "patience");
        assert_eq!(closing.join().unwrap(), Closed { undelivered: 0 });
    });
}

#[test]
fn closing_and_dropping_deliver_everything_that_was_sent() {
    const COUNT: usize = 20_000;
    let server = context();
    let pull = server.pull();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let receive = |pull: &zmtp_std::Pull| {
        (0..COUNT).for_each(|number| assert_eq!(pull.recv().unwrap(), number.to_string()));
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let push = context().push();
            push.connect(&endpoint).unwrap();
            (0..COUNT).for_each(|number| push.send(number.to_string()).unwrap());
            // Dropped with its context, which waits.
        });
        receive(&pull);
    });
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let push = context().push();
            push.connect(&endpoint).unwrap();
            (0..COUNT).for_each(|number| push.send(number.to_string()).unwrap());
            assert_eq!(push.close(PATIENCE), Closed { undelivered: 0 });
            assert_eq!(push.send("late").unwrap_err().why, Unsent::Closed(Closing::Closed));
        });
        receive(&pull);
    });
}

#[test]
fn closing_async_on_another_runtime_tells_what_was_not_delivered() {
    let context = context();
    let push = context.push();
    push.connect(free_endpoint()).unwrap();
    push.send("one").unwrap();
    push.send("two").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(push.close_async(Duration::from_millis(1))), Closed { undelivered: 2 });
    assert_eq!(push.close(PATIENCE), Closed { undelivered: 2 }, "they stay lost");
}

#[test]
fn closing_async_awaits_that_the_port_is_free_and_does_not_block_the_thread() {
    let (asked, was_asked) = mpsc::channel();
    let (answer, answered) = mpsc::channel::<()>();
    let answered = Mutex::new(answered);
    // An admission that keeps the I/O thread from whatever else there is to do.
    let admission = Admission::new(move |_: &Applicant| {
        asked.send(()).unwrap();
        let _ = answered.lock().unwrap().recv();
        Verdict::accept("")
    });
    let pull = Context::new().with(Options { admission: Some(admission), ..options() }).pull();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let push = context().push();
    push.connect(&endpoint).unwrap();
    was_asked.recv_timeout(PATIENCE).unwrap();
    let mut closing = pin!(pull.close_async(PATIENCE));
    assert!(closing.as_mut().poll(&mut task::Context::from_waker(Waker::noop())).is_pending());
    drop(answer);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(closing), Closed { undelivered: 0 });
    context().pull().bind(&endpoint).unwrap();
}

#[test]
fn api_018_terminating_the_context_wakes_every_blocked_call_with_an_error() {
    let context = Context::new();
    let (push, pull, rep) = (context.push(), context.pull(), context.rep());
    let publisher = context.publisher();
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| push.send("nobody").unwrap_err().why);
        let receiving = scope.spawn(|| pull.recv().unwrap_err());
        let waiting = scope.spawn(|| publisher.wait_for_subscribers(1).unwrap_err());
        let future = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(rep.recv_async()).unwrap_err()
        });
        context.terminate();
        assert_eq!(sending.join().unwrap(), Unsent::Closed(Closing::Terminated));
        assert_eq!(receiving.join().unwrap(), RecvError::Closed(Closing::Terminated));
        assert_eq!(waiting.join().unwrap(), Closing::Terminated);
        assert_eq!(future.join().unwrap(), RecvError::Closed(Closing::Terminated));
    });
    assert_eq!(context.pull().recv(), Err(RecvError::Closed(Closing::Terminated)), "new sockets, too");
    assert!(push.bind("tcp://127.0.0.1:*").unwrap_err().to_string().contains("context was terminated"));
}

#[test]
fn terminating_the_context_wakes_a_close_that_waits_and_it_tells_what_is_undelivered() {
    let context = context().with(Options { sndhwm: 2, ..options() });
    let (blocking, future) = (context.push(), context.push());
    for push in [&blocking, &future] {
        push.connect(free_endpoint()).unwrap();
        push.send("one").unwrap();
        push.send("two").unwrap();
    }
    std::thread::scope(|scope| {
        let first = scope.spawn(|| blocking.close(Duration::MAX));
        let second = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(future.close_async(Duration::MAX))
        });
        // Until both are closing they have no room for a third.
        for push in [&blocking, &future] {
            while push.try_send("three").unwrap_err().why != Unsent::Closed(Closing::Closed) {
                std::thread::yield_now();
            }
        }
        context.terminate();
        assert_eq!(first.join().unwrap(), Closed { undelivered: 2 });
        assert_eq!(second.join().unwrap(), Closed { undelivered: 2 });
    });
}

#[test]
fn a_close_after_the_context_was_terminated_still_delivers() {
    let (ours, theirs) = (context(), context());
    let pull = theirs.pull();
    let push = ours.push();
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    push.send("last").unwrap();
    ours.terminate();
    assert_eq!(push.close(PATIENCE), Closed { undelivered: 0 });
    assert_eq!(pull.recv().unwrap(), "last");
}

#[test]
fn monitors_end_when_the_context_is_terminated() {
    let context = context();
    let pull = context.pull();
    let monitor = pull.monitor();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    std::thread::scope(|scope| {
        let following = scope.spawn(|| std::iter::from_fn(|| monitor.recv()).count());
        context.terminate();
        assert_eq!(following.join().unwrap(), 1, "it listens");
    });
    assert!(pull.monitor().recv().is_none(), "one made later has nothing to tell");
}

#[test]
fn a_monitor_ends_after_the_last_event_of_a_socket_that_was_closed_though_it_is_not_dropped() {
    let context = context();
    let (push, pull) = (context.push(), context.pull());
    let (ours, theirs) = (push.monitor(), pull.monitor());
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    push.send("x").unwrap();
    assert_eq!(pull.recv().unwrap(), "x");
    assert_eq!(push.close(PATIENCE), Closed { undelivered: 0 });
    let last = std::iter::from_fn(|| ours.recv()).last().unwrap();
    assert!(matches!(last, Event::Closed { .. }), "{last}");
    await_event(&theirs, disconnected);
    assert_eq!(pull.close(PATIENCE), Closed { undelivered: 0 });
    let last = std::iter::from_fn(|| theirs.recv()).last().unwrap();
    assert!(matches!(last, Event::Closed { .. }), "{last}");

    let idle = context.pull();
    let monitor = idle.monitor();
    let _ = idle.close(Duration::ZERO);
    assert!(monitor.recv().is_none());
}
