//! STREAM of ours with libzmq's sockets: its own STREAM, and one that expects ZMTP.

use host_tests::libzmq;
use host_tests::meeting::{BOTH, ours};
use host_tests::tie;
use zmtp_std::{Message, Part};

#[test]
fn streams_of_ours_and_of_libzmq_pass_octets_and_close_each_other() {
    for binds in BOTH {
        let (stream, theirs) = (ours().stream(), libzmq::socket(&zmq::Context::new(), zmq::STREAM));
        tie!(binds, stream, theirs);
        let [id, nothing]: [Part; 2] = stream.recv().unwrap().try_into().unwrap();
        assert_eq!(nothing, "");
        let hello = theirs.recv_multipart(0).unwrap();
        assert_eq!(hello[1], b"");
        stream.send([&id, &"ping".into()]).unwrap();
        assert_eq!(theirs.recv_multipart(0).unwrap(), [&hello[0][..], b"ping"]);
        theirs.send_multipart([&hello[0][..], b"pong"], 0).unwrap();
        assert_eq!(stream.recv().unwrap(), Message::from([id.clone(), "pong".into()]), "{binds:?}");
        theirs.send_multipart([&hello[0][..], b""], 0).unwrap();
        // It closes from within calls of its application.
        let told = std::iter::repeat_with(|| {
            theirs.poll(zmq::POLLIN, 1).unwrap();
            stream.try_recv().ok()
        });
        let told = told.take(10_000).flatten().next().expect("a message that it has gone");
        assert_eq!(told, Message::from([id, "".into()]), "{binds:?}");
    }
}

#[test]
fn a_stream_of_ours_reads_the_greeting_of_libzmq() {
    let (stream, dealer) = (ours().stream(), libzmq::socket(&zmq::Context::new(), zmq::DEALER));
    dealer.connect(&stream.bind("tcp://127.0.0.1:*").unwrap().to_string()).unwrap();
    assert_eq!(stream.recv().unwrap().part(1), Some(&"".into()));
    let greeting = stream.recv().unwrap();
    assert_eq!(greeting.part(1).unwrap()[..10], *b"\xFF\0\0\0\0\0\0\0\x01\x7F");
}
