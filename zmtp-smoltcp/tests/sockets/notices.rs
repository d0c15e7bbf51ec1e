//! Empty messages that tell of connections: of ROUTER, and to a ROUTER.

use crate::common::{Net, lend, peers};
use zmtp_smoltcp::{
    Config, Dealer, Notices, NotifyingRouter, ProbingDealer, ProbingReq, Rep, Router, RouterOptions, Socket,
    SocketType, Tcp,
};

const CONFIG: Config<'static> = Config::new(SocketType::Pair);

const BOTH: Notices = Notices { probe: false, connect: true, disconnect: true };

fn named(identity: &'static [u8]) -> Config<'static> {
    Config { identity, ..CONFIG }
}

fn notifying(places: usize, notices: Notices) -> NotifyingRouter<'static, 'static> {
    NotifyingRouter::new(CONFIG, peers(places, 64), lend(64), RouterOptions::default(), 7, notices)
}

/// What a ROUTER receives until it was told this often of somebody.
fn until_told(
    net: &mut Net,
    server: &mut Tcp<1>,
    router: &mut NotifyingRouter<'static, 'static>,
    mut step: impl FnMut(&mut Net),
    times: usize,
) -> Vec<Vec<Vec<u8>>> {
    let mut received: Vec<Vec<Vec<u8>>> = Vec::new();
    net.run(|net| {
        net.poll("router", server, router);
        step(net);
        received.extend(receive!(router));
        received.iter().filter(|message| message[1] == b"").count() == times
    });
    received
}

#[test]
fn a_router_is_told_who_comes_in_front_of_its_messages_and_who_goes_behind_them() {
    for (notices, expected) in [
        (BOTH, &[&b""[..], b"one", b"two", b""][..]),
        (Notices { disconnect: false, ..BOTH }, &[b"", b"one", b"two"]),
        (Notices { connect: false, ..BOTH }, &[b"one", b"two", b""]),
        (Notices::default(), &[b"one", b"two"]),
    ] {
        let mut net = Net::new();
        let (mut server, mut client) = (net.bind::<1>(5555, 64), net.connect(5555, 64));
        let mut router = notifying(1, notices);
        let mut dealer = Dealer::new(named(b"D"), peers(1, 64));
        let mut sent = 0;
        net.run(|net| {
            net.poll("router", &mut server, &mut router);
            net.poll("dealer", &mut client, &mut dealer);
            sent += usize::from(sent < 2 && dealer.send(&[[&b"one"[..], b"two"][sent]]).is_ok());
            sent == 2 && dealer.is_flushed()
        });
        let handle = net.sockets.iter().last().unwrap().0;
        net.raw(handle).close();
        net.run(|net| {
            net.poll("router", &mut server, &mut router);
            net.events.iter().any(|(name, event)| {
                *name == "router" && matches!(event, zmtp_smoltcp::Event::Disconnected { .. })
            })
        });
        let mut received = Vec::new();
        while let Some(message) = receive!(router) {
            assert_eq!((message.len(), &message[0][..]), (2, &b"D"[..]));
            received.push(message[1].clone());
        }
        assert_eq!(received, expected, "{notices:?}");
        // Its name is free now.
        assert!(matches!(router.send(&[b"D", b"?"]), Err(nb::Error::Other(_))));
    }
}

#[test]
fn until_the_router_has_heard_that_a_peer_is_gone_its_place_stays_taken() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 64), net.connect(5555, 64));
    let mut router = notifying(1, BOTH);
    for _ in 0..3 {
        let mut dealer = Dealer::new(named(b"D"), peers(1, 64));
        let poll = |net: &mut Net| net.poll("dealer", &mut client, &mut dealer);
        assert_eq!(until_told(&mut net, &mut server, &mut router, poll, 1).len(), 1);
        let handle = net.sockets.iter().last().unwrap().0;
        net.raw(handle).abort();
        net.run(|net| {
            net.poll("router", &mut server, &mut router);
            net.events.iter().any(|(name, event)| {
                *name == "router" && matches!(event, zmtp_smoltcp::Event::Disconnected { .. })
            })
        });
        assert_eq!(router.attach(0, net.now), None);
        assert_eq!(receive!(router), Some(vec![b"D".to_vec(), vec![]]), "it is gone");
        net.events.clear();
        net.run(|net| {
            net.poll("dealer", &mut client, &mut dealer);
            net.events.iter().any(|(name, event)| {
                *name == "dealer" && matches!(event, zmtp_smoltcp::Event::Disconnected { .. })
            })
        });
        net.events.clear();
    }
}

#[test]
fn api_004_a_probe_is_the_first_message_to_every_router() {
    let mut net = Net::new();
    let mut server = net.bind::<3>(5555, 64);
    let mut clients = [(); 3].map(|()| net.connect(5555, 64));
    let mut router = Router::new(CONFIG, peers(3, 64), lend(64), RouterOptions::default(), 7);
    let mut dealer = ProbingDealer::new(named(b"dealer"), peers(1, 64));
    let mut req = ProbingReq::new(named(b"req"), peers(1, 64));
    let probe = Notices { probe: true, ..Notices::default() };
    let mut other =
        NotifyingRouter::new(named(b"router"), peers(1, 64), lend(64), RouterOptions::default(), 9, probe);
    let mut said = [false; 3];
    let mut heard: Vec<Vec<Vec<u8>>> = Vec::new();
    net.run(|net| {
        net.poll("router", &mut server, &mut router);
        net.poll("dealer", &mut clients[0], &mut dealer);
        net.poll("req", &mut clients[1], &mut req);
        net.poll("other", &mut clients[2], &mut other);
        said[0] = said[0] || dealer.send(&[b"hi"]).is_ok();
        said[1] = said[1] || req.send(&[b"hi"]).is_ok();
        // The id that the other made up for this one, the first it gives.
        said[2] = said[2] || other.send(&[&[0, 0, 0, 0, 9], b"hi"]).is_ok();
        heard.extend(receive!(router));
        heard.len() == 6
    });
    for (name, message) in
        [(&b"dealer"[..], &[&b"hi"[..]][..]), (b"req", &[b"", b"hi"]), (b"router", &[b"hi"])]
    {
        let of = |message: &&Vec<Vec<u8>>| message[0] == name;
        let bodies: Vec<_> = heard.iter().filter(of).map(|message| &message[1..]).collect();
        assert_eq!(bodies, [&[&b""[..]][..], message], "{}", name.escape_ascii());
    }
}

#[test]
fn api_004_a_probe_goes_out_on_every_connection_anew_and_a_rep_passes_over_it() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 64), net.connect(5555, 64));
    let mut rep = Rep::new(CONFIG, peers(1, 64), &mut []);
    let mut req = ProbingReq::new(CONFIG, peers(1, 64));
    for connection in 1..=2 {
        let mut asked = false;
        net.run(|net| {
            net.poll("rep", &mut server, &mut rep);
            net.poll("req", &mut client, &mut req);
            asked = asked || req.send(&[b"ask"]).is_ok();
            if receive!(rep).is_some_and(|message| message == [b"ask"]) {
                rep.send(&[b"tell"]).unwrap();
            }
            asked && receive!(req).is_some_and(|message| message == [b"tell"])
        });
        assert_eq!(rep.refused(), connection, "what has no envelope is no request");
        let handle = net.sockets.iter().last().unwrap().0;
        net.raw(handle).abort();
    }
}
