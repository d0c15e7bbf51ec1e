//! Peers that break the rules of CURVE, and wires that bend what they say.

use super::*;

/// libzmq's list of bad HELLOs, and ours (attacks 4.3).
#[test]
fn z26_012_malformed_hellos_end_the_connection() {
    let (of_client, _) = said();
    let greeting = &of_client[..64];
    let good = &of_client[HELLO_AT + 2..INITIATE_AT];
    let with = |at: usize, octet: u8| {
        let mut hello = good.to_vec();
        hello[at] = octet;
        hello
    };
    for (body, failures, what) in [
        (b"\x05HELLO".to_vec(), &[Failure::Command][..], "nothing but the name"),
        (good[..199].to_vec(), &[Failure::Command], "an octet short"),
        ([good, b"!"].concat(), &[Failure::Command], "an octet long"),
        (with(5, b'X'), &[Failure::Unexpected], "HELLX"),
        (with(6, 0), &[Failure::Command], "major version 0"),
        (with(6, 2), &[Failure::Command], "major version 2"),
        (with(7, 1), &[Failure::Command], "minor version 1"),
        (with(199, good[199] ^ 1), &[Failure::Box], "another box"),
        (with(80, good[80] ^ 1), &[Failure::Box], "another key"),
        (with(119, 2), &[Failure::Box], "another nonce"),
        (b"\x05READY".to_vec(), &[Failure::Unexpected], "READY"),
        (b"\x07WELCOME".to_vec(), &[Failure::Unexpected], "WELCOME"),
        (b"\x07MESSAGE".to_vec(), &[Failure::Unexpected], "MESSAGE"),
        (b"\x04PING\0\0".to_vec(), &[Failure::Unexpected], "PING"),
        (b"".to_vec(), &[Failure::Command], "no command"),
        (of_client[INITIATE_AT + 9..].to_vec(), &[Failure::Unexpected], "INITIATE first"),
    ] {
        let head = FrameHead::command(body.len() as u64).encode();
        assert_ended(&server_after(&[greeting, head.as_ref(), &body].concat()), failures, what);
    }
    let low = [&good[..80], &[0; 32], &good[112..]].concat();
    assert_ended(&server_after(&[greeting, b"\x04\xC8", &low].concat()), &[Failure::Box], "key of low order");
    let message = [greeting, b"\0\x01x"].concat();
    assert_ended(&server_after(&message), &[Failure::Unexpected], "a message first");
    let twice = [&of_client[..INITIATE_AT], &of_client[HELLO_AT..INITIATE_AT]].concat();
    assert_ended(&server_after(&twice), &[Failure::Unexpected], "HELLO twice");
}

#[test]
fn z26_020_022_malformed_initiates_end_the_connection() {
    let (of_client, _) = said();
    let before = &of_client[..INITIATE_AT];
    let good = &of_client[INITIATE_AT + 9..];
    let with = |at: usize, octet: u8| {
        let mut initiate = good.to_vec();
        initiate[at] = octet;
        initiate
    };
    for (body, failures, what) in [
        (b"\x08INITIATE".to_vec(), &[Failure::Command][..], "nothing but the name"),
        (good[..256].to_vec(), &[Failure::Command], "an octet too short for any"),
        (good[..good.len() - 1].to_vec(), &[Failure::Box], "an octet short"),
        ([good, b"!"].concat(), &[Failure::Box], "an octet long"),
        (with(8, b'X'), &[Failure::Unexpected], "INITIATX"),
        (with(9, good[9] ^ 1), &[Failure::Box], "another nonce of the cookie"),
        (with(50, good[50] ^ 1), &[Failure::Box], "another cookie"),
        (with(112, 1), &[Failure::Nonce], "the nonce of HELLO"),
        (with(112, 3), &[Failure::Box], "another nonce"),
        (with(113, good[113] ^ 1), &[Failure::Box], "another tag"),
        (with(good.len() - 1, good[good.len() - 1] ^ 1), &[Failure::Box], "other metadata"),
        (b"\x05READY".to_vec(), &[Failure::Unexpected], "READY"),
        (b"\x07MESSAGE".to_vec(), &[Failure::Unexpected], "MESSAGE before READY"),
    ] {
        let head = FrameHead::command(body.len() as u64).encode();
        assert_ended(&server_after(&[before, head.as_ref(), &body].concat()), failures, what);
    }
}

/// What a client that breaks the rules inside its INITIATE gets: `bend` changes what it has before that is made.
fn server_after_bent_client(bend: impl FnOnce(&mut CurveHandshake)) -> Ours {
    let (mut client, mut server) = (client(), server());
    let (greeting, _) = (client.sent(), server.feed(&[]));
    server.feed(&greeting);
    client.feed(&server.sent());
    server.feed(&client.sent());
    let welcome = server.sent();
    // Only read: the answer is made when it leaves.
    client.room = 0;
    client.feed(&welcome);
    let State::Handshake(memory) = &mut client.connection.mechanism_mut().state else { panic!() };
    assert_eq!(memory.turn, Turn::Initiate);
    bend(memory);
    client.room = 4096;
    server.feed(&client.sent());
    server
}

#[test]
fn z26_022_lz_026_the_vouch_must_be_of_this_client_for_this_connection_and_for_this_server() {
    let good = server_after_bent_client(|_| {});
    assert!(good.connection.is_established());
    let vouch = |of: &'static CurveKeyPair, transient: [u8; 32], server: CurveKey| {
        move |memory: &mut CurveHandshake| {
            let transient_of_server = *CurveKeyPair::generate(&mut Seeded(4)).public.as_octets();
            let ours = std::mem::replace(&mut memory.public, transient);
            memory.put_vouch(of, &server, &transient_of_server).unwrap();
            memory.public = ours;
        }
    };
    let ours = *CurveKeyPair::generate(&mut Seeded(3)).public.as_octets();
    let server = keys().server.public;
    assert!(server_after_bent_client(vouch(&keys().client, ours, server)).connection.is_established());
    for (side, what) in [
        (server_after_bent_client(vouch(&keys().server, ours, server)), "signed by another than C"),
        (server_after_bent_client(vouch(&keys().client, [9; 32], server)), "for another C'"),
        (
            server_after_bent_client(vouch(&keys().client, ours, keys().client.public)),
            "for another server, which passes it on",
        ),
        (server_after_bent_client(|memory| memory.vouch[20] ^= 1), "changed"),
        (server_after_bent_client(|memory| memory.nonce[3] ^= 1), "another nonce"),
    ] {
        assert_ended(&side, &[Failure::Box], what);
    }
}

#[test]
fn z26_025_a_cookie_of_another_connection_is_refused() {
    let (of_client, _) = said();
    // Another server connection gives another cookie; the INITIATE of the first one does not open there.
    let mut other = server_with(7);
    other.feed(&of_client);
    assert_ended(&other, &[Failure::Box], "INITIATE recorded on another connection");
    // The same with a client that is honest but for the cookie.
    let mut cookie = [0; 96];
    server_after_bent_client(|memory| cookie = memory.cookie);
    let mut client = client_for(&keys().server.public, 8);
    let mut server = server_with(9);
    server.feed(&client.sent());
    client.feed(&server.sent());
    server.feed(&client.sent());
    client.room = 0;
    client.feed(&server.sent());
    let State::Handshake(memory) = &mut client.connection.mechanism_mut().state else { panic!() };
    memory.cookie = cookie;
    client.room = 4096;
    server.feed(&client.sent());
    assert_ended(&server, &[Failure::Box], "a cookie of another connection");
}

#[test]
fn z26_019_027_malformed_answers_of_a_server_end_the_connection() {
    let (_, of_server) = said();
    let greeting = &of_server[..64];
    let welcome = &of_server[64..64 + 170];
    let ready = &of_server[64 + 170..];
    let changed = |octets: &[u8], at: usize| {
        let mut octets = octets.to_vec();
        octets[at] ^= 1;
        octets
    };
    for (octets, failures, what) in [
        (b"\x04\x08\x07WELCOME".to_vec(), &[Failure::Command][..], "nothing but the name"),
        ([b"\x04\xA7", &welcome[2..169]].concat(), &[Failure::Command], "an octet short"),
        ([b"\x04\xA9", &welcome[2..], b"!"].concat(), &[Failure::Command], "an octet long"),
        (changed(welcome, 10), &[Failure::Box], "another nonce"),
        (changed(welcome, 30), &[Failure::Box], "another tag"),
        (changed(welcome, 169), &[Failure::Box], "another box"),
        (ready.to_vec(), &[Failure::Unexpected], "READY first"),
        ([welcome, welcome].concat(), &[Failure::Unexpected], "WELCOME twice"),
        ([welcome, b"\x04\x06\x05READY"].concat(), &[Failure::Command], "nothing but READY"),
        ([welcome, &changed(ready, 13)].concat(), &[Failure::Box], "READY with another nonce"),
        ([welcome, &changed(ready, 20)].concat(), &[Failure::Box], "READY with another tag"),
        ([welcome, &changed(ready, ready.len() - 1)].concat(), &[Failure::Box], "READY with other metadata"),
        ([welcome, b"\0\x21\x07MESSAGE"].concat(), &[Failure::Unexpected], "MESSAGE before READY"),
        (b"\x04\x0A\x05ERROR\x03400".to_vec(), &[Failure::Refused], "ERROR"),
    ] {
        let mut client = client();
        client.feed(&[greeting, &octets].concat());
        assert_ended(&client, failures, what);
        assert!(
            !client.sent().windows(5).any(|octets| octets == b"ERROR"),
            "Z26-009: a client says no ERROR"
        );
    }
}

#[test]
fn z26_007_lz_027_cve_2014_7203_repeated_and_lower_nonces_end_the_connection_and_gaps_do_not() {
    let (mut client, server) = established();
    let parts: Vec<Vec<u8>> = (0..4u8).map(|number| client.part(false, &[number])).collect();
    let after = |order: &[usize]| {
        let (_, mut fresh) = established();
        order.iter().for_each(|&at| fresh.feed(&parts[at]));
        (fresh.failure(), fresh.seen.len() - server.seen.len())
    };
    assert_eq!(after(&[0, 1, 2, 3]), (None, 4));
    assert_eq!(after(&[0, 3]), (None, 2));
    assert_eq!(after(&[0, 0]), (Some(Failure::Nonce), 2));
    assert_eq!(after(&[2, 1]), (Some(Failure::Nonce), 2));
    // The nonce of INITIATE is the first that is used up.
    let mut early = parts[0].clone();
    early[17] = 2;
    let (_, mut fresh) = established();
    fresh.feed(&early);
    assert_eq!(fresh.failure(), Some(Failure::Nonce));
}

#[test]
fn a_nonce_counts_only_when_its_tag_is_right() {
    let mut traffic = [Traffic::of_client(&[7; 32], 0), Traffic::of_server(&[7; 32], 0)];
    let kind = FrameKind::Message { more: false };
    let mut frame = [0; 40];
    traffic[0].seal(kind, &mut frame).unwrap();
    let mut forged = frame;
    forged[8..16].fill(0xFF);
    let [_, server] = &mut traffic;
    assert_eq!(server.open(&mut forged).err(), Some(Failure::Box));
    assert_eq!(server.open(&mut frame).unwrap(), (kind, &[0; 7][..]));
    let mut last = Traffic::of_client(&[7; 32], 0);
    last.exhaust();
    last.was_sealed();
    assert_eq!(last.seal(kind, &mut frame), Err(Failure::Nonce), "Z26-006");
}

#[test]
fn z26_030_032_malformed_messages_end_the_connection_in_silence() {
    let sealed = |flags: u8| {
        // A frame whose flags inside are these: sealed by hand, as our own machine never would.
        let (mut client, server) = established();
        let mut frame = client.part(false, b"x");
        let mut opener = Traffic::of_server(&shared_of_test(), 2);
        opener.open(&mut frame[2..]).unwrap();
        frame[2 + 32] = flags;
        let (head, text) = frame.split_at_mut(2 + 32);
        let tag = Subkey::short(&shared_of_test(), b"CurveZMQMESSAGEC").seal(3u64.to_be_bytes(), text);
        head[18..34].copy_from_slice(&tag);
        (server, frame)
    };
    for flags in (0..16).chain([0x20, 0x40, 0x80, 0x81, 0xFF]) {
        let (mut server, frame) = sealed(flags);
        server.feed(&frame);
        let legal = match flags {
            0 | 1 => None,
            // A command called "x": it has no name.
            2 => Some(Failure::Command),
            _ => Some(Failure::Flags),
        };
        assert_eq!(server.failure(), legal, "{flags:#x}");
    }
    for (frame, failure) in [
        (&b"\0\0"[..], Failure::Command),
        (b"\0\x05hello", Failure::Command),
        (b"\x04\x00", Failure::Command),
        (b"\x04\x07\x04PING\0\0", Failure::Command),
        (b"\x04\x0A\x05ERROR\x03400", Failure::Command),
        (b"\0\x20\x07MESSAGE", Failure::Command),
        (&[b"\0\x30".as_slice(), &[b'a'; 48]].concat(), Failure::Unexpected),
        (&[b"\0\x21\x07MESSAGE".as_slice(), &[0xFF; 25]].concat(), Failure::Box),
    ] {
        let (_, mut server) = established();
        server.feed(frame);
        assert_eq!(server.failure(), Some(failure), "{frame:?}");
        assert_eq!(server.sent(), b"");
    }
}

/// What client and server share in these tests: their transient keys are the first draw of their seeds.
fn shared_of_test() -> [u8; 32] {
    let transient = |seed| CurveKeyPair::generate(&mut Seeded(seed));
    *shared(transient(3).secret.as_octets(), transient(4).public.as_octets()).unwrap()
}

/// One flipped bit in each octet of everything that a client says.
#[test]
fn z26_035_a_flipped_bit_anywhere_in_what_a_client_says_ends_the_connection() {
    let (mut client, mut server) = (client(), server());
    let (mut octets, _) = talk(&mut client, &mut server);
    octets.extend(client.part(false, b"payload"));
    let message_at = octets.len() - 2 - 33 - 7;
    for at in 0..octets.len() {
        let ignored = matches!(at, 1..=8 | 11 | 32..64) || (HELLO_AT + 10..HELLO_AT + 82).contains(&at);
        let mut bent = octets.clone();
        bent[at] ^= 1 << (at % 8);
        let mut server = server_after(&bent);
        if matches!(at, 9) && server.connection.is_established() || at == 10 && bent[10] > 3 || ignored {
            // Z37-004, Z37-005, LZ-002, LZ-026: of the greeting and the padding, nothing of this is looked at.
            assert!(server.connection.is_established(), "{at}");
            continue;
        }
        // A length that became larger waits for more: it gets it.
        server.feed(&[0; 1024]);
        let failed = server.failure().is_some() || server.connection.body_left() > 0;
        assert!(failed, "octet {at}");
        let heard = server.seen.iter().any(|seen| matches!(seen, Seen::Message(..)));
        assert!(!heard, "octet {at}");
        let established = server.seen.iter().any(|seen| matches!(seen, Seen::Established { .. }));
        assert!(!established || at >= message_at, "octet {at}");
    }
}

#[test]
fn z26_035_a_flipped_bit_anywhere_in_what_a_server_says_ends_the_connection() {
    let (mut first, mut server) = (client(), server());
    let (_, mut octets) = talk(&mut first, &mut server);
    octets.extend(server.part(false, b"payload"));
    let message_at = octets.len() - 2 - 33 - 7;
    for at in 64..octets.len() {
        let mut bent = octets.clone();
        bent[at] ^= 1 << (at % 8);
        let mut client = client();
        client.feed(&bent);
        client.feed(&[0; 1024]);
        assert!(client.failure().is_some() || client.connection.body_left() > 0, "octet {at}");
        assert!(!client.seen.iter().any(|seen| matches!(seen, Seen::Message(..))), "octet {at}");
        let established = client.seen.iter().any(|seen| matches!(seen, Seen::Established { .. }));
        assert!(!established || at >= message_at, "octet {at}");
    }
}
