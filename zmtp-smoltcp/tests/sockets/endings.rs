//! Peers that come late, go, say nothing, or say what they should not: over smoltcp's loopback device and virtual time.

use crate::common::{Net, lend, peers, sent};
use smoltcp::socket::tcp;
use zmtp_smoltcp::{
    Config, Event, Failure, Pub, Push, Reason, RecvError, Rep, Replied, Req, SocketType, Sub,
};

const CONFIG: Config<'static> = Config::new(SocketType::Pair);

#[test]
fn a_client_may_come_before_the_server_and_finds_it_again_after_a_restart() {
    let mut net = Net::new();
    let mut client = net.connect(5556, 256);
    let mut subscriber = Sub::new(CONFIG, peers(1, 256), lend(64));
    subscriber.subscribe(b"").unwrap();
    let start = net.now;
    net.run(|net| {
        net.poll("sub", &mut client, &mut subscriber);
        net.now.since(start).as_secs() >= 2
    });
    for life in 0..3_u8 {
        let mut server = net.bind::<1>(5556, 256);
        let mut publisher = Pub::new(CONFIG, peers(1, 256), lend(64));
        net.run(|net| {
            net.poll("pub", &mut server, &mut publisher);
            net.poll("sub", &mut client, &mut subscriber);
            publisher.send(&[&[life]]);
            receive!(subscriber).inspect(|message| assert_eq!(message.concat(), [life])).is_some()
        });
        // The server dies without a word to its sockets; the stack closes them.
        let handles: Vec<_> = net.sockets.iter().map(|(handle, _)| handle).skip(1).collect();
        for handle in handles {
            net.raw(handle).abort();
            net.run(|_| true);
            net.sockets.remove(handle);
        }
        net.run(|net| {
            net.poll("sub", &mut client, &mut subscriber);
            while receive!(subscriber).is_some() {}
            net.saw("sub", Event::Disconnected { peer: 0, reason: Reason::Closed })
        });
        net.events.clear();
    }
}

#[test]
fn a_request_whose_server_is_gone_ends_with_an_error_and_can_be_asked_again() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 256), net.connect(5555, 256));
    let server_handle = net.sockets.iter().next().unwrap().0;
    let mut rep = Rep::new(CONFIG, peers(1, 256), &mut []);
    let mut req = Req::new(CONFIG, peers(1, 256));
    net.run(|net| {
        net.poll("rep", &mut server, &mut rep);
        net.poll("req", &mut client, &mut req);
        let _ = req.send(&[b"request"]);
        receive!(rep).is_some()
    });
    net.raw(server_handle).abort();
    net.run(|net| {
        net.poll("rep", &mut server, &mut rep);
        net.poll("req", &mut client, &mut req);
        req.recv(&mut [0; 16]) == Err(nb::Error::Other(RecvError::PeerLost))
    });
    assert_eq!(rep.send(&[b"to nobody"]), Ok(Replied::Gone));
    let mut asked = false;
    net.run(|net| {
        net.poll("rep", &mut server, &mut rep);
        net.poll("req", &mut client, &mut req);
        asked = asked || sent(req.send(&[b"again"]));
        if receive!(rep).is_some() {
            assert_eq!(rep.send(&[b"reply"]), Ok(Replied::Queued));
        }
        asked && receive!(req).inspect(|reply| assert_eq!(*reply, [b"reply"])).is_some()
    });
}

#[test]
fn garbage_ends_with_a_reason_and_frees_the_place_while_others_are_served() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<2>(5555, 256), net.connect(5555, 256));
    let mut rep = Rep::new(CONFIG, peers(2, 256), &mut []);
    let mut req = Req::new(CONFIG, peers(1, 256));
    for _ in 0..5 {
        let scanner = net.connect_raw(5555);
        let (mut asked, mut answered, mut written) = (false, false, false);
        net.events.clear();
        net.run(|net| {
            net.poll("rep", &mut server, &mut rep);
            net.poll("req", &mut client, &mut req);
            if !written && net.raw(scanner).may_send() {
                written = net.raw(scanner).send_slice(b"GET / HTTP/1.1\r\n\r\n").is_ok();
            }
            asked = asked || sent(req.send(&[b"request"]));
            if receive!(rep).is_some() {
                assert_eq!(rep.send(&[b"reply"]), Ok(Replied::Queued));
            }
            answered = answered || (asked && receive!(req).is_some());
            let failed = |peer| Event::Disconnected { peer, reason: Reason::Failed(Failure::NotZmtp) };
            answered && (net.saw("rep", failed(0)) || net.saw("rep", failed(1)))
        });
        net.run(|net| {
            net.poll("rep", &mut server, &mut rep);
            net.raw(scanner).close();
            !net.raw(scanner).is_active()
        });
    }
}

#[test]
fn a_peer_of_a_type_that_does_not_fit_is_refused_on_both_sides() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 256), net.connect(5555, 256));
    let mut rep = Rep::new(CONFIG, peers(1, 256), &mut []);
    let mut push = Push::new(CONFIG, peers(1, 256));
    let refused = Event::Disconnected { peer: 0, reason: Reason::Failed(Failure::SocketType) };
    net.run(|net| {
        net.poll("rep", &mut server, &mut rep);
        net.poll("push", &mut client, &mut push);
        net.saw("rep", refused) && net.saw("push", refused)
    });
}

#[test]
fn a_peer_that_says_nothing_is_dropped_when_its_handshake_is_late() {
    let mut net = Net::new();
    let mut server = net.bind::<1>(5555, 256);
    let mut rep = Rep::new(CONFIG, peers(1, 256), &mut []);
    net.run(|net| {
        net.poll("rep", &mut server, &mut rep);
        true
    });
    let silent = net.connect_raw(5555);
    let start = net.now;
    let late = Event::Disconnected { peer: 0, reason: Reason::Failed(Failure::HandshakeTimeout) };
    let mut sleeps = 0;
    net.run(|net| {
        net.poll("rep", &mut server, &mut rep);
        if net.raw(silent).state() == tcp::State::Established && !net.saw("rep", late) {
            // Sleeps as a device does: one deadline of the socket after the other.
            net.now = server.poll_timeout(&rep).unwrap();
            sleeps += 1;
        }
        net.saw("rep", late)
    });
    let passed = net.now.since(start);
    assert!(passed >= CONFIG.limits.handshake && sleeps < 5, "{passed:?} in {sleeps} sleeps");
}
