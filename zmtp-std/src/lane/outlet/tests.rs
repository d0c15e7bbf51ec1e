//! Lanes whose senders write to the stream themselves.

use std::io::{self, ErrorKind, IoSlice};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use super::Outlet;
use crate::batch::MOST_SLICES;
use crate::lane::{Gate, Lane, Offer, Totals};
use crate::{Message, Options};

/// A stream that takes so many octets, and then has no room.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    octets: Mutex<Vec<u8>>,
    pub(crate) room: AtomicUsize,
    /// Somebody is writing.
    busy: AtomicBool,
}

impl Sink {
    pub(crate) fn with_room(room: usize) -> Arc<Self> {
        Arc::new(Self { room: AtomicUsize::new(room), ..Self::default() })
    }

    pub(crate) fn octets(&self) -> Vec<u8> {
        self.octets.lock().unwrap().clone()
    }

    /// As a session does it, until nothing is left or there is no room. Returns whether a sender is to be told of room.
    pub(crate) fn write_as_session(&self, lane: &Lane) -> bool {
        let mut told = false;
        while let Some((batch, mut written)) = lane.next_batch() {
            while written < batch.len() {
                let mut slices = [IoSlice::new(&[]); MOST_SLICES];
                let count = batch.slices(written, &mut slices);
                match self.try_write(&slices[..count]) {
                    Ok(octets) => written += octets,
                    // The peer reads, sooner or later.
                    Err(_) => drop(self.room.fetch_add(17, Ordering::SeqCst)),
                }
            }
            told |= lane.written(batch);
        }
        told
    }
}

impl Outlet for Sink {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        assert!(!self.busy.swap(true, Ordering::SeqCst), "two write at the same time");
        let mut octets = self.octets.lock().unwrap();
        let before = octets.len();
        for slice in slices {
            let room = self.room.load(Ordering::SeqCst).min(slice.len());
            self.room.fetch_sub(room, Ordering::SeqCst);
            octets.extend_from_slice(&slice[..room]);
        }
        let written = octets.len() - before;
        drop(octets);
        self.busy.store(false, Ordering::SeqCst);
        if written > 0 { Ok(written) } else { Err(ErrorKind::WouldBlock.into()) }
    }
}

fn lane(sndhwm: u32) -> Arc<Lane> {
    Arc::new(Lane::new(0, 0, &Options { sndhwm, ..Options::default() }, &Totals::default(), Gate::Open))
}

fn send(lane: &Arc<Lane>, text: &str) -> Offer {
    lane.send(&[], (&Message::from(text)).into())
}

#[test]
fn a_message_for_an_idle_stream_is_written_by_its_sender_and_leaves_nothing_to_the_session() {
    let (lane, sink) = (lane(10), Sink::with_room(100));
    lane.lend(Arc::clone(&sink) as Arc<dyn Outlet>);
    assert_eq!(send(&lane, "now"), Offer::Taken);
    assert_eq!(sink.octets(), b"\0\x03now");
    assert_eq!(lane.unsent(), 0);
    assert!(lane.next_batch().is_none());
}

#[test]
fn a_stream_that_is_not_lent_or_whose_session_writes_is_left_alone() {
    let (lane, sink) = (lane(10), Sink::with_room(100));
    assert_eq!(send(&lane, "a"), Offer::Taken);
    lane.lend(Arc::clone(&sink) as Arc<dyn Outlet>);
    let (batch, _) = lane.next_batch().unwrap();
    assert_eq!(send(&lane, "b"), Offer::Taken);
    assert!(sink.octets().is_empty());
    lane.written(batch);
    sink.write_as_session(&lane);
    assert_eq!(sink.octets(), b"\0\x01b");
    lane.unlend();
    assert_eq!(send(&lane, "c"), Offer::Taken);
    assert_eq!((lane.unsent(), sink.octets().len()), (1, 3));
}

#[test]
fn a_full_lane_is_emptied_by_whom_it_would_turn_away() {
    let (lane, sink) = (lane(2), Sink::with_room(100));
    lane.lend(Arc::clone(&sink) as Arc<dyn Outlet>);
    for text in ["a", "b", "c", "d", "e"] {
        assert_eq!(lane.offer(&[], (&Message::from(text)).into()), Offer::Taken);
    }
    assert_eq!(sink.octets(), b"\0\x01a\0\x01b\0\x01c\0\x01d");
    assert_eq!(lane.unsent(), 1);
}

#[test]
fn z37_029_a_stream_without_room_turns_senders_away_and_the_session_goes_on_at_the_octet() {
    let whole = b"\0\x01a\0\x01b";
    for room in 0..whole.len() {
        let (lane, sink) = (lane(2), Sink::with_room(room));
        lane.lend(Arc::clone(&sink) as Arc<dyn Outlet>);
        for text in ["a", "b"] {
            assert_eq!(lane.offer(&[], (&Message::from(text)).into()), Offer::Taken);
        }
        // One message may be out, and make room for another; what has begun is not begun again.
        let third = lane.offer(&[], (&Message::from("c")).into());
        assert_eq!(third, if room < 3 { Offer::Full } else { Offer::Taken }, "{room}");
        assert_eq!(send(&lane, "d"), Offer::Full);
        assert_eq!(sink.octets(), whole[..room]);
        sink.room.store(100, Ordering::SeqCst);
        sink.write_as_session(&lane);
        let all = if room < 3 { &b"\0\x01a\0\x01b"[..] } else { b"\0\x01a\0\x01b\0\x01c" };
        assert_eq!(sink.octets(), all, "{room}");
        assert_eq!(lane.unsent(), 0);
    }
}

#[test]
fn z37_068_a_message_not_wholly_written_by_a_sender_goes_to_the_next_connection() {
    let (lane, first) = (lane(2), Sink::with_room(4));
    lane.lend(Arc::clone(&first) as Arc<dyn Outlet>);
    for text in ["a", "b", "c"] {
        lane.offer(&[], (&Message::from(text)).into());
    }
    assert_eq!(first.octets(), b"\0\x01a\0");
    lane.unlend();
    let second = Sink::with_room(100);
    second.write_as_session(&lane);
    assert_eq!(second.octets(), b"\0\x01b\0\x01c");
}

#[test]
fn senders_and_the_session_never_write_at_once_and_no_octet_is_lost_or_out_of_order() {
    const SENDERS: u32 = 3;
    const MESSAGES: u32 = 4000;
    let (lane, sink) = (lane(7), Sink::with_room(0));
    lane.lend(Arc::clone(&sink) as Arc<dyn Outlet>);
    let working = AtomicUsize::new(SENDERS as usize);
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (lane, working) = (&lane, &working);
            scope.spawn(move || {
                for number in 0..MESSAGES {
                    let text = format!("{sender} {number}");
                    while send(lane, &text) != Offer::Taken {
                        std::thread::yield_now();
                    }
                }
                working.fetch_sub(1, Ordering::SeqCst);
            });
        }
        // A peer that reads a few octets now and then, and the session.
        scope.spawn(|| {
            let mut few = 1;
            while working.load(Ordering::SeqCst) > 0 || lane.unsent() > 0 {
                sink.room.fetch_add(few, Ordering::SeqCst);
                few = few % 23 + 1;
                if lane.claim() {
                    sink.write_as_session(&lane);
                }
                std::thread::yield_now();
            }
        });
    });
    let mut next = [0; SENDERS as usize];
    let mut octets = &sink.octets()[..];
    while let [0, len, rest @ ..] = octets {
        let (text, rest) = rest.split_at(usize::from(*len));
        let (sender, number) = std::str::from_utf8(text).unwrap().split_once(' ').unwrap();
        let next = &mut next[sender.parse::<usize>().unwrap()];
        assert_eq!(number.parse(), Ok(*next));
        *next += 1;
        octets = rest;
    }
    assert!(octets.is_empty());
    assert_eq!(next, [MESSAGES; SENDERS as usize]);
}

#[test]
fn a_sender_that_is_turned_away_is_told_of_room_even_if_it_came_in_that_moment() {
    const MESSAGES: usize = 100_000;
    let (lane, sink) = (lane(1), Sink::with_room(usize::MAX / 2));
    lane.lend(Arc::clone(&sink) as Arc<dyn Outlet>);
    let (tell, told) = mpsc::channel();
    std::thread::scope(|scope| {
        let (lane, sink) = (&lane, &sink);
        scope.spawn(move || {
            for number in 0..MESSAGES {
                // The session writes beside it, as if it had been woken, so that each finds the other at work.
                while lane.offer(&[], (&Message::from("x")).into()) != Offer::Taken {
                    told.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|_| panic!("at {number}"));
                }
            }
        });
        scope.spawn(move || {
            while sink.octets.lock().unwrap().len() < 3 * MESSAGES {
                if sink.write_as_session(lane) {
                    // Nobody waits any more after the last one.
                    let _ = tell.send(());
                }
            }
        });
    });
}
