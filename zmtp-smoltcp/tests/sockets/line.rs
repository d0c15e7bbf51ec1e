//! A message of a mebibyte over a line, with storage of 64 octets at each end and a driver that has room for 16.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;

use embedded_io::{ErrorType, Read, ReadReady, Write, WriteReady};
use zmtp_smoltcp::{Config, Dealer, Instant, Io, Oversize, Peer, Socket, SocketType, Storage};

const LEN: u64 = 1 << 20;

/// Octets that are on the line at a time.
const ROOM: usize = 16;

type Wire = Rc<RefCell<VecDeque<u8>>>;

/// The driver of one end.
struct Uart {
    rx: Wire,
    tx: Wire,
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Read for Uart {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        let mut wire = self.rx.borrow_mut();
        let count = buf.len().min(wire.len());
        buf.iter_mut().zip(wire.drain(..count)).for_each(|(to, from)| *to = from);
        Ok(count)
    }
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(!self.rx.borrow().is_empty())
    }
}

impl Write for Uart {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        let mut wire = self.tx.borrow_mut();
        let count = buf.len().min(ROOM - wire.len());
        wire.extend(&buf[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl WriteReady for Uart {
    fn write_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.tx.borrow().len() < ROOM)
    }
}

/// Octet `at` of the message.
fn octet(at: u64) -> u8 {
    (at.wrapping_mul(0x9E37_79B9) >> 11) as u8
}

/// One end: it sends the message while it receives the other's.
struct Node {
    dealer: Dealer<'static, 'static>,
    line: Io<'static, Uart>,
    begun: bool,
    written: u64,
    read: u64,
}

impl Node {
    fn new(rx: &Wire, tx: &Wire) -> Self {
        let lend = |octets| vec![0; octets].leak();
        let storage = Storage { command: lend(64), incoming: lend(64), outgoing: lend(64), messages: 0 };
        let places = Box::leak(Box::new([Peer::new(storage).with_oversize(Oversize::Stream)]));
        let mut dealer = Dealer::new(Config::new(SocketType::Dealer), places);
        dealer.attach(0, Instant::from_millis(0));
        let uart = Uart { rx: rx.clone(), tx: tx.clone() };
        Self { dealer, line: Io::new(uart, lend(8), lend(8)), begun: false, written: 0, read: 0 }
    }

    /// Does what can be done without waiting; returns whether it was anything.
    fn step(&mut self) -> bool {
        let before = (self.begun, self.written, self.read, self.line.get_mut().rx.borrow().len());
        self.dealer.drive(0, &mut self.line, Instant::from_millis(0), &mut |_| {}).unwrap();
        self.begun = self.begun || self.dealer.begin(LEN, false).is_ok();
        if self.begun && self.written < LEN {
            let octets: [u8; 32] = std::array::from_fn(|at| octet(self.written + at as u64));
            self.written += self.dealer.write(&octets).unwrap_or(0) as u64;
        }
        let mut buffer = [0; 32];
        while let Ok(piece) = self.dealer.recv_piece(&mut buffer) {
            for &received in &*piece.octets {
                assert_eq!(received, octet(self.read), "octet {}", self.read);
                self.read += 1;
            }
            assert_eq!((piece.left, piece.more), (LEN - self.read, false));
        }
        before != (self.begun, self.written, self.read, self.line.get_mut().rx.borrow().len())
    }
}

#[test]
fn a_mebibyte_goes_both_ways_at_once_over_a_line_through_storage_of_64_octets() {
    let (there, back) = (Wire::default(), Wire::default());
    let (mut a, mut b) = (Node::new(&back, &there), Node::new(&there, &back));
    let mut still = 0;
    while a.read < LEN || b.read < LEN {
        let moved = [a.step(), b.step()].contains(&true);
        still = if moved { 0 } else { still + 1 };
        assert!(still < 8, "nothing moves any more at {} and {}", a.read, b.read);
    }
    assert_eq!((a.written, b.written), (LEN, LEN));
}
