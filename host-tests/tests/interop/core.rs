//! PLAIN and CURVE with libzmq on the other side, in both roles: pyzmq brings one that has them.
//!

//! The connection of `zmtp-core` is driven over a blocking stream, by the loop that its documentation shows.

use std::fmt::Debug;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use host_tests::libzmq::PATIENCE;
use host_tests::pyzmq::{Libzmq, Scheme, is_there, keys};
use zmtp_core::mechanism::{
    AnyMechanism, AnySecurity, Credentials, CurveHandshake, CurveSecurity, Entropy, Mechanism, PlainSecurity,
    Refusal, Verdict,
};
use zmtp_core::wire::{FrameHead, FrameKind, SubscriptionHead, Version};
use zmtp_core::{Config, Connection, Event, Failure, Heartbeat, Instant, SocketType, Step, wire};

/// The randomness of the operating system.
struct System;

impl Entropy for System {
    fn fill(&mut self, octets: &mut [u8]) {
        File::open("/dev/urandom").expect("a random device").read_exact(octets).expect("random octets");
    }
}

fn client(scheme: Scheme) -> AnySecurity<'static> {
    match scheme {
        Scheme::Null => AnySecurity::Null,
        Scheme::Plain => AnySecurity::Plain(PlainSecurity::Client { username: "admin", password: "secret" }),
        Scheme::Curve => {
            AnySecurity::Curve(CurveSecurity::Client { keys: &keys().client, server: &keys().server.public })
        }
    }
}

fn server(scheme: Scheme) -> AnySecurity<'static> {
    match scheme {
        Scheme::Null => AnySecurity::Null,
        Scheme::Plain => AnySecurity::Plain(PlainSecurity::Server),
        Scheme::Curve => AnySecurity::Curve(CurveSecurity::Server { keys: &keys().server }),
    }
}

const BOTH: [Scheme; 2] = [Scheme::Plain, Scheme::Curve];

/// What a connection brings.
#[derive(Debug, PartialEq)]
enum Incoming {
    Established(Option<SocketType>),
    Message(Vec<Vec<u8>>),
    Subscription(bool, Vec<u8>),
}

/// One connection and its stream.
struct Peer<M: Mechanism> {
    stream: TcpStream,
    connection: Connection<M>,
    config: Config<'static, M::Security<'static>>,
    verdict: Verdict,
    /// What the peer showed when it was asked.
    shown: Option<String>,
    input: Vec<u8>,
    command: Vec<u8>,
    /// The message that arrives.
    parts: Vec<Vec<u8>>,
    /// Whether the part that arrives in the clear is followed by others.
    open: Option<bool>,
    heartbeats: usize,
    now: u64,
}

type AnyPeer = Peer<AnyMechanism<Box<CurveHandshake>>>;

impl AnyPeer {
    fn new(stream: TcpStream, socket_type: SocketType, security: AnySecurity<'static>) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut config = Config::new(socket_type).with_security(security);
        config.admission = true;
        config.heartbeat = Heartbeat { timeout: PATIENCE, ..Heartbeat::every(Duration::from_millis(2)) };
        let mechanism = AnyMechanism::new(&security, || Box::new(CurveHandshake::new()), &mut System);
        Self {
            stream,
            connection: Connection::with(&config, mechanism, Instant::from_millis(0)),
            config,
            verdict: Verdict::Accept,
            shown: None,
            input: Vec::new(),
            command: Vec::new(),
            parts: Vec::new(),
            open: None,
            heartbeats: 0,
            now: 0,
        }
    }

    fn connect(port: u16, socket_type: SocketType, scheme: Scheme) -> Self {
        Self::new(TcpStream::connect(("127.0.0.1", port)).expect("connects"), socket_type, client(scheme))
    }
}

impl<M: Mechanism> Peer<M> {
    /// Time passes with the octets that come.
    fn now(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    fn transmit(&mut self) {
        let mut room = [0; 100];
        loop {
            let octets = self.connection.poll_transmit(&self.config, &mut room, self.now());
            if octets == 0 {
                return;
            }
            // A peer that has closed already is noticed when reading.
            let _ = self.stream.write_all(&room[..octets]);
        }
    }

    /// The next thing that is more than a sign of life; or why there is none.
    fn next(&mut self) -> Result<Incoming, Failure> {
        loop {
            self.transmit();
            let progress = self.connection.receive(&self.config, &self.input, self.now())?;
            self.input.drain(..progress.used);
            match progress.step {
                Step::Starved => self.read()?,
                Step::Transmit => {}
                Step::Admit => {
                    let credentials = self.connection.credentials(&self.command).expect("credentials");
                    self.shown = Some(shown(&credentials));
                    self.connection.admit(self.verdict)?;
                }
                Step::Frame(FrameHead { kind: FrameKind::Command, .. }) => self.command.clear(),
                Step::Frame(FrameHead { kind: FrameKind::Message { more }, len }) => {
                    self.parts.push(Vec::new());
                    self.open = Some(more);
                    if let Some(message) = self.close(len) {
                        return Ok(message);
                    }
                }
                Step::Body(octets) => {
                    let body = match self.open {
                        Some(_) => self.parts.last_mut().expect("an open part"),
                        None => &mut self.command,
                    };
                    body.extend(self.input.drain(..octets));
                    self.connection.take_body(octets, self.now())?;
                    if let Some(message) = self.close(self.connection.body_left()) {
                        return Ok(message);
                    }
                }
                Step::Command => {
                    if let Some(incoming) = self.obey()? {
                        return Ok(incoming);
                    }
                }
            }
        }
    }

    fn read(&mut self) -> Result<(), Failure> {
        let mut octets = [0; 5000];
        let count = match self.stream.read(&mut octets) {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
            count => count.expect("octets in time"),
        };
        if count == 0 {
            return Err(self.connection.abort(Failure::Silence));
        }
        self.input.extend(&octets[..count]);
        self.now += 1;
        self.connection.handle_timeout(&self.config, self.now())
    }

    fn close(&mut self, left: u64) -> Option<Incoming> {
        if left > 0 {
            return None;
        }
        let more = self.open.take()?;
        (!more).then(|| Incoming::Message(std::mem::take(&mut self.parts)))
    }

    fn obey(&mut self) -> Result<Option<Incoming>, Failure> {
        let now = self.now();
        Ok(match self.connection.handle_command(&self.config, &mut self.command, now)? {
            Event::Established(metadata) => Some(Incoming::Established(metadata.socket_type)),
            Event::Subscribe(topic) => Some(Incoming::Subscription(true, topic.to_vec())),
            Event::Cancel(topic) => Some(Incoming::Subscription(false, topic.to_vec())),
            Event::Message { more, body } => {
                self.parts.push(body.to_vec());
                (!more).then(|| Incoming::Message(std::mem::take(&mut self.parts)))
            }
            Event::Heartbeat => {
                self.heartbeats += 1;
                None
            }
            Event::Handshake | Event::Ignored => None,
        })
    }

    fn frame(&mut self, kind: FrameKind, payload: &[u8]) {
        self.transmit();
        let mut body = vec![0; self.connection.overhead()];
        body.extend(payload);
        let head = self.connection.seal(kind, &mut body).expect("may send");
        self.stream.write_all(&[head.as_ref(), &body].concat()).expect("sent");
        self.connection.sent_body(head.len() + body.len());
    }

    fn send<P: AsRef<[u8]>>(&mut self, parts: &[P]) {
        for (at, part) in parts.iter().enumerate() {
            self.frame(FrameKind::Message { more: at + 1 < parts.len() }, part.as_ref());
        }
    }

    fn subscribe(&mut self, subscribe: bool, topic: &[u8]) {
        let head = SubscriptionHead::new(Version::V3_1, subscribe, topic.len()).unwrap();
        self.frame(head.frame().kind, &[head.name(), topic].concat());
    }
}

fn shown(credentials: &Credentials<'_>) -> String {
    match credentials {
        Credentials::Curve { key } => format!("{key:?}"),
        Credentials::Plain { username, password } => {
            format!("{} {}", String::from_utf8_lossy(username), String::from_utf8_lossy(password))
        }
        Credentials::Null => String::new(),
    }
}

/// A client of libzmq that connects to us, and our side of the connection.
fn accept(play: &str, scheme: Scheme, socket_type: SocketType) -> (Libzmq, AnyPeer) {
    let (listener, port) = listen();
    let client = Libzmq::connect(play, scheme, port);
    let (stream, _) = listener.accept().expect("a client");
    (client, AnyPeer::new(stream, socket_type, server(scheme)))
}

fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

fn established<M: Mechanism>(peer: &mut Peer<M>, socket_type: SocketType) {
    assert_eq!(peer.next(), Ok(Incoming::Established(Some(socket_type))));
}

/// Around every size at which a head, a block of the cipher or a read changes.
fn messages() -> Vec<Vec<Vec<u8>>> {
    let pattern = |size: usize| (0..size).map(|at| (at % 251) as u8).collect::<Vec<u8>>();
    let sizes = [0, 1, 31, 32, 63, 64, 95, 96, 221, 222, 223, 255, 256, 4_999, 65_536, 300_000];
    let mut messages: Vec<_> = sizes.iter().map(|&size| vec![pattern(size)]).collect();
    messages.push(vec![Vec::new(), pattern(300), Vec::new()]);
    messages
}

#[test]
fn clients_of_ours_are_answered_by_servers_of_libzmq() {
    for scheme in BOTH.into_iter().filter(|_| is_there()) {
        let (server, port) = Libzmq::serve("echo", scheme);
        let mut client = AnyPeer::connect(port, SocketType::Dealer, scheme);
        established(&mut client, SocketType::Rep);
        for message in messages() {
            let request: Vec<Vec<u8>> = [vec![Vec::new()], message].concat();
            client.send(&request);
            assert!(client.next() == Ok(Incoming::Message(request)), "{scheme:?}");
        }
        client.send(&[&b""[..], b"end"]);
        assert_eq!(client.next(), Ok(Incoming::Message(vec![vec![], b"end".to_vec()])));
        assert!(client.heartbeats > 0, "{scheme:?}");
        server.end();
    }
}

#[test]
fn servers_of_ours_answer_clients_of_libzmq() {
    for scheme in BOTH.into_iter().filter(|_| is_there()) {
        let (client, mut server) = accept("ask", scheme, SocketType::Dealer);
        established(&mut server, SocketType::Dealer);
        let key = shown(&Credentials::Curve { key: keys().client.public.as_octets() });
        let expected = if scheme == Scheme::Plain { "admin secret" } else { &key };
        assert_eq!(server.shown.as_deref(), Some(expected));
        loop {
            let Ok(Incoming::Message(request)) = server.next() else { panic!("{:?}", server.connection) };
            server.send(&request);
            if request == [b"end"] {
                break;
            }
        }
        client.end();
    }
}

#[test]
fn lz_025_subscriptions_of_ours_reach_a_publisher_of_libzmq() {
    for scheme in [Scheme::Curve].into_iter().filter(|_| is_there()) {
        let (mut publisher, port) = Libzmq::serve("publish", scheme);
        let mut subscriber = AnyPeer::connect(port, SocketType::Sub, scheme);
        established(&mut subscriber, SocketType::XPub);
        subscriber.subscribe(true, b"A");
        assert_eq!(publisher.line(), r"b'\x01A'");
        for number in 0..100 {
            let parts = vec![b"A".to_vec(), format!("{number}").into_bytes()];
            assert_eq!(subscriber.next(), Ok(Incoming::Message(parts)));
        }
        subscriber.subscribe(false, b"A");
        assert_eq!(publisher.line(), r"b'\x00A'");
        publisher.end();
    }
}

#[test]
fn lz_025_subscriptions_of_libzmq_reach_a_publisher_of_ours() {
    for scheme in [Scheme::Curve].into_iter().filter(|_| is_there()) {
        let (mut subscriber, mut publisher) = accept("subscribe", scheme, SocketType::XPub);
        established(&mut publisher, SocketType::Sub);
        assert_eq!(publisher.next(), Ok(Incoming::Subscription(true, b"A".to_vec())));
        for number in 0..100 {
            publisher.send(&[b"A".to_vec(), format!("{number}").into_bytes()]);
        }
        assert_eq!(publisher.next(), Ok(Incoming::Subscription(false, b"A".to_vec())));
        assert_eq!(publisher.next(), Ok(Incoming::Subscription(true, b"end".to_vec())));
        publisher.send(&[b"end"]);
        assert_eq!(subscriber.line(), "b'end'");
        subscriber.end();
    }
}

#[test]
fn z37_044_lz_028_a_refusal_by_libzmq_says_its_status() {
    for scheme in BOTH.into_iter().filter(|_| is_there()) {
        let (_server, port) = Libzmq::serve("refuse", scheme);
        let mut client = AnyPeer::connect(port, SocketType::Dealer, scheme);
        assert_eq!(client.next(), Err(Failure::Refused), "{scheme:?}");
        let Ok(wire::Command::Error { reason }) = wire::Command::parse(&client.command) else { panic!() };
        assert_eq!(reason, b"400", "{scheme:?}");
    }
}

#[test]
fn lz_028_libzmq_understands_our_refusal() {
    for scheme in BOTH.into_iter().filter(|_| is_there()) {
        for (refusal, status) in [(Refusal::Denied, "400"), (Refusal::Internal, "500")] {
            // A client of libzmq with PLAIN waits for its own misspelling of ERROR; the right one is a violation to it.
            let status = if scheme == Scheme::Plain { "protocol" } else { status };
            let (mut client, mut server) = accept("refused", scheme, SocketType::Router);
            server.verdict = Verdict::Refuse(refusal);
            assert_eq!(server.next(), Err(Failure::Admission(refusal)));
            server.transmit();
            assert_eq!(client.line(), status, "{scheme:?}");
            client.end();
        }
    }
}

#[test]
fn z26_008_the_wrong_server_is_found_out_by_both() {
    if !is_there() {
        return;
    }
    // Our client takes libzmq's server for another one: that closes without a word.
    let (_server, port) = Libzmq::serve("echo", Scheme::Curve);
    let security =
        AnySecurity::Curve(CurveSecurity::Client { keys: &keys().client, server: &keys().client.public });
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("connects");
    let mut client = AnyPeer::new(stream, SocketType::Dealer, security);
    assert_eq!(client.next(), Err(Failure::Silence));
    // And the other way round.
    let (listener, port) = listen();
    let _client = Libzmq::connect("ask", Scheme::Curve, port);
    let (stream, _) = listener.accept().expect("a client");
    let security = AnySecurity::Curve(CurveSecurity::Server { keys: &keys().client });
    let mut server = AnyPeer::new(stream, SocketType::Dealer, security);
    assert_eq!(server.next(), Err(Failure::Box));
}

/// A connection of another mechanism than libzmq's is closed by libzmq, and by us.
#[test]
fn z37_013_mechanisms_that_differ_do_not_meet() {
    if !is_there() {
        return;
    }
    let (_server, port) = Libzmq::serve("echo", Scheme::Curve);
    let mut client = AnyPeer::connect(port, SocketType::Dealer, Scheme::Plain);
    // libzmq may be gone before the mechanism in its greeting has left.
    let end = client.next();
    assert!(matches!(end, Err(Failure::Mechanism | Failure::Silence)), "{end:?}");
}

impl<M: Mechanism + Debug> Debug for Peer<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.connection.fmt(f)
    }
}
