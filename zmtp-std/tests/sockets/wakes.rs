//! Every call that waits is woken by the end of its context, and by that of its socket, and says which it was.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context as Task, Poll, Wake, Waker};
use std::time::Duration;

use crate::common::{PATIENCE, free_endpoint, options};
use zmtp_std::device::Proxy;
use zmtp_std::{Closed, Closing, Context, Event, Message, Options, RecvError, SendError, SocketType, Unsent};

/// What a call comes to, as text, and the end of its socket.
struct Call {
    name: &'static str,
    future: Pin<Box<dyn Future<Output = String>>>,
    close: Box<dyn FnOnce()>,
}

struct Woken(Sender<()>);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        let _ = self.0.send(());
    }
}

fn waker() -> (Waker, Receiver<()>) {
    let (wake, woken) = channel();
    (Waker::from(Arc::new(Woken(wake))), woken)
}

/// A call of a socket: `$socket` is made, `$call` borrows it.
macro_rules! call {
    ($calls:ident, $name:literal, $socket:expr, |$borrowed:ident| $call:expr) => {{
        let socket = Arc::new($socket);
        let closed = Arc::clone(&socket);
        $calls.push(Call {
            name: $name,
            future: Box::pin(async move {
                let $borrowed = &*socket;
                text(&$call.await)
            }),
            close: Box::new(move || {
                let _ = closed.close(Duration::ZERO);
            }),
        });
    }};
}

fn text(outcome: &impl Debug) -> String {
    format!("{outcome:?}")
}

/// A call of every kind that waits, on a socket of every type that it can wait on.
fn calls(context: &Context) -> Vec<Call> {
    let mut calls = Vec::new();
    call!(calls, "PUSH sends", context.push(), |push| push.send_async("a"));
    call!(calls, "DEALER sends", context.dealer(), |dealer| dealer.send_async("a"));
    call!(calls, "PAIR sends", context.pair(), |pair| pair.send_async("a"));
    call!(calls, "REQ sends", context.req(), |req| req.send_async("a"));
    call!(calls, "a dynamic one sends", context.socket(SocketType::Push), |push| push.send_async("a"));
    call!(calls, "REP receives", context.rep(), |rep| rep.recv_async());
    call!(calls, "PULL receives", context.pull(), |pull| pull.recv_async());
    call!(calls, "SUB receives", context.subscriber(), |sub| sub.recv_async());
    call!(calls, "XPUB receives", context.xpub(), |xpub| xpub.recv_async());
    call!(calls, "XSUB receives", context.xsub(), |xsub| xsub.recv_async());
    call!(calls, "DEALER receives", context.dealer(), |dealer| dealer.recv_async());
    call!(calls, "ROUTER receives", context.router(), |router| router.recv_from_async());
    call!(calls, "PAIR receives", context.pair(), |pair| pair.recv_from_async());
    call!(calls, "STREAM receives", context.stream(), |stream| stream.recv_from_async());
    let asked = context.req();
    asked.connect(free_endpoint()).unwrap();
    asked.send("question").unwrap();
    call!(calls, "REQ receives", asked, |req| req.recv_async());
    call!(calls, "peers are waited for", context.router(), |router| router.wait_for_peers_async(1));
    call!(calls, "subscribers are waited for", context.publisher(), |pub_| pub_
        .wait_for_subscribers_async(1));
    // What these return says nothing; the call behind them does.
    call!(calls, "readable is awaited", context.pull(), |pull| async {
        pull.readable().await;
        pull.try_recv()
    });
    call!(calls, "writable is awaited", context.push(), |push| async {
        push.writable().await;
        push.try_send("a")
    });
    call!(calls, "a proxy runs", context.pull(), |pull| async {
        let push = self::context().push();
        Proxy::streamer(pull, &push).run_async().await.why
    });
    calls
}

/// What a request leaves unanswered is not waited for.
fn context() -> Context {
    Context::new().with(Options { linger: Some(Duration::ZERO), ..options() })
}

/// Polls all, has them ended by `end`, and returns what each comes to.
fn ended_by(mut calls: Vec<Call>, end: impl FnOnce(Vec<Box<dyn FnOnce()>>)) -> Vec<(&'static str, String)> {
    let wakers: Vec<_> = calls.iter().map(|_| waker()).collect();
    for (call, (waker, _)) in calls.iter_mut().zip(&wakers) {
        let polled = call.future.as_mut().poll(&mut Task::from_waker(waker));
        assert_eq!(polled, Poll::Pending, "{} does not wait", call.name);
    }
    let (futures, closes): (Vec<_>, Vec<_>) =
        calls.into_iter().map(|call| ((call.name, call.future), call.close)).unzip();
    end(closes);
    futures
        .into_iter()
        .zip(&wakers)
        .map(|((name, mut future), (waker, woken))| {
            loop {
                woken.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{name} is not woken"));
                if let Poll::Ready(text) = future.as_mut().poll(&mut Task::from_waker(waker)) {
                    break (name, text);
                }
            }
        })
        .collect()
}

#[test]
fn api_018_the_end_of_the_context_wakes_every_call_and_each_says_so() {
    let context = context();
    for (name, text) in ended_by(calls(&context), |_| context.terminate()) {
        assert!(text.contains("Terminated"), "{name}: {text}");
    }
}

#[test]
fn closing_a_socket_wakes_every_call_on_it_and_each_says_so() {
    let context = context();
    for (name, text) in ended_by(calls(&context), |closes| closes.into_iter().for_each(|close| close())) {
        assert!(text.contains("Closed"), "{name}: {text}");
    }
}

#[test]
fn calls_that_block_their_thread_are_woken_as_well() {
    let context = context();
    let (push, pull, monitored) = (context.push(), context.pull(), context.push());
    let monitor = monitored.monitor();
    std::thread::scope(|scope| {
        let sends = scope.spawn(|| push.send("a"));
        let receives = scope.spawn(|| pull.recv_from_timeout(PATIENCE));
        let watches = scope.spawn(|| std::iter::from_fn(|| monitor.recv()).collect::<Vec<Event>>());
        let proxies = scope.spawn(|| Proxy::streamer(&pull, &push).run());
        context.terminate();
        let SendError { message, why } = sends.join().unwrap().unwrap_err();
        assert_eq!((message, why), (Message::from("a"), Unsent::Closed(Closing::Terminated)));
        assert_eq!(receives.join().unwrap().unwrap_err(), RecvError::Closed(Closing::Terminated));
        assert_eq!(watches.join().unwrap().len(), 0);
        assert_eq!(proxies.join().unwrap().why, Some(Closing::Terminated));
    });
    assert_eq!(push.close(PATIENCE), Closed { undelivered: 0 });
}
