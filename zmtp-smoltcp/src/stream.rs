//! What a peer's octets travel over: four calls, so that no network stack is built in.

use smoltcp::socket::tcp;

/// An ordered stream of octets to and from one peer, with a buffer of its own each way, that never blocks.
///
/// Implemented for smoltcp's [`tcp::Socket`]. To run over something else (another stack, the rings of a UART), implement
/// these four calls and hand the stream to [`Socket::drive`](crate::Socket::drive).
pub trait Stream {
    /// Shows received octets, the oldest first, to `take`, which says how many of them are used up.
    ///
    /// What is shown may be a part of what is there, as where a ring wraps; it is empty if nothing is there.
    /// `None`, without a call of `take`, if the stream is over.
    fn receive<T>(&mut self, take: impl FnOnce(&[u8]) -> (usize, T)) -> Option<T>;

    /// Shows room for octets to send to `fill`, which says how many it has written.
    ///
    /// What is shown may be a part of the room there is; it is empty if there is none.
    /// `None`, without a call of `fill`, if nothing can be sent any more.
    fn send<T>(&mut self, fill: impl FnOnce(&mut [u8]) -> (usize, T)) -> Option<T>;

    /// Whether octets wait to be received, or may arrive. Once a stream was open, `false` is for ever.
    fn may_receive(&self) -> bool;

    /// Whether octets can be sent, now or when there is room again. Once a stream was open, `false` is for ever.
    fn may_send(&self) -> bool;
}

impl Stream for tcp::Socket<'_> {
    fn receive<T>(&mut self, take: impl FnOnce(&[u8]) -> (usize, T)) -> Option<T> {
        self.recv(|octets| take(octets)).ok()
    }

    fn send<T>(&mut self, fill: impl FnOnce(&mut [u8]) -> (usize, T)) -> Option<T> {
        tcp::Socket::send(self, fill).ok()
    }

    fn may_receive(&self) -> bool {
        self.may_recv()
    }

    fn may_send(&self) -> bool {
        tcp::Socket::may_send(self)
    }
}
