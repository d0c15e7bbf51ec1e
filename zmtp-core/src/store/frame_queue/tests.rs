//! The queue held to a model, and to the octets on the wire.

use std::collections::VecDeque;

use super::*;
use proptest::prelude::*;

type Message = Vec<Vec<u8>>;

fn take(queue: &mut FrameQueue<'_>) -> Option<Message> {
    let mut message = Vec::new();
    let mut body = [0; 512];
    loop {
        match queue.take_frame(&mut body) {
            Ok((len, more)) => {
                message.push(body[..len].to_vec());
                if !more {
                    return Some(message);
                }
            }
            Err(error) => {
                assert_eq!((error, message.len()), (TakeError::Empty, 0));
                return None;
            }
        }
    }
}

fn encoded(message: &Message) -> Vec<u8> {
    let mut octets = Vec::new();
    for (at, part) in message.iter().enumerate() {
        octets.extend(FrameHead::message(at + 1 < message.len(), part.len() as u64).encode().as_ref());
        octets.extend(part);
    }
    octets
}

proptest! {
    #[test]
    fn messages_come_out_whole_and_in_order_and_are_refused_whole(
        capacity in 0usize..400, most in 0usize..4,
        operations in proptest::collection::vec(
            (any::<bool>(), proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..290), 1..4)), 0..40)
    ) {
        let mut storage = vec![0; capacity];
        let mut queue = FrameQueue::new(&mut storage, most);
        let mut model = VecDeque::<Message>::new();
        for (push, message) in operations {
            if push {
                let size = encoded(&message).len();
                let used: usize = model.iter().map(|message| encoded(message).len()).sum();
                let fits = used + size <= capacity && (most == 0 || model.len() < most);
                let parts: Vec<&[u8]> = message.iter().map(Vec::as_slice).collect();
                let pushed = queue.push(&parts);
                prop_assert_eq!(pushed.is_ok(), fits);
                if pushed == Err(Full::Never) {
                    prop_assert!(size > capacity);
                }
                if fits {
                    model.push_back(message);
                }
            } else {
                prop_assert_eq!(take(&mut queue), model.pop_front());
            }
            prop_assert_eq!(queue.messages(), model.len());
        }
    }

    #[test]
    fn octets_leave_as_they_are_on_the_wire_however_they_are_cut(
        message in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..290), 1..4), cut in 1usize..50
    ) {
        let mut storage = [0; 1024];
        let mut queue = FrameQueue::new(&mut storage, 0);
        let parts: Vec<&[u8]> = message.iter().map(Vec::as_slice).collect();
        queue.push(&parts).unwrap();
        let mut octets: Vec<u8> = Vec::new();
        let mut out = vec![0; cut];
        loop {
            let left = queue.leaving();
            let count = queue.take_octets(&mut out);
            octets.extend(&out[..count]);
            match left {
                Some(left) => prop_assert_eq!(count as u64, left.min(cut as u64)),
                None => break,
            }
        }
        prop_assert_eq!(octets, encoded(&message));
        prop_assert_eq!(queue.messages(), 0);
    }
}

proptest! {
    #[test]
    fn api_011_a_conflating_queue_keeps_the_newest_whole_message_and_never_cuts_one_that_leaves(
        capacity in 30usize..200,
        steps in proptest::collection::vec((0u8..4, proptest::collection::vec(0usize..12, 1..3)), 0..60)
    ) {
        let mut storage = vec![0; capacity];
        let mut queue = FrameQueue::new(&mut storage, 1);
        queue.set_conflate(true);
        // What is left of the message that leaves, and the newest behind it.
        let (mut leaving, mut newest) = (Vec::<Vec<u8>>::new(), None::<Message>);
        for (number, (step, lens)) in steps.into_iter().enumerate() {
            if step < 2 {
                let message: Message = lens.iter().map(|len| vec![number as u8; *len]).collect();
                let parts: Vec<&[u8]> = message.iter().map(Vec::as_slice).collect();
                let left = encoded(&leaving).len();
                let (mut written, mut fits) = (0, true);
                for part in &message {
                    let frame = 2 + part.len();
                    // One larger than the queue is refused before anything goes.
                    fits = fits && written + frame <= capacity;
                    let older = newest.as_ref().map_or(0, |message| encoded(message).len());
                    if fits && (left > 0 || written + frame + older > capacity) {
                        newest = None;
                    }
                    fits = fits && left + written + frame <= capacity;
                    written += frame;
                }
                prop_assert_eq!(queue.push(&parts).is_ok(), fits);
                if fits {
                    newest = Some(message);
                }
            } else {
                // A whole frame; the next message begins when the one before is out.
                if leaving.is_empty() {
                    leaving = newest.take().unwrap_or_default();
                }
                let mut body = [0; 16];
                let taken = queue.take_frame(&mut body);
                if leaving.is_empty() {
                    prop_assert_eq!(taken, Err(TakeError::Empty));
                } else {
                    let part = leaving.remove(0);
                    prop_assert_eq!(taken, Ok((part.len(), !leaving.is_empty())));
                    prop_assert_eq!(&body[..part.len()], &part[..]);
                }
            }
            let messages = usize::from(!leaving.is_empty()) + usize::from(newest.is_some());
            prop_assert_eq!(queue.messages(), messages);
        }
    }
}

#[test]
fn api_011_a_message_that_is_taken_back_takes_no_others_place_if_there_was_room_for_both() {
    let mut storage = [0; 32];
    let mut queue = FrameQueue::new(&mut storage, 0);
    queue.set_conflate(true);
    queue.push(&[b"old"]).unwrap();
    queue.begin_frame(FrameHead::message(false, 3)).unwrap();
    queue.abort();
    assert_eq!(take(&mut queue), Some(vec![b"old".to_vec()]));
}

#[test]
fn api_011_octets_of_a_message_that_leaves_are_not_replaced_on_the_wire() {
    let mut storage = [0; 64];
    let mut queue = FrameQueue::new(&mut storage, 0);
    queue.set_conflate(true);
    queue.push(&[b"one", b"1"]).unwrap();
    let mut out = [0; 2];
    assert_eq!(queue.take_octets(&mut out), 2);
    queue.push(&[b"two"]).unwrap();
    queue.push(&[b"three"]).unwrap();
    let mut octets = out.to_vec();
    loop {
        let count = queue.take_octets(&mut out);
        if count == 0 {
            break;
        }
        octets.extend(&out[..count]);
    }
    assert_eq!(octets, b"\x01\x03one\x00\x011\x00\x05three");
    assert_eq!(queue.messages(), 0);
}

#[test]
fn a_frame_that_does_not_fit_the_callers_room_stays() {
    let mut storage = [0; 32];
    let mut queue = FrameQueue::new(&mut storage, 0);
    queue.push(&[b"four"]).unwrap();
    assert_eq!(queue.take_frame(&mut [0; 3]), Err(TakeError::TooSmall { needed: 4 }));
    assert_eq!(queue.take_frame(&mut [0; 4]), Ok((4, false)));
}

#[test]
fn an_aborted_message_leaves_no_trace_and_a_skipped_one_neither() {
    let mut storage = [0; 32];
    let mut queue = FrameQueue::new(&mut storage, 0);
    queue.begin_frame(FrameHead::message(true, 3)).unwrap();
    queue.write(b"abc");
    queue.begin_frame(FrameHead::message(false, 3)).unwrap();
    queue.write(b"d");
    assert!(queue.is_empty());
    queue.abort();
    queue.push(&[b"one", b"1"]).unwrap();
    queue.push(&[b"two"]).unwrap();
    queue.take_frame(&mut [0; 8]).unwrap();
    queue.skip_message();
    assert_eq!(take(&mut queue), Some(vec![b"two".to_vec()]));
}

#[test]
fn a_streamed_message_whose_last_frame_is_empty_is_one_message() {
    let mut storage = [0; 24];
    let mut queue = FrameQueue::new(&mut storage, 1);
    let mut body = [0; 24];
    for _ in 0..3 {
        queue.stream_frame(FrameHead::message(true, 2)).unwrap();
        assert_eq!(queue.write(b"ab"), 2);
        queue.stream_frame(FrameHead::message(false, 0)).unwrap();
        assert_eq!((queue.messages(), queue.is_streaming()), (1, false));
        assert_eq!(take(&mut queue), Some(vec![b"ab".to_vec(), Vec::new()]));
        assert_eq!((queue.messages(), queue.is_empty()), (0, true));

        queue.stream_frame(FrameHead::message(false, 0)).unwrap();
        assert_eq!((queue.messages(), queue.is_streaming()), (1, false));
        assert_eq!(queue.take_piece(&mut body), Ok(Taken { octets: 0, left: 0, more: false }));
        assert_eq!(queue.messages(), 0);
    }
}

#[test]
fn what_is_visible_already_is_not_taken_back() {
    let mut storage = [0; 24];
    let mut queue = FrameQueue::new(&mut storage, 1);
    queue.stream_frame(FrameHead::message(false, 4)).unwrap();
    assert_eq!(queue.write(b"ab"), 2);
    queue.abort();
    assert_eq!((queue.open(), queue.write(b"cd")), (2, 2));
    assert_eq!(take(&mut queue), Some(vec![b"abcd".to_vec()]));
}

#[test]
fn what_is_discarded_of_a_frame_before_all_of_it_has_come_does_not_leave_its_rest_behind_as_a_head() {
    let mut storage = [0; 24];
    let mut queue = FrameQueue::new(&mut storage, 0);
    queue.stream_frame(FrameHead::message(false, 4)).unwrap();
    queue.write(b"\x01\xFF");
    queue.discard_frame();
    assert_eq!((queue.leaving(), queue.front()), (Some(2), None));
    queue.write(b"\x01\xFF");
    assert_eq!(queue.front(), None, "these are octets of a body");
    queue.discard_frame();
    assert_eq!(queue.take_piece(&mut [0; 8]), Ok(Taken { octets: 2, left: 0, more: false }));
    assert_eq!((queue.messages(), queue.is_empty()), (0, true));
}

#[test]
fn api_011_there_is_room_in_a_conflating_queue_for_what_takes_the_place_of_others() {
    let mut storage = [0; 8];
    let mut queue = FrameQueue::new(&mut storage, 1);
    queue.set_conflate(true);
    queue.push(&[b"first"]).unwrap();
    assert!(queue.has_room(&[b"second"]) && !queue.has_room(&[b"seventh"]));
    queue.push(&[b"second"]).unwrap();
    // Of a message that is part of the way out, the rest stays.
    queue.take_octets(&mut [0; 4]);
    assert!(queue.has_room(&[b"xy"]) && !queue.has_room(&[b"xyz"]));
    assert_eq!((queue.push(&[b"xyz"]), queue.push(&[b"xy"])), (Err(Full::Now), Ok(())));
}
