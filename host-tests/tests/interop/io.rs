//! Boards' sockets over `embedded-io` and `embedded-io-async`, on real TCP: both roles, either side connecting, with libzmq's
//! sockets as their peers.

use std::fmt::Debug;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Instant;

use embedded_io::ErrorKind;
use host_tests::libzmq::{self, PATIENCE};
use host_tests::meeting::{BOTH, Binds};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use zmtp_smoltcp::{AsyncIo, Config, Io, Peer, Pub, RecvError, Rep, Req, Socket, SocketType, Storage, Sub};

const CONFIG: Config<'static> = Config::new(SocketType::Pair);

/// A socket of ours and what it runs over.
trait Line {
    /// Has the stream, and buffers for a fraction of a message.
    fn over(stream: TcpStream) -> Self;

    /// Drives `socket` until `attempt` does not say `WouldBlock`, and until all it has sent is out.
    fn until<S: Socket, T, E: Debug>(
        &mut self,
        socket: &mut S,
        attempt: impl FnMut(&mut S) -> nb::Result<T, E>,
    ) -> T;
}

/// A TCP stream as a driver: it can say whether a call would wait.
struct Driver(TcpStream);

impl Driver {
    fn is_ready(&self, events: zmq::PollEvents, patience: i64) -> bool {
        let mut items = [zmq::PollItem::from_fd(self.0.as_raw_fd(), events)];
        zmq::poll(&mut items, patience).unwrap() > 0
    }
}

impl embedded_io::ErrorType for Driver {
    type Error = ErrorKind;
}

impl embedded_io::Read for Driver {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        std::io::Read::read(&mut self.0, buf).map_err(|_| ErrorKind::Other)
    }
}

impl embedded_io::ReadReady for Driver {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        Ok(self.is_ready(zmq::POLLIN, 0))
    }
}

impl embedded_io::Write for Driver {
    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        std::io::Write::write(&mut self.0, buf).map_err(|_| ErrorKind::Other)
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl embedded_io::WriteReady for Driver {
    fn write_ready(&mut self) -> Result<bool, ErrorKind> {
        Ok(self.is_ready(zmq::POLLOUT, 0))
    }
}

struct Blocking {
    io: Io<'static, Driver>,
    clock: Instant,
}

impl Line for Blocking {
    fn over(stream: TcpStream) -> Self {
        stream.set_nonblocking(true).unwrap();
        Self { io: Io::new(Driver(stream), lend(24), lend(17)), clock: Instant::now() }
    }

    fn until<S: Socket, T, E: Debug>(
        &mut self,
        socket: &mut S,
        mut attempt: impl FnMut(&mut S) -> nb::Result<T, E>,
    ) -> T {
        let mut result = None;
        loop {
            socket.drive(0, &mut self.io, now(self.clock), &mut |_| {}).unwrap();
            if result.is_none() {
                result = ready(attempt(socket));
                // Driven only for what was sent: what this brought in would not wake the attempt that follows it.
                if result.is_some() {
                    socket.drive(0, &mut self.io, now(self.clock), &mut |_| {}).unwrap();
                }
            }
            let is_flushed = socket.is_flushed() && self.io.is_flushed();
            if is_flushed && let Some(value) = result {
                return value;
            }
            let events = if is_flushed { zmq::POLLIN } else { zmq::POLLIN | zmq::POLLOUT };
            assert!(
                self.io.get_mut().is_ready(events, PATIENCE.as_millis() as i64),
                "nothing moves any more"
            );
        }
    }
}

struct Reader(OwnedReadHalf);

struct Writer(OwnedWriteHalf);

impl embedded_io_async::ErrorType for Reader {
    type Error = ErrorKind;
}

impl embedded_io_async::ErrorType for Writer {
    type Error = ErrorKind;
}

impl embedded_io_async::Read for Reader {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.0.read(buf).await.map_err(|_| ErrorKind::Other)
    }
}

impl embedded_io_async::Write for Writer {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.0.write(buf).await.map_err(|_| ErrorKind::Other)
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.0.flush().await.map_err(|_| ErrorKind::Other)
    }
}

struct Async {
    io: AsyncIo<'static, Reader, Writer>,
    runtime: tokio::runtime::Runtime,
    clock: Instant,
}

impl Line for Async {
    fn over(stream: TcpStream) -> Self {
        stream.set_nonblocking(true).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let stream = runtime.block_on(async { tokio::net::TcpStream::from_std(stream) }).unwrap();
        let (reader, writer) = stream.into_split();
        let io = AsyncIo::new(Reader(reader), Writer(writer), lend(24), lend(17));
        Self { io, runtime, clock: Instant::now() }
    }

    fn until<S: Socket, T, E: Debug>(
        &mut self,
        socket: &mut S,
        attempt: impl FnMut(&mut S) -> nb::Result<T, E>,
    ) -> T {
        let Self { io, runtime, clock } = self;
        let clock = *clock;
        runtime.block_on(async {
            let whole = async {
                let value = io.until(socket, 0, || now(clock), |_| {}, attempt).await.unwrap();
                let flushed = |socket: &mut S| {
                    if socket.is_flushed() { Ok(()) } else { Err(nb::Error::<()>::WouldBlock) }
                };
                io.until(socket, 0, || now(clock), |_| {}, flushed).await.unwrap();
                io.flush().await.unwrap();
                value
            };
            tokio::time::timeout(PATIENCE, whole).await.expect("something moves")
        })
    }
}

fn now(clock: Instant) -> zmtp_smoltcp::Instant {
    zmtp_smoltcp::Instant::from_millis(clock.elapsed().as_millis() as u64)
}

fn ready<T, E: Debug>(result: nb::Result<T, E>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(nb::Error::WouldBlock) => None,
        Err(nb::Error::Other(error)) => panic!("{error:?}"),
    }
}

fn lend(octets: usize) -> &'static mut [u8] {
    vec![0; octets].leak()
}

fn peer() -> &'static mut [Peer<'static>; 1] {
    let storage = Storage { command: lend(128), incoming: lend(512), outgoing: lend(512), messages: 0 };
    Box::leak(Box::new([Peer::new(storage)]))
}

/// Has the socket of ours, to which the stream is just open, and its line.
fn line<L: Line, S: Socket>(socket: &mut S, stream: TcpStream) -> L {
    socket.attach(0, zmtp_smoltcp::Instant::from_millis(0));
    L::over(stream)
}

/// A stream to `theirs`.
fn meet(binds: Binds, theirs: &zmq::Socket) -> TcpStream {
    match binds {
        Binds::Ours => {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            theirs.connect(&format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
            listener.accept().unwrap().0
        }
        Binds::Theirs => TcpStream::connect(libzmq::bind(theirs).trim_start_matches("tcp://")).unwrap(),
    }
}

type Message = Vec<Vec<u8>>;

/// Messages around the sizes at which framing and buffers change.
fn messages() -> Vec<Message> {
    let frame = |len: usize| (0..len).map(|at| (at % 251) as u8).collect::<Vec<u8>>();
    let mut messages: Vec<Message> =
        [0, 1, 15, 16, 17, 23, 24, 25, 254, 255, 256, 400].map(|len| vec![frame(len)]).into();
    messages.push(vec![b"topic".to_vec(), Vec::new(), frame(300)]);
    messages
}

fn slices(message: &Message) -> Vec<&[u8]> {
    message.iter().map(Vec::as_slice).collect()
}

/// Collects a message from frames, as `recv` gives them.
macro_rules! whole {
    ($message:ident) => {
        |socket: &mut _| -> nb::Result<Message, RecvError> {
            let mut buffer = [0; 512];
            loop {
                let frame = socket.recv(&mut buffer)?;
                $message.push(frame.octets.to_vec());
                if !frame.more {
                    return Ok(std::mem::take(&mut $message));
                }
            }
        }
    };
}

fn req<L: Line>(binds: Binds) {
    let theirs = libzmq::socket(&zmq::Context::new(), zmq::REP);
    let mut req = Req::new(CONFIG, peer());
    let mut line: L = line(&mut req, meet(binds, &theirs));
    std::thread::scope(|scope| {
        // Closed when all is received.
        let theirs = scope.spawn(move || {
            for request in messages() {
                assert!(theirs.recv_multipart(0).unwrap() == request);
                theirs.send_multipart(request.iter().rev(), 0).unwrap();
            }
            theirs
        });
        for request in messages() {
            line.until(&mut req, |req: &mut Req<'_, '_>| req.send(&slices(&request)));
            let mut message = Message::new();
            let reply = line.until(&mut req, whole!(message));
            assert!(reply.iter().eq(request.iter().rev()));
        }
        theirs.join().unwrap();
    });
}

fn rep<L: Line>(binds: Binds) {
    let theirs = libzmq::socket(&zmq::Context::new(), zmq::REQ);
    let mut rep = Rep::new(CONFIG, peer(), &mut []);
    let mut line: L = line(&mut rep, meet(binds, &theirs));
    std::thread::scope(|scope| {
        // Closed when all is received.
        let theirs = scope.spawn(move || {
            for request in messages() {
                theirs.send_multipart(&request, 0).unwrap();
                assert!(theirs.recv_multipart(0).unwrap().iter().eq(request.iter().rev()));
            }
            theirs
        });
        for request in messages() {
            let mut message = Message::new();
            assert!(line.until(&mut rep, whole!(message)) == request);
            let reply: Message = request.into_iter().rev().collect();
            line.until(&mut rep, |rep: &mut Rep<'_, '_>| rep.send(&slices(&reply)).map_err(nb::Error::Other));
        }
        theirs.join().unwrap();
    });
}

fn publisher<L: Line>(binds: Binds) {
    let theirs = libzmq::socket(&zmq::Context::new(), zmq::SUB);
    theirs.set_subscribe(b"").unwrap();
    let mut publisher = Pub::new(CONFIG, peer(), lend(64));
    let mut line: L = line(&mut publisher, meet(binds, &theirs));
    std::thread::scope(|scope| {
        // Closed when all is received.
        let theirs = scope.spawn(move || {
            for message in messages() {
                assert!(theirs.recv_multipart(0).unwrap() == message);
            }
            theirs
        });
        line.until(&mut publisher, |publisher: &mut Pub<'_, '_>| {
            if publisher.subscribers() == 1 { Ok(()) } else { Err(nb::Error::<()>::WouldBlock) }
        });
        for message in messages() {
            line.until(&mut publisher, |publisher: &mut Pub<'_, '_>| -> nb::Result<(), ()> {
                assert_eq!(publisher.send(&slices(&message)).queued, 1);
                Ok(())
            });
        }
        theirs.join().unwrap();
    });
}

fn subscriber<L: Line>(binds: Binds) {
    // It shows when somebody has subscribed.
    let theirs = libzmq::socket(&zmq::Context::new(), zmq::XPUB);
    let mut sub = Sub::new(CONFIG, peer(), lend(64));
    sub.subscribe(b"").unwrap();
    let mut line: L = line(&mut sub, meet(binds, &theirs));
    std::thread::scope(|scope| {
        // Closed when all is received.
        let theirs = scope.spawn(move || {
            assert_eq!(theirs.recv_bytes(0).unwrap(), [1]);
            for message in messages() {
                theirs.send_multipart(&message, 0).unwrap();
            }
            theirs
        });
        for expected in messages() {
            let mut message = Message::new();
            assert!(line.until(&mut sub, whole!(message)) == expected);
        }
        theirs.join().unwrap();
    });
}

#[test]
fn a_req_over_embedded_io_asks_rep_of_libzmq() {
    BOTH.into_iter().for_each(req::<Blocking>);
    BOTH.into_iter().for_each(req::<Async>);
}

#[test]
fn a_rep_over_embedded_io_answers_req_of_libzmq() {
    BOTH.into_iter().for_each(rep::<Blocking>);
    BOTH.into_iter().for_each(rep::<Async>);
}

#[test]
fn a_pub_over_embedded_io_reaches_sub_of_libzmq() {
    BOTH.into_iter().for_each(publisher::<Blocking>);
    BOTH.into_iter().for_each(publisher::<Async>);
}

#[test]
fn a_sub_over_embedded_io_hears_a_publisher_of_libzmq() {
    BOTH.into_iter().for_each(subscriber::<Blocking>);
    BOTH.into_iter().for_each(subscriber::<Async>);
}
