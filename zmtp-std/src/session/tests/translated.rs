//! Sessions whose frames are translated: here encrypted, between two of ours.

use super::*;
use crate::security::curve_keypair;

/// Options for both sides of CURVE.
fn options() -> (Options, Options) {
    let (server, client) = (curve_keypair(), curve_keypair());
    let ours = Options { curve_server: true, curve_secretkey: Some(server.secret), ..Options::default() };
    let curve_serverkey = Some(server.public);
    let theirs = Options { curve_secretkey: Some(client.secret), curve_serverkey, ..Options::default() };
    (ours, theirs)
}

/// Two sessions after their handshake, and what the second has seen.
fn pair() -> (Session<Socket>, Session<Socket>, Rc<RefCell<Seen>>) {
    let (of_server, of_client) = options();
    let (mut push, _) = session(SocketType::Push, &of_server);
    let (mut pull, seen) = session(SocketType::Pull, &of_client);
    while !(push.was_established() && pull.was_established()) {
        feed(&mut pull, &output(&mut push, 1000)).unwrap();
        feed(&mut push, &output(&mut pull, 1000)).unwrap();
    }
    (push, pull, seen)
}

#[test]
fn z26_029_031_messages_pass_encrypted_whatever_the_stream_takes_and_gives_at_a_time() {
    let (messages, clear) = traffic();
    for (written, read) in [(1000, 7), (usize::MAX, 4096), (70_000, usize::MAX)] {
        let (mut push, mut pull, seen) = pair();
        let lane = Arc::clone(push.lane().unwrap());
        messages.iter().for_each(|message| assert_eq!(lane.offer(&[], message.into()), Offer::Taken));
        let octets = output(&mut push, written);
        assert!(!push.has_unsent());
        assert!(octets.len() > clear.len() && !octets.windows(64).any(|window| window == [1; 64]));
        octets.chunks(read.min(octets.len())).for_each(|chunk| feed(&mut pull, chunk).unwrap());
        assert!(seen.borrow().messages == messages, "{written} {read}");
    }
}

#[test]
fn many_short_messages_are_handed_over_together_and_never_more_than_the_mark_allows() {
    let (mut push, mut pull, seen) = pair();
    let lane = Arc::clone(push.lane().unwrap());
    (0..999).for_each(|_| assert_eq!(lane.offer(&[], (&Message::from("x")).into()), Offer::Taken));
    feed(&mut pull, &output(&mut push, usize::MAX)).unwrap();
    assert_eq!(seen.borrow().parcels, [(999, 999)]);
    (0..2).for_each(|_| assert_eq!(lane.offer(&[], (&Message::from("y")).into()), Offer::Taken));
    pull.receive(output(&mut push, usize::MAX).into(), NOW).unwrap();
    assert_eq!(seen.borrow().parcels, [(999, 999), (1, 1)]);
    assert!(!pull.wants_input());
    pull.lane().unwrap().release(1000, 1000);
    pull.advance(NOW).unwrap();
    assert_eq!(seen.borrow().parcels, [(999, 999), (1, 1), (1, 1)]);
}

#[test]
fn z37_029_of_what_was_encrypted_only_messages_that_are_not_wholly_out_wait_for_the_next_connection() {
    let (mut push, _, _) = pair();
    let lane = Arc::clone(push.lane().unwrap());
    (0..3).for_each(|_| assert_eq!(lane.offer(&[], (&Message::from("x")).into()), Offer::Taken));
    assert!(push.has_output(NOW));
    // The head, the overhead and one octet of each.
    push.wrote(36);
    assert_eq!(lane.unsent(), 2);
    push.wrote(35);
    push.end();
    assert_eq!(lane.unsent(), 2);
    assert_eq!(lane.next_batch().unwrap().0.len(), 6);
}

#[test]
fn z26_006_a_pong_between_pieces_keeps_the_nonces_in_the_order_of_the_wire() {
    let (mut push, mut pull, seen) = pair();
    let lane = Arc::clone(push.lane().unwrap());
    let large = Message::from(vec![3; 200_000]);
    (0..3).for_each(|_| assert_eq!(lane.offer(&[], (&large).into()), Offer::Taken));
    let mut octets = Vec::new();
    for _ in 0..5 {
        // A sealed PING, made by the other side while we are in the middle of a batch.
        let mut ping = vec![0; pull.connection.overhead()];
        ping.extend(b"\x04PING\0\0");
        let head = pull.connection.seal(FrameKind::Command, &mut ping).unwrap();
        pull.connection.sent_body(head.len() + ping.len());
        push.receive(Bytes::from([head.as_ref(), &ping].concat()), NOW).unwrap();
        assert!(push.has_output(NOW));
        let mut slices = [IoSlice::new(&[]); 4];
        let count = push.slices(&mut slices);
        let piece: Vec<u8> = slices[..count].iter().flat_map(|slice| slice.to_vec()).collect();
        push.wrote(piece.len());
        octets.extend(piece);
        push.advance(NOW).unwrap();
    }
    octets.extend(output(&mut push, usize::MAX));
    feed(&mut pull, &octets).unwrap();
    assert!(seen.borrow().messages == [large.clone(), large.clone(), large]);
}
