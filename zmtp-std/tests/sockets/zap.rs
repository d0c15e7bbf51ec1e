//! A ZAP handler in the context of the sockets that ask it.

use std::time::Duration;

use crate::common::{await_event, context, handshake, options};
use bytes::Bytes;
use zmtp_std::security::zap::{ENDPOINT, Request};
use zmtp_std::security::{Admission, Admitted, Proof, Refusal, Rules, Verdict, curve_keypair};
use zmtp_std::{Context, Event, Lost, Message, Monitor, Options, Part, Pull, Push, RecvError, Rep};

fn handler(context: &Context) -> Rep {
    let handler = context.rep();
    handler.bind(ENDPOINT).unwrap();
    handler
}

fn plain_server() -> Options {
    Options { plain_server: true, zap_domain: "test".into(), ..options() }
}

fn plain_client() -> Options {
    Options { plain_username: Some("admin".into()), plain_password: "secret".into(), ..options() }
}

fn failed(monitor: &Monitor) -> Lost {
    await_event(monitor, |event| match event {
        Event::HandshakeFailed { why, .. } => Some(why.clone()),
        _ => None,
    })
}

/// A PULL with PLAIN, its events, and a PUSH that would like to come in.
fn applied(context: &Context) -> (Pull, Monitor, Push) {
    let pull = context.with(plain_server()).pull();
    let events = pull.monitor();
    let push = context.with(plain_client()).push();
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    (pull, events, push)
}

#[test]
fn z27_001_002_003_007_012_a_handler_decides_about_plain_and_says_who_it_is() {
    let context = context();
    let handler = handler(&context);
    assert!(context.router().bind(ENDPOINT).is_err(), "there is one");
    let (pull, events, push) = applied(&context);
    let message = handler.recv().unwrap();
    let text: Vec<String> = message.parts().map(Part::to_text).collect();
    assert_eq!((text.len(), text[0].as_str()), (8, "1.0"));
    assert_eq!(text[2..], ["test", "127.0.0.1", "", "PLAIN", "admin", "secret"]);
    let request = Request::read(&message).unwrap();
    let metadata = vec![("X-Group".to_owned(), Bytes::from_static(b"staff"))];
    let admitted = Admitted { user_id: "root".into(), metadata: metadata.clone() };
    handler.send(request.reply(&Verdict::Accept(admitted))).unwrap();
    let told = await_event(&events, |event| match event {
        Event::HandshakeSucceeded { user_id, metadata, .. } => Some((user_id.clone(), metadata.clone())),
        _ => None,
    });
    assert_eq!(told, ("root".to_owned(), metadata));
    push.send("in").unwrap();
    assert_eq!(pull.recv().unwrap(), "in");
}

#[test]
fn z27_008_016_a_handler_refuses_for_now_or_for_good() {
    for refusal in [Refusal::Temporary, Refusal::Denied, Refusal::Internal] {
        let context = context();
        let handler = handler(&context);
        let pull = context.with(plain_server()).pull();
        let push = context.with(plain_client()).push();
        let (theirs, ours) = (pull.monitor(), push.monitor());
        push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
        let request = Request::read(&handler.recv().unwrap()).unwrap();
        handler.send(request.reply(&Verdict::Refuse(refusal))).unwrap();
        let why = failed(&theirs);
        assert!(matches!(&why, Lost::NotAdmitted { refusal: told, .. } if *told == refusal), "{why}");
        let heard = failed(&ours);
        match refusal {
            Refusal::Temporary => assert!(matches!(heard, Lost::Eof | Lost::Io(_)), "{heard}"),
            _ => assert!(matches!(&heard, Lost::Refused { reason } if reason == refusal.status()), "{heard}"),
        }
    }
}

#[test]
fn z27_008_a_handler_that_goes_without_a_reply_is_a_refusal_for_now() {
    let context = context();
    let handler = handler(&context);
    let (_pull, events, _push) = applied(&context);
    handler.recv().unwrap();
    drop(handler);
    let why = failed(&events);
    assert!(matches!(why, Lost::NotAdmitted { refusal: Refusal::Temporary, .. }), "{why}");
}

#[test]
fn z27_014_what_is_no_reply_is_an_internal_error() {
    for reply in [
        &["1.0", "?", "200", "OK", "", ""][..],
        &["1.1", "=", "200", "OK", "", ""],
        &["1.0", "=", "201", "OK", "", ""],
        &["1.0", "=", "200", "OK", ""],
        &["1.0", "=", "200", "OK", "", "bad"],
    ] {
        let context = context();
        let handler = handler(&context);
        let (_pull, events, _push) = applied(&context);
        let id = handler.recv().unwrap().part(1).unwrap().to_text();
        let parts = reply.iter().map(|part| Part::from(if *part == "=" { id.as_str() } else { part }));
        handler.send(parts.collect::<Message>()).unwrap();
        let why = failed(&events);
        assert!(matches!(why, Lost::NotAdmitted { refusal: Refusal::Internal, .. }), "{why}");
    }
}

#[test]
fn z27_013_017_a_router_may_handle_and_is_asked_about_curve_and_about_null_with_a_domain() {
    let context = context();
    let handler = context.router();
    handler.bind(ENDPOINT).unwrap();
    let (server, client) = (curve_keypair(), curve_keypair());
    let curve_server =
        Options { curve_server: true, curve_secretkey: Some(server.secret.clone()), ..options() };
    let curve_client = Options {
        curve_secretkey: Some(client.secret.clone()),
        curve_serverkey: Some(server.public),
        ..options()
    };
    let domain = Options { zap_domain: "test".into(), ..options() };
    for (ours, theirs, proof) in
        [(curve_server, curve_client, Proof::Curve(client.public)), (domain, options(), Proof::Null)]
    {
        let (pull, push) = (context.with(ours).pull(), context.with(theirs).push());
        let events = pull.monitor();
        push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
        let request = Request::read_enveloped(&handler.recv().unwrap()).unwrap();
        assert_eq!(request.applicant.proof, proof);
        handler.send(request.reply(&Verdict::accept("somebody"))).unwrap();
        await_event(&events, handshake);
    }
}

#[test]
fn z27_015_017_nobody_is_asked_about_null_without_a_domain_nor_where_there_is_an_admission_or_inproc() {
    let context = context();
    let handler = handler(&context);
    let lists: Admission = Rules::new().user("admin", "secret").into();
    let listed = Options { admission: Some(lists), ..plain_server() };
    for (ours, theirs, endpoint) in [
        (options(), options(), "tcp://127.0.0.1:*"),
        (listed, plain_client(), "tcp://127.0.0.1:*"),
        (plain_server(), plain_client(), "inproc://here"),
    ] {
        let (pull, push) = (context.with(ours).pull(), context.with(theirs).push());
        push.connect(pull.bind(endpoint).unwrap()).unwrap();
        push.send("in").unwrap();
        assert_eq!(pull.recv().unwrap(), "in");
    }
    assert_eq!(handler.try_recv(), Err(RecvError::WouldBlock));
}

#[test]
fn a_context_ends_while_a_handler_is_silent() {
    let context = context().with(Options { linger: Some(Duration::ZERO), ..options() });
    let handler = handler(&context);
    let pull = context.with(plain_server()).pull();
    let push = context.with(Options { linger: Some(Duration::ZERO), ..plain_client() }).push();
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    handler.recv().unwrap();
    drop((push, pull));
    drop(handler);
    drop(context);
}
