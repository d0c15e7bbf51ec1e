//! Two connections and what is between them, for the tests of the mechanisms.

use super::{Credentials, Mechanism, Verdict};
use crate::connection::{Config, Connection, Event, Failure, Step};
use crate::time::Instant;
use crate::wire::{Command, FrameHead, FrameKind, Metadata};

pub(crate) const NOW: Instant = Instant::from_millis(1);

/// One side: a connection with a driver, and what they saw.
pub(crate) struct Side<'c, M: Mechanism> {
    pub(crate) connection: Connection<M>,
    pub(crate) config: Config<'c, M::Security<'c>>,
    /// The answer to give as soon as it is asked for.
    pub(crate) verdict: Option<Verdict>,
    /// Octets at once for what leaves.
    pub(crate) room: usize,
    /// What came and was not looked at yet.
    input: Vec<u8>,
    /// What is to be sent.
    pub(crate) output: Vec<u8>,
    command: Vec<u8>,
    /// The part of a message that came in the clear.
    open: Option<(bool, Vec<u8>)>,
    pub(crate) seen: Vec<Seen>,
}

/// What a driver saw, whatever the cuts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    Asked(String),
    Established {
        socket_type: String,
        identity: Vec<u8>,
    },
    Message(bool, Vec<u8>),
    Event(String),
    /// With the reason that the peer gave.
    Failed(Failure, String),
}

impl<'c, M: Mechanism> Side<'c, M> {
    pub(crate) fn new(config: Config<'c, M::Security<'c>>, mechanism: M) -> Self {
        Self {
            connection: Connection::with(&config, mechanism, NOW),
            config,
            verdict: Some(Verdict::Accept),
            room: 4096,
            input: Vec::new(),
            output: Vec::new(),
            command: Vec::new(),
            open: None,
            seen: Vec::new(),
        }
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        self.connection.failure()
    }

    pub(crate) fn transmit(&mut self) {
        let mut room = vec![0; self.room];
        loop {
            let octets = self.connection.poll_transmit(&self.config, &mut room, NOW);
            if octets == 0 {
                return;
            }
            self.output.extend(&room[..octets]);
        }
    }

    /// Everything to be sent up to now.
    pub(crate) fn sent(&mut self) -> Vec<u8> {
        self.transmit();
        std::mem::take(&mut self.output)
    }

    /// Takes `octets` from the peer; what is owed for them goes to the output.
    pub(crate) fn feed(&mut self, octets: &[u8]) {
        self.input.extend(octets);
        if self.connection.failure().is_none()
            && let Err(failure) = self.advance()
        {
            let reason = match Command::parse(&self.command) {
                Ok(Command::Error { reason }) => String::from_utf8_lossy(reason).into_owned(),
                _ => String::new(),
            };
            self.seen.push(Seen::Failed(failure, reason));
        }
        self.transmit();
    }

    /// Goes on with what has come, as after an answer.
    fn advance(&mut self) -> Result<(), Failure> {
        loop {
            let progress = self.connection.receive(&self.config, &self.input, NOW)?;
            self.input.drain(..progress.used);
            match progress.step {
                Step::Starved => return Ok(()),
                Step::Transmit => {
                    let before = self.output.len();
                    self.transmit();
                    if self.output.len() == before {
                        return Ok(());
                    }
                }
                Step::Admit => {
                    let shown = self.connection.credentials(&self.command).expect("credentials");
                    let shown = match shown {
                        Credentials::Curve { key } => format!("{key:x?}"),
                        shown => format!("{shown:?}"),
                    };
                    if self.seen.last() != Some(&Seen::Asked(shown.clone())) {
                        self.seen.push(Seen::Asked(shown));
                    }
                    match self.verdict {
                        Some(verdict) => self.connection.admit(verdict)?,
                        None => return Ok(()),
                    }
                }
                Step::Frame(FrameHead { kind: FrameKind::Command, .. }) => self.command.clear(),
                Step::Frame(FrameHead { kind: FrameKind::Message { more }, len }) => {
                    self.open = Some((more, Vec::new()));
                    self.close(len);
                }
                Step::Body(octets) => {
                    let body = self.open.as_mut().map_or(&mut self.command, |(_, body)| body);
                    body.extend(self.input.drain(..octets));
                    self.connection.take_body(octets, NOW)?;
                    self.close(self.connection.body_left());
                }
                Step::Command => self.obey()?,
            }
        }
    }

    fn close(&mut self, left: u64) {
        if left == 0
            && let Some((more, body)) = self.open.take()
        {
            self.seen.push(Seen::Message(more, body));
        }
    }

    fn obey(&mut self) -> Result<(), Failure> {
        let seen = match self.connection.handle_command(&self.config, &mut self.command, NOW)? {
            Event::Handshake => return Ok(()),
            Event::Established(Metadata { socket_type, identity, .. }) => {
                Seen::Established { socket_type: format!("{socket_type:?}"), identity: identity.to_vec() }
            }
            Event::Message { more, body } => Seen::Message(more, body.to_vec()),
            event => Seen::Event(format!("{event:?}")),
        };
        self.seen.push(seen);
        Ok(())
    }

    /// The octets of a frame with this payload; counted as sent.
    pub(crate) fn frame(&mut self, kind: FrameKind, payload: &[u8]) -> Vec<u8> {
        let mut body = vec![0xEE; self.connection.overhead()];
        body.extend(payload);
        let head = self.connection.seal(kind, &mut body).unwrap();
        let frame = [head.as_ref(), &body].concat();
        self.connection.sent_body(frame.len());
        frame
    }

    pub(crate) fn part(&mut self, more: bool, payload: &[u8]) -> Vec<u8> {
        self.frame(FrameKind::Message { more }, payload)
    }
}

/// Carries octets between the two until nothing moves. Returns what `a` and what `b` said.
pub(crate) fn talk<A: Mechanism, B: Mechanism>(
    a: &mut Side<'_, A>,
    b: &mut Side<'_, B>,
) -> (Vec<u8>, Vec<u8>) {
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    loop {
        let (there, back) = (a.sent(), b.sent());
        if there.is_empty() && back.is_empty() {
            return (of_a, of_b);
        }
        b.feed(&there);
        a.feed(&back);
        of_a.extend(there);
        of_b.extend(back);
    }
}

/// The frames in `octets` behind a greeting: heads and bodies.
pub(crate) fn frames(octets: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut frames = Vec::new();
    let mut rest = &octets[64..];
    while !rest.is_empty() {
        let (head, len) = FrameHead::decode(rest).unwrap().unwrap();
        let end = len + head.len as usize;
        frames.push((rest[..len].to_vec(), rest[len..end].to_vec()));
        rest = &rest[end..];
    }
    frames
}
