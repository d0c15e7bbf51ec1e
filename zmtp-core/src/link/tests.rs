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
fn carry(
    from: (&mut Link<'_>, &Config<'_>),
    to: (&mut Link<'_>, &Config<'_>),
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

fn take(link: &mut Link<'_>) -> Vec<Vec<u8>> {
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
    assert_eq!(link.restart(&config, NOW), 1, "one message is lost with the peer");
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
