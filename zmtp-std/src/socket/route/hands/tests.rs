//! Sockets whose streams are quick, or are taken to be.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use zmtp_core::SocketType;
use zmtp_core::wire::Version;

use crate::lane::{Lane, Sink};
use crate::socket::Core;
use crate::wait::block_on;
use crate::{Address, Context, Endpoint, Options, Properties, Push, SlowPeer, Unsent};

/// What a batch in hand takes, with the message it begins with.
const MANY: usize = 800;

fn push(options: Options) -> Push {
    // There is no session that could write what is left.
    Context::new().with(Options { linger: Some(Duration::ZERO), ..options }).push()
}

/// A lane of a PUSH, as after a handshake, with its stream.
fn lane(core: &Arc<Core>) -> (Arc<Lane>, Arc<Sink>) {
    let site = core.bound(Endpoint::Inproc { name: "test".into() }, core.settings());
    let properties = Properties {
        socket_type: Some(SocketType::Pull),
        routing_id: Bytes::new(),
        address: Address::Inproc("test".into()),
        user_id: String::new(),
        metadata: Vec::new(),
    };
    let lane = core.established(None, &site, Version::V3_1, Arc::new(properties)).unwrap();
    let sink = Sink::with_room(usize::MAX);
    lane.lend(Arc::clone(&sink) as Arc<dyn crate::lane::Outlet>);
    (lane, sink)
}

#[test]
fn a_batch_in_hand_is_written_by_its_sender_when_it_has_its_messages() {
    let push = push(Options::default());
    let (lane, sink) = lane(&push.core);
    lane.pretend_quick();
    (1..MANY).for_each(|_| push.try_send("x").unwrap());
    assert!(sink.octets().is_empty());
    push.try_send("x").unwrap();
    assert_eq!(sink.octets(), b"\0\x01x".repeat(MANY));
    assert_eq!(push.statistics().to_send.messages, 0);
    assert!(lane.next_batch().is_none());
}

#[test]
fn a_batch_in_hand_is_written_by_its_sender_when_it_has_its_octets() {
    let push = push(Options::default());
    let (lane, sink) = lane(&push.core);
    lane.pretend_quick();
    (0..32).for_each(|_| push.try_send(vec![7; 1000]).unwrap());
    assert!(sink.octets().is_empty());
    push.try_send(vec![7; 1000]).unwrap();
    assert_eq!(sink.octets().len(), 33 * 1009);
}

#[test]
fn a_message_with_no_room_in_hand_is_written_behind_what_is_there() {
    let push = push(Options::default());
    let (lane, sink) = lane(&push.core);
    lane.pretend_quick();
    push.try_send("a").unwrap();
    push.try_send("b").unwrap();
    push.try_send(vec![7; 40_000]).unwrap();
    let octets = sink.octets();
    assert!(octets.starts_with(b"\0\x01a\0\x01b"));
    lane.pretend_quiet();
    push.try_send("c").unwrap();
    assert!(sink.octets().ends_with(b"\x07\0\x01c"));
}

#[test]
fn what_is_in_hand_is_counted_to_the_message_and_the_marks_hold() {
    for sndhwm in [1, 2, 3, 10] {
        let push = push(Options { sndhwm, ..Options::default() });
        let (lane, sink) = lane(&push.core);
        sink.room.store(0, Ordering::SeqCst);
        for sent in 0..sndhwm {
            lane.pretend_quick();
            assert_eq!(push.statistics().to_send.messages, u64::from(sent));
            lane.pretend_quick();
            push.try_send("x").unwrap();
        }
        lane.pretend_quick();
        assert_eq!(push.try_send("x").unwrap_err().why, Unsent::WouldBlock);
        assert_eq!(push.statistics().to_send.messages, u64::from(sndhwm));
        sink.room.store(usize::MAX, Ordering::SeqCst);
        sink.write_as_session(&lane);
        assert_eq!(sink.octets(), b"\0\x01x".repeat(sndhwm as usize));
    }
}

#[test]
fn octets_in_hand_are_counted_and_a_mark_on_octets_holds() {
    let push = push(Options { sndhwm_bytes: 10, ..Options::default() });
    let (lane, sink) = lane(&push.core);
    sink.room.store(0, Ordering::SeqCst);
    lane.pretend_quick();
    push.try_send("1234").unwrap();
    push.try_send("5678").unwrap();
    push.try_send("9a").unwrap();
    assert_eq!(push.try_send("b").unwrap_err().why, Unsent::WouldBlock);
    assert_eq!(push.statistics().to_send.octets, 10);
}

#[test]
fn room_of_the_socket_that_one_lane_has_in_hand_is_given_to_another() {
    let push = push(Options { socket_sndhwm: 4, ..Options::default() });
    let lanes = [lane(&push.core), lane(&push.core)];
    lanes.iter().for_each(|(lane, sink)| {
        sink.room.store(0, Ordering::SeqCst);
        lane.pretend_quick();
    });
    (0..4).for_each(|_| push.try_send("x").unwrap());
    assert_eq!(push.try_send("x").unwrap_err().why, Unsent::WouldBlock);
    assert_eq!(push.statistics().to_send.messages, 4);
    assert!(lanes.iter().all(|(lane, _)| lane.unsent() == 2));
}

#[test]
fn what_is_in_hand_is_handed_in_for_a_sender_that_falls_silent() {
    let push = push(Options::default());
    let (lane, sink) = lane(&push.core);
    lane.pretend_quick();
    push.try_send("a").unwrap();
    push.try_send("b").unwrap();
    lane.pretend_quiet();
    block_on(lane.wake.woken());
    sink.write_as_session(&lane);
    assert_eq!(sink.octets(), b"\0\x01a\0\x01b");
}

#[test]
fn what_is_in_hand_waits_for_the_next_connection_if_this_one_is_lost() {
    let push = push(Options::default());
    let site = push.core.bound(Endpoint::Inproc { name: "test".into() }, push.core.settings());
    let (lane, sink) = lane(&push.core);
    lane.pretend_quick();
    push.try_send("a").unwrap();
    push.try_send("b").unwrap();
    lane.unlend();
    assert_eq!(push.core.lost(&lane, &site, true, false), 0);
    sink.write_as_session(&lane);
    assert_eq!(sink.octets(), b"\0\x01a\0\x01b");
}

#[test]
fn what_is_in_hand_is_dropped_and_counted_with_its_peer() {
    let push = push(Options::default());
    let site = push.core.bound(Endpoint::Inproc { name: "test".into() }, push.core.settings());
    let (lane, _) = lane(&push.core);
    lane.pretend_quick();
    (0..3).for_each(|_| push.try_send("x").unwrap());
    lane.unlend();
    assert_eq!(push.core.lost(&lane, &site, false, false), 3);
    assert_eq!(push.statistics().to_send.messages, 0);
    assert_eq!(push.try_send("x").unwrap_err().why, Unsent::WouldBlock);
}

#[test]
fn the_oldest_in_hand_make_room_too() {
    let options = Options { sndhwm: 8, slow_peer: SlowPeer::DropOldest, ..Options::default() };
    let push = push(options);
    let (lane, sink) = lane(&push.core);
    sink.room.store(0, Ordering::SeqCst);
    for number in 0..20 {
        lane.pretend_quick();
        push.try_send(format!("{number:02}")).unwrap();
    }
    let dropped = push.statistics().dropped;
    assert_eq!(dropped + push.statistics().to_send.messages, 20);
    sink.room.store(usize::MAX, Ordering::SeqCst);
    sink.write_as_session(&lane);
    assert!(sink.octets().ends_with(b"\0\x0217\0\x0218\0\x0219"));
}

#[test]
fn a_socket_that_is_polled_before_each_message_fills_its_batch_all_the_same() {
    let push = push(Options::default());
    let (lane, sink) = lane(&push.core);
    lane.pretend_quick();
    for _ in 1..MANY {
        assert!(push.has_room());
        push.try_send("x").unwrap();
    }
    assert!(sink.octets().is_empty());
    assert!(lane.next_batch().is_none(), "it is in hand");
}
