//! Two links with a stream between them, and what a link does with too much.

use super::*;
use crate::{Limits, SocketType};
use proptest::prelude::*;

const NOW: Instant = Instant::from_millis(1);

fn storage(command: usize, incoming: usize, outgoing: usize) -> Storage<'static> {
    let lend = |len| Vec::leak(vec![0; len]);
    Storage { command: lend(command), incoming: lend(incoming), outgoing: lend(outgoing), messages: 0 }
}

/// Moves octets from one link to the other through a stream of `room` octets; returns whether any moved.
fn carry<M: Mechanism>(
    from: (&mut Link<'_, M>, &Config<'_, M::Security<'_>>),
    to: (&mut Link<'_, M>, &Config<'_, M::Security<'_>>),
    stream: &mut Vec<u8>,
    room: usize,
) -> bool {
    let mut out = vec![0; room - stream.len()];
    let sent = from.0.transmit(from.1, &mut out, NOW);
    stream.extend(&out[..sent]);
    let mut moved = sent > 0;
    loop {
        let received = to.0.receive(to.1, stream, NOW).unwrap();
        let (used, event) = (received.used, received.event.is_some());
        stream.drain(..used);
        moved |= used > 0;
        if !event {
            return moved;
        }
    }
}

fn take<M: Mechanism>(link: &mut Link<'_, M>) -> Vec<Vec<u8>> {
    let mut message = Vec::new();
    let mut body = [0; 128];
    while let Ok((len, more)) = link.take_frame(&mut body) {
        message.push(body[..len].to_vec());
        if !more {
            break;
        }
    }
    message
}

proptest! {
    #[test]
    fn messages_pass_between_two_links_in_order_through_any_stream(
        messages in proptest::collection::vec(proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..4), 1..20),
        room in 1usize..100, pause in 0usize..4,
    ) {
        let config = Config::new(SocketType::Pair);
        let mut a = Link::new(&config, storage(64, 140, 140), NOW);
        let mut b = Link::new(&config, storage(64, 140, 140), NOW);
        let (mut there, mut back) = (Vec::new(), Vec::new());
        let (mut sent, mut received, mut idle) = (0, Vec::new(), 0);
        while received.len() < messages.len() {
            let mut moved = carry((&mut a, &config), (&mut b, &config), &mut there, room);
            moved |= carry((&mut b, &config), (&mut a, &config), &mut back, room);
            if let Some(message) = messages.get(sent) {
                let parts: Vec<&[u8]> = message.iter().map(Vec::as_slice).collect();
                if a.send(&parts).is_ok() {
                    sent += 1;
                    moved = true;
                }
            }
            idle += 1;
            if b.can_receive() && idle > pause {
                received.push(take(&mut b));
                (moved, idle) = (true, 0);
            }
            prop_assert!(moved || idle <= pause + 1, "stuck after {} of {}", received.len(), messages.len());
        }
        prop_assert_eq!(received, messages);
    }
}

fn established(config: &Config<'_>, peer: &Config<'_>, storage: Storage<'static>) -> Link<'static> {
    let mut link = Link::new(config, storage, NOW);
    let mut other = Link::new(peer, self::storage(64, 64, 64), NOW);
    let (mut there, mut back) = (Vec::new(), Vec::new());
    while !link.may_send() {
        carry((&mut other, peer), (&mut link, config), &mut there, 512);
        carry((&mut link, config), (&mut other, peer), &mut back, 512);
    }
    link
}

#[test]
fn a_message_larger_than_the_storage_is_reported_and_the_next_one_arrives() {
    let (config, peer) = (Config::new(SocketType::Pull), Config::new(SocketType::Push));
    let mut link = established(&config, &peer, storage(64, 20, 20));
    let mut octets = b"\x01\x05small\x01\x14".to_vec();
    octets.extend([1; 20]);
    octets.extend(b"\x04\x07\x04PING\x00\x00\x00\x03end\x00\x02ok");
    let mut events = Vec::new();
    let mut rest = &octets[..];
    while !rest.is_empty() {
        let received = link.receive(&config, rest, NOW).unwrap();
        rest = &rest[received.used..];
        events.extend(received.event.map(|event| format!("{event:?}")));
        link.transmit(&config, &mut [0; 64], NOW);
    }
    assert_eq!(events, ["Command(Heartbeat)", "Oversize"]);
    assert_eq!(take(&mut link), [b"ok"]);
}

#[test]
fn a_message_waits_in_the_stream_while_the_queue_is_full() {
    let (config, peer) = (Config::new(SocketType::Pull), Config::new(SocketType::Push));
    let mut link = established(&config, &peer, storage(64, 8, 8));
    let octets = b"\x00\x04one.\x00\x04two.";
    let used = link.receive(&config, octets, NOW).unwrap().used;
    assert_eq!(used, 8, "the head of the second is read, its body is not");
    assert_eq!(take(&mut link), [b"one."]);
    link.receive(&config, &octets[used..], NOW).unwrap();
    assert_eq!(take(&mut link), [b"two."]);
}

#[test]
fn z37_090_a_peer_whose_octets_wait_for_room_is_alive() {
    let second = core::time::Duration::from_secs(1);
    let heartbeat = crate::Heartbeat::every(second);
    let config = Config { heartbeat, ..Config::new(SocketType::Pull) };
    let mut link = established(&config, &Config::new(SocketType::Push), storage(64, 8, 8));
    link.receive(&config, b"\0\x05first", NOW).unwrap();
    for step in 0..5 {
        let now = NOW.after(second * (step + 1));
        assert_eq!(link.handle_timeout(&config, now), Ok(()));
        link.transmit(&config, &mut [0; 64], now);
        // The head is taken once; the body waits.
        let waiting: &[u8] = if step == 0 { b"\0\x06second" } else { b"second" };
        link.receive(&config, waiting, now).unwrap();
    }
    assert_eq!(take(&mut link), [b"first"]);
    // Nothing waits any more, and nothing comes.
    let now = NOW.after(second * 6);
    link.receive(&config, b"second", now).unwrap();
    assert_eq!(take(&mut link), [b"second"]);
    link.handle_timeout(&config, now).unwrap();
    link.transmit(&config, &mut [0; 64], now);
    assert_eq!(link.handle_timeout(&config, now.after(second)), Err(Failure::Silence));
}

#[test]
fn a_command_larger_than_its_storage_ends_the_connection() {
    let (config, peer) = (Config::new(SocketType::Pub), Config::new(SocketType::Sub));
    let mut link = established(&config, &peer, storage(32, 8, 8));
    assert_eq!(link.receive(&config, b"\x04!", NOW).unwrap_err(), Failure::CommandLimit);
    assert_eq!(link.receive(&config, b"", NOW).unwrap_err(), Failure::CommandLimit);
}

#[test]
fn a_send_that_does_not_fit_says_whether_it_ever_will() {
    let (config, peer) = (Config::new(SocketType::Push), Config::new(SocketType::Pull));
    let mut link = established(&config, &peer, storage(64, 8, 12));
    assert_eq!(link.send(&[b"12345", b"12345"]), Err(QueueError::TooLarge));
    assert_eq!(link.send(&[b"123", b"123"]), Ok(()));
    assert_eq!(link.send(&[b"1"]), Err(QueueError::Full));
    assert_eq!(link.transmit(&config, &mut [0; 64], NOW), 10);
    assert_eq!(link.send(&[b"1"]), Ok(()));
    assert_eq!(link.restart(&config, Null, NOW), 1, "one message is lost with the peer");
    assert_eq!(link.send(&[b"1"]), Err(QueueError::NotReady));
}

#[test]
fn z23_001_subscriptions_take_the_form_the_peer_understands() {
    let config = Config { limits: Limits::new(), ..Config::new(SocketType::Sub) };
    let mut link = established(&config, &Config::new(SocketType::Pub), storage(64, 8, 64));
    link.subscribe(true, b"A").unwrap();
    link.subscribe(false, b"A").unwrap();
    let mut out = [0; 64];
    let sent = link.transmit(&config, &mut out, NOW);
    assert_eq!(out[..sent], *b"\x04\x0B\x09SUBSCRIBEA\x04\x08\x06CANCELA");
}

/// Octets of a large message, each a function of its place.
fn octet(at: u64) -> u8 {
    (at.wrapping_mul(0x9E37_79B9) >> 13) as u8
}

/// Sends frames of these lengths in pieces through queues of 64 octets and a stream of `room`, and takes them in pieces.
fn stream_through(lens: &[u64], room: usize, piece: usize) {
    let (config, peer) = (Config::new(SocketType::Push), Config::new(SocketType::Pull));
    let mut push = established(&config, &peer, storage(64, 64, 64));
    let mut pull = established(&peer, &config, storage(64, 64, 64));
    pull.set_oversize(Oversize::Stream);
    let mut stream = Vec::new();
    let (mut frame, mut begun, mut written) = (0, false, 0);
    let (mut received, mut taken) = (0, 0);
    let mut body = vec![0; piece];
    while received < lens.len() {
        if let Some(&len) = lens.get(frame) {
            begun = begun || push.begin(&[], frame + 1 < lens.len(), len).is_ok();
            if begun {
                let end = len.min(written + piece as u64);
                let octets: Vec<u8> = (written..end).map(octet).collect();
                written += push.write(&octets) as u64;
                if written == len {
                    (frame, begun, written) = (frame + 1, false, 0);
                }
            }
        }
        carry((&mut push, &config), (&mut pull, &peer), &mut stream, room);
        while let Ok(Taken { octets, left, more }) = pull.take_piece(&mut body) {
            for (at, octet) in body[..octets].iter().enumerate() {
                assert_eq!(
                    *octet,
                    self::octet(taken + at as u64),
                    "octet {at} behind {taken} of frame {received}"
                );
            }
            taken += octets as u64;
            assert_eq!(taken + left, lens[received]);
            if left == 0 {
                received += 1;
                taken = 0;
                assert_eq!(more, received < lens.len());
                if !more {
                    break;
                }
            }
        }
    }
    assert!(push.is_flushed() && !pull.can_receive() && !pull.is_streaming());
}

#[test]
fn a_mebibyte_passes_through_buffers_of_64_octets_in_both_directions() {
    stream_through(&[1 << 20], 48, 32);
}

proptest! {
    #[test]
    fn frames_of_any_size_pass_in_pieces_of_any_size(
        lens in proptest::collection::vec(0u64..300, 1..6), room in 1usize..80, piece in 1usize..80
    ) {
        stream_through(&lens, room, piece);
    }
}

#[test]
fn while_a_frame_is_open_nothing_else_is_queued_between_its_octets() {
    let (config, peer) = (Config::new(SocketType::XSub), Config::new(SocketType::XPub));
    let mut link = established(&config, &peer, storage(64, 64, 64));
    link.begin(&[], false, 4).unwrap();
    assert_eq!(link.write(b"ab"), 2);
    assert_eq!(link.begin(&[], false, 1), Err(QueueError::Unfinished));
    assert_eq!(link.send(&[b"x"]), Err(QueueError::Unfinished));
    assert_eq!(link.subscribe(true, b"x"), Err(QueueError::Unfinished));
    assert_eq!(link.write(b"cd"), 2);
    link.send(&[b"x"]).unwrap();
    let mut out = [0; 32];
    assert_eq!(link.transmit(&config, &mut out, NOW), 9);
    assert_eq!(&out[..9], b"\0\x04abcd\0\x01x");
}

#[test]
fn an_envelope_behind_which_no_frame_can_be_begun_is_not_sent() {
    let (dealer, router) = (Config::new(SocketType::Dealer), Config::new(SocketType::Router));
    let mut link = established(&dealer, &router, storage(64, 16, 16));
    // With its head it fills the queue to the last octet, or all but one.
    assert_eq!(link.begin(&[&[7; 14]], false, 100), Err(QueueError::TooLarge));
    assert_eq!(link.begin(&[&[7; 13]], false, 100), Err(QueueError::TooLarge));
    link.send(&[b"a"]).unwrap();
    assert_eq!(link.begin(&[&[7; 10]], false, 100), Err(QueueError::Full));
    let mut out = [0; 32];
    assert_eq!(link.transmit(&dealer, &mut out, NOW), 3);
    assert_eq!((&out[..3], link.is_flushed()), (&b"\0\x01a"[..], true));
    link.begin(&[&[7; 10]], false, 100).unwrap();
    assert_eq!((link.write(&[1; 100]), link.transmit(&dealer, &mut out, NOW)), (2, 16));
    assert_eq!(out[..14], [1, 10, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 100]);
}

#[test]
fn a_message_in_pieces_can_be_dropped_half_way_and_the_next_one_arrives() {
    let (config, peer) = (Config::new(SocketType::Pull), Config::new(SocketType::Push));
    for taken in [0, 1, 30, 95] {
        let mut link = established(&config, &peer, storage(64, 32, 8));
        link.set_oversize(Oversize::Stream);
        let mut octets = b"\x01\x60".to_vec();
        octets.extend([7; 96]);
        octets.extend(b"\x01\x03mid\x00\x03end\x00\x02ok");
        let (mut at, mut left, mut body) = (0, taken, [0; 96]);
        while at < octets.len() {
            let rest = octets.get(at..(at + 20).min(octets.len())).unwrap();
            at += link.receive(&config, rest, NOW).unwrap().used;
            if let Ok(piece) = link.take_piece(&mut body[..left.min(96)]) {
                left -= piece.octets;
                if left == 0 {
                    link.skip_message();
                    left = usize::MAX;
                    break;
                }
            }
        }
        while at < octets.len() {
            let used = link.receive(&config, &octets[at..], NOW).unwrap().used;
            assert!(used > 0, "stuck at {at} of a message that nobody wants");
            at += used;
        }
        assert_eq!(left, usize::MAX);
        assert_eq!(take(&mut link), [b"ok"], "after {taken} octets");
    }
}

#[test]
fn a_message_larger_than_the_storage_ends_the_connection_if_it_is_told_to() {
    let (config, peer) = (Config::new(SocketType::Pull), Config::new(SocketType::Push));
    let mut link = established(&config, &peer, storage(64, 20, 20));
    link.set_oversize(Oversize::Refuse);
    assert_eq!(link.receive(&config, b"\x00\x13", NOW).unwrap_err(), Failure::MessageLimit);
}

#[test]
fn invariant_6_a_failure_is_repeated_also_while_a_frame_waits_for_room() {
    let (config, peer) = (Config::new(SocketType::Pull), Config::new(SocketType::Push));
    let mut link = established(&config, &peer, storage(64, 20, 20));
    let received = link.receive(&config, b"\0\x08aaaaaaaa\0\x08bbbbbbbb\0\x08", NOW).unwrap();
    assert!(received.event.is_none());
    assert_eq!(link.abort(Failure::Silence), Failure::Silence);
    assert_eq!(link.receive(&config, b"cccccccc", NOW).unwrap_err(), Failure::Silence);
}

mod secure {
    //! Links with PLAIN and CURVE.

    use super::*;
    use crate::mechanism::{Plain, PlainSecurity, Refusal};

    const CLIENT: PlainSecurity<'static> = PlainSecurity::Client { username: "admin", password: "secret" };

    fn plain() -> [(Link<'static, Plain>, Config<'static, PlainSecurity<'static>>); 2] {
        let client = Config::new(SocketType::Push).with_security(CLIENT);
        let server = Config::new(SocketType::Pull).with_security(PlainSecurity::Server);
        [client, server].map(|config| (Link::with(&config, Plain::new(), storage(64, 64, 64), NOW), config))
    }

    #[test]
    fn z24_011_a_plain_server_waits_for_the_answer_of_its_application() {
        let [(mut client, client_config), (mut server, server_config)] = plain();
        let (mut there, mut back) = (Vec::new(), Vec::new());
        for round in 0..12 {
            carry((&mut client, &client_config), (&mut server, &server_config), &mut there, 512);
            carry((&mut server, &server_config), (&mut client, &client_config), &mut back, 512);
            if round == 5 {
                let shown = Credentials::Plain { username: b"admin", password: b"secret" };
                assert_eq!(server.credentials(), Some(shown));
                assert!(!client.may_send(), "nobody is in before the answer");
                server.admit(Verdict::Accept).unwrap();
                assert_eq!(server.credentials(), None);
            }
        }
        client.send(&[b"hello"]).unwrap();
        carry((&mut client, &client_config), (&mut server, &server_config), &mut there, 512);
        assert_eq!(take(&mut server), [b"hello"]);
    }

    #[test]
    fn who_is_refused_hears_of_it() {
        let [(mut client, client_config), (mut server, server_config)] = plain();
        let (mut there, mut back) = (Vec::new(), Vec::new());
        for _ in 0..4 {
            carry((&mut client, &client_config), (&mut server, &server_config), &mut there, 512);
            carry((&mut server, &server_config), (&mut client, &client_config), &mut back, 512);
        }
        let refused = server.admit(Verdict::Refuse(Refusal::Denied));
        assert_eq!(refused, Err(Failure::Admission(Refusal::Denied)));
        let mut out = [0; 64];
        let sent = server.transmit(&server_config, &mut out, NOW);
        assert_eq!(out[..sent], *b"\x04\x0A\x05ERROR\x03400");
        assert_eq!(client.receive(&client_config, &out[..sent], NOW).unwrap_err(), Failure::Refused);
    }

    #[cfg(feature = "curve")]
    mod curve {
        use super::super::*;
        use crate::mechanism::{Curve, CurveKeyPair, CurveSecurity};

        fn random(seed: u8) -> impl FnMut(&mut [u8]) {
            let mut next = seed;
            move |octets: &mut [u8]| {
                for octet in octets {
                    next = next.wrapping_mul(77).wrapping_add(31);
                    *octet = next;
                }
            }
        }

        /// A client and a server with these queues, their handshake over a stream of `room` octets.
        fn pair<'c>(
            keys: &'c [CurveKeyPair; 2],
            queues: [usize; 3],
            room: usize,
        ) -> [(Link<'static, Curve>, Config<'c, CurveSecurity<'c>>); 2] {
            let client = Config::new(SocketType::Pair)
                .with_security(CurveSecurity::Client { keys: &keys[0], server: &keys[1].public });
            let server =
                Config::new(SocketType::Pair).with_security(CurveSecurity::Server { keys: &keys[1] });
            let [command, incoming, outgoing] = queues;
            let link = |config, seed| {
                let mechanism = Curve::new(Default::default(), &mut random(seed));
                Link::with(config, mechanism, storage(command, incoming, outgoing), NOW)
            };
            let (mut a, mut b) = (link(&client, 3), link(&server, 4));
            let (mut there, mut back) = (Vec::new(), Vec::new());
            while !a.may_send() || !b.may_send() {
                carry((&mut a, &client), (&mut b, &server), &mut there, room);
                carry((&mut b, &server), (&mut a, &client), &mut back, room);
            }
            [(a, client), (b, server)]
        }

        fn keys() -> [CurveKeyPair; 2] {
            [1, 2].map(|seed| CurveKeyPair::generate(&mut random(seed)))
        }

        proptest! {
            #![proptest_config(ProptestConfig::with_cases(24))]
            #[test]
            fn encrypted_messages_pass_in_order_through_any_stream(
                messages in proptest::collection::vec(proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 1..4), 1..12),
                room in 1usize..100,
            ) {
                let keys = keys();
                let [(mut a, client), (mut b, server)] = pair(&keys, [400, 200, 200], room);
                let (mut there, mut back) = (Vec::new(), Vec::new());
                let (mut sent, mut received, mut turns) = (0, Vec::new(), 0);
                while received.len() < messages.len() {
                    carry((&mut a, &client), (&mut b, &server), &mut there, room);
                    carry((&mut b, &server), (&mut a, &client), &mut back, room);
                    if let Some(message) = messages.get(sent) {
                        let parts: Vec<&[u8]> = message.iter().map(Vec::as_slice).collect();
                        sent += usize::from(a.send(&parts).is_ok());
                    }
                    turns += 1;
                    if b.can_receive() && turns % 3 == 0 {
                        received.push(take(&mut b));
                    }
                    prop_assert!(turns < 10_000, "stuck after {} of {}", received.len(), messages.len());
                }
                prop_assert_eq!(received, messages);
                prop_assert!(a.is_flushed());
            }
        }

        #[test]
        fn an_encrypted_message_larger_than_the_queue_is_dropped_or_streamed_frame_by_frame() {
            let keys = keys();
            for oversize in [Oversize::Skip, Oversize::Stream] {
                let [(mut a, client), (mut b, server)] = pair(&keys, [400, 40, 200], 512);
                b.set_oversize(oversize);
                a.send(&[&[1; 30], &[2; 30], &[3; 30]]).unwrap();
                a.send(&[b"ok"]).unwrap();
                let mut stream = Vec::new();
                let mut lens = Vec::new();
                for _ in 0..10 {
                    carry((&mut a, &client), (&mut b, &server), &mut stream, 1024);
                    while let Ok((len, _)) = b.take_frame(&mut [0; 64]) {
                        lens.push(len);
                    }
                }
                let expected = if oversize == Oversize::Skip { vec![2] } else { vec![30, 30, 30, 2] };
                assert_eq!(lens, expected, "{oversize:?}");
            }
        }
    }
}
