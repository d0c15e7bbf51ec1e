//! PLAIN, CURVE and the admission of peers, between sockets of ours over TCP on loopback.

use std::collections::HashSet;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common::{PATIENCE, await_event, hello, options, raw, read_to_end};
use bytes::Bytes;
use zmtp_std::security::{
    Admission, Admitted, Applicant, Authenticator, BadSecurity, CurveKeyPair, Judging, Mechanism, Password,
    Proof, Refusal, Rules, Verdict, curve_keypair,
};
use zmtp_std::{BindError, ConnectError, Context, Event, Failure, Lost, Message, Monitor, Options};

fn plain_server(admission: impl Into<Admission>) -> Options {
    Options { plain_server: true, admission: Some(admission.into()), ..options() }
}

fn plain_client(username: &str, password: &str) -> Options {
    Options { plain_username: Some(username.into()), plain_password: password.into(), ..options() }
}

fn curve_server(keys: &CurveKeyPair) -> Options {
    Options { curve_server: true, curve_secretkey: Some(keys.secret.clone()), ..options() }
}

fn curve_client(keys: &CurveKeyPair, server: &CurveKeyPair) -> Options {
    let (curve_secretkey, curve_serverkey) = (Some(keys.secret.clone()), Some(server.public));
    Options { curve_secretkey, curve_serverkey, ..options() }
}

/// What the handshake came to: mechanism and user, or why not.
fn outcome(monitor: &Monitor) -> Result<(Mechanism, String), Lost> {
    await_event(monitor, |event| match event {
        Event::HandshakeSucceeded { mechanism, user_id, .. } => Some(Ok((*mechanism, user_id.clone()))),
        Event::HandshakeFailed { why, .. } => Some(Err(why.clone())),
        _ => None,
    })
}

fn is_closed_for_good(event: &Event) -> Option<()> {
    matches!(event, Event::Closed { refused: true, .. }).then_some(())
}

/// Of every size at which the way through changes.
fn messages() -> Vec<Message> {
    let sizes = [0, 1, 30, 31, 222, 223, 255, 256, 8_191, 8_192, 70_000, 300_000];
    let mut messages: Vec<_> = sizes.iter().map(|&size| Message::from(vec![7; size])).collect();
    messages.push(Message::from([vec![], vec![1; 10_000], vec![], vec![2; 100_000]]));
    messages
}

/// The pairs of options with which both sides meet, and the user that the server sees.
fn good() -> Vec<(Options, Options, Mechanism, String)> {
    let (server, client) = (curve_keypair(), curve_keypair());
    let known = Options { admission: Some(Rules::new().key(client.public).into()), ..curve_server(&server) };
    let anonymous = Options { admission: Some(Rules::new().anonymous().into()), ..options() };
    let user = || Rules::new().user("admin", "secret");
    vec![
        (options(), options(), Mechanism::Null, String::new()),
        (anonymous, options(), Mechanism::Null, String::new()),
        (plain_server(user()), plain_client("admin", "secret"), Mechanism::Plain, "admin".into()),
        (curve_server(&server), curve_client(&client, &server), Mechanism::Curve, String::new()),
        (known, curve_client(&client, &server), Mechanism::Curve, client.public.to_string()),
    ]
}

#[test]
fn z24_001_z25_001_every_mechanism_carries_requests_whoever_binds() {
    let context = Context::new();
    for (ours, theirs, mechanism, user) in good() {
        for server_binds in [true, false] {
            let (rep, req) = (context.with(ours.clone()).rep(), context.with(theirs.clone()).req());
            let (at_server, at_client) = (rep.monitor(), req.monitor());
            if server_binds {
                req.connect(rep.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
            } else {
                rep.connect(req.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
            }
            assert_eq!(outcome(&at_server).unwrap(), (mechanism, user.clone()));
            assert_eq!(outcome(&at_client).unwrap(), (mechanism, String::new()));
            for message in messages() {
                req.send(message.clone()).unwrap();
                assert!(rep.recv().unwrap() == message);
                rep.send(message.clone()).unwrap();
                assert!(req.recv().unwrap() == message, "{mechanism}");
            }
        }
    }
}

#[test]
fn every_mechanism_carries_subscriptions_and_work() {
    let context = Context::new();
    for (ours, theirs, mechanism, _) in good() {
        let (publisher, sub) =
            (context.with(ours.clone()).publisher(), context.with(theirs.clone()).subscriber());
        sub.subscribe("A").unwrap();
        sub.connect(publisher.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
        publisher.wait_for_subscribers(1).unwrap();
        publisher.send("B").unwrap();
        publisher.send(["A", "1"]).unwrap();
        assert_eq!(sub.recv().unwrap(), Message::from(["A", "1"]), "{mechanism}");

        let (push, pull) = (context.with(theirs).push(), context.with(ours).pull());
        push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| (0..2_000).for_each(|number| push.send(format!("{number}")).unwrap()));
            for number in 0..2_000 {
                assert_eq!(pull.recv().unwrap(), format!("{number}").as_str(), "{mechanism}");
            }
        });
    }
}

#[test]
fn z37_044_z27_016_wrong_credentials_are_told_to_the_client_which_does_not_come_again() {
    let (server, client) = (curve_keypair(), curve_keypair());
    let nobody = Options { admission: Some(Rules::new().into()), ..curve_server(&server) };
    let shut = Options { admission: Some(Rules::new().into()), ..options() };
    let key = format!("key {}", client.public);
    for (ours, theirs, claims) in [
        (
            plain_server(Rules::new().user("admin", "secret")),
            plain_client("admin", "guess"),
            "user \"admin\"",
        ),
        (nobody, curve_client(&client, &server), &key),
        (shut, options(), ""),
    ] {
        let context = Context::new();
        let (pull, push) = (context.with(ours).pull(), context.with(theirs).push());
        let (at_server, at_client) = (pull.monitor(), push.monitor());
        push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
        match outcome(&at_server) {
            Err(Lost::NotAdmitted { who, refusal: Refusal::Denied }) => assert_eq!(who, claims),
            other => panic!("{other:?}"),
        }
        match outcome(&at_client) {
            Err(Lost::Refused { reason }) => assert_eq!(reason, "400"),
            other => panic!("{other:?}"),
        }
        await_event(&at_client, is_closed_for_good);
    }
}

#[test]
fn z27_016_z37_046_who_is_refused_for_now_hears_nothing_and_comes_again() {
    let asked = AtomicUsize::new(0);
    let second = Admission::new(move |_: &Applicant| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Verdict::Refuse(Refusal::Temporary),
        _ => Verdict::accept("patient"),
    });
    let context = Context::new();
    let (pull, push) =
        (context.with(plain_server(second)).pull(), context.with(plain_client("me", "")).push());
    let (at_server, at_client) = (pull.monitor(), push.monitor());
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    assert!(matches!(outcome(&at_server), Err(Lost::NotAdmitted { refusal: Refusal::Temporary, .. })));
    assert!(matches!(outcome(&at_client), Err(Lost::Eof | Lost::Io(_))));
    assert_eq!(outcome(&at_server).unwrap().1, "patient");
    push.send("in").unwrap();
    assert_eq!(pull.recv().unwrap(), "in");
}

#[test]
fn z27_015_without_anybody_to_ask_plain_is_shut() {
    let context = Context::new();
    let pull = context.with(Options { plain_server: true, ..options() }).pull();
    let push = context.with(plain_client("admin", "secret")).push();
    let (at_server, at_client) = (pull.monitor(), push.monitor());
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    let why = outcome(&at_server).unwrap_err();
    assert!(
        matches!(why, Lost::NoAdmission) && why.to_string().contains("set the option admission"),
        "{why}"
    );
    let why = outcome(&at_client).unwrap_err();
    assert!(why.to_string().contains("\"500\": it cannot judge who we are"), "{why}");
    await_event(&at_client, is_closed_for_good);
}

#[test]
fn z27_015_017_with_a_domain_and_nobody_to_ask_null_and_curve_are_open_and_clients_never_ask() {
    let (server, client) = (curve_keypair(), curve_keypair());
    let nobody = || Some(Admission::new(|_: &Applicant| Verdict::deny()));
    let context = Context::new();
    for (ours, theirs) in [
        (options(), options()),
        (curve_server(&server), Options { admission: nobody(), ..curve_client(&client, &server) }),
    ] {
        let pull = context.with(Options { zap_domain: "global".into(), ..ours }).pull();
        let push = context.with(theirs).push();
        push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
        push.send("in").unwrap();
        assert_eq!(pull.recv().unwrap(), "in");
    }
}

/// Answers when it is told to.
#[derive(Default)]
struct Slow(std::sync::Arc<(Mutex<Option<Applicant>>, tokio::sync::Notify)>);

impl Authenticator for Slow {
    fn judge(&self, applicant: &Applicant) -> Judging {
        *self.0.0.lock().unwrap() = Some(applicant.clone());
        let shared = std::sync::Arc::clone(&self.0);
        Judging::later(async move {
            shared.1.notified().await;
            let metadata = vec![("Quota".to_owned(), Bytes::from_static(b"7"))];
            Verdict::Accept(Admitted { user_id: "late".into(), metadata })
        })
    }
}

#[test]
fn z27_002_an_answer_may_take_its_time_while_other_peers_are_served_and_comes_with_metadata() {
    let slow = Slow::default();
    let shared = std::sync::Arc::clone(&slow.0);
    let context = Context::new();
    let server = Options { zap_domain: "global".into(), ..plain_server(Admission::new(slow)) };
    let (pull, push) = (context.with(server).pull(), context.with(plain_client("me", "pw")).push());
    let monitor = pull.monitor();
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    push.send("waits").unwrap();
    let (rep, req) = (context.with(options()).rep(), context.with(options()).req());
    req.connect(rep.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    // The same thread serves these, until the other has asked.
    let applicant = loop {
        req.send("ping").unwrap();
        rep.send(rep.recv().unwrap()).unwrap();
        req.recv().unwrap();
        if let Some(applicant) = shared.0.lock().unwrap().take() {
            break applicant;
        }
    };
    assert!(pull.try_recv().is_err());
    assert_eq!(
        (applicant.domain.as_str(), applicant.address.ip().is_some_and(|ip| ip.is_loopback())),
        ("global", true)
    );
    let (username, password) = ("me".to_owned(), Password::from("pw"));
    assert_eq!(applicant.proof, Proof::Plain { username, password });
    shared.1.notify_one();
    let (user, metadata) = await_event(&monitor, |event| match event {
        Event::HandshakeSucceeded { user_id, metadata, .. } => Some((user_id.clone(), metadata.clone())),
        _ => None,
    });
    assert_eq!((user.as_str(), &metadata[0].0[..], &metadata[0].1[..]), ("late", "Quota", &b"7"[..]));
    assert_eq!(pull.recv().unwrap(), "waits");
}

#[test]
fn a_peer_about_which_nobody_makes_up_his_mind_has_only_the_time_of_the_handshake() {
    let never = Admission::new(Slow::default());
    let server = Options { handshake_ivl: Duration::from_millis(50), ..plain_server(never) };
    let context = Context::new();
    let (pull, push) = (context.with(server).pull(), context.with(plain_client("me", "")).push());
    let monitor = pull.monitor();
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    let why = outcome(&monitor).unwrap_err();
    assert!(matches!(why, Lost::Protocol(Failure::HandshakeTimeout)), "{why:?}");
}

/// What both sides say when `ours` and `theirs` meet, until both have failed.
fn failed(ours: Options, theirs: Options) -> [String; 2] {
    let context = Context::new();
    let (pull, push) = (context.with(ours).pull(), context.with(theirs).push());
    let monitors = [pull.monitor(), push.monitor()];
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    monitors.map(|monitor| {
        await_event(&monitor, |event| {
            matches!(event, Event::HandshakeFailed { .. }).then(|| event.to_string())
        })
    })
}

#[test]
fn z37_013_mechanisms_that_differ_are_named_with_what_to_do() {
    let (server, client) = (curve_keypair(), curve_keypair());
    let texts = failed(plain_server(Rules::new()), curve_client(&client, &server));
    // Whoever is first closes before the other has heard.
    assert!(texts.iter().any(|text| text.contains("and both sides need the same")), "{texts:?}");
}

#[test]
fn z26_008_a_client_with_the_key_of_another_server_learns_what_to_look_at() {
    let (server, client) = (curve_keypair(), curve_keypair());
    let [at_server, at_client] = failed(curve_server(&server), curve_client(&client, &client));
    assert!(at_server.contains("is curve_serverkey of the client the key of this server?"), "{at_server}");
    assert!(at_client.contains("if it is the server, its key is not curve_serverkey"), "{at_client}");
}

#[test]
fn lz_002_two_servers_that_meet_are_told_that_one_has_to_be_a_client() {
    let soon = Options { handshake_ivl: Duration::from_millis(50), ..curve_server(&curve_keypair()) };
    let texts = failed(soon.clone(), soon);
    assert!(texts.iter().any(|text| text.contains("with CURVE one side has to be the server")), "{texts:?}");
}

#[test]
fn bad_options_are_told_where_the_socket_is_bound_or_connected() {
    let push = Context::new().with(Options { curve_server: true, ..options() }).push();
    let error = push.bind("tcp://127.0.0.1:*").unwrap_err();
    assert!(matches!(error, BindError::Security(BadSecurity::NoSecretKey)));
    assert_eq!(
        error.to_string(),
        "cannot bind: CURVE needs a key of our own: set curve_secretkey, as curve_keypair makes one"
    );
    let error = push.connect("tcp://127.0.0.1:1").unwrap_err();
    assert!(matches!(error, ConnectError::Security(BadSecurity::NoSecretKey)));
}

#[test]
fn z37_018_lz_004_peers_that_know_no_security_are_refused_at_once_where_there_is_some() {
    let domain = Options { zap_domain: "global".into(), ..options() };
    for ours in [plain_server(Rules::new()), curve_server(&curve_keypair()), domain] {
        let pull = Context::new().with(ours).pull();
        let monitor = pull.monitor();
        let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
        for old in [&b"\x01\0\x02\0x"[..], b"\xFF\0\0\0\0\0\0\0\x01\x7F\x01\x08\0\0\0\x01x"] {
            let mut stream = raw(&endpoint);
            stream.write_all(old).unwrap();
            let why = outcome(&monitor).unwrap_err();
            assert!(matches!(why, Lost::Protocol(Failure::Version | Failure::NotZmtp)), "{why:?}");
            read_to_end(&mut stream);
        }
        assert!(pull.try_recv().is_err());
    }
}

#[test]
fn z24_008_011_a_plain_server_survives_clients_that_break_the_rules() {
    let context = Context::new();
    let pull = context.with(plain_server(Rules::new().user("admin", "secret"))).pull();
    let monitor = pull.monitor();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut greeting = hello("PUSH")[..64].to_vec();
    greeting[12..17].copy_from_slice(b"PLAIN");
    for command in [
        &b"\x04\x06\x05HELLO"[..],
        b"\x04\x08\x05HELLO\x05a",
        b"\x04\x14\x05HELLO\x05admin\x06secret!",
        b"\x04\x09\x08INITIATE",
        b"\x00\x01x",
    ] {
        let mut stream = raw(&endpoint);
        stream.write_all(&greeting).unwrap();
        stream.write_all(command).unwrap();
        let why = outcome(&monitor).unwrap_err();
        assert!(matches!(why, Lost::Protocol(Failure::Command | Failure::Unexpected)), "{why:?}");
        let answer = read_to_end(&mut stream);
        assert!(!answer.windows(7).any(|window| window == b"WELCOME"));
    }
    let push = context.with(plain_client("admin", "secret")).push();
    push.connect(&endpoint).unwrap();
    push.send("good").unwrap();
    assert_eq!(pull.recv().unwrap(), "good");
}

#[test]
fn z26_013_every_connection_of_a_client_begins_with_other_octets() {
    let (server, client) = (curve_keypair(), curve_keypair());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let push = Context::new().with(curve_client(&client, &server)).push();
    push.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
    let mut greeting = hello("PULL")[..64].to_vec();
    greeting[12..17].copy_from_slice(b"CURVE");
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&greeting).unwrap();
        let mut octets = [0; 64 + 202];
        std::io::Read::read_exact(&mut stream, &mut octets).unwrap();
        assert_eq!(octets[64..72], *b"\x04\xC8\x05HELLO");
        assert!(seen.insert(octets[64 + 82..64 + 114].to_vec()), "a transient key is used once");
    }
}
