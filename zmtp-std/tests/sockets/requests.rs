//! REQ, relaxed and correlated, over TCP on loopback.

use crate::common::{await_event, context, disconnected, free_endpoint, options};
use zmtp_std::{Message, Options, OutOfTurn, RecvError, Unsent};

fn relaxed(correlate: bool) -> Options {
    Options { req_relaxed: true, req_correlate: correlate, ..options() }
}

#[test]
fn api_006_a_correlated_request_has_a_number_in_front_and_only_its_reply_is_taken() {
    let context = context().with(Options { req_correlate: true, ..options() });
    let (req, router) = (context.req(), context.router());
    req.connect(router.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    let mut numbers = Vec::new();
    for round in 0..3u8 {
        req.send(["ABC", "DEF"]).unwrap();
        let request = router.recv().unwrap();
        let parts: Vec<_> = request.parts().collect();
        assert_eq!(parts[2..].iter().map(|part| part.to_text()).collect::<Vec<_>>(), ["", "ABC", "DEF"]);
        let (id, number) = (parts[0], parts[1]);
        numbers.push(u32::from_be_bytes(number[..].try_into().unwrap()));
        let other = number.iter().map(|octet| octet ^ 1).collect::<Vec<_>>();
        router.send([id.clone(), other.into(), "".into(), "another's".into()]).unwrap();
        router.send([id.clone(), "".into(), "without number".into()]).unwrap();
        router.send([id.clone(), number.clone(), "".into(), vec![round].into()]).unwrap();
        assert_eq!(req.recv().unwrap(), vec![round]);
    }
    assert_eq!([numbers[0].wrapping_add(1), numbers[0].wrapping_add(2)], numbers[1..]);
    assert_eq!(req.recv(), Err(RecvError::OutOfTurn(OutOfTurn::NothingAsked)), "correlation relaxes nothing");
}

#[test]
fn api_007_a_relaxed_second_request_goes_to_the_next_peer_and_the_first_reply_is_discarded() {
    for correlate in [true, false] {
        let context = context().with(relaxed(correlate));
        let req = context.req();
        let reps = [context.rep(), context.rep()];
        for rep in &reps {
            req.connect(rep.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
        }
        req.send("1").unwrap();
        assert_eq!(reps[0].recv().unwrap(), "1");
        reps[0].send("reply 1").unwrap();
        req.send("2").unwrap();
        assert_eq!(reps[1].recv().unwrap(), "2");
        reps[1].send("reply 2").unwrap();
        assert_eq!(req.recv().unwrap(), "reply 2", "correlate: {correlate}");
        // In turn again.
        req.send("3").unwrap();
        assert_eq!(reps[0].recv().unwrap(), "3");
        reps[0].send("reply 3").unwrap();
        assert_eq!(req.recv().unwrap(), "reply 3");
    }
}

#[test]
fn api_007_a_relaxed_client_asks_again_when_its_server_was_lost() {
    let context = context().with(relaxed(true));
    let (req, endpoint) = (context.req(), free_endpoint());
    let monitor = req.monitor();
    req.connect(&endpoint).unwrap();
    for round in 0..3 {
        let rep = context.rep();
        rep.bind(&endpoint).unwrap();
        req.send(format!("lost {round}")).unwrap();
        assert_eq!(rep.recv().unwrap(), format!("lost {round}"));
        drop(rep);
        await_event(&monitor, disconnected);
        let rep = context.rep();
        rep.bind(&endpoint).unwrap();
        req.send("again").unwrap();
        assert_eq!(rep.recv().unwrap(), "again");
        rep.send("reply").unwrap();
        assert_eq!(req.recv().unwrap(), Message::from("reply"));
        drop(rep);
        await_event(&monitor, disconnected);
    }
}

#[test]
fn z28_002_without_the_option_a_second_request_is_an_error() {
    let req = context().req();
    req.connect(free_endpoint()).unwrap();
    req.send("1").unwrap();
    assert_eq!(req.send("2").unwrap_err().why, Unsent::OutOfTurn(OutOfTurn::AwaitingReply));
    assert_eq!(req.close(std::time::Duration::ZERO).undelivered, 1);
}
