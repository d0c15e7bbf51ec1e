//! Requests and replies to the octet, and each thing that may be wrong with them.

use super::*;
use crate::security::{Password, Rules, curve_keypair};

fn applicant(proof: Proof) -> Applicant {
    Applicant {
        domain: "global".into(),
        address: "127.0.0.1:5555".parse::<SocketAddr>().unwrap().into(),
        routing_id: Bytes::from_static(b"server"),
        proof,
    }
}

fn plain() -> Proof {
    Proof::Plain { username: "admin".into(), password: Password::from("secret") }
}

fn octets(message: &Message) -> Vec<Vec<u8>> {
    message.parts().map(|part| part.as_slice().to_vec()).collect()
}

#[test]
fn z27_002_005_006_007_requests_have_the_frames_of_their_mechanism() {
    let head = |mechanism: &str| {
        ["1.0", "id", "global", "127.0.0.1", "server", mechanism].map(String::from).to_vec()
    };
    let text = |message: Message| message.parts().map(Part::to_text).collect::<Vec<_>>();
    assert_eq!(text(request(b"id", &applicant(Proof::Null))), head("NULL"));
    let credentials = ["admin", "secret"].map(String::from).to_vec();
    assert_eq!(text(request(b"id", &applicant(plain()))), [head("PLAIN"), credentials].concat());
    let key = curve_keypair().public;
    let curve = octets(&request(b"id", &applicant(Proof::Curve(key))));
    assert_eq!((curve.len(), &curve[5][..], &curve[6][..]), (7, &b"CURVE"[..], &key.as_octets()[..]));
}

#[test]
fn z27_004_the_domain_is_never_empty() {
    let nameless = Applicant { domain: String::new(), ..applicant(Proof::Null) };
    assert_eq!(octets(&request(b"1", &nameless))[2], b"global");
}

#[test]
fn z27_005_addresses_are_written_the_one_way_there_is() {
    for (address, text) in [
        ("192.0.2.1:1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:1", "192.0.2.1"),
        ("[2001:DB8:0:0:0:0:0:1]:1", "2001:db8::1"),
    ] {
        let applicant =
            Applicant { address: address.parse::<SocketAddr>().unwrap().into(), ..applicant(Proof::Null) };
        assert_eq!(octets(&request(b"1", &applicant))[3], text.as_bytes());
    }
}

#[test]
fn requests_come_back_from_their_messages() {
    for proof in [Proof::Null, plain(), Proof::Curve(curve_keypair().public)] {
        let sent = applicant(proof);
        let read = Request::read(&request(b"7", &sent)).unwrap().applicant;
        assert_eq!((read.domain, read.routing_id, read.proof), (sent.domain, sent.routing_id, sent.proof));
        assert_eq!(read.address.ip(), sent.address.ip());
    }
}

#[test]
fn z27_003_008_009_replies_have_six_frames_and_a_user_id_only_if_the_peer_is_let_in() {
    let request = Request::read(&request(b"7", &applicant(plain()))).unwrap();
    let accepted = octets(&request.reply(&Verdict::accept("admin")));
    assert_eq!(accepted, [&b"1.0"[..], b"7", b"200", b"OK", b"admin", b""]);
    for (refusal, status) in
        [(Refusal::Temporary, "300"), (Refusal::Denied, "400"), (Refusal::Internal, "500")]
    {
        let refused = octets(&request.reply(&Verdict::Refuse(refusal)));
        assert_eq!((refused.len(), &refused[2][..], &refused[4][..]), (6, status.as_bytes(), &b""[..]));
    }
}

#[test]
fn z27_010_verdicts_come_back_from_their_replies_with_metadata() {
    let request = Request::read(&request(b"7", &applicant(plain()))).unwrap();
    let metadata =
        vec![("Group".to_owned(), Bytes::from_static(b"\0\xFF")), ("X-a".to_owned(), Bytes::new())];
    for told in [
        Verdict::Accept(Admitted { user_id: "admin".into(), metadata }),
        Verdict::accept(""),
        Verdict::Refuse(Refusal::Temporary),
        Verdict::deny(),
        Verdict::Refuse(Refusal::Internal),
    ] {
        let reply = request.reply(&told);
        assert_eq!(verdict(b"7", &reply), Ok(told.clone()));
        let lets_in = matches!(told, Verdict::Accept(_));
        assert_eq!(octets(&reply)[5].is_empty(), !lets_in || told == Verdict::accept(""));
    }
}

#[test]
fn z27_011_what_a_reply_cannot_carry_lets_nobody_in() {
    let request = Request::read(&request(b"7", &applicant(plain()))).unwrap();
    let admitted = |user_id: String, name: &str| {
        Verdict::Accept(Admitted { user_id, metadata: vec![(name.into(), Bytes::new())] })
    };
    for told in [
        admitted("x".repeat(256), "ok"),
        admitted("\u{f6}".into(), "ok"),
        admitted(String::new(), ""),
        admitted(String::new(), &"x".repeat(256)),
    ] {
        assert_eq!(verdict(b"7", &request.reply(&told)), Ok(Verdict::Refuse(Refusal::Internal)));
    }
    assert_eq!(
        verdict(b"7", &request.reply(&Verdict::accept("x".repeat(255)))),
        Ok(Verdict::accept("x".repeat(255)))
    );
}

#[test]
fn z27_013_a_handler_gives_the_routing_ids_back_as_they_came() {
    let mut message = request(b"7", &applicant(plain()));
    for part in ["", "second", "first"] {
        message.push_front(part);
    }
    let reply = octets(&Request::read_enveloped(&message).unwrap().reply(&Verdict::accept("")));
    assert_eq!(reply[..5], [&b"first"[..], b"second", b"", b"1.0", b"7"]);
    let none = request(b"7", &Applicant { routing_id: Bytes::from_static(b"x"), ..applicant(plain()) });
    assert_eq!(Request::read_enveloped(&none).unwrap_err(), BadRequest::Version);
}

#[test]
fn z27_014_replies_that_break_a_rule_are_none() {
    let good = || vec!["1.0", "7", "200", "OK", "admin", ""];
    let read = |parts: Vec<&str>| verdict(b"7", &parts.into_iter().collect());
    assert_eq!(read(good()), Ok(Verdict::accept("admin")));
    let with = |at: usize, part: &'static str| {
        let mut parts = good();
        parts[at] = part;
        read(parts)
    };
    assert_eq!(with(0, "1.1"), Err(BadReply::Version));
    assert_eq!(with(1, "8"), Err(BadReply::RequestId));
    for status in ["", "20", "201", "600", "2000", "abc"] {
        assert_eq!(with(2, status), Err(BadReply::Status));
    }
    assert_eq!(with(2, "400"), Err(BadReply::Text), "a user id for a peer that is not let in");
    let long: &'static str = Box::leak("x".repeat(256).into_boxed_str());
    for text in [long, "\u{f6}"] {
        assert_eq!(with(3, text), Err(BadReply::Text));
        assert_eq!(with(4, text), Err(BadReply::Text));
    }
    for metadata in ["\0\0\0\0\x01v", "\x01a\0\0\0\x02v", "\x01a"] {
        assert_eq!(with(5, metadata), Err(BadReply::Metadata));
    }
    for count in (0..8).filter(|&count| count != 6) {
        assert_eq!(read(good().into_iter().cycle().take(count).collect()), Err(BadReply::Frames));
    }
}

#[test]
fn requests_that_break_a_rule_are_none() {
    let good = || vec!["1.0", "7", "global", "127.0.0.1", "server", "PLAIN", "admin", "secret"];
    let read = |parts: Vec<&str>| Request::read(&parts.into_iter().collect()).map(drop);
    assert_eq!(read(good()), Ok(()));
    let with = |at: usize, part: &'static str| {
        let mut parts = good();
        parts[at] = part;
        read(parts)
    };
    let long: &'static str = Box::leak("x".repeat(256).into_boxed_str());
    assert_eq!(with(0, "2.0"), Err(BadRequest::Version));
    assert_eq!(with(2, ""), Ok(()), "as deployed servers send it");
    assert_eq!(with(2, long), Err(BadRequest::Field("domain")));
    assert_eq!(with(3, ""), Ok(()), "as there is none over ipc");
    for address in ["localhost", "127.0.0.1:80", "127.0.0"] {
        assert_eq!(with(3, address), Err(BadRequest::Field("address")));
    }
    assert_eq!(with(4, long), Err(BadRequest::Field("identity")));
    for (mechanism, why) in [
        ("NULL", BadRequest::Frames),
        ("CURVE", BadRequest::Frames),
        ("GSSAPI", BadRequest::Mechanism),
        ("plain", BadRequest::Mechanism),
    ] {
        assert_eq!(with(5, mechanism), Err(why));
    }
    assert_eq!(with(6, long), Err(BadRequest::Field("username")));
    assert_eq!(with(7, long), Err(BadRequest::Field("password")));
    for count in 0..8 {
        assert_eq!(read(good()[..count].to_vec()), Err(BadRequest::Frames));
    }
    let short_key = vec!["1.0", "7", "global", "127.0.0.1", "", "CURVE", "31 octets are not enough for it"];
    assert_eq!(read(short_key), Err(BadRequest::Field("public key")));
}

#[test]
fn z27_012_a_dealer_adds_and_takes_off_the_delimiter_that_a_req_does_not_show() {
    let context = crate::Context::new();
    let (handler, dealer) = (context.rep(), context.dealer());
    dealer.connect(handler.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    let mut asked = request(b"7", &applicant(plain()));
    asked.push_front("");
    dealer.send(asked).unwrap();
    let request = Request::read(&handler.recv().unwrap()).unwrap();
    handler.send(request.reply(&request.judge(&Rules::new().user("admin", "secret").into()))).unwrap();
    let mut reply = dealer.recv().unwrap();
    assert!(reply.pop_front().unwrap().is_empty());
    assert_eq!(verdict(b"7", &reply), Ok(Verdict::accept("admin")));
}
