//! Reading into memory that has not been initialised. To fill it with zeros first would cost as much as reading a large message again,
//! and the buffers are of `bytes`, for which nobody has a safe way.

#![allow(unsafe_code)]

use std::io;

use bytes::BufMut;
use socket2::Socket;

/// Reads once; returns how many octets.
pub(super) fn receive(socket: &Socket, into: &mut impl BufMut) -> io::Result<usize> {
    let room = into.chunk_mut();
    // SAFETY: `recv` writes octets there and nothing else, so that what was initialised stays so.
    let octets = socket.recv(unsafe { room.as_uninit_slice_mut() })?;
    // SAFETY: `recv` has written that many, beginning with the first, and no more than there was room for.
    unsafe { into.advance_mut(octets) };
    Ok(octets)
}
