//! The sockets over streams of `embedded-io-async`: embassy-net, a UART with DMA.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use embedded_io_async::{Read, Write};
use zmtp_core::Instant;

use crate::event::{Event, Reason};
use crate::socket::Socket;
use crate::stream::Stream;
use crate::window::Window;

/// A [`Stream`] over the two halves of an asynchronous one, such as embassy-net's `TcpSocket` after `split`.
///
/// What has been read and what is to be written lies in lent buffers and not in futures. So every future here may be dropped
/// at any time, if those of `R` and `W` may: nothing is lost, nothing is sent twice, and the next call goes on.
#[derive(Debug)]
pub struct AsyncIo<'b, R, W> {
    reader: R,
    writer: W,
    rx: Window<'b>,
    tx: Window<'b>,
    over: bool,
}

/// Why an operation on a socket over an [`AsyncIo`] has ended without its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Ended<E> {
    /// The socket says so; the stream goes on.
    Socket(E),
    /// The stream is over: [`detach`](Socket::detach) the peer.
    Stream(Reason),
}

impl<'b, R: Read, W: Write> AsyncIo<'b, R, W> {
    /// A stream over these halves, with these buffers, of one octet at least.
    #[must_use]
    pub fn new(reader: R, writer: W, rx: &'b mut [u8], tx: &'b mut [u8]) -> Self {
        Self { reader, writer, rx: Window::new(rx), tx: Window::new(tx), over: false }
    }

    /// Waits until octets have come or gone, or the stream is over. To be called when the socket has been driven and has no
    /// more to do; with [`Socket::poll_timeout`], whichever is earlier.
    pub async fn moved(&mut self) {
        let Self { reader, writer, rx, tx, over } = self;
        if *over {
            return;
        }
        let (reads, writes) = (!rx.room().is_empty(), !tx.is_empty());
        let (mut read, mut written) = (None, None);
        {
            let mut reading = pin!(reader.read(rx.room()));
            let mut writing = pin!(writer.write(tx.filled()));
            poll_fn(|context| {
                if reads && let Poll::Ready(result) = reading.as_mut().poll(context) {
                    read = Some(result.unwrap_or(0));
                }
                // Both are asked: either may have to wait for the other's end of the line.
                if writes && let Poll::Ready(result) = writing.as_mut().poll(context) {
                    written = Some(result.unwrap_or(0));
                }
                if read.is_some() || written.is_some() { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
        // The end, or an error: there is no more after either.
        *over |= read == Some(0) || written == Some(0);
        rx.add(read.unwrap_or(0));
        tx.consume(written.unwrap_or(0));
    }

    /// Writes what has been sent and is not yet written, and has the stream's own buffers written.
    ///
    /// # Errors
    /// The stream's; it is over then.
    pub async fn flush(&mut self) -> Result<(), W::Error> {
        while !self.over && !self.tx.is_empty() {
            match self.writer.write(self.tx.filled()).await {
                Ok(0) => self.over = true,
                Ok(count) => self.tx.consume(count),
                Err(error) => {
                    self.over = true;
                    return Err(error);
                }
            }
        }
        self.writer.flush().await
    }

    /// Drives `peer` of `socket` until `attempt` does not say `WouldBlock`, and gives what it says: `|socket| socket.send(..)`.
    /// `now` is the device's clock. Nobody wakes it for a deadline of the protocol: race it with a timer for
    /// [`Socket::poll_timeout`], and call it again when that rings.
    ///
    /// # Errors
    /// [`Ended`].
    pub async fn until<S: Socket, T, E>(
        &mut self,
        socket: &mut S,
        peer: usize,
        mut now: impl FnMut() -> Instant,
        mut report: impl FnMut(Event),
        mut attempt: impl FnMut(&mut S) -> nb::Result<T, E>,
    ) -> Result<T, Ended<E>> {
        loop {
            let driven = socket.drive(peer, self, now(), &mut report);
            let result = attempt(socket);
            let held = self.held();
            // What it has sent gets on its way, also if nobody calls again soon.
            let driven = driven.and_then(|()| socket.drive(peer, self, now(), &mut report));
            match (result, driven) {
                (Ok(value), _) => return Ok(value),
                (Err(nb::Error::Other(error)), _) => return Err(Ended::Socket(error)),
                (Err(nb::Error::WouldBlock), Err(reason)) => return Err(Ended::Stream(reason)),
                // It has made room: what has moved since may be what it waits for, and nobody would tell of that.
                (Err(nb::Error::WouldBlock), Ok(())) if self.held() != held => {}
                (Err(nb::Error::WouldBlock), Ok(())) => self.moved().await,
            }
        }
    }

    /// Octets that have been read and not taken, and sent and not written.
    fn held(&self) -> (usize, usize) {
        (self.rx.filled().len(), self.tx.filled().len())
    }
}

impl<R: Read, W: Write> Stream for AsyncIo<'_, R, W> {
    fn receive<T>(&mut self, take: impl FnOnce(&[u8]) -> (usize, T)) -> Option<T> {
        if self.may_receive() { Some(self.rx.show(take)) } else { None }
    }

    fn send<T>(&mut self, fill: impl FnOnce(&mut [u8]) -> (usize, T)) -> Option<T> {
        if self.over { None } else { Some(self.tx.offer(fill)) }
    }

    fn may_receive(&self) -> bool {
        !self.over || !self.rx.is_empty()
    }

    fn may_send(&self) -> bool {
        !self.over
    }
}
