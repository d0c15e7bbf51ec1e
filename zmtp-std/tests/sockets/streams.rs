//! Messages and events as streams.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use futures_core::Stream;

use crate::common::{PATIENCE, context, handshake};
use zmtp_std::Message;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// All there is until the end.
async fn collected<S: Stream>(stream: S) -> Vec<S::Item> {
    let (mut stream, mut items) = (pin!(stream), Vec::new());
    while let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        items.push(item);
    }
    items
}

#[test]
fn messages_stream_until_the_socket_is_closed_over_every_transport() {
    for endpoint in ["tcp://127.0.0.1:*", "inproc://streamed"] {
        let context = context();
        let (push, pull) = (context.push(), context.pull());
        push.connect(pull.bind(endpoint).unwrap()).unwrap();
        let messages = thread::scope(|scope| {
            let (count, counted) = std::sync::mpsc::channel();
            let pull = &pull;
            let streaming = scope.spawn(move || {
                block_on(async {
                    let (mut messages, mut all) = (pull.messages(), Vec::new());
                    while let Some(message) = poll_fn(|cx| pin!(&mut messages).poll_next(cx)).await {
                        all.push(message.unwrap());
                        count.send(()).unwrap();
                    }
                    all
                })
            });
            (0..1000).for_each(|number| push.send(number.to_string()).unwrap());
            (0..1000).for_each(|_| counted.recv_timeout(PATIENCE).unwrap());
            let _ = pull.close(PATIENCE);
            streaming.join().unwrap()
        });
        assert!(messages.into_iter().eq((0..1000).map(|number| Message::from(number.to_string()))));
    }
}

#[test]
fn a_stream_that_is_dropped_while_it_waits_takes_nothing() {
    let context = context();
    let (push, pull) = (context.push(), context.pull());
    push.connect(pull.bind("inproc://dropped").unwrap()).unwrap();
    {
        let mut messages = pin!(pull.messages());
        assert!(messages.as_mut().poll_next(&mut Context::from_waker(Waker::noop())).is_pending());
        push.send("kept").unwrap();
    }
    assert_eq!(pull.try_recv().unwrap(), "kept");
    push.send("ready").unwrap();
    let mut messages = pin!(pull.messages());
    let ready = messages.as_mut().poll_next(&mut Context::from_waker(Waker::noop()));
    assert_eq!(ready, Poll::Ready(Some(Ok("ready".into()))));
}

#[test]
fn events_stream_until_there_will_be_none() {
    let context = context();
    let (push, pull) = (context.push(), context.pull());
    let (streamed, watched) = (pull.monitor(), pull.monitor());
    thread::scope(|scope| {
        let streaming = scope.spawn(|| block_on(collected(streamed.events())));
        push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
        crate::common::await_event(&watched, handshake);
        drop(pull);
        let texts: Vec<_> = streaming.join().unwrap().iter().map(ToString::to_string).collect();
        let same: Vec<_> = watched.into_iter().map(|event| event.to_string()).collect();
        assert!(texts[0].starts_with("listening at") && texts.len() > same.len(), "{texts:?}");
        assert!(texts.ends_with(&same), "{texts:?} {same:?}");
    });
}
