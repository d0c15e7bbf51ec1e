//! libzmq's decoders, linked from its own sources: `decoders.cpp` drives them as its engines do.

use std::ffi::c_void;

/// A frame as libzmq understood it.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    pub more: bool,
    pub command: bool,
    pub body: Vec<u8>,
}

type OnFrame = extern "C" fn(frames: *mut c_void, flags: u8, body: *const u8, len: usize);

unsafe extern "C" {
    fn zmtp_fuzz_decode(
        v1: bool,
        most: i64,
        buffer: usize,
        piece: usize,
        octets: *const u8,
        len: usize,
        on_frame: OnFrame,
        frames: *mut c_void,
    ) -> bool;
}

/// Decodes `octets`, up to `piece` at once, with a read buffer of `buffer` octets and frames of up to `most`.
/// Returns the whole frames, and whether libzmq gave the stream up.
pub fn decode(v1: bool, most: u64, buffer: usize, piece: usize, octets: &[u8]) -> (Vec<Frame>, bool) {
    let mut frames = Vec::<Frame>::new();
    // SAFETY: the slice is valid for `len` octets, and only read. `frames` outlives the call, which is the only time that
    // `on_frame` is called with the pointer to it, by this thread.
    let refused = unsafe {
        zmtp_fuzz_decode(
            v1,
            most as i64,
            buffer,
            piece,
            octets.as_ptr(),
            octets.len(),
            on_frame,
            (&raw mut frames).cast(),
        )
    };
    (frames, refused)
}

extern "C" fn on_frame(frames: *mut c_void, flags: u8, body: *const u8, len: usize) {
    // SAFETY: `decode` gave this pointer to its vector, which nobody else uses during the call.
    let frames = unsafe { &mut *frames.cast::<Vec<Frame>>() };
    // SAFETY: libzmq says that the body of its message has `len` octets here. An empty one may be anywhere.
    let body = if len == 0 { &[][..] } else { unsafe { std::slice::from_raw_parts(body, len) } };
    frames.push(Frame { more: flags & 1 != 0, command: flags & 2 != 0, body: body.to_vec() });
}
