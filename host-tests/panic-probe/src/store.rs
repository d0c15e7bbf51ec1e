//! Storage in lent slices.

use core::hint::black_box;

use zmtp_core::store::{Assembly, FrameQueue, Ring};
use zmtp_core::wire::FrameHead;

use crate::{number, octets, room};

pub(crate) fn drive() {
    ring();
    assembly();
    write_queue();
}

fn ring() {
    let mut storage = [0; 64];
    let mut ring = Ring::new(room(&mut storage));
    let ring = black_box(&mut ring);
    black_box(ring.push(octets()));
    black_box(&mut *ring).discard(number());
    black_box(&mut *ring).truncate(number());
    let mut out = [0; 64];
    black_box(black_box(&mut *ring).pop(room(&mut out)));
    let ring = black_box(ring);
    black_box((ring.len(), ring.is_empty(), ring.capacity(), ring.room(), ring.front(), ring.get(number())));
}

fn assembly() {
    let mut storage = [0; 64];
    let mut assembly = Assembly::new(room(&mut storage));
    let assembly = black_box(&mut assembly);
    black_box((assembly.extend(octets()), assembly.capacity()));
    black_box(black_box(&mut *assembly).filled());
    black_box(assembly).clear();
}

fn write_queue() {
    let mut storage = [0; 64];
    let mut queue = FrameQueue::new(room(&mut storage), number());
    let queue = black_box(&mut queue);
    let parts = [octets(), octets(), octets()];
    let _ = black_box(queue.push(black_box(parts.get(..number()).unwrap_or_default())));
    let _ = black_box(black_box(&mut *queue).begin_frame(FrameHead::message(black_box(true), number())));
    black_box(black_box(&mut *queue).write(octets()));
    black_box(&mut *queue).abort();
    read_queue(black_box(queue));
}

fn read_queue(queue: &mut FrameQueue<'_>) {
    let mut body = [0; 64];
    let _ = black_box(queue.take_frame(room(&mut body)));
    black_box(&mut *queue).skip_message();
    black_box(black_box(&mut *queue).take_octets(room(&mut body)));
    let queue = black_box(queue);
    black_box((queue.messages(), queue.is_empty(), queue.front(), queue.leaving()));
    queue.clear();
    black_box(queue);
}
