//! The panic that the proof must find: an index that nobody checked.

use core::hint::black_box;

pub(crate) fn drive() {
    let octets = [1_u8, 2, 3];
    black_box(octets[black_box(3_usize)]);
}
