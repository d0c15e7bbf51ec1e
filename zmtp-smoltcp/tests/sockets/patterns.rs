//! The socket types that `loopback.rs` does not have, with each other.

use crate::common::{Net, lend, peers};
use zmtp_smoltcp::{
    Config, Dealer, Event, Failure, MAX_PEERS, Pair, Peer, Places, Pub, Reason, RecvError, Rep, Replied, Req,
    ReqOptions, Router, RouterOptions, SendError, SocketType, Sub, TooManyPeers, Xpub, XpubOptions, Xsub,
};

const CONFIG: Config<'static> = Config::new(SocketType::Pair);

fn named(identity: &'static [u8]) -> Config<'static> {
    Config { identity, ..CONFIG }
}

fn router(places: usize, options: RouterOptions) -> Router<'static, 'static> {
    Router::new(CONFIG, peers(places, 256), lend(64), options, 7)
}

#[test]
fn z28_030_031_a_router_answers_each_dealer_by_its_name() {
    let mut net = Net::new();
    let mut server = net.bind::<2>(5555, 256);
    let mut clients = [net.connect(5555, 256), net.connect(5555, 256)];
    let mut router = router(2, RouterOptions::default());
    let mut dealers = [b"one", b"two"].map(|name| Dealer::new(named(name), peers(1, 256)));
    let (mut asked, mut answered) = ([false; 2], [0; 2]);
    net.run(|net| {
        net.poll("router", &mut server, &mut router);
        for at in 0..2 {
            net.poll("dealer", &mut clients[at], &mut dealers[at]);
            asked[at] = asked[at] || dealers[at].send(&[b"who", b"am I?"]).is_ok();
            while let Some(message) = receive!(dealers[at]) {
                assert_eq!(message, [b"you are".as_slice(), [&b"one"[..], b"two"][at]]);
                answered[at] += 1;
            }
        }
        if let Some(message) = receive!(router) {
            assert_eq!(message[1..], [b"who".as_slice(), b"am I?"]);
            router.send(&[&message[0], b"you are", &message[0]]).unwrap();
        }
        answered == [1, 1]
    });
}

#[test]
fn z28_033_what_cannot_be_routed_is_an_error_or_counted() {
    let mut strict = router(1, RouterOptions::default());
    assert_eq!(strict.send(&[b"nobody", b"?"]), Err(nb::Error::Other(SendError::Unroutable)));
    let mut lax = router(1, RouterOptions { mandatory: false, handover: false });
    assert_eq!(lax.send(&[b"nobody", b"?"]), Ok(()));
    assert_eq!((strict.dropped(), lax.dropped()), (0, 1));
}

#[test]
fn z28_036_a_second_peer_of_a_name_is_sent_away_or_takes_it_over() {
    for handover in [false, true] {
        let mut net = Net::new();
        let mut server = net.bind::<2>(5555, 256);
        let (mut first, mut second) = (net.connect(5555, 256), net.connect(5555, 256));
        let mut router = router(2, RouterOptions { mandatory: true, handover });
        let mut older = Dealer::new(named(b"twin"), peers(1, 256));
        let mut newer = Dealer::new(named(b"twin"), peers(1, 256));
        net.run(|net| {
            net.poll("router", &mut server, &mut router);
            net.poll("older", &mut first, &mut older);
            router.send(&[b"twin", b"you are the first"]).is_ok()
        });
        let mut told = 0;
        net.run(|net| {
            net.poll("router", &mut server, &mut router);
            net.poll("older", &mut first, &mut older);
            net.poll("newer", &mut second, &mut newer);
            told += usize::from(receive!(older).is_some());
            net.events.iter().any(|(name, event)| {
                let reason = if handover {
                    Reason::TakenOver
                } else {
                    Reason::Nameless(zmtp_core::pattern::Refused::Duplicate)
                };
                *name == "router"
                    && matches!(event, Event::Disconnected { reason: why, .. } if *why == reason)
            })
        });
        net.run(|net| {
            net.poll("router", &mut server, &mut router);
            net.poll("older", &mut first, &mut older);
            net.poll("newer", &mut second, &mut newer);
            told += usize::from(receive!(older).is_some());
            let _ = router.send(&[b"twin", b"who are you?"]);
            if handover { receive!(newer).is_some() } else { told > 1 }
        });
    }
}

#[test]
fn api_005_a_router_calls_its_places_as_it_likes() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 256), net.connect(5555, 256));
    let mut router = router(1, RouterOptions::default());
    router.name(0, b"pump").unwrap();
    let mut dealer = Dealer::new(named(b"my own"), peers(1, 256));
    net.run(|net| {
        net.poll("router", &mut server, &mut router);
        net.poll("dealer", &mut client, &mut dealer);
        let _ = router.send(&[b"pump", b"go"]);
        receive!(dealer).is_some()
    });
}

#[test]
fn z31_002_a_pair_has_one_peer_and_sends_the_second_away() {
    let mut net = Net::new();
    let mut server = net.bind::<2>(5555, 256);
    let (mut first, mut second) = (net.connect(5555, 256), net.connect(5555, 256));
    let mut bound = Pair::new(CONFIG, peers(2, 256));
    let (mut a, mut b) = (Pair::new(CONFIG, peers(1, 256)), Pair::new(CONFIG, peers(1, 256)));
    let mut heard = None;
    net.run(|net| {
        net.poll("bound", &mut server, &mut bound);
        net.poll("a", &mut first, &mut a);
        let _ = a.send(&[b"hello"]);
        heard = heard.take().or_else(|| receive!(bound));
        heard.is_some() && bound.send(&[b"hello", b"yourself"]).is_ok()
    });
    net.run(|net| {
        net.poll("bound", &mut server, &mut bound);
        net.poll("a", &mut first, &mut a);
        net.poll("b", &mut second, &mut b);
        let refused = |(name, event): &(&str, Event)| {
            *name == "bound" && matches!(event, Event::Disconnected { reason: Reason::Occupied, .. })
        };
        net.events.iter().any(refused)
    });
    assert_eq!(receive!(a), Some(vec![b"hello".to_vec(), b"yourself".to_vec()]));
}

#[test]
fn z29_014_015_016_an_xpub_is_shown_first_subscriptions_and_last_cancels() {
    let mut net = Net::new();
    let mut server = net.bind::<2>(5556, 256);
    let mut clients = [net.connect(5556, 256), net.connect(5556, 256)];
    let mut xpub = Xpub::new(CONFIG, peers(2, 256), XpubOptions::default(), lend(64), lend(64));
    let mut xsub = Xsub::new(CONFIG, peers(1, 256), lend(64));
    let mut sub = Sub::new(CONFIG, peers(1, 256), lend(64));
    xsub.send(&[b"\x01news"]).unwrap();
    sub.subscribe(b"news").unwrap();
    let mut shown = Vec::new();
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("xsub", &mut clients[0], &mut xsub);
        net.poll("sub", &mut clients[1], &mut sub);
        shown.extend(receive!(xpub));
        xpub.subscribers() == 2
    });
    assert_eq!(xpub.send(&[b"news", b"!"]).unwrap().queued, 2);
    xsub.send(&[b"upstream"]).unwrap();
    xsub.send(&[b"\x00news"]).unwrap();
    sub.cancel(b"news").unwrap();
    let mut received = Vec::new();
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("xsub", &mut clients[0], &mut xsub);
        net.poll("sub", &mut clients[1], &mut sub);
        shown.extend(receive!(xpub));
        received.extend(receive!(xsub));
        xpub.subscribers() == 0 && !received.is_empty()
    });
    shown.extend(receive!(xpub));
    assert_eq!(shown.concat(), [&b"\x01news"[..], b"upstream", b"\x00news"]);
    assert_eq!(received, [[b"news".to_vec(), b"!".to_vec()]], "an XSUB is shown what was under way");
    assert_eq!((receive!(sub), xpub.missed()), (None, 0));
}

#[test]
fn a_manual_xpub_grants_what_it_likes_and_nothing_else_is_in_force() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5556, 256), net.connect(5556, 256));
    let options = XpubOptions { manual: true, ..XpubOptions::default() };
    let mut xpub = Xpub::new(CONFIG, peers(1, 256), options, lend(64), lend(64));
    let mut sub = Sub::new(CONFIG, peers(1, 256), lend(64));
    sub.subscribe(b"a").unwrap();
    sub.subscribe(b"b").unwrap();
    let mut asked = 0;
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("sub", &mut client, &mut sub);
        if let Some(message) = receive!(xpub) {
            asked += 1;
            if message[0] == b"\x01b" {
                xpub.grant(b"b").unwrap();
            }
        }
        asked == 2
    });
    assert_eq!((xpub.send(&[b"a"]).unwrap().queued, xpub.send(&[b"b"]).unwrap().queued), (0, 1));
}

#[test]
fn an_xpub_without_room_to_show_holds_its_subscribers_up_and_nothing_is_lost() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5556, 64), net.connect(5556, 64));
    let mut xpub = Xpub::new(CONFIG, peers(1, 64), XpubOptions::default(), lend(1024), lend(32));
    let mut sub = Sub::new(CONFIG, peers(1, 64), lend(1024));
    for topic in 0..60_u8 {
        sub.subscribe(&[topic]).unwrap();
    }
    let mut shown = Vec::new();
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("sub", &mut client, &mut sub);
        shown.extend(receive!(xpub).map(|message| message[0][1]));
        shown.len() == 60
    });
    assert_eq!(shown, (0..60).collect::<Vec<u8>>());
}

#[test]
fn api_006_007_a_relaxed_and_correlated_req_asks_again_and_takes_only_the_new_reply() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 256), net.connect(5555, 256));
    let mut router = router(1, RouterOptions::default());
    let options = ReqOptions { relaxed: true, correlated: true };
    let mut req = Req::with_options(CONFIG, peers(1, 256), options, 41);
    let mut requests: Vec<Vec<Vec<u8>>> = Vec::new();
    let mut asked = 0_u8;
    net.run(|net| {
        net.poll("router", &mut server, &mut router);
        net.poll("req", &mut client, &mut req);
        asked += u8::from(asked < 2 && req.send(&[&[asked]]).is_ok());
        requests.extend(receive!(router));
        requests.len() == 2
    });
    for request in &requests {
        let parts: Vec<&[u8]> = request.iter().map(Vec::as_slice).collect();
        assert_eq!(parts[1..3], [&[0, 0, 0, 42 + parts[3][0]][..], b""]);
        router.send(&parts).unwrap();
    }
    let mut reply = None;
    net.run(|net| {
        net.poll("router", &mut server, &mut router);
        net.poll("req", &mut client, &mut req);
        reply = reply.take().or_else(|| receive!(req));
        reply.is_some()
    });
    assert_eq!(reply, Some(vec![vec![1]]), "of the second request");
    assert!(matches!(req.recv(&mut [0; 8]), Err(nb::Error::Other(RecvError::OutOfTurn(_)))));
}

#[test]
fn z28_008_a_second_reply_to_a_request_is_not_taken_for_that_to_the_next() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 256), net.connect(5555, 256));
    let mut router = router(1, RouterOptions::default());
    let mut req = Req::new(CONFIG, peers(1, 256));
    let (mut asked, mut replies) = (false, Vec::new());
    net.run(|net| {
        net.poll("router", &mut server, &mut router);
        net.poll("req", &mut client, &mut req);
        asked = asked || req.send(&[b"first"]).is_ok();
        if let Some(request) = receive!(router) {
            let replied: &[&[u8]] = if request[2] == b"first" { &[b"right", b"late"] } else { &[b"next"] };
            replied.iter().for_each(|reply| router.send(&[&request[0], b"", reply]).unwrap());
        }
        // The next request goes before anything else is done.
        if asked && let Some(reply) = receive!(req) {
            replies.push(reply.concat());
            let _ = req.send(&[b"second"]);
        }
        replies.len() == 2
    });
    assert_eq!(replies, [&b"right"[..], b"next"]);
}

#[test]
fn more_than_32_peers_are_an_error() {
    let mut many: Vec<Peer<'static>> = (0..=MAX_PEERS)
        .map(|_| {
            let storage =
                zmtp_smoltcp::Storage { command: lend(8), incoming: lend(8), outgoing: lend(8), messages: 0 };
            Peer::new(storage)
        })
        .collect();
    assert_eq!(Places::try_from(&mut many[..]).err(), Some(TooManyPeers));
    assert!(Places::try_from(&mut many[1..]).is_ok());
}

#[test]
fn a_req_hears_no_dealer_and_a_sub_no_pair() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 256), net.connect(5555, 256));
    let mut req = Req::new(CONFIG, peers(1, 256));
    let mut dealer = Dealer::new(CONFIG, peers(1, 256));
    let refused = Event::Disconnected { peer: 0, reason: Reason::Failed(Failure::SocketType) };
    net.run(|net| {
        net.poll("req", &mut server, &mut req);
        net.poll("dealer", &mut client, &mut dealer);
        net.saw("req", refused) && net.saw("dealer", refused)
    });
}

#[test]
fn z28_018_a_device_of_router_and_dealer_stands_between_req_and_rep() {
    let mut net = Net::new();
    let mut front = net.bind::<1>(5555, 256);
    let mut back = net.bind::<1>(5556, 256);
    let (mut asks, mut serves) = (net.connect(5555, 256), net.connect(5556, 256));
    let mut router = router(1, RouterOptions::default());
    let mut dealer = Dealer::new(CONFIG, peers(1, 256));
    let mut req = Req::new(CONFIG, peers(1, 256));
    let mut rep = Rep::new(CONFIG, peers(1, 256), lend(16));
    let mut asked = false;
    net.run(|net| {
        net.poll("router", &mut front, &mut router);
        net.poll("dealer", &mut back, &mut dealer);
        net.poll("req", &mut asks, &mut req);
        net.poll("rep", &mut serves, &mut rep);
        asked = asked || req.send(&[b"question"]).is_ok();
        let parts = |message: &[Vec<u8>]| message.to_vec();
        if let Some(message) = receive!(router).as_deref().map(parts) {
            dealer.send(&message.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
        }
        if let Some(message) = receive!(dealer).as_deref().map(parts) {
            router.send(&message.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
        }
        if receive!(rep).is_some() {
            assert_eq!(rep.send(&[b"answer"]), Ok(Replied::Queued));
        }
        asked && receive!(req).is_some_and(|reply| reply == [b"answer"])
    });
}

#[test]
fn a_publisher_that_is_told_twice_forgets_with_one_cancel() {
    let mut net = Net::new();
    let mut server = net.bind::<1>(5556, 256);
    let mut publisher = Pub::new(CONFIG, peers(1, 256), lend(64));
    net.run(|net| {
        net.poll("pub", &mut server, &mut publisher);
        true
    });
    let raw = net.connect_raw(5556);
    let mut octets = b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\x01NULL".to_vec();
    octets.resize(64, 0);
    octets.extend(b"\x04\x19\x05READY\x0BSocket-Type\0\0\0\x03SUB");
    // LZ-022: some send every SUBSCRIBE, and CANCEL only with the last.
    octets.extend(b"\x04\x0B\x09SUBSCRIBEA\x04\x0B\x09SUBSCRIBEA\x04\x0B\x09SUBSCRIBEB\x04\x08\x06CANCELA");
    let mut written = 0;
    net.run(|net| {
        net.poll("pub", &mut server, &mut publisher);
        if net.raw(raw).can_send() {
            written += net.raw(raw).send_slice(&octets[written..]).unwrap();
        }
        let queued = |publisher: &mut Pub<'_, '_>, topic| publisher.send(&[topic]).queued;
        written == octets.len() && queued(&mut publisher, b"B") == 1 && queued(&mut publisher, b"A") == 0
    });
}
