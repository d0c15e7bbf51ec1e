//! A socket under attack, and the good client that is the oracle: whatever is done to the socket, the client is served on.

use std::io::Write;
use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zmtp_std::{Endpoint, Event, Failure, Lost, Monitor, Options, Pull, Push};

use super::{PATIENCE, await_event, context, handshake, hello, options, raw, read_to_end, shake_hands};

/// A PULL that anybody may connect to, and a PUSH that is connected to it.
pub struct Attacked {
    pub endpoint: Endpoint,
    pub monitor: Monitor,
    pull: Pull,
    push: Push,
    round: u32,
}

impl Attacked {
    /// Takes parts of up to 1 MiB, and gives a handshake as long as nothing should take.
    pub fn new() -> Self {
        Self::with(Options { maxmsgsize: Some(1 << 20), handshake_ivl: PATIENCE, ..options() })
    }

    pub fn with(options: Options) -> Self {
        Self::of(options, super::options())
    }

    /// A PULL with options `ours` and a PUSH with `theirs`.
    pub fn of(ours: Options, theirs: Options) -> Self {
        let context = context();
        let pull = context.with(ours).pull();
        let monitor = pull.monitor();
        let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
        let push = context.with(theirs).push();
        push.connect(&endpoint).unwrap();
        await_event(&monitor, handshake);
        let mut attacked = Self { endpoint, monitor, pull, push, round: 0 };
        attacked.serves();
        attacked
    }

    /// The good client's message comes through, and no other.
    pub fn serves(&mut self) {
        self.round += 1;
        self.push.send(self.round.to_string()).unwrap();
        assert_eq!(self.pull.recv().unwrap(), self.round.to_string());
    }

    /// The next message, of whomever.
    pub fn recv(&self) -> Vec<Vec<u8>> {
        self.pull.recv().unwrap().parts().map(|part| part.to_vec()).collect()
    }

    /// A raw stream to the socket.
    pub fn stream(&self) -> TcpStream {
        raw(&self.endpoint)
    }

    /// A raw stream that has done its handshake as a PUSH.
    pub fn established(&self) -> TcpStream {
        let mut stream = self.stream();
        shake_hands(&mut stream, "PUSH", "PULL");
        await_event(&self.monitor, handshake);
        stream
    }

    /// Sends `octets` from the start of a connection: it is closed with one of these failures, and the good client goes on.
    pub fn refuses(&mut self, octets: &[u8], failures: &[Failure]) {
        let stream = self.stream();
        self.is_closed(stream, octets, failures);
    }

    /// The same behind the greeting of a PUSH.
    pub fn refuses_in_handshake(&mut self, octets: &[u8], failures: &[Failure]) {
        self.refuses(&[&hello("PUSH")[..64], octets].concat(), failures);
    }

    /// The same behind its handshake.
    pub fn refuses_in_traffic(&mut self, octets: &[u8], failures: &[Failure]) {
        let stream = self.established();
        self.is_closed(stream, octets, failures);
    }

    /// Takes `octets` behind the handshake without a failure, and answers with `answer`.
    pub fn bears(&mut self, octets: &[u8], answer: &[u8]) {
        let mut stream = self.established();
        // A PING behind all of it, so that its PONG shows that all was read.
        stream.write_all(&[octets, b"\x04\x0A\x04PING\0\0end"].concat()).unwrap();
        let mut read = vec![0; answer.len() + 10];
        std::io::Read::read_exact(&mut stream, &mut read).unwrap();
        assert_eq!(read, [answer, b"\x04\x08\x04PONGend"].concat());
        self.serves();
    }

    /// Sends `octets` on a stream to it, with the same outcome.
    pub fn is_closed(&mut self, mut stream: TcpStream, octets: &[u8], failures: &[Failure]) {
        // The socket may have closed it before all of it is written.
        let _ = stream.write_all(octets);
        let failure = failure_of(&self.monitor);
        assert!(failures.contains(&failure), "{failure:?} is none of {failures:?}");
        read_to_end(&mut stream);
        self.serves();
    }
}

/// How the next connection ends that does.
pub fn failure_of(monitor: &Monitor) -> Failure {
    let why = await_event(monitor, |event| match event {
        Event::HandshakeFailed { why, .. } | Event::Disconnected { why, .. } => Some(why.clone()),
        _ => None,
    });
    match why {
        Lost::Protocol(failure) => failure,
        Lost::Refused { .. } => Failure::Refused,
        other => panic!("{other:?}"),
    }
}

/// How much of a flood is tried: all of it where ZMTP_ATTACKS is `full`, which takes optimised code.
pub fn flood(full: usize, usual: usize) -> usize {
    if attacks_are("full") { full } else { usual }
}

fn attacks_are(what: &str) -> bool {
    std::env::var("ZMTP_ATTACKS").is_ok_and(|are| are == what)
}

/// Octets of memory that this process has in use.
#[cfg(target_os = "linux")]
pub fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// Elsewhere memory is not measured, and the rest of the test holds all the same.
#[cfg(not(target_os = "linux"))]
pub fn resident() -> usize {
    0
}

/// Runs `flood`, alone among the tests of its binary: memory may not grow by more than `most` octets. Not where ZMTP_ATTACKS is
/// `unmeasured`.
pub fn within(most: usize, flood: impl FnOnce()) {
    if attacks_are("unmeasured") {
        println!("SKIPPED: memory cannot be measured under ThreadSanitizer, which takes a multiple of it");
        return;
    }
    let _alone = alone();
    let before = resident();
    flood();
    let grown = resident().saturating_sub(before);
    assert!(grown <= most, "memory grew by {grown} octets, allowed are {most}");
}

fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
