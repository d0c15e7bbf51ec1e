//! The stateless octets.

use core::hint::black_box;

use zmtp_core::SocketType;
use zmtp_core::wire::{
    Command, Emit, FrameHead, Greeting, GroupHead, Membership, Metadata, Properties, SubscriptionHead,
    Version,
};

use crate::{number, octets, room};

pub(crate) fn drive() {
    frame();
    command();
    emit();
    socket_type();
}

fn frame() {
    if let Ok(Some((head, used))) = FrameHead::decode(octets()) {
        let octets = black_box(head).encode();
        black_box((used, octets.as_ref(), octets.len()));
    }
    black_box(FrameHead::message(black_box(true), number()).encode());
    black_box(FrameHead::command(number()).encode());
    if let Ok(Some((head, used))) = FrameHead::decode_v1(octets()) {
        black_box((black_box(head).encode_v1().as_ref(), used));
    }
}

fn command() {
    if let Ok(command) = Command::parse(octets()) {
        let _ = black_box(Membership::of(command));
    }
    for property in Properties::new(octets()) {
        let Ok(property) = property else { break };
        black_box(property.is("Identity"));
    }
    if let Ok(metadata) = Metadata::parse(octets()) {
        for property in black_box(metadata).properties() {
            let _ = black_box(property);
        }
    }
    if let Some(head) = SubscriptionHead::new(black_box(Version::V3_1), black_box(true), number()) {
        black_box((head.as_ref(), head.frame(), head.name()));
    }
    if let Some(head) = GroupHead::new(black_box(Version::V3_1), black_box(true), octets()) {
        black_box((head.as_ref(), head.frame()));
    }
}

fn emit() {
    let mut storage = [0; 64];
    let mut emit = Emit::new(room(&mut storage), number());
    emit.put(octets());
    black_box(&mut emit).put(octets());
    let greeting = Greeting {
        mechanism: "NULL",
        as_server: black_box(false),
        oldest: black_box(Version::V1),
        socket_type: black_box(SocketType::Req),
        identity: octets(),
    };
    greeting.emit(black_box(Some(Version::V2)), black_box(&mut emit));
    black_box((emit.written(), emit.is_whole()));
}

fn socket_type() {
    let ours = SocketType::from_name(octets()).unwrap_or(black_box(SocketType::Req));
    let theirs = black_box(SocketType::Rep);
    black_box((SocketType::from_octet(number::<u8>()), ours.octet()));
    black_box(black_box(Version::V1).name());
    black_box((ours.name(), ours.accepts(theirs), ours.publishes(), ours.has_identity()));
}
