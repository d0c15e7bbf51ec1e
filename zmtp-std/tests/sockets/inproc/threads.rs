//! No third thread takes part between two sockets of a context.

use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use zmtp_std::security::{Admission, Applicant, Verdict};

use super::*;

/// The only I/O thread of the context does nothing until what is returned is dropped: before the sockets, which wait for it at their end.
fn occupied(context: &Context) -> (Sender<()>, Pull, Push) {
    let (asked, was_asked) = channel();
    let (go_on, wait) = channel();
    let wait = Mutex::new(wait);
    let admission = Admission::new(move |_: &Applicant| {
        asked.send(()).unwrap();
        let _ = wait.lock().unwrap().recv();
        Verdict::accept("")
    });
    let pull = context.with(Options { admission: Some(admission), ..options() }).pull();
    let push = crate::common::context().push();
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    was_asked.recv_timeout(PATIENCE).unwrap();
    (go_on, pull, push)
}

#[test]
fn sockets_meet_and_messages_pass_while_the_io_thread_does_nothing() {
    let context = context();
    let (req, rep) = (context.req(), context.rep());
    let (publisher, subscriber) = (context.publisher(), context.subscriber());
    let _busy = occupied(&context);
    req.connect("inproc://asks").unwrap();
    rep.bind("inproc://asks").unwrap();
    publisher.bind("inproc://tells").unwrap();
    subscriber.connect("inproc://tells").unwrap();
    subscriber.subscribe("news").unwrap();
    for round in 0..1000 {
        req.send(round.to_string()).unwrap();
        rep.send(rep.recv().unwrap()).unwrap();
        assert_eq!(req.recv().unwrap(), round.to_string());
        publisher.send(format!("news {round}")).unwrap();
        assert_eq!(subscriber.recv().unwrap(), format!("news {round}"));
    }
}

#[test]
fn senders_that_wait_for_room_go_on_while_the_io_thread_does_nothing() {
    let context = context();
    let narrow = context.with(Options { sndhwm: 1, rcvhwm: 1, ..options() });
    let (push, pull) = (narrow.push(), narrow.pull());
    let _busy = occupied(&context);
    push.connect(pull.bind(HERE).unwrap()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| (0..1000).for_each(|round| push.send(round.to_string()).unwrap()));
        (0..1000).for_each(|round| assert_eq!(pull.recv().unwrap(), round.to_string()));
    });
}
