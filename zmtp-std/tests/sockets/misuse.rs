//! What people read when options, keys, files or devices were put together wrongly: what is wrong, and what to do next.

use std::fs;
use std::path::PathBuf;

use crate::common::{context, free_endpoint, options};
use crate::errors::{SOON, says};
use zmtp_std::device::Proxy;
use zmtp_std::security::{Certificate, CurveKey, CurveSecretKey, Rules, curve_keypair};
use zmtp_std::{Durable, Event, Message, Metadata, Options, Part, SocketType};

const ANY: &str = "tcp://127.0.0.1:*";

/// A file of this text, gone with the test.
struct File(PathBuf);

impl File {
    fn of(name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = std::env::temp_dir().join(format!("zmtp-misuse-{}-{name}", std::process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn options_of_security_that_contradict_each_other_say_which_to_unset_and_those_that_lack_something_what_to_set()
 {
    let (ours, theirs) = (curve_keypair(), curve_keypair());
    let secret = || Some(ours.secret.clone());
    let (none, long) = (options, "x".repeat(256));
    for (options, wrong, next) in [
        (
            Options { plain_server: true, curve_server: true, ..none() },
            "options of PLAIN and of CURVE are set",
            "unset those of the other",
        ),
        (
            Options { plain_server: true, plain_username: Some("me".into()), ..none() },
            "the socket is made both server and client",
            "unset plain_server or plain_username",
        ),
        (
            Options {
                curve_server: true,
                curve_secretkey: secret(),
                curve_serverkey: Some(theirs.public),
                ..none()
            },
            "the socket is made both server and client",
            "curve_server or curve_serverkey",
        ),
        (Options { curve_server: true, ..none() }, "needs a key of our own", "set curve_secretkey"),
        (Options { curve_serverkey: Some(theirs.public), ..none() }, "needs a key", "curve_keypair"),
        (
            Options { curve_secretkey: secret(), ..none() },
            "not the role",
            "set curve_server, or for a client",
        ),
        (
            Options {
                curve_server: true,
                curve_secretkey: secret(),
                curve_publickey: Some(theirs.public),
                ..none()
            },
            "curve_publickey does not belong to curve_secretkey",
            "may be left out",
        ),
        (Options { plain_password: "p".into(), ..none() }, "without plain_username", "set both, or neither"),
        (Options { plain_username: Some(long.clone()), ..none() }, "at most 255 octets", "take shorter ones"),
        (Options { zap_domain: long, ..none() }, "zap_domain has at most 255", "take another name"),
    ] {
        let pull = context().with(options).pull();
        says(pull.bind(ANY), "cannot bind: ", next);
        says(pull.bind(ANY), wrong, next);
        says(pull.connect(free_endpoint()), wrong, next);
    }
}

#[test]
fn a_name_that_no_socket_may_have_is_refused_before_a_peer_does_so() {
    for routing_id in [vec![b'x'; 256], b"\0reserved".to_vec()] {
        let named = context().named(routing_id.clone()).dealer();
        says(named.bind(ANY), "cannot bind: routing_id has up to 255 octets", "choose another");
        says(
            named.connect(free_endpoint()),
            "cannot connect: routing_id has up to 255 octets",
            "leave it empty",
        );
        let dealer = context().dealer();
        let renamed = dealer.set_options(|options| options.routing_id = routing_id.into());
        says(renamed, "the first is not 0", "choose another");
        assert!(dealer.options().routing_id.is_empty());
    }
    let longest = context().named(vec![b'x'; 255]).dealer();
    longest.bind(ANY).unwrap();
}

#[test]
fn an_option_that_stays_as_it_is_or_has_to_be_set_says_how() {
    let push = context().with(Options { durable: Some(Durable::default()), ..options() }).push();
    says(
        push.set_options(|options| options.conflate = true),
        "conflate cannot be changed while the socket is in use",
        "make another socket",
    );
    says(push.set_options(|options| options.sndhwm = 0), "needs a bound", "set sndhwm to more than 0");
    let push = context().with(Options { sndhwm: 0, durable: Some(Durable::default()), ..options() }).push();
    says(push.bind(ANY), "cannot bind: what waits for durable peers needs a bound", "set sndhwm");
}

#[cfg(feature = "swap")]
#[test]
fn a_swap_file_that_cannot_be_made_says_where_it_was_tried_and_which_option_names_the_folder() {
    let swap = Some(zmtp_std::Swap { folder: "/no/such/folder".into(), ..zmtp_std::Swap::default() });
    let push =
        context().with(Options { durable: Some(Durable { swap, ..Durable::default() }), ..options() }).push();
    says(push.bind(ANY), "no swap file in /no/such/folder", "set the folder of durable.swap");
}

#[test]
fn a_text_that_is_no_key_says_what_is_wrong_with_it() {
    let good = curve_keypair().public.to_string();
    let (cut, quoted, odd) = (&good[..39], format!("\"{good}\""), format!("~{}", &good[1..]));
    for (text, wrong, next) in [
        (cut, "a key 40 in all", "is it cut"),
        (&quoted, "a key 40 in all", "quotes around it"),
        (&odd, "a character that Z85 does not have", "copy it again"),
        ("#####################################@@@", "more than 32 bits", "copy it again"),
    ] {
        says(CurveKey::from_z85(text), wrong, next);
        says(CurveSecretKey::from_z85(text), wrong, next);
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_what_is_to_be_changed_in_it() {
    let none = std::env::temp_dir().join("no-such-file-of-zmtp");
    let absent = none.display().to_string();
    let there = "name a file that there is";
    says(Rules::new().passwords(&none), &format!("cannot read {absent}"), there);
    says(Rules::new().certificates(&none), &format!("cannot read {absent}"), there);
    says(Certificate::read(&none), &format!("cannot read {absent}"), there);
    let binary = File::of("binary", b"\xFF\xFE");
    says(Rules::new().passwords(&binary.0), "cannot read", "name a file of text");
    let lines = File::of("lines", "# users\nanna=secret\nbob\n");
    says(Rules::new().passwords(&lines.0), "line 3 of", "begin it with # to leave it out");
    says(Certificate::read(&lines.0), "is no certificate: it has no line public-key", "name another file");
}

#[test]
fn what_a_socket_cannot_say_of_itself_is_told_with_what_it_may() {
    let with = |name: &str, value: &[u8]| Metadata::new().with(name, value);
    let many = (0..25).try_fold(Metadata::new(), |all, number| all.with(format!("X-{number}"), ""));
    says(with("Region", b""), "\"Region\" is no name for a property", "begin it with X-");
    says(
        with("X-a b", b""),
        "\"X-a b\" is no name for a property",
        "take letters of ASCII, digits and -_.+ only",
    );
    says(with("X-", b""), "a name of 2 octets", "take 3 to 255");
    says(many, "no more than 24 properties", "put several values into one");
    says(with("X-a", &[0; 505]), "would take 513 octets, and may take 512", "send them as a message");
}

#[test]
fn a_message_that_is_not_what_was_expected_says_what_it_is() {
    let two = Message::from(["a", "b"]);
    says(two.text(), "has 2 parts, not one", "take the text of each with Part::text");
    says(Message::from(b"\xFF").text(), "the message is not text", "invalid utf-8");
    says(<[Part; 3]>::try_from(two), "the number of parts in the message is 2", "not 3");
}

#[test]
fn sockets_that_make_no_proxy_say_which_would() {
    let context = context();
    let (router, dealer, pull, sub) =
        (context.router(), context.dealer(), context.pull(), context.subscriber());
    let (req, rep, push) = (context.req(), context.rep(), context.push());
    says(Proxy::new(&pull, &sub).map(drop), "the other must be able to send", "ROUTER and DEALER");
    says(Proxy::new(&rep, &dealer).map(drop), "takes no REP", "take ROUTER instead");
    says(Proxy::new(&router, &req).map(drop), "takes no REQ", "take DEALER instead");
    let proxy = || Proxy::new(&router, &dealer).unwrap();
    says(proxy().capture(&pull).map(drop), "capture socket of a proxy must be able to send", "take PUB");
    says(proxy().control(&push).map(drop), "control socket of a proxy must be able to receive", "take REP");
}

#[test]
fn who_names_or_subscribes_peers_wrongly_reads_what_would_be_right() {
    let context = context();
    let router = context.router();
    router.connect_routing_id(free_endpoint(), "twin").unwrap();
    says(
        router.connect_routing_id(free_endpoint(), "twin"),
        "cannot connect: another peer has this routing id",
        "choose another",
    );
    says(router.connect_routing_id(free_endpoint(), ""), "1 to 255 octets", "choose another");
    let stream = context.stream();
    says(stream.bind("inproc://here"), "a STREAM speaks plain TCP", "inproc is for all other sockets");
    says(stream.send("alone"), "routing id in front", "at least one part behind");
    says(stream.send(["nobody", "a"]), "no peer has the routing id \"nobody\"", "wait for it");
    says(context.xpub().subscribe("a"), "only a manual XPUB", "xpub_manual");
    let manual = context.with(Options { xpub_manual: true, ..options() }).xpub();
    says(manual.subscribe("a"), "there is nobody to subscribe", "receive one first");
    says(context.socket(SocketType::Dealer).subscribe("a"), "cannot subscribe", "take SUB or XSUB");
}

#[test]
fn a_closed_socket_says_so_in_every_call() {
    let context = context();
    let (sub, router) = (context.subscriber(), context.router());
    let _ = (sub.close(SOON), router.close(SOON));
    let next = "make another one";
    says(sub.subscribe("a"), "the socket is closed", next);
    says(sub.unsubscribe("a"), "the socket is closed", next);
    says(sub.recv(), "the socket is closed", next);
    says(sub.wait_for_peers(1), "the socket is closed", next);
    says(sub.unbind(ANY), "cannot unbind: the socket is closed", next);
    says(sub.disconnect("tcp://127.0.0.1:1"), "cannot disconnect: the socket is closed", next);
    says(router.connect_routing_id("tcp://127.0.0.1:1", "a"), "cannot connect: the socket is closed", next);
    // Nothing is an error here: there is nothing more to tell.
    assert!(sub.monitor().recv().is_none());
}

#[test]
fn the_events_of_both_sides_say_who_is_to_change_what_when_security_does_not_fit() {
    let (server, other) = (curve_keypair(), curve_keypair());
    let context = context();
    let curve = Options { curve_server: true, curve_secretkey: Some(server.secret.clone()), ..options() };
    let failed = |options: Options| {
        let (pull, push) = (context.with(curve.clone()).pull(), context.with(options).push());
        let events = pull.monitor();
        push.connect(pull.bind(ANY).unwrap()).unwrap();
        crate::common::await_event(&events, |event| match event {
            Event::HandshakeFailed { .. } => Some(event.to_string()),
            _ => None,
        })
    };
    let text = failed(options());
    assert!(text.contains("ours is CURVE, and both sides need the same"), "{text}");
    let wrong_key = Options {
        curve_secretkey: Some(other.secret.clone()),
        curve_serverkey: Some(other.public),
        ..options()
    };
    let text = failed(wrong_key);
    assert!(text.contains("is curve_serverkey of the client the key of this server?"), "{text}");
}
