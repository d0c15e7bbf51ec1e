//! The sockets with each other, over smoltcp's loopback device and virtual time.

use crate::common::{Net, lend, peers, sent};
use zmtp_smoltcp::{
    Config, Delivery, Event, Pub, Pull, Push, RecvError, Rep, Replied, Req, SendError, SocketType, Sub,
};

const CONFIG: Config<'static> = Config::new(SocketType::Pair);

fn message(parts: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
    Some(parts.iter().map(|part| part.to_vec()).collect())
}

#[test]
fn requests_of_all_sizes_are_answered_through_rings_of_any_size() {
    for ring in [16, 17, 64, 1500] {
        let mut net = Net::new();
        let (mut server, mut client) = (net.bind::<1>(5555, ring), net.connect(5555, ring));
        let mut rep = Rep::new(CONFIG, peers(1, 1024), &mut []);
        let mut req = Req::new(CONFIG, peers(1, 1024));
        for size in [0, 1, 10, 200, 255, 256, 1000] {
            let request: Vec<u8> = (0..size).map(|i| i as u8).collect();
            let mut asked = false;
            net.run(|net| {
                net.poll("rep", &mut server, &mut rep);
                net.poll("req", &mut client, &mut req);
                asked = asked || sent(req.send(&[b"echo", &request]));
                if let Some(request) = receive!(rep) {
                    let parts: Vec<&[u8]> = request[1..].iter().map(Vec::as_slice).collect();
                    assert_eq!(rep.send(&parts), Ok(Replied::Queued));
                }
                asked && receive!(req).inspect(|reply| assert_eq!(reply.concat(), request)).is_some()
            });
        }
    }
}

#[test]
fn req_and_rep_keep_their_turns() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 256), net.connect(5555, 256));
    let mut rep = Rep::new(CONFIG, peers(1, 256), &mut []);
    let mut req = Req::new(CONFIG, peers(1, 256));
    assert!(matches!(req.recv(&mut [0; 8]), Err(nb::Error::Other(RecvError::OutOfTurn(_)))));
    assert!(matches!(rep.send(&[b"?"]), Err(SendError::OutOfTurn(_))));
    assert_eq!(req.send(&[b"early"]), Err(nb::Error::WouldBlock), "there is no peer yet");
    net.run(|net| {
        net.poll("rep", &mut server, &mut rep);
        net.poll("req", &mut client, &mut req);
        sent(req.send(&[b"one"]))
    });
    assert!(matches!(req.send(&[b"two"]), Err(nb::Error::Other(SendError::OutOfTurn(_)))));
    net.run(|net| {
        net.poll("rep", &mut server, &mut rep);
        net.poll("req", &mut client, &mut req);
        receive!(rep).is_some()
    });
    assert!(matches!(rep.recv(&mut [0; 8]), Err(nb::Error::Other(RecvError::OutOfTurn(_)))));
    assert_eq!(rep.send(&[&[0; 300]]), Err(SendError::TooLarge));
    assert_eq!(rep.send(&[b"smaller"]), Ok(Replied::Queued), "a refused reply is still owed");
}

#[test]
fn z29_006_each_subscriber_receives_what_it_subscribes_to_and_nothing_else() {
    let mut net = Net::new();
    let mut server = net.bind::<3>(5556, 256);
    let mut clients: Vec<_> = (0..3).map(|_| net.connect(5556, 256)).collect();
    let mut publisher = Pub::new(CONFIG, peers(3, 256), lend(64));
    let mut subscribers: Vec<_> = (0..3).map(|_| Sub::new(CONFIG, peers(1, 256), lend(64))).collect();
    for (subscriber, topic) in subscribers.iter_mut().zip([&b"a"[..], b"ab", b""]) {
        subscriber.subscribe(topic).unwrap();
    }
    let mut received = vec![Vec::new(); 3];
    let mut published = false;
    net.run(|net| {
        net.poll("pub", &mut server, &mut publisher);
        for (at, (client, subscriber)) in clients.iter_mut().zip(&mut subscribers).enumerate() {
            net.poll("sub", client, subscriber);
            received[at].extend(std::iter::from_fn(|| receive!(subscriber)).map(|message| message.concat()));
        }
        if !published && publisher.subscribers() == 3 {
            published = true;
            for topic in ["a", "ab", "b", "abc"] {
                publisher.send(&[topic.as_bytes(), b"!"]);
            }
        }
        received.iter().map(Vec::len).sum::<usize>() == 3 + 2 + 4
    });
    let texts = |at: usize| received[at].iter().map(|text| str::from_utf8(text).unwrap()).collect::<Vec<_>>();
    assert_eq!(texts(0), ["a!", "ab!", "abc!"]);
    assert_eq!(texts(1), ["ab!", "abc!"]);
    assert_eq!(texts(2), ["a!", "ab!", "b!", "abc!"]);
}

#[test]
fn z29_007_a_subscriber_that_does_not_read_loses_alone_and_the_publisher_counts_it() {
    let mut net = Net::new();
    let mut server = net.bind::<2>(5556, 64);
    let (mut quick, mut slow) = (net.connect(5556, 64), net.connect(5556, 64));
    let mut publisher = Pub::new(CONFIG, peers(2, 64), lend(64));
    let (mut reads, mut sleeps) =
        (Sub::new(CONFIG, peers(1, 64), lend(8)), Sub::new(CONFIG, peers(1, 64), lend(8)));
    reads.subscribe(b"").unwrap();
    sleeps.subscribe(b"").unwrap();
    net.run(|net| {
        net.poll("pub", &mut server, &mut publisher);
        net.poll("quick", &mut quick, &mut reads);
        net.poll("slow", &mut slow, &mut sleeps);
        publisher.subscribers() == 2
    });
    let (mut total, mut count, mut received) = (Delivery::default(), 0_u32, 0);
    net.run(|net| {
        net.poll("pub", &mut server, &mut publisher);
        net.poll("quick", &mut quick, &mut reads);
        while let Some(message) = receive!(reads) {
            assert_eq!(message.concat(), u32::to_be_bytes(received));
            received += 1;
        }
        if count < 200 && count == received {
            let delivery = publisher.send(&[&count.to_be_bytes()]);
            count += 1;
            total.queued += delivery.queued;
            total.dropped += delivery.dropped;
        }
        received == 200
    });
    assert_eq!(total.queued + total.dropped, 400);
    assert!(total.dropped > 100, "64 octets of queue and twice 64 of rings hold few of 200: {total:?}");
}

#[test]
fn cancelled_topics_stop_and_others_go_on() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5556, 256), net.connect(5556, 256));
    let mut publisher = Pub::new(CONFIG, peers(1, 256), lend(64));
    let mut subscriber = Sub::new(CONFIG, peers(1, 256), lend(64));
    for topic in [b"a", b"b", b"a"] {
        subscriber.subscribe(topic).unwrap();
    }
    net.run(|net| {
        net.poll("pub", &mut server, &mut publisher);
        net.poll("sub", &mut client, &mut subscriber);
        publisher.send(&[b"b"]).queued == 1 && publisher.send(&[b"a"]).queued == 1
    });
    assert_eq!(subscriber.cancel(b"a"), Ok(()), "one of two");
    assert_eq!(subscriber.cancel(b"a"), Ok(()));
    assert_eq!(subscriber.cancel(b"never"), Ok(()));
    net.run(|net| {
        net.poll("pub", &mut server, &mut publisher);
        net.poll("sub", &mut client, &mut subscriber);
        publisher.send(&[b"a"]).queued == 0
    });
    assert_eq!(receive!(subscriber), message(&[b"b"]));
    assert_eq!(receive!(subscriber), None, "what was under way is not shown");
    assert_eq!(publisher.send(&[b"b"]).queued, 1);
}

#[test]
fn subscriptions_beyond_the_outgoing_queue_are_told_in_pieces() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5556, 64), net.connect(5556, 64));
    let mut publisher = Pub::new(CONFIG, peers(1, 256), lend(1024));
    let mut subscriber = Sub::new(CONFIG, peers(1, 24), lend(1024));
    for topic in 0..50_u8 {
        subscriber.subscribe(&[topic]).unwrap();
    }
    subscriber.subscribe(&[255; 24]).unwrap();
    net.run(|net| {
        net.poll("pub", &mut server, &mut publisher);
        net.poll("sub", &mut client, &mut subscriber);
        publisher.send(&[&[49]]).queued == 1
    });
    assert!((0..50_u8).all(|topic| publisher.send(&[&[topic]]).queued == 1));
    assert!(net.saw("sub", Event::SubscriptionRefused { peer: 0 }), "the last is larger than the queue");
}

#[test]
fn a_full_subscription_table_is_reported() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5556, 256), net.connect(5556, 256));
    let mut publisher = Pub::new(CONFIG, peers(1, 256), lend(12));
    let mut subscriber = Sub::new(CONFIG, peers(1, 256), lend(64));
    subscriber.subscribe(b"fits").unwrap();
    subscriber.subscribe(b"too much").unwrap();
    net.run(|net| {
        net.poll("pub", &mut server, &mut publisher);
        net.poll("sub", &mut client, &mut subscriber);
        net.saw("pub", Event::SubscriptionRefused { peer: 0 })
    });
    assert_eq!(publisher.send(&[b"fits"]).queued, 1);
}

#[test]
fn one_subscriber_cannot_take_the_table_of_all() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5556, 256), net.connect(5556, 256));
    let limits = zmtp_core::Limits { subscriptions: 2, ..CONFIG.limits };
    let mut publisher = Pub::new(Config { limits, ..CONFIG }, peers(1, 256), lend(64));
    let mut subscriber = Sub::new(CONFIG, peers(1, 256), lend(64));
    for topic in [b"1", b"2", b"3"] {
        subscriber.subscribe(topic).unwrap();
    }
    net.run(|net| {
        net.poll("pub", &mut server, &mut publisher);
        net.poll("sub", &mut client, &mut subscriber);
        net.saw("pub", Event::SubscriptionRefused { peer: 0 })
    });
    let queued = [b"1", b"2", b"3"].map(|topic| publisher.send(&[topic]).queued);
    assert_eq!(queued, [1, 1, 0]);
}

#[test]
fn z30_005_push_deals_in_turn_and_pull_takes_in_turn() {
    let mut net = Net::new();
    let mut sinks: Vec<_> = (0..2).map(|at| net.bind::<2>(6000 + at, 256)).collect();
    let mut sources: Vec<_> = (0..2)
        .map(|source| {
            let handles = [net.add(256), net.add(256)];
            let to = |at: usize| zmtp_smoltcp::Endpoint::Connect(crate::common::endpoint(6000 + at as u16));
            zmtp_smoltcp::Tcp::new([(handles[0], to(0)), (handles[1], to(1))], source << 10)
        })
        .collect();
    let mut pulls: Vec<_> = (0..2).map(|_| Pull::new(CONFIG, peers(2, 64))).collect();
    let mut pushes: Vec<_> = (0..2).map(|_| Push::new(CONFIG, peers(2, 64))).collect();
    net.run(|net| {
        for (tcp, pull) in sinks.iter_mut().zip(&mut pulls) {
            net.poll("pull", tcp, pull);
        }
        for (tcp, push) in sources.iter_mut().zip(&mut pushes) {
            net.poll("push", tcp, push);
        }
        let connected =
            |&(name, event): &(&str, Event)| name == "push" && matches!(event, Event::Connected { .. });
        net.events.iter().filter(|event| connected(event)).count() == 4
    });
    let (mut next, mut received) = ([0_u8; 2], vec![Vec::new(); 2]);
    net.run(|net| {
        for (source, (tcp, push)) in sources.iter_mut().zip(&mut pushes).enumerate() {
            while next[source] < 100 && sent(push.send(&[&[source as u8, next[source]]])) {
                next[source] += 1;
            }
            net.poll("push", tcp, push);
        }
        for (sink, (tcp, pull)) in sinks.iter_mut().zip(&mut pulls).enumerate() {
            net.poll("pull", tcp, pull);
            received[sink]
                .extend(std::iter::from_fn(|| receive!(pull)).map(|message| (message[0][0], message[0][1])));
        }
        received.iter().map(Vec::len).sum::<usize>() == 200
    });
    for messages in &received {
        for source in 0..2 {
            let of_source: Vec<u8> = messages.iter().filter(|m| m.0 == source).map(|m| m.1).collect();
            assert!(of_source.is_sorted(), "the order of each sender is kept");
            assert!(of_source.len() > 30, "nobody is left out: {}", of_source.len());
        }
    }
}

#[test]
fn a_full_pull_holds_the_sender_up_and_nothing_is_lost() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(6000, 64), net.connect(6000, 64));
    let mut pull = Pull::new(CONFIG, peers(1, 32));
    let mut push = Push::new(CONFIG, peers(1, 32));
    let mut pushed = 0_u32;
    for _ in 0..2_000 {
        let mut turns = 0;
        net.run(|net| {
            net.poll("pull", &mut server, &mut pull);
            net.poll("push", &mut client, &mut push);
            turns += 1;
            turns > 1
        });
        while sent(push.send(&[&pushed.to_be_bytes()])) {
            pushed += 1;
        }
    }
    assert!(pushed < 60, "the sender is held up: {pushed}");
    let mut expected = 0_u32;
    net.run(|net| {
        net.poll("pull", &mut server, &mut pull);
        net.poll("push", &mut client, &mut push);
        while let Some(message) = receive!(pull) {
            assert_eq!(message.concat(), expected.to_be_bytes());
            expected += 1;
        }
        expected == pushed
    });
}

#[test]
fn z28_015_the_reply_to_a_requester_that_is_gone_goes_nowhere_and_the_next_is_served() {
    let mut net = Net::new();
    let mut server = net.bind::<1>(5555, 256);
    let mut rep = Rep::new(CONFIG, peers(1, 256), &mut []);
    for round in 0..3 {
        let mut client = net.connect(5555, 256);
        let mut req = Req::new(CONFIG, peers(1, 256));
        net.run(|net| {
            net.poll("rep", &mut server, &mut rep);
            net.poll("req", &mut client, &mut req);
            let _ = req.send(&[b"request"]);
            receive!(rep).is_some()
        });
        let last = net.sockets.iter().last().unwrap().0;
        net.raw(last).abort();
        net.run(|net| {
            net.poll("rep", &mut server, &mut rep);
            net.events.iter().filter(|(_, event)| matches!(event, Event::Disconnected { .. })).count() > round
        });
        assert_eq!(rep.send(&[b"reply"]), Ok(Replied::Gone));
    }
}

#[test]
fn z28_014_the_reply_goes_back_through_the_envelope_of_the_request() {
    let mut net = Net::new();
    let mut server = net.bind::<1>(5555, 256);
    let mut rep = Rep::new(CONFIG, peers(1, 256), lend(16));
    net.run(|net| {
        net.poll("rep", &mut server, &mut rep);
        true
    });
    let dealer = net.connect_raw(5555);
    let mut hello = b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\x01NULL".to_vec();
    hello.resize(64, 0);
    hello.extend(b"\x04\x1C\x05READY\x0BSocket-Type\0\0\0\x06DEALER");
    // Z28-017, and an envelope longer than its storage: dropped. Then one that is answered.
    hello.extend(b"\x00\x05naked");
    hello.extend(b"\x01\x11seventeen octets!\x01\0\0\x01?");
    hello.extend(b"\x01\x01X\x01\x02YZ\x01\0\x01\x01a\0\x01b");
    let (mut written, mut received) = (0, Vec::new());
    net.run(|net| {
        net.poll("rep", &mut server, &mut rep);
        let raw = net.raw(dealer);
        if raw.can_send() {
            written += raw.send_slice(&hello[written..]).unwrap();
        }
        if raw.can_recv() {
            raw.recv(|octets| (octets.len(), received.extend_from_slice(octets))).unwrap();
        }
        if let Some(request) = receive!(rep) {
            assert_eq!(request, [b"a", b"b"]);
            assert_eq!(rep.send(&[b"yes"]), Ok(Replied::Queued));
        }
        received.ends_with(b"\x01\x01X\x01\x02YZ\x01\0\0\x03yes")
    });
    assert_eq!(rep.refused(), 2);
}
