//! What sockets say of themselves, read by the other side.

use host_tests::libzmq;
use host_tests::meeting::{BOTH, ours};
use host_tests::pyzmq::Libzmq;
use host_tests::tie;
use zmtp_std::{Metadata, Options};

use super::security::{schemes, server};

fn metadata() -> Metadata {
    Metadata::new().with("X-Who", "zmtp").unwrap().with("X-Empty", "").unwrap()
}

#[test]
fn z37_049_api_024_libzmq_reads_our_properties_from_messages_whoever_binds() {
    for binds in BOTH {
        let push = ours().with(Options { metadata: metadata(), ..ours().options().clone() }).push();
        let pull = libzmq::socket(&zmq::Context::new(), zmq::PULL);
        tie!(binds, push, pull);
        push.send("task").unwrap();
        let mut message = pull.recv_msg(0).unwrap();
        assert_eq!(&*message, b"task");
        for (name, value) in [("X-Who", Some("zmtp")), ("X-Empty", Some("")), ("X-Other", None)] {
            assert_eq!(message.gets(name), value, "{name}, {binds:?}");
        }
    }
}

#[test]
fn z37_049_both_sides_read_what_the_other_says_of_itself_with_every_mechanism() {
    for scheme in schemes() {
        let context = server(scheme);
        let dealer = context.with(Options { metadata: metadata(), ..context.options().clone() }).dealer();
        let port = dealer.bind("tcp://127.0.0.1:*").unwrap().port().unwrap();
        let mut peer = Libzmq::connect("introduce", scheme, port);
        let received = dealer.recv_from().unwrap();
        assert_eq!(received.message, "who?");
        assert_eq!(received.properties.get("X-Who").as_deref(), Some(&b"libzmq"[..]), "{scheme:?}");
        dealer.send("we").unwrap();
        assert_eq!(peer.line(), "zmtpDEALER", "{scheme:?}");
        peer.end();
    }
}
