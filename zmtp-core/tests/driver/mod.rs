//! A whole driver around a connection, which writes down what it saw: for the property tests and for the fuzz targets.
#![allow(
    dead_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    reason = "not of the crate"
)]

use zmtp_core::mechanism::{Mechanism, Verdict};
use zmtp_core::wire::{FrameHead, FrameKind, Metadata};
use zmtp_core::{Config, Connection, Event, Failure, Instant, Step};

/// What a driver saw, whatever the cuts.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Asked,
    Established { socket_type: String, identity: Vec<u8> },
    Part { more: bool, body: Vec<u8> },
    Subscribe(Vec<u8>),
    Cancel(Vec<u8>),
    Heartbeat,
    Ignored,
    Failed(Failure),
}

pub struct Driver<'c, M: Mechanism> {
    pub connection: Connection<M>,
    pub config: Config<'c, M::Security<'c>>,
    pub now: Instant,
    /// The answer to give when asked; without one, it waits.
    pub verdict: Option<Verdict>,
    /// Octets at once for what leaves.
    pub room: usize,
    /// What has to go to the peer.
    pub output: Vec<u8>,
    pub seen: Vec<Seen>,
    /// What came and was not looked at yet, because something has to happen first.
    input: Vec<u8>,
    body: Vec<u8>,
    /// Of the message frame that is open: whether another one follows.
    open: Option<bool>,
}

impl<'c, M: Mechanism> Driver<'c, M> {
    pub fn new(config: Config<'c, M::Security<'c>>, mechanism: M) -> Self {
        let now = Instant::from_millis(1);
        Self {
            connection: Connection::with(&config, mechanism, now),
            config,
            now,
            verdict: Some(Verdict::Accept),
            room: 1024,
            output: Vec::new(),
            seen: Vec::new(),
            input: Vec::new(),
            body: Vec::new(),
            open: None,
        }
    }

    pub fn failure(&self) -> Option<Failure> {
        self.connection.failure()
    }

    /// What is to be sent, taken off.
    pub fn sent(&mut self) -> Vec<u8> {
        self.transmit();
        std::mem::take(&mut self.output)
    }

    /// Renders what is owed.
    pub fn transmit(&mut self) {
        let mut room = [0; 1024];
        let room = &mut room[..self.room];
        loop {
            let octets = self.connection.poll_transmit(&self.config, room, self.now);
            if octets == 0 {
                return;
            }
            self.output.extend(&room[..octets]);
        }
    }

    /// Sends a frame, if the connection may; returns whether it did.
    pub fn send(&mut self, kind: FrameKind, payload: &[u8]) -> bool {
        self.transmit();
        let mut octets = vec![0; self.connection.overhead()];
        octets.extend(payload);
        let Ok(head) = self.connection.seal(kind, &mut octets) else { return false };
        self.output.extend(head.as_ref());
        self.output.extend(&octets);
        self.connection.sent_body(head.len() + octets.len());
        true
    }

    /// Takes octets from the peer, and whatever waited before them.
    pub fn feed(&mut self, octets: &[u8]) {
        self.input.extend(octets);
        if self.failure().is_none()
            && let Err(failure) = self.advance()
        {
            self.seen.push(Seen::Failed(failure));
        }
        self.transmit();
    }

    /// Feeds octets in pieces of these sizes, then the rest.
    pub fn feed_cut(&mut self, mut octets: &[u8], sizes: impl IntoIterator<Item = usize>) {
        for size in sizes {
            let (piece, rest) = octets.split_at(size.min(octets.len()));
            self.feed(piece);
            octets = rest;
        }
        self.feed(octets);
    }

    fn advance(&mut self) -> Result<(), Failure> {
        let mut at = 0;
        let result = self.steps(&mut at);
        self.input.drain(..at);
        result
    }

    fn steps(&mut self, at: &mut usize) -> Result<(), Failure> {
        // Every step uses octets, answers something, or ends: more of them are a machine that is stuck.
        for _ in 0..4 * self.input.len() + 16 {
            let open = self.connection.body_left() > 0;
            let progress = self.connection.receive(&self.config, &self.input[*at..], self.now)?;
            *at += progress.used;
            match progress.step {
                Step::Starved => {
                    assert!(*at == self.input.len(), "starved with input left, open {open}");
                    return Ok(());
                }
                Step::Transmit => {
                    let before = self.output.len();
                    self.transmit();
                    assert!(self.output.len() > before, "has to transmit, and there is nothing");
                }
                Step::Admit => {
                    let Some(verdict) = self.verdict else { return Ok(()) };
                    assert!(self.connection.credentials(&self.body).is_some());
                    self.seen.push(Seen::Asked);
                    self.connection.admit(verdict)?;
                }
                Step::Frame(FrameHead { kind, len }) => {
                    assert!(!open, "a frame in a body");
                    self.body.clear();
                    self.open = if let FrameKind::Message { more } = kind { Some(more) } else { None };
                    self.close(len);
                }
                Step::Body(octets) => {
                    assert!(octets > 0 && octets <= self.input.len() - *at);
                    self.body.extend(&self.input[*at..*at + octets]);
                    self.connection.take_body(octets, self.now)?;
                    *at += octets;
                    self.close(self.connection.body_left());
                }
                Step::Command => {
                    let event = self.connection.handle_command(&self.config, &mut self.body, self.now)?;
                    self.seen.extend(seen(event));
                }
            }
        }
        panic!("stuck: {} of {} octets", at, self.input.len());
    }

    fn close(&mut self, left: u64) {
        if left == 0
            && let Some(more) = self.open.take()
        {
            self.seen.push(Seen::Part { more, body: std::mem::take(&mut self.body) });
        }
    }
}

fn seen(event: Event<'_>) -> Option<Seen> {
    Some(match event {
        Event::Handshake => return None,
        Event::Established(Metadata { socket_type, identity, .. }) => Seen::Established {
            socket_type: socket_type.map_or(String::new(), |each| each.name().to_string()),
            identity: identity.to_vec(),
        },
        Event::Message { more, body } => Seen::Part { more, body: body.to_vec() },
        Event::Subscribe(topic) => Seen::Subscribe(topic.to_vec()),
        Event::Cancel(topic) => Seen::Cancel(topic.to_vec()),
        Event::Heartbeat => Seen::Heartbeat,
        Event::Ignored => Seen::Ignored,
    })
}

/// The frames of messages among these.
pub fn parts(seen: &[Seen]) -> Vec<(bool, Vec<u8>)> {
    let part = |seen: &Seen| match seen {
        Seen::Part { more, body } => Some((*more, body.clone())),
        _ => None,
    };
    seen.iter().filter_map(part).collect()
}

/// Carries octets between the two until nothing moves. Returns what `a` and what `b` said.
pub fn talk<A: Mechanism, B: Mechanism>(a: &mut Driver<'_, A>, b: &mut Driver<'_, B>) -> (Vec<u8>, Vec<u8>) {
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

/// A session that was recorded: what one side says, its greeting first, then frame by frame.
pub struct Recording {
    pub of_client: Vec<Vec<u8>>,
    pub of_server: Vec<Vec<u8>>,
    /// The frames of messages in each direction.
    pub messages: Vec<(bool, Vec<u8>)>,
}

/// Lets the two shake hands, and then send each other the same few messages.
pub fn record<A: Mechanism, B: Mechanism>(mut client: Driver<'_, A>, mut server: Driver<'_, B>) -> Recording {
    let (mut of_client, mut of_server) = talk(&mut client, &mut server);
    let messages = [(false, vec![7; 5]), (true, Vec::new()), (false, vec![8; 300]), (false, b"end".to_vec())];
    for (more, body) in &messages {
        assert!(client.send(FrameKind::Message { more: *more }, body), "the handshake is over");
        assert!(server.send(FrameKind::Message { more: *more }, body), "the handshake is over");
    }
    of_client.extend(client.sent());
    of_server.extend(server.sent());
    Recording { of_client: frames(&of_client), of_server: frames(&of_server), messages: messages.to_vec() }
}

/// A greeting and the frames behind it.
pub fn frames(octets: &[u8]) -> Vec<Vec<u8>> {
    let (greeting, mut rest) = octets.split_at(64);
    let mut frames = vec![greeting.to_vec()];
    while let Ok(Some((head, len))) = FrameHead::decode(rest) {
        let (frame, behind) = rest.split_at(len + head.len as usize);
        frames.push(frame.to_vec());
        rest = behind;
    }
    frames
}
