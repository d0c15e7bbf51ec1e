//! Frames, and commands as frames.

use super::*;
use crate::wire::{Command, FrameHead, FrameKind};

#[test]
fn z37_019_028_sizes_count_the_body_alone_and_any_frame_of_a_message_may_be_empty() {
    let mut pull = established(SocketType::Pull, SocketType::Push);
    pull.feed(
        b"\x00\x03abc\x00\x00\x01\x00\x01\x01x\x01\x00\x00\x00\x03\0\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\0",
    );
    let parts = [
        message(false, b"abc"),
        message(false, b""),
        message(true, b""),
        message(true, b"x"),
        message(true, b""),
        message(false, b""),
        message(true, b""),
        message(false, b""),
    ];
    assert_eq!(pull.seen, parts);
}

#[test]
fn z37_021_031_a_command_is_one_frame_and_never_has_more() {
    for len in [0, 1, 255, 256, 1 << 40] {
        let head = FrameHead::command(len).encode();
        assert!(matches!(head.as_ref()[0], 0x04 | 0x06), "{len}");
        assert_eq!(head.as_ref()[0] == 0x06, len > 255, "{len}");
    }
    for octets in [&b"\x05\x06\x05OTHER"[..], b"\x07\0\0\0\0\0\0\0\x06\x05OTHER"] {
        let mut pull = established(SocketType::Pull, SocketType::Push);
        pull.feed(octets);
        assert_eq!(pull.failure(), Some(Failure::Flags));
    }
}

#[test]
fn z37_030_a_command_is_the_length_of_its_name_its_name_and_its_data() {
    let longest = [b'A'; 255];
    let body = [&[255][..], &longest, b"data"].concat();
    assert_eq!(Command::parse(&body), Ok(Command::Other { name: &longest, data: b"data" }));
    assert_eq!(Command::parse(b"\x01Adata"), Ok(Command::Other { name: b"A", data: b"data" }));
    // A name that is filled up, or ends with a zero, is another one.
    for body in [&b"\x08READY   "[..], b"\x06READY\0", b"READY\0", b"\x06PING2\0"] {
        assert!(Command::parse(body).is_err(), "{body:?}");
    }
}

#[test]
fn z37_022_034_messages_and_commands_alternate_freely() {
    let mut xpub = established(SocketType::XPub, SocketType::XSub);
    xpub.feed(b"\x04\x0B\x09SUBSCRIBEA\x00\x01x\x04\x06\x05OTHER\x01\x01y\x04\x08\x06CANCELA\x00\x01z");
    let parts: Vec<&Seen> = xpub.seen.iter().filter(|seen| matches!(seen, Seen::Message(..))).collect();
    assert_eq!(parts, [&message(false, b"x"), &message(true, b"y"), &message(false, b"z")]);
    let events: Vec<&Seen> = xpub.seen.iter().filter(|seen| matches!(seen, Seen::Event(_))).collect();
    let events_expected =
        ["Subscribe([65])", "Ignored", "Cancel([65])"].map(|event| Seen::Event(event.into()));
    assert_eq!(events, events_expected.iter().collect::<Vec<_>>());
}

#[test]
fn z37_030_a_command_in_the_long_form_is_the_same() {
    let mut pull = established(SocketType::Pull, SocketType::Push);
    pull.feed(b"\x06\0\0\0\0\0\0\0\x07\x04PING\0\0");
    assert_eq!(pull.sent(), b"\x04\x05\x04PONG");
    assert_eq!(FrameHead::decode(b"\x06\0\0\0\0\0\0\0\x07").unwrap().unwrap().0.kind, FrameKind::Command);
}
