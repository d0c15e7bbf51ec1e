//! The sockets over `embedded-io-async`: every future dropped wherever it waits, and nothing is lost.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorType, Read, Write};
use zmtp_smoltcp::{
    AsyncIo, Config, Dealer, Ended, Instant, Peer, Reason, RecvError, Req, SendError, Socket, SocketType,
    Storage,
};

/// A pipe of a few octets that makes its users wait now and then.
#[derive(Default)]
struct Pipe {
    octets: VecDeque<u8>,
    /// Polls so far: about every other one has to wait, whatever there is.
    polls: usize,
    closed: bool,
}

const ROOM: usize = 5;

#[derive(Clone, Default)]
struct End(Rc<RefCell<Pipe>>);

impl ErrorType for End {
    type Error = Infallible;
}

impl End {
    /// Waits until `step` gives something, and at times longer.
    async fn wait<T>(&self, mut step: impl FnMut(&mut Pipe) -> Option<T>) -> T {
        std::future::poll_fn(|context| {
            let pipe = &mut *self.0.borrow_mut();
            pipe.polls += 1;
            context.waker().wake_by_ref();
            let result = if pipe.polls.wrapping_mul(0x9E37_79B9) >> 13 & 1 == 0 { step(pipe) } else { None };
            result.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

impl Read for End {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        let count = self.wait(|pipe| {
            let count = buf.len().min(pipe.octets.len()).min(3);
            buf.iter_mut().zip(pipe.octets.drain(..count)).for_each(|(to, from)| *to = from);
            (count > 0 || pipe.closed).then_some(count)
        });
        Ok(count.await)
    }
}

impl Write for End {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        let count = self.wait(|pipe| {
            let count = buf.len().min(ROOM - pipe.octets.len());
            pipe.octets.extend(&buf[..count]);
            (count > 0 || pipe.closed).then_some(count)
        });
        Ok(count.await)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        self.wait(|pipe| pipe.octets.is_empty().then_some(())).await;
        Ok(())
    }
}

fn lend(octets: usize) -> &'static mut [u8] {
    vec![0; octets].leak()
}

/// A DEALER and its stream.
struct Node {
    socket: Dealer<'static, 'static>,
    io: AsyncIo<'static, End, End>,
}

fn now() -> Instant {
    Instant::from_millis(1)
}

impl Node {
    fn new(incoming: &End, outgoing: &End) -> Self {
        let storage = Storage { command: lend(64), incoming: lend(32), outgoing: lend(32), messages: 0 };
        let peers: &'static mut [Peer<'static>; 1] = Box::leak(Box::new([Peer::new(storage)]));
        let mut socket = Dealer::new(Config::new(SocketType::Dealer), peers);
        socket.attach(0, now());
        Self { socket, io: AsyncIo::new(incoming.clone(), outgoing.clone(), lend(7), lend(6)) }
    }

    async fn send(&mut self, parts: &[&[u8]]) -> Result<(), Ended<SendError>> {
        self.io.until(&mut self.socket, 0, now, |_| {}, |socket| socket.send(parts)).await
    }

    async fn recv(&mut self) -> Result<Vec<u8>, Ended<RecvError>> {
        let mut buffer = [0; 32];
        let receive =
            |socket: &mut Dealer<'_, '_>| socket.recv(&mut buffer).map(|frame| frame.octets.to_vec());
        self.io.until(&mut self.socket, 0, now, |_| {}, receive).await
    }
}

/// Polls a future so often, or until it is ready; then it is dropped.
fn poll<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..times).find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

/// Two nodes exchange messages; the future of `victim` is dropped after `after` polls, the others after `usual` of them.
fn exchange(victim: usize, after: usize, usual: usize) {
    let (there, back) = (End::default(), End::default());
    let (mut a, mut b) = (Node::new(&back, &there), Node::new(&there, &back));
    let (mut sent, mut answered, mut at_b, mut at_a) = (0_u8, 0, Vec::new(), Vec::new());
    let mut futures = 0;
    let mut times = || {
        futures += 1;
        if futures == victim { after } else { usual }
    };
    for _ in 0..2_000 {
        if sent < 6 && poll(a.send(&[&[sent; 9]]), times()) == Some(Ok(())) {
            sent += 1;
        }
        at_b.extend(poll(b.recv(), times()).transpose().unwrap());
        if let Some(message) = at_b.get(answered)
            && poll(b.send(&[message]), times()) == Some(Ok(()))
        {
            answered += 1;
        }
        at_a.extend(poll(a.recv(), times()).transpose().unwrap());
        if at_a.len() == 6 {
            break;
        }
    }
    let expected: Vec<Vec<u8>> = (0..6).map(|number| vec![number; 9]).collect();
    assert_eq!(
        (&at_b, &at_a),
        (&expected, &expected),
        "future {victim} dropped after {after} of {usual} polls"
    );
}

#[test]
fn a_future_dropped_at_any_await_loses_nothing_and_repeats_nothing() {
    for usual in [1, 3, 40] {
        for victim in 1..40 {
            for after in 0..8 {
                exchange(victim, after, usual);
            }
        }
    }
}

#[test]
fn the_end_of_the_stream_ends_what_waits() {
    let (there, back) = (End::default(), End::default());
    let (mut a, mut b) = (Node::new(&back, &there), Node::new(&there, &back));
    for _ in 0..200 {
        let _ = (poll(a.recv(), 2), poll(b.recv(), 2));
    }
    assert_eq!(poll(a.send(&[b"last"]), 9), Some(Ok(())));
    assert_eq!(poll(b.recv(), 99), None, "it has not left");
    while poll(a.io.flush(), 9).is_none() {
        if let Some(result) = poll(b.recv(), 9) {
            assert_eq!(result.unwrap(), b"last");
        }
    }
    back.0.borrow_mut().closed = true;
    assert_eq!(poll(a.recv(), 99), Some(Err(Ended::Stream(Reason::Closed))));
    a.socket.detach(0);
}

/// A stream of which everything that has come is read at once, and that takes all.
#[derive(Clone, Default)]
struct Open(Rc<RefCell<VecDeque<u8>>>);

impl ErrorType for Open {
    type Error = Infallible;
}

impl Read for Open {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        std::future::poll_fn(|_| {
            let octets = &mut *self.0.borrow_mut();
            let count = buf.len().min(octets.len());
            buf.iter_mut().zip(octets.drain(..count)).for_each(|(to, from)| *to = from);
            if count > 0 { Poll::Ready(Ok(count)) } else { Poll::Pending }
        })
        .await
    }
}

impl Write for Open {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        Ok(buf.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[test]
fn what_fits_only_when_something_else_was_skipped_is_received_though_nothing_more_comes() {
    let storage = Storage { command: lend(64), incoming: lend(48), outgoing: lend(32), messages: 0 };
    let peers: &'static mut [Peer<'static>; 1] = Box::leak(Box::new([Peer::new(storage)]));
    let mut req = Req::new(Config::new(SocketType::Req), peers);
    req.attach(0, now());
    let stream = Open::default();
    let mut io = AsyncIo::new(stream.clone(), stream.clone(), lend(200), lend(100));

    let greeting = [&b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\0NULL"[..], &[0; 48]].concat();
    let ready = b"\x04\x19\x05READY\x0BSocket-Type\0\0\0\x03REP";
    stream.0.borrow_mut().extend(greeting.iter().chain(ready));
    let asked = io.until(&mut req, 0, now, |_| {}, |req: &mut Req<'_, '_>| req.send(&[b"?"]));
    assert_eq!(poll(asked, 99), Some(Ok(())));

    // Z28-009: a reply without delimiter, and behind it the reply, for which there is no room yet.
    let none = [&b"\0\x26"[..], &[7; 0x26]].concat();
    stream.0.borrow_mut().extend(none.iter().chain(b"\x01\0\0\x08an answe"));
    let mut buffer = [0; 32];
    let receive = |req: &mut Req<'_, '_>| req.recv(&mut buffer).map(|frame| frame.octets.to_vec());
    assert_eq!(poll(io.until(&mut req, 0, now, |_| {}, receive), 99), Some(Ok(b"an answe".to_vec())));
}
