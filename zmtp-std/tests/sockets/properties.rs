//! What is known of who sent a message.

use std::io::Write;

use crate::common::{context, options, raw, shake_hands};
use zmtp_std::security::{Admission, Admitted, Applicant, Verdict};
use zmtp_std::{Address, Message, Notify, Options, RecvError, SocketType};

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
