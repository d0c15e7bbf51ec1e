//! The queue of frames: every call, in any order that its documentation allows, and what it answers.

use zmtp_core::store::FrameQueue;
use zmtp_core::wire::FrameHead;
use zmtp_core_fuzz::Control;

use crate::model::{Model, head_len};

pub fn drive(control: &mut Control<'_>) {
    let mut octets = [0; 300];
    let (capacity, most) = ([300, 40, 12, 9, 2, 0][control.size() % 6], control.size() % 4);
    let mut queue = FrameQueue::new(&mut octets[..capacity], most);
    let mut model = Model::new(capacity, most);
    while !control.is_over() {
        let (operation, size) = (control.octet(), control.size());
        match operation % 4 {
            0 => begin(&mut queue, &mut model, operation, size),
            1 => push_or_write(&mut queue, &mut model, control, operation, size),
            2 => take(&mut queue, &mut model, operation, size),
            _ => drop_some(&mut queue, &mut model, operation, size),
        }
        compare(&queue, &mut model, most);
    }
}

fn begin(queue: &mut FrameQueue<'_>, model: &mut Model, operation: u8, size: usize) {
    let more = operation & 4 != 0;
    if model.open() > 0 {
        return;
    }
    match operation >> 4 {
        0..6 => {
            let head = FrameHead::message(more, size as u64 + u64::from(operation >> 4));
            assert_eq!(queue.begin_frame(head), model.begin(head));
        }
        6 if !model.is_within_message() => {
            let head = FrameHead::command(size as u64);
            assert_eq!(queue.begin_frame(head), model.begin(head));
        }
        // Up to the largest there is.
        7 => {
            let head = FrameHead::message(more, (size as u64) << 55);
            assert_eq!(queue.stream_frame(head), model.stream(head));
        }
        8..13 => {
            let head = FrameHead::message(more, size as u64 * u64::from(operation >> 6));
            assert_eq!(queue.stream_frame(head), model.stream(head));
        }
        _ => assert_eq!(queue.admits(size, more), model.admits(size, more)),
    }
}

fn push_or_write(
    queue: &mut FrameQueue<'_>,
    model: &mut Model,
    control: &mut Control<'_>,
    operation: u8,
    size: usize,
) {
    if operation & 4 != 0 || model.is_within_message() {
        let octets = vec![operation; size % 64];
        assert_eq!(queue.write(&octets), model.write(&octets));
        return;
    }
    let part = control.octets(size % 40);
    let parts = vec![part; usize::from(operation >> 4) % 4];
    let envelope = vec![&part[..part.len() / 2]; usize::from(operation >> 6)];
    let has_room = queue.has_room(&parts);
    let pushed = queue.push_behind(&envelope, &parts);
    assert_eq!(pushed, model.push(&envelope, &parts));
    if envelope.is_empty() && !parts.is_empty() {
        assert_eq!(has_room, pushed.is_ok());
    }
}

fn take(queue: &mut FrameQueue<'_>, model: &mut Model, operation: u8, size: usize) {
    let mut room = [0; 300];
    let room = &mut room[..size];
    match operation >> 2 & 3 {
        0 if model.may_take_body() => {
            let taken = queue.take_frame(room).map(|(len, more)| (room[..len].to_vec(), more));
            assert_eq!(taken, model.take_frame(size));
        }
        1 if model.may_take_body() => {
            let taken = queue.take_piece(room).map(|taken| (room[..taken.octets].to_vec(), taken));
            assert_eq!(taken, model.take_piece(size));
        }
        2 if model.may_take_octets() => {
            let len = queue.take_octets(room);
            assert_eq!(room[..len], model.take_octets(size));
        }
        3 => {
            queue.discard_frame();
            model.discard_frame();
        }
        _ => {}
    }
}

fn drop_some(queue: &mut FrameQueue<'_>, model: &mut Model, operation: u8, size: usize) {
    match operation >> 2 & 3 {
        0 => {
            queue.abort();
            model.abort();
        }
        1 if size.is_multiple_of(4) => {
            queue.clear();
            model.clear();
        }
        _ => assert_eq!(queue.skip_message(), model.skip_message()),
    }
}

fn compare(queue: &FrameQueue<'_>, model: &mut Model, most: usize) {
    assert_eq!((queue.messages(), queue.is_empty()), (model.messages(), model.visible() == 0));
    assert!(most == 0 || queue.messages() <= most);
    assert_eq!((queue.room(), queue.open()), (model.room(), model.open()));
    assert_eq!((queue.is_last_open(), queue.is_streaming()), (model.is_last_open(), model.is_streaming()));
    assert_eq!(queue.leaving(), model.leaving());
    let front = model.front();
    assert_eq!(queue.front(), front.as_ref().map(|(head, _)| (*head, head_len(head.len))));
    assert_eq!(queue.front_frame().map(|(head, pieces)| (head, pieces.concat())), front);
}
