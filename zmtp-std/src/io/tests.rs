//! What is above relies on, of either runtime.

use std::future::pending;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};
use std::time::{Duration, Instant as Moment};

use bytes::{BufMut, BytesMut};

use super::runtime::{Interest, Streamed, TcpStream, resolve, sleep, within, yield_now};
use super::threads::{Threads, run};
use super::{Wake, ready};
use crate::wait::block_on;

const LONG: Duration = Duration::from_secs(3600);

/// A stream of the thread that this is called on, and its other end, which blocks.
fn connection() -> (TcpStream, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let other = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (ours, _) = listener.accept().unwrap();
    ours.set_nonblocking(true).unwrap();
    (TcpStream::from_std(ours).unwrap(), other)
}

/// Reads until the stream has no more, or ends.
fn drain(stream: &TcpStream, into: &mut BytesMut) -> std::io::Result<usize> {
    loop {
        into.reserve(10);
        match Streamed::try_read(stream, &mut (&mut *into).limit(10))? {
            0 => return Ok(0),
            _ => continue,
        }
    }
}

#[test]
fn the_panic_of_a_task_is_the_end_of_no_other() {
    let (threads, _stop) = Threads::start(1).unwrap();
    let (done, outcome) = mpsc::channel();
    let (wake, thread) = (Arc::new(Wake::default()), threads.next());
    let woken = Arc::clone(&wake);
    thread.spawn(async move {
        woken.woken().await;
        done.send(()).unwrap();
    });
    thread.spawn(async { panic!("a handler that panics") });
    thread.spawn(async move { wake.wake() });
    outcome.recv().unwrap();
}

#[test]
fn tasks_that_are_left_are_dropped_with_their_thread_and_those_that_come_later_at_once() {
    let (threads, stop) = Threads::start(1).unwrap();
    let (held, left) = mpsc::channel::<()>();
    let (late, later) = (held.clone(), held.clone());
    let (began, begun) = mpsc::channel();
    threads.next().spawn(async move {
        began.send(()).unwrap();
        pending::<()>().await;
        drop(held);
    });
    begun.recv().unwrap();
    threads.next().spawn(async move {
        sleep(LONG).await;
        drop(late);
    });
    drop(stop);
    threads.next().spawn(async move { drop(later) });
    // Nobody has the other end any more.
    assert!(left.recv().is_err());
}

#[test]
fn timers_end_in_the_order_of_their_times_and_not_before() {
    let (threads, _stop) = Threads::start(1).unwrap();
    let (told, heard) = mpsc::channel();
    let start = Moment::now();
    for millis in [300, 100, 200] {
        let (time, told) = (Duration::from_millis(millis), told.clone());
        threads.next().spawn(async move {
            sleep(time).await;
            told.send((time, start.elapsed())).unwrap();
        });
    }
    drop(told);
    let ended: Vec<_> = heard.iter().collect();
    assert_eq!(ended.iter().map(|(time, _)| time.as_millis()).collect::<Vec<_>>(), [100, 200, 300]);
    assert!(ended.iter().all(|(time, elapsed)| elapsed >= time));
}

#[test]
fn a_limit_is_kept_only_while_work_lasts_and_may_be_further_away_than_the_clock_goes() {
    run(async {
        assert_eq!(within(Duration::MAX, async { 1 }).await, Some(1));
        assert_eq!(within(Duration::ZERO, pending::<()>()).await, None);
        assert_eq!(within(LONG, yield_now()).await, Some(()));
    });
}

#[test]
fn a_stream_is_ready_whenever_octets_come_and_at_its_end() {
    run(async {
        let (stream, mut other) = connection();
        let mut octets = BytesMut::new();
        for round in 0..100 {
            other.write_all(&[round; 25]).unwrap();
            while octets.len() < 25 {
                ready(&stream, Interest::READ).await.unwrap();
                drain(&stream, &mut octets).unwrap_err();
            }
            assert_eq!(octets.split(), [round; 25][..]);
        }
        other.write_all(b"last").unwrap();
        drop(other);
        while drain(&stream, &mut octets).is_err() {
            ready(&stream, Interest::READ).await.unwrap();
        }
        assert_eq!(octets, b"last"[..]);
    });
}

#[test]
fn a_stream_that_is_full_is_ready_again_when_its_peer_has_read_also_if_another_thread_fills_it() {
    run(async {
        let (stream, mut other) = connection();
        ready(&stream, Interest::WRITE).await.unwrap();
        let fill = |stream: &TcpStream| {
            let mut sent = 0;
            while let Ok(octets) = Streamed::try_write(stream, &[std::io::IoSlice::new(&[0; 4096])]) {
                sent += octets;
            }
            sent
        };
        for _ in 0..20 {
            let sent = std::thread::scope(|scope| scope.spawn(|| fill(&stream)).join().unwrap());
            let sent = sent + fill(&stream);
            let reader = std::thread::spawn(move || {
                other.read_exact(&mut vec![0; sent]).unwrap();
                other
            });
            within(LONG, ready(&stream, Interest::WRITE)).await.unwrap().unwrap();
            other = reader.join().unwrap();
        }
    });
}

#[test]
fn many_names_are_resolved_at_a_time_and_one_that_is_none_is_an_error() {
    let (threads, _stop) = Threads::start(1).unwrap();
    let (told, heard) = mpsc::channel();
    for _ in 0..50 {
        let told = told.clone();
        threads.next().spawn(async move { told.send(resolve("localhost", 7).await).unwrap() });
    }
    drop(told);
    let found: Vec<_> = heard.iter().map(Result::unwrap).collect();
    assert_eq!(found.len(), 50);
    let loopback = |address: &SocketAddr| address.ip().is_loopback() && address.port() == 7;
    assert!(found.iter().all(|addresses| addresses.iter().any(loopback)));
    run(async { resolve("no such name", 7).await }).unwrap_err();
}

fn polled(wake: &Wake) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    pin!(wake.woken()).poll(&mut cx).is_ready()
}

#[test]
fn a_wake_before_anybody_waits_is_not_lost_and_counts_once() {
    let wake = Wake::default();
    assert!(!polled(&wake));
    wake.wake();
    wake.wake();
    assert!(polled(&wake));
    assert!(!polled(&wake));
}

#[test]
fn a_task_that_waits_is_woken_each_time() {
    let wake = Arc::new(Wake::default());
    let woken = Arc::clone(&wake);
    let (told, heard) = mpsc::channel();
    let task = std::thread::spawn(move || {
        for _ in 0..10_000 {
            block_on(woken.woken());
            told.send(()).unwrap();
        }
    });
    for _ in 0..10_000 {
        wake.wake();
        heard.recv().unwrap();
    }
    task.join().unwrap();
}
