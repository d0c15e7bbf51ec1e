//! Models of sockets whose senders, session and ticker share a stream.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::sync::Arc;

use shuttle::future::block_on;
use shuttle::thread;
use zmtp_core::SocketType;

use super::{check, context, each_once, lane, numbers, text, two_senders};
use crate::batch::MOST_SLICES;
use crate::lane::{Lane, Outlet};
use crate::socket::core::Core;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::{Context, Options, Push};

/// A stream whose buffer has little room, until what is in it is taken.
#[derive(Debug, Default)]
struct Stream {
    octets: Mutex<(usize, VecDeque<u8>)>,
    /// Somebody is writing.
    busy: Mutex<bool>,
}

const BUFFER: usize = 7;

impl Outlet for Stream {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        assert!(!std::mem::replace(&mut *self.busy.lock().unwrap(), true), "two write at once");
        let mut octets = self.octets.lock().unwrap();
        let (taken, all) = &mut *octets;
        let room = BUFFER - (all.len() - *taken);
        let before = all.len();
        all.extend(slices.iter().flat_map(|slice| slice.iter()).take(room));
        let written = all.len() - before;
        drop(octets);
        *self.busy.lock().unwrap() = false;
        if written > 0 { Ok(written) } else { Err(ErrorKind::WouldBlock.into()) }
    }
}

impl Stream {
    /// The peer reads everything there is.
    fn drain(&self) {
        let mut octets = self.octets.lock().unwrap();
        octets.0 = octets.1.len();
    }

    /// The messages, of one frame each, that have been written.
    fn messages(&self) -> Vec<String> {
        let octets: Vec<u8> = self.octets.lock().unwrap().1.iter().copied().collect();
        let (mut rest, mut messages) = (&octets[..], Vec::new());
        while let [0, len, behind @ ..] = rest
            && let Some((body, next)) = behind.split_at_checked(usize::from(*len))
        {
            messages.push(String::from_utf8(body.to_vec()).unwrap());
            rest = next;
        }
        messages
    }

    /// What a session does once: it writes whatever waits.
    fn write_all_of(&self, core: &Arc<Core>, lane: &Lane) {
        while let Some((mut batch, mut written)) = lane.next_batch() {
            while written < batch.len() {
                let mut slices = [IoSlice::new(&[]); MOST_SLICES];
                let count = batch.slices(written, &mut slices);
                match self.try_write(&slices[..count]) {
                    Ok(octets) => {
                        written += octets;
                        let has_room = lane.progress(&mut batch, written);
                        core.written(lane, has_room);
                    }
                    Err(_) => self.drain(),
                }
            }
            let has_room = lane.written(batch);
            core.written(lane, has_room);
        }
    }
}

/// A thread that writes what waits whenever it is woken, for as long as it `goes_on`.
fn session(
    push: &Push,
    lane: &Arc<Lane>,
    stream: &Arc<Stream>,
    goes_on: impl Fn(&Lane, &Stream) -> bool + Send + 'static,
) -> thread::JoinHandle<()> {
    let (core, lane, stream) = (Arc::clone(&*push.core), Arc::clone(lane), Arc::clone(stream));
    thread::spawn(move || {
        while goes_on(&lane, &stream) {
            block_on(lane.wake.woken());
            stream.write_all_of(&core, &lane);
        }
    })
}

#[test]
fn senders_and_the_session_write_every_message_once_and_nobody_waits_in_vain() {
    const MESSAGES: usize = 3;
    check(|| {
        let (push, stream) = (Arc::new(context().push()), Arc::new(Stream::default()));
        let lane = lane(&push.core, SocketType::Pull);
        lane.lend(Arc::clone(&stream) as Arc<dyn Outlet>);
        let senders = two_senders(&push, MESSAGES);
        // What senders have written themselves they tell nobody of: once they are done the session looks once more.
        let session = session(&push, &lane, &stream, |_, stream| stream.messages().len() < 2 * MESSAGES);
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        lane.wake.wake();
        session.join().unwrap();
        let received: Vec<_> = stream.messages().iter().map(|text| numbers(text)).collect();
        each_once(&received, 2, MESSAGES);
        assert_eq!(lane.unsent(), 0);
    });
}

#[test]
fn what_a_quick_sender_has_left_is_written_when_it_falls_silent() {
    const MESSAGES: usize = 5;
    check(|| {
        let context = Context::new().with(Options { sndhwm: 4, ..Options::default() });
        let (push, stream) = (Arc::new(context.push()), Arc::new(Stream::default()));
        let lane = lane(&push.core, SocketType::Pull);
        lane.lend(Arc::clone(&stream) as Arc<dyn Outlet>);
        let silent = Arc::new(AtomicBool::new(false));
        let session = {
            let silent = Arc::clone(&silent);
            session(&push, &lane, &stream, move |lane, _| !silent.load(Ordering::SeqCst) || lane.unsent() > 0)
        };
        for number in 0..MESSAGES {
            block_on(push.send_async(text((0, number)))).unwrap();
        }
        silent.store(true, Ordering::SeqCst);
        if lane.unsent() == 0 {
            // Nobody tells the session of what the sender has written itself.
            lane.wake.wake();
        }
        session.join().unwrap();
        let received: Vec<_> = stream.messages().iter().map(|text| numbers(text)).collect();
        each_once(&received, 1, MESSAGES);
    });
}

#[test]
fn quick_messages_are_written_once_in_order_and_within_the_mark_whoever_looks_at_the_lanes() {
    const MESSAGES: usize = 3;
    const MARK: u32 = 3;
    check(|| {
        let context = Context::new().with(Options { sndhwm: MARK, ..Options::default() });
        let (push, stream) = (Arc::new(context.push()), Arc::new(Stream::default()));
        let lane = lane(&push.core, SocketType::Pull);
        lane.lend(Arc::clone(&stream) as Arc<dyn Outlet>);
        let senders = two_senders(&push, MESSAGES);
        let observed = Arc::clone(&push);
        let observer = thread::spawn(move || {
            (0..3).for_each(|_| assert!(observed.statistics().to_send.messages <= MARK.into()));
        });
        let session = session(&push, &lane, &stream, |_, stream| stream.messages().len() < 2 * MESSAGES);
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        observer.join().unwrap();
        lane.wake.wake();
        session.join().unwrap();
        let received: Vec<_> = stream.messages().iter().map(|text| numbers(text)).collect();
        each_once(&received, 2, MESSAGES);
        assert_eq!(push.statistics().to_send.messages, 0);
    });
}
