//! Moves octets between one stream and one session.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use zmtp_core::{Failure, Instant};

use super::runtime::{Interest, Streamed, sleep, yield_now};
use super::{Timer, now};
use crate::batch::MOST_SLICES;
use crate::lane::{Lane, Outlet};
use crate::monitor::Lost;
use crate::security::Verdict;
use crate::session::{Host, Session};
use crate::socket::{Phase, Watch};
use crate::wait::first_of;

/// The buffer of an I/O thread into which all its connections read.
const CHUNK: usize = 128 * 1024;

/// With less room than this left in it, another one is begun.
const LEAST_READ: usize = 16 * 1024;

/// After so many rounds the other connections of the thread get their turn.
pub(super) const ROUNDS: u32 = 32;

/// How long a peer may take to close its end after we have closed ours, so that nothing that is on its way gets lost.
const FAREWELL: Duration = Duration::from_secs(1);

thread_local! {
    static INPUT: RefCell<BytesMut> = RefCell::default();
}

/// Waits until the stream is ready for that. Nobody else may wait for the same.
pub(crate) async fn ready(stream: &impl Streamed, interest: Interest) -> io::Result<()> {
    poll_fn(|cx| stream.poll_ready(cx, interest)).await
}

/// What a round of reading or writing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// Octets were moved; there may be more.
    Some,
    /// There was nothing to do.
    Nothing,
    /// The stream is not ready.
    Blocked,
}

/// Runs a session until its connection ends; returns why it did.
pub(crate) async fn drive<H: Host>(
    stream: &Arc<impl Streamed + Outlet + 'static>,
    session: &mut Session<H>,
    phase: &mut Watch,
) -> Lost {
    let mut lent = Lent(None);
    let ended = run(stream, session, phase, &mut lent).await;
    drop(lent);
    let stream = &**stream;
    match ended {
        Ok(()) => {
            Box::pin(part(stream, phase)).await;
            Lost::Closed
        }
        Err(lost) => {
            if let Lost::Protocol(failure) = &lost {
                // What is still owed, an ERROR perhaps; a peer that is not ready for it does without.
                let written = write(stream, session, now());
                tracing::trace!(?written, "wrote what was owed after a failure");
                // An ERROR has to be read by then: a client that misses it comes again.
                let told = matches!(failure, Failure::SocketType | Failure::Admission(_));
                if told && matches!(written, Ok(Moved::Some)) {
                    Box::pin(part(stream, phase)).await;
                }
            }
            lost
        }
    }
}

/// The lane to whose senders the stream is lent.
struct Lent(Option<Arc<Lane>>);

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(lane) = self.0.take() {
            lane.unlend();
        }
    }
}

async fn run<H: Host>(
    stream: &Arc<impl Streamed + Outlet + 'static>,
    session: &mut Session<H>,
    phase: &mut Watch,
    lent: &mut Lent,
) -> Result<(), Lost> {
    let mut rounds = 0;
    let mut timer = Timer::default();
    loop {
        match phase.look() {
            Phase::Open => {}
            Phase::Closing if session.has_unsent() => {}
            Phase::Closing | Phase::Closed => return Ok(()),
        }
        if let Some(why) = session.lane().and_then(|lane| lane.take_failure()) {
            return Err(why);
        }
        let now = now();
        let written = write(&**stream, session, now)?;
        let read = read(&**stream, session, now)?;
        if let (None, Some(lane)) = (&lent.0, session.lendable()) {
            lane.lend(Arc::clone(stream) as Arc<dyn Outlet>);
            lent.0 = Some(Arc::clone(lane));
        }
        if written == Moved::Some || read == Moved::Some {
            rounds += 1;
            if rounds % ROUNDS == 0 {
                yield_now().await;
            }
            continue;
        }
        if written != Moved::Blocked && session.has_output(now) {
            // An answer to what was read.
            continue;
        }
        wait(&**stream, session, phase, &mut timer, interest(read, written)).await?;
    }
}

/// What of the stream is to be waited for.
pub(super) fn interest(read: Moved, written: Moved) -> Option<Interest> {
    let (read, write) = (read == Moved::Blocked, written == Moved::Blocked);
    (read || write).then_some(Interest { read, write })
}

/// What a connection has waited for.
enum Due {
    /// To be looked at.
    Anything,
    Verdict(Verdict),
    Timeout,
}

/// Waits until there is something to do. Most is polled in its place: futures of their own would be in the memory of every idle
/// connection.
async fn wait<H: Host>(
    stream: &impl Streamed,
    session: &mut Session<H>,
    phase: &mut Watch,
    timer: &mut Timer,
    interest: Option<Interest>,
) -> Result<(), Lost> {
    let deadline = session.poll_timeout();
    // The stream last: one that is ready all the time shall not keep time from passing.
    let due = poll_fn(|cx| {
        if timer.poll_until(cx, deadline).is_ready() {
            return Poll::Ready(Ok(Due::Timeout));
        }
        if let Poll::Ready(verdict) = session.poll_verdict(cx) {
            return Poll::Ready(Ok(Due::Verdict(verdict)));
        }
        let woken = session.lane().is_some_and(|lane| lane.wake.poll_woken(cx).is_ready());
        if woken || phase.poll_changed(cx).is_ready() {
            return Poll::Ready(Ok(Due::Anything));
        }
        let ready = interest.map_or(Poll::Pending, |interest| stream.poll_ready(cx, interest));
        ready.map_ok(|()| Due::Anything)
    });
    match due.await.map_err(lost)? {
        Due::Anything => Ok(()),
        Due::Verdict(verdict) => session.admit(verdict, now()).map_err(Lost::Protocol),
        Due::Timeout => session.handle_timeout(now()).map_err(Lost::Protocol),
    }
}

/// Writes one batch, or what is owed.
fn write<H: Host>(stream: &impl Streamed, session: &mut Session<H>, now: Instant) -> Result<Moved, Lost> {
    if !session.has_output(now) {
        return Ok(Moved::Nothing);
    }
    let mut slices = [IoSlice::new(&[]); MOST_SLICES];
    let count = session.slices(&mut slices);
    match stream.try_write(&slices[..count]) {
        Ok(octets) => {
            session.wrote(octets);
            Ok(Moved::Some)
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Moved::Blocked),
        Err(error) => Err(lost(error)),
    }
}

/// Reads once, if the session can take it, and lets it go on with what it has.
fn read<H: Host>(stream: &impl Streamed, session: &mut Session<H>, now: Instant) -> Result<Moved, Lost> {
    if !session.wants_input() {
        session.advance(now).map_err(Lost::Protocol)?;
        // Woken when there is room, or when what has to leave first has left.
        return Ok(if session.wants_input() { Moved::Some } else { Moved::Nothing });
    }
    let result = match session.read_in_place() {
        Some((place, most)) => match stream.try_read(&mut place.limit(most)) {
            Ok(octets) if octets > 0 => {
                session.received_in_place(octets, now).map_err(Lost::Protocol)?;
                return Ok(Moved::Some);
            }
            result => result.map(|_| Bytes::new()),
        },
        None => read_chunk(stream),
    };
    match result {
        Ok(octets) if octets.is_empty() => Err(Lost::Eof),
        Ok(octets) => session.receive(octets, now).map(|()| Moved::Some).map_err(Lost::Protocol),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Moved::Blocked),
        Err(error) => Err(lost(error)),
    }
}

/// Reads into the buffer of the thread, and cuts off what was read: no copy, and no buffer for a connection that is idle.
pub(super) fn read_chunk(stream: &impl Streamed) -> io::Result<Bytes> {
    INPUT.with_borrow_mut(|input| {
        if input.capacity() < LEAST_READ {
            input.reserve(CHUNK);
        }
        let room = input.capacity();
        stream.try_read(&mut (&mut *input).limit(room))?;
        Ok(input.split().freeze())
    })
}

/// Says that nothing more comes, and waits for the peer to say so, too: closing a stream with octets unread would
/// destroy what is still on its way out.
pub(super) async fn part(stream: &impl Streamed, phase: &mut Watch) {
    if stream.finish().is_err() {
        return;
    }
    let mut waste = BytesMut::with_capacity(4096);
    let farewell = async {
        loop {
            match stream.try_read(&mut (&mut waste).limit(4096)) {
                Ok(0) => return,
                Ok(_) => waste.clear(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if ready(stream, Interest::READ).await.is_err() {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    };
    let closed = phase.until(|phase| phase == Phase::Closed);
    first_of(first_of(closed, sleep(FAREWELL)), farewell).await;
}

pub(super) fn lost(error: io::Error) -> Lost {
    Lost::Io(Arc::new(error))
}
