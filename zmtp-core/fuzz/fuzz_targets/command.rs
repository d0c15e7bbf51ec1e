//! Commands: what is parsed says the same as the octets, and what is emitted parses to what was meant.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zmtp_core::Version;
use zmtp_core::wire::{Command, Emit, FrameHead, FrameKind, SubscriptionHead};

fuzz_target!(|data: &[u8]| {
    parse(data);
    let Some((&kind, rest)) = data.split_first() else { return };
    // Names and topics that fuzzing would have to guess.
    let name = [&b"\x05READY"[..], b"\x05ERROR", b"\x09SUBSCRIBE", b"\x06CANCEL", b"\x04PING", b"\x04PONG"]
        [usize::from(kind) % 6];
    parse(&[name, rest].concat());
    subscribe(kind, rest);
    emit(kind, rest);
});

fn parse(body: &[u8]) {
    let Ok(command) = Command::parse(body) else { return };
    let name_len = usize::from(body[0]);
    // Only the misspelt ERROR of deployed peers is shorter than its name.
    let (name, data) = body[1..].split_at_checked(name_len).unwrap_or((b"ERROR", b""));
    assert!(name_len > 0);
    match command {
        Command::Ready { metadata } => assert_eq!((name, data), (&b"READY"[..], metadata)),
        Command::Error { reason } => {
            assert!(reason.len() <= 255 && (body.starts_with(b"\x05ERROR") || body.starts_with(b"^RROR")))
        }
        Command::Subscribe { topic } => assert_eq!((name, data), (&b"SUBSCRIBE"[..], topic)),
        Command::Cancel { topic } => assert_eq!((name, data), (&b"CANCEL"[..], topic)),
        Command::Ping { ttl, context } => {
            assert_eq!((name, &data[..2]), (&b"PING"[..], &ttl.to_be_bytes()[..]));
            assert_eq!(context, &data[2..(2 + 16).min(data.len())]);
        }
        Command::Pong { context } => assert_eq!((name, data), (&b"PONG"[..], context)),
        Command::Other { name: found, data: rest } => {
            assert_eq!((found, rest), (name, data));
            assert!(found.iter().all(u8::is_ascii_alphabetic));
        }
    }
}

/// A subscription in the form of each version, read back.
fn subscribe(kind: u8, topic: &[u8]) {
    let version = [Version::V1, Version::V2, Version::V3_0, Version::V3_1][usize::from(kind) % 4];
    let subscribe = kind & 4 == 0;
    let Some(head) = SubscriptionHead::new(version, subscribe, topic.len()) else {
        return assert_eq!(version, Version::V1);
    };
    let octets = [head.as_ref(), topic].concat();
    let (frame, len) = FrameHead::decode(&octets).expect("a good head").expect("a whole head");
    assert_eq!((frame, frame.len as usize), (head.frame(), octets.len() - len));
    let body = &octets[len..];
    if version < Version::V3_1 {
        assert_eq!((frame.kind, body[0]), (FrameKind::Message { more: false }, u8::from(subscribe)));
        assert_eq!(&body[1..], topic);
    } else {
        let meant = if subscribe { Command::Subscribe { topic } } else { Command::Cancel { topic } };
        assert_eq!((frame.kind, Command::parse(body)), (FrameKind::Command, Ok(meant)));
    }
}

/// Rendering into rooms of any size gives the same octets as in one piece.
fn emit(kind: u8, octets: &[u8]) {
    let pieces = octets.chunks(usize::from(kind >> 4) + 1);
    let (mut out, mut room) = (Vec::<u8>::new(), [0; 16]);
    let size = usize::from(kind & 15) + 1;
    loop {
        let mut emit = Emit::new(&mut room[..size], out.len());
        pieces.clone().for_each(|piece| emit.put(piece));
        let (written, whole) = (emit.written(), emit.is_whole());
        out.extend(&room[..written]);
        assert!(whole || written == size);
        if whole {
            break;
        }
    }
    assert_eq!(out, octets);
}
