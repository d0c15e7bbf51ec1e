//! What is known of who sent a message.

use std::io::{Read, Write};

use crate::common::{await_event, context, hello, options, raw, shake_hands};
use zmtp_std::security::{Admission, Admitted, Applicant, Verdict, curve_keypair};
use zmtp_std::{Address, Event, Message, Metadata, Notify, Options, RecvError, SocketType};

#[test]
fn api_024_messages_come_with_what_peers_said_and_with_what_the_application_says_of_them() {
    let context = context();
    let who = |_: &Applicant| {
        let metadata = vec![("X-Group".to_owned(), "staff".into())];
        Verdict::Accept(Admitted { user_id: "anna".into(), metadata })
    };
    let router_notify = Notify { connect: true, disconnect: true };
    let asks = Options { admission: Some(Admission::new(who)), router_notify, ..options() };
    let router = context.with(asks).router();
    let endpoint = router.bind("tcp://127.0.0.1:*").unwrap();
    let dealer = context.with(Options { routing_id: "d".into(), ..options() }).dealer();
    dealer.connect(&endpoint).unwrap();
    let came = router.recv_from().unwrap();
    assert_eq!((came.message, came.properties.user_id.as_str()), (Message::from(["d", ""]), "anna"));
    dealer.send(["a", "message"]).unwrap();
    let received = router.recv_from().unwrap();
    assert_eq!(received.message, Message::from(["d", "a", "message"]));
    let get =
        |name: &str| received.properties.get(name).map(|value| String::from_utf8(value.to_vec()).unwrap());
    for (name, value) in [
        ("Socket-Type", Some("DEALER")),
        ("Routing-Id", Some("d")),
        ("Identity", Some("d")),
        ("Peer-Address", Some("127.0.0.1")),
        ("User-Id", Some("anna")),
        ("x-group", Some("staff")),
        ("X-None", None),
    ] {
        assert_eq!(get(name).as_deref(), value, "{name}");
    }
}

#[test]
fn api_024_properties_of_applications_in_the_handshake_are_told() {
    let context = context();
    let pull = context.pull();
    let mut peer = raw(&pull.bind("tcp://127.0.0.1:*").unwrap());
    let ready = b"\x05READY\x0BSocket-Type\0\0\0\x04PUSH\x05X-key\0\0\0\x05value";
    let mut hello = crate::common::hello("PUSH")[..64].to_vec();
    hello.extend([4, ready.len() as u8]);
    hello.extend(ready);
    hello.extend(b"\0\x01m");
    peer.write_all(&hello).unwrap();
    let received = pull.recv_from().unwrap();
    assert_eq!(
        (received.message, received.properties.get("X-Key").as_deref()),
        ("m".into(), Some(&b"value"[..]))
    );
    assert_eq!(received.properties.socket_type, Some(SocketType::Push));
    drop(peer);
    let mut plain = raw(&pull.last_endpoint().unwrap());
    shake_hands(&mut plain, "PUSH", "PULL");
    plain.write_all(b"\0\x01n").unwrap();
    assert_eq!(pull.recv_from().unwrap().properties.get("X-Key"), None, "of another connection");
    assert_eq!(pull.try_recv_from(), Err(RecvError::WouldBlock));
}

/// The properties that a peer was told of, in the event of the handshake.
fn told(event: &Event) -> Option<Vec<(String, String)>> {
    let Event::HandshakeSucceeded { metadata, .. } = event else { return None };
    let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
    Some(metadata.iter().map(|(name, value)| (name.clone(), text(value))).collect())
}

#[test]
fn z37_049_what_a_socket_says_of_itself_is_told_with_every_mechanism_and_over_inproc() {
    let (keys, own) = (curve_keypair(), curve_keypair());
    let plain = Options {
        plain_server: true,
        admission: Some(Admission::new(|_: &Applicant| Verdict::accept("u"))),
        ..options()
    };
    let curve = Options { curve_server: true, curve_secretkey: Some(keys.secret), ..options() };
    let as_plain = Options { plain_username: Some("u".into()), ..options() };
    let as_curve =
        Options { curve_serverkey: Some(keys.public), curve_secretkey: Some(own.secret), ..options() };
    let metadata = |value: &str| Metadata::new().with("X-Who", value).unwrap().with("X-None", "").unwrap();
    for (at, server, client) in [
        ("tcp://127.0.0.1:*", options(), options()),
        ("tcp://127.0.0.1:*", plain, as_plain),
        ("tcp://127.0.0.1:*", curve, as_curve),
        ("inproc://here", options(), options()),
    ] {
        let context = context();
        let server = context.with(Options { metadata: metadata("server"), ..server }).dealer();
        let client = context.with(Options { metadata: metadata("client"), ..client }).dealer();
        let monitors = [server.monitor(), client.monitor()];
        client.connect(server.bind(at).unwrap()).unwrap();
        client.send("?").unwrap();
        server.send("!").unwrap();
        let of_client = server.recv_from().unwrap().properties;
        let of_server = client.recv_from().unwrap().properties;
        assert_eq!(of_client.get("x-who").as_deref(), Some(&b"client"[..]), "{at}");
        assert_eq!(of_server.get("X-Who").as_deref(), Some(&b"server"[..]), "{at}");
        assert_eq!(of_client.get("X-None"), None);
        for (monitor, who) in monitors.iter().zip(["client", "server"]) {
            let expected = [("X-Who".to_owned(), who.to_owned()), ("X-None".to_owned(), String::new())];
            assert_eq!(await_event(monitor, told), expected, "{at}");
        }
    }
}

#[test]
fn z37_048_049_properties_of_the_application_stand_in_ready_behind_the_others() {
    let metadata = Metadata::new().with("X-Region", "eu").unwrap();
    let context = context().with(Options { metadata, ..options() });
    let pull = context.pull();
    let mut peer = raw(&pull.bind("tcp://127.0.0.1:*").unwrap());
    peer.write_all(&hello("PUSH")).unwrap();
    let mut octets = vec![0; 64 + 2 + 41];
    peer.read_exact(&mut octets).unwrap();
    assert_eq!(octets[64..], *b"\x04\x29\x05READY\x0BSocket-Type\0\0\0\x04PULL\x08X-Region\0\0\0\x02eu");
}

#[test]
fn api_024_over_inproc_and_whatever_the_type_of_the_socket() {
    let context = context();
    let (rep, req) = (context.rep(), context.req());
    rep.bind("inproc://rep").unwrap();
    req.connect("inproc://rep").unwrap();
    req.send("?").unwrap();
    let request = rep.recv_from().unwrap();
    assert_eq!((request.message, request.properties.socket_type), ("?".into(), Some(SocketType::Req)));
    assert_eq!(request.properties.address, Address::Inproc("rep".into()));
    rep.send("!").unwrap();
    assert_eq!(req.recv_from().unwrap().properties.socket_type, Some(SocketType::Rep));

    let (publisher, subscriber) = (context.xpub(), context.socket(SocketType::Sub));
    publisher.bind("inproc://news").unwrap();
    subscriber.connect("inproc://news").unwrap();
    subscriber.subscribe("").unwrap();
    assert_eq!(publisher.recv_from().unwrap().properties.socket_type, Some(SocketType::Sub));
    publisher.send("news").unwrap();
    assert_eq!(subscriber.recv_from().unwrap().properties.socket_type, Some(SocketType::XPub));
    assert_eq!(context.socket(SocketType::Push).try_recv_from(), Err(RecvError::NotSupported));
}
