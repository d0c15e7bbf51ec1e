//! The sockets over a stream of `embedded-io`: a UART, USB.

use embedded_io::{Read, ReadReady, Write, WriteReady};

use crate::stream::Stream;
use crate::window::Window;

/// A [`Stream`] over anything that is read from and written to and can say whether that would block, such as a UART.
///
/// There is nobody who connects: [`attach`](crate::Socket::attach) the peer when the line is up, and again when it is over.
/// If it is because [the peer has failed](crate::Reason::Failed), the other end has to begin anew as well; where it may not
/// notice, let both send heartbeats. A line that loses octets needs a layer that repeats them below this one.
///
/// ```
/// # use std::{cell::RefCell, collections::VecDeque, convert::Infallible, rc::Rc};
/// use zmtp_smoltcp::{Config, Instant, Io, Pair, Peer, Socket, SocketType, Storage};
/// # type Pipe = Rc<RefCell<VecDeque<u8>>>;
/// # struct Uart { rx: Pipe, tx: Pipe }
/// # impl embedded_io::ErrorType for Uart { type Error = Infallible; }
/// # impl embedded_io::Read for Uart {
/// #     fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
/// #         let mut pipe = self.rx.borrow_mut();
/// #         let count = buf.len().min(pipe.len());
/// #         buf.iter_mut().for_each(|octet| if let Some(next) = pipe.pop_front() { *octet = next });
/// #         Ok(count)
/// #     }
/// # }
/// # impl embedded_io::ReadReady for Uart {
/// #     fn read_ready(&mut self) -> Result<bool, Infallible> { Ok(!self.rx.borrow().is_empty()) }
/// # }
/// # impl embedded_io::Write for Uart {
/// #     fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
/// #         self.tx.borrow_mut().push_back(buf[0]);
/// #         Ok(1)
/// #     }
/// #     fn flush(&mut self) -> Result<(), Infallible> { Ok(()) }
/// # }
/// # impl embedded_io::WriteReady for Uart {
/// #     fn write_ready(&mut self) -> Result<bool, Infallible> { Ok(self.tx.borrow().len() < 16) }
/// # }
///
/// fn storage(rooms: &mut [[u8; 64]; 3]) -> Storage<'_> {
///     let [command, incoming, outgoing] = rooms;
///     Storage { command, incoming, outgoing, messages: 0 }
/// }
/// # let (there, back) = (Pipe::default(), Pipe::default());
/// # let (uart, other) = (Uart { rx: back.clone(), tx: there.clone() }, Uart { rx: there, tx: back });
/// # let (mut other_rooms, mut rx2, mut tx2) = ([[0; 64]; 3], [0; 8], [0; 8]);
/// # let mut other_end = Io::new(other, &mut rx2, &mut tx2);
/// # let mut other_peers = [Peer::new(storage(&mut other_rooms))];
/// # let mut other_pair = Pair::new(Config::new(SocketType::Pair), &mut other_peers);
/// let (mut rx, mut tx) = ([0; 16], [0; 16]);
/// let mut line = Io::new(uart, &mut rx, &mut tx);
/// let mut rooms = [[0; 64]; 3];
/// let mut peers = [Peer::new(storage(&mut rooms))];
/// let mut pair = Pair::new(Config::new(SocketType::Pair), &mut peers);
///
/// let now = Instant::from_millis(0);
/// pair.attach(0, now);
/// # other_pair.attach(0, now);
/// loop {
///     pair.drive(0, &mut line, now, &mut |_event| {})?;
///     let _ = pair.send(&[b"hello"]);
/// #   other_pair.drive(0, &mut other_end, now, &mut |_| {})?;
/// #   let _ = other_pair.send(&[b"hello"]);
///     if let Ok(frame) = pair.recv(&mut [0; 64]) {
///         assert_eq!(frame.octets, b"hello");
///         break;
///     }
/// }
/// # Ok::<(), zmtp_smoltcp::Reason>(())
/// ```
#[derive(Debug)]
pub struct Io<'b, T> {
    io: T,
    rx: Window<'b>,
    tx: Window<'b>,
    /// Nothing more will come or go.
    over: bool,
}

impl<'b, T: Read + ReadReady + Write + WriteReady> Io<'b, T> {
    /// A stream over `io` with these buffers, of one octet at least.
    #[must_use]
    pub fn new(io: T, rx: &'b mut [u8], tx: &'b mut [u8]) -> Self {
        Self { io, rx: Window::new(rx), tx: Window::new(tx), over: false }
    }

    /// What it is over.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.io
    }

    /// Whether everything sent has been written.
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.tx.is_empty()
    }

    /// Reads what is there, as far as there is room.
    fn fill(&mut self) {
        while !self.over {
            let room = self.rx.room();
            if room.is_empty() || !matches!(self.io.read_ready(), Ok(true)) {
                return;
            }
            match self.io.read(room) {
                Ok(count) if count > 0 => self.rx.add(count),
                // The end, or an error: there is no more after either.
                _ => self.over = true,
            }
        }
    }

    /// Writes what there is room for without waiting.
    fn drain(&mut self) {
        while !self.over && !self.tx.is_empty() && matches!(self.io.write_ready(), Ok(true)) {
            match self.io.write(self.tx.filled()) {
                Ok(count) if count > 0 => self.tx.consume(count),
                _ => self.over = true,
            }
        }
    }
}

impl<T: Read + ReadReady + Write + WriteReady> Stream for Io<'_, T> {
    fn receive<R>(&mut self, take: impl FnOnce(&[u8]) -> (usize, R)) -> Option<R> {
        self.fill();
        if self.may_receive() { Some(self.rx.show(take)) } else { None }
    }

    fn send<R>(&mut self, fill: impl FnOnce(&mut [u8]) -> (usize, R)) -> Option<R> {
        self.drain();
        if self.over {
            return None;
        }
        let result = self.tx.offer(fill);
        self.drain();
        Some(result)
    }

    fn may_receive(&self) -> bool {
        !self.over || !self.rx.is_empty()
    }

    fn may_send(&self) -> bool {
        !self.over
    }
}
