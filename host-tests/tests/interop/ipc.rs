//! The transport ipc, between our sockets and libzmq's.

use host_tests::libzmq;
use host_tests::meeting::{BOTH, Binds, message, messages, ours, parts};

#[test]
fn dealers_of_ours_and_of_libzmq_meet_over_ipc_by_path_and_by_name() {
    for binds in BOTH {
        for kind in ["ipc://*".to_owned(), format!("ipc://@zmtp-interop-{}-{binds:?}", std::process::id())] {
            let (dealer, theirs) = (ours().dealer(), libzmq::socket(&zmq::Context::new(), zmq::DEALER));
            match binds {
                Binds::Ours => theirs.connect(&dealer.bind(&kind).unwrap().to_string()).unwrap(),
                Binds::Theirs => {
                    theirs.bind(&kind).unwrap();
                    dealer.connect(theirs.get_last_endpoint().unwrap().unwrap()).unwrap();
                }
            }
            for each in messages() {
                dealer.send(message(&each)).unwrap();
                assert!(theirs.recv_multipart(0).unwrap() == each, "{binds:?} {kind}");
                theirs.send_multipart(&each, 0).unwrap();
                assert!(parts(&dealer.recv().unwrap()) == each, "{binds:?} {kind}");
            }
        }
    }
}
