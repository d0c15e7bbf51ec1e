//! Our frames against those of libzmq's own decoders, of ZMTP 1.0 and of 2.0 and later.
//!
//! They agree on every frame, flag and size, and on where a stream is given up; but for reserved flags, which libzmq
//! ignores (LZ-014) and we refuse, and for a head that is refused before all of it is there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zmtp_core::wire::{FrameHead, FrameKind, MalformedHead};
use zmtp_core_fuzz::{Control, libzmq};

/// The largest body; the decoders of libzmq have its `ZMQ_MAXMSGSIZE`.
const MOST: u64 = 300;

fuzz_target!(|data: &[u8]| {
    let (mut control, network) = Control::split(data);
    let operation = control.octet();
    let v1 = operation & 1 == 1;
    // Small buffers have libzmq cut, copy and read straight into messages.
    let buffer = [8192, 16, 64, 256][usize::from(operation >> 1) % 4];
    let piece = control.size().max(1);
    let (theirs, refused) = libzmq::decode(v1, MOST, buffer, piece, network);
    let (ours, end) = decode(v1, network);
    match end {
        End::Flags => assert!(theirs.starts_with(&ours)),
        End::Refused { whole } => {
            assert_eq!(theirs, ours);
            assert!(refused || !whole, "we refuse what libzmq takes");
        }
        End::Starved { in_head } => {
            assert_eq!(theirs, ours);
            assert!(!refused || v1 && in_head, "libzmq refuses what we take");
        }
    }
});

enum End {
    /// A reserved flag.
    Flags,
    /// A size; `whole` if all octets of the head are there.
    Refused { whole: bool },
    /// The octets are used up.
    Starved { in_head: bool },
}

fn decode(v1: bool, mut octets: &[u8]) -> (Vec<libzmq::Frame>, End) {
    let mut frames = Vec::new();
    loop {
        let decoded = if v1 { FrameHead::decode_v1(octets) } else { FrameHead::decode(octets) };
        let (head, len) = match decoded {
            Err(MalformedHead::Flags) => return (frames, End::Flags),
            Err(MalformedHead::Size) => return (frames, End::Refused { whole: octets.len() >= 10 }),
            Ok(None) => return (frames, End::Starved { in_head: true }),
            Ok(Some(decoded)) => decoded,
        };
        if head.len > MOST {
            return (frames, End::Refused { whole: true });
        }
        let Some((body, rest)) = octets[len..].split_at_checked(head.len as usize) else {
            return (frames, End::Starved { in_head: false });
        };
        let command = head.kind == FrameKind::Command;
        let more = head.kind == FrameKind::Message { more: true };
        frames.push(libzmq::Frame { more, command, body: body.to_vec() });
        octets = rest;
    }
}
