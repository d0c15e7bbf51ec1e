//! Moves octets between one stream and one session.

use std::cell::RefCell;
use std::io::{self, ErrorKind, IoSlice};
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::watch;
use zmtp_core::{Failure, Instant};

use super::{now, sleep_until};
use crate::batch::MOST_SLICES;
use crate::lane::Lane;
use crate::monitor::Lost;
use crate::session::{Host, Session};
use crate::socket::Phase;

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

/// A stream that says when it is ready; every transport has one.
pub(crate) trait Streamed {
    async fn ready(&self, interest: Interest) -> io::Result<()>;
    fn try_read(&self, into: &mut impl BufMut) -> io::Result<usize>;
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
    /// Sends nothing any more.
    async fn finish(&mut self) -> io::Result<()>;
}

/// Streams of the runtime have the same methods, and no trait for them.
macro_rules! streamed {
    ($stream:ty) => {
        impl Streamed for $stream {
            async fn ready(&self, interest: Interest) -> io::Result<()> {
                <$stream>::ready(self, interest).await.map(drop)
            }

            fn try_read(&self, into: &mut impl BufMut) -> io::Result<usize> {
                let room = into.remaining_mut();
                let octets = self.try_read_buf(into)?;
                if 0 < octets && octets < room {
                    // That was all. To say so spares a read that would only tell the same; the end of the stream is told apart,
                    // and is not forgotten.
                    let none: io::Result<()> =
                        self.try_io(Interest::READABLE, || Err(ErrorKind::WouldBlock.into()));
                    debug_assert!(none.is_err());
                }
                Ok(octets)
            }

            fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
                match slices {
                    [one] => <$stream>::try_write(self, one),
                    slices => self.try_write_vectored(slices),
                }
            }

            async fn finish(&mut self) -> io::Result<()> {
                tokio::io::AsyncWriteExt::shutdown(self).await
            }
        }
    };
}

streamed!(TcpStream);
#[cfg(unix)]
streamed!(tokio::net::UnixStream);

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
    stream: &mut impl Streamed,
    session: &mut Session<H>,
    phase: &mut watch::Receiver<Phase>,
) -> Lost {
    match run(stream, session, phase).await {
        Ok(()) => {
            part(stream, phase).await;
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
                    part(stream, phase).await;
                }
            }
            lost
        }
    }
}

async fn run<H: Host>(
    stream: &mut impl Streamed,
    session: &mut Session<H>,
    phase: &mut watch::Receiver<Phase>,
) -> Result<(), Lost> {
    let mut rounds = 0;
    loop {
        match *phase.borrow_and_update() {
            Phase::Open => {}
            Phase::Closing if session.has_unsent() => {}
            Phase::Closing | Phase::Closed => return Ok(()),
        }
        if session.lane().is_some_and(|lane| lane.take_cut()) {
            return Err(Lost::HandedOver);
        }
        let now = now();
        let written = write(stream, session, now)?;
        let read = read(stream, session, now)?;
        if written == Moved::Some || read == Moved::Some {
            rounds += 1;
            if rounds % ROUNDS == 0 {
                tokio::task::yield_now().await;
            }
            continue;
        }
        if written != Moved::Blocked && session.has_output(now) {
            // An answer to what was read.
            continue;
        }
        wait(stream, session, phase, interest(read, written)).await?;
    }
}

/// What of the stream is to be waited for.
pub(super) fn interest(read: Moved, written: Moved) -> Option<Interest> {
    match (read, written) {
        (Moved::Blocked, Moved::Blocked) => Some(Interest::READABLE | Interest::WRITABLE),
        (Moved::Blocked, _) => Some(Interest::READABLE),
        (_, Moved::Blocked) => Some(Interest::WRITABLE),
        _ => None,
    }
}

/// Waits until there is something to do.
async fn wait<H: Host>(
    stream: &impl Streamed,
    session: &mut Session<H>,
    phase: &mut watch::Receiver<Phase>,
    interest: Option<Interest>,
) -> Result<(), Lost> {
    let deadline = session.poll_timeout();
    let lane = session.lane().cloned();
    let judged = session.is_judged();
    tokio::select! {
        ready = stream.ready(interest.unwrap_or(Interest::READABLE)), if interest.is_some() => ready.map_err(lost)?,
        verdict = session.verdict(), if judged => {
            session.admit(verdict, now()).map_err(Lost::Protocol)?;
        }
        () = woken(lane.as_deref()), if lane.is_some() => {}
        () = sleep_until(deadline.unwrap_or(Instant::NEVER)), if deadline.is_some() => {
            session.handle_timeout(now()).map_err(Lost::Protocol)?;
        }
        // An error is a socket that is gone; its phase says so.
        _ = phase.changed() => {}
    }
    Ok(())
}

async fn woken(lane: Option<&Lane>) {
    if let Some(lane) = lane {
        lane.wake.woken().await;
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
pub(super) async fn part(stream: &mut impl Streamed, phase: &mut watch::Receiver<Phase>) {
    if stream.finish().await.is_err() {
        return;
    }
    let mut waste = BytesMut::with_capacity(4096);
    let farewell = async {
        loop {
            match stream.try_read(&mut (&mut waste).limit(4096)) {
                Ok(0) => return,
                Ok(_) => waste.clear(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if stream.ready(Interest::READABLE).await.is_err() {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    };
    tokio::select! {
        () = farewell => {}
        () = tokio::time::sleep(FAREWELL) => {}
        _ = phase.wait_for(|phase| *phase == Phase::Closed) => {}
    }
}

pub(super) fn lost(error: io::Error) -> Lost {
    Lost::Io(Arc::new(error))
}
