//! A network in a test: one smoltcp stack that talks to itself, and a clock that the test moves.

#![allow(dead_code, reason = "each test program uses a part")]

use smoltcp::iface::{Config as Network, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Loopback, Medium};
use smoltcp::socket::tcp;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr, IpEndpoint};
use zmtp_smoltcp::{Endpoint, Event, Instant, Peer, Places, Socket, Storage, Tcp};

/// A hang becomes a failure after so many milliseconds of the test's clock.
const PATIENCE: u64 = 60_000;

pub(crate) struct Net {
    device: Loopback,
    interface: Interface,
    pub(crate) sockets: SocketSet<'static>,
    pub(crate) now: Instant,
    /// What was reported by the sockets, by the name the test gave them.
    pub(crate) events: Vec<(&'static str, Event)>,
}

impl Net {
    pub(crate) fn new() -> Self {
        let mut device = Loopback::new(Medium::Ip);
        let config = Network::new(HardwareAddress::Ip);
        let mut interface = Interface::new(config, &mut device, smoltcp::time::Instant::ZERO);
        interface.update_ip_addrs(|all| all.push(IpCidr::new(IpAddress::v4(127, 0, 0, 1), 8)).unwrap());
        let (sockets, now) = (SocketSet::new(Vec::new()), Instant::from_millis(1));
        Self { device, interface, sockets, now, events: Vec::new() }
    }

    /// A TCP socket with rings of so many octets.
    pub(crate) fn add(&mut self, octets: usize) -> SocketHandle {
        let ring = || tcp::SocketBuffer::new(vec![0; octets]);
        self.sockets.add(tcp::Socket::new(ring(), ring()))
    }

    pub(crate) fn bind<const N: usize>(&mut self, port: u16, octets: usize) -> Tcp<N> {
        Tcp::bind(std::array::from_fn(|_| self.add(octets)), port)
    }

    pub(crate) fn connect(&mut self, port: u16, octets: usize) -> Tcp<1> {
        // Each its own range of local ports: the test has many clients in one stack.
        let seed = u16::try_from(self.sockets.iter().count()).unwrap() << 8;
        Tcp::new([(self.add(octets), Endpoint::Connect(endpoint(port)))], seed)
    }

    /// A TCP client without a protocol.
    pub(crate) fn connect_raw(&mut self, port: u16) -> SocketHandle {
        let handle = self.add(1024);
        let local = 40_000 + u16::try_from(self.sockets.iter().count()).unwrap();
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
        socket.connect(self.interface.context(), endpoint(port), local).unwrap();
        handle
    }

    pub(crate) fn raw(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(handle)
    }

    pub(crate) fn poll<const N: usize>(
        &mut self,
        name: &'static str,
        tcp: &mut Tcp<N>,
        socket: &mut impl Socket,
    ) {
        let Self { interface, sockets, now, events, .. } = self;
        tcp.poll(socket, interface, sockets, *now, |event| events.push((name, event)));
    }

    /// A millisecond passes, until `done`.
    pub(crate) fn run(&mut self, mut done: impl FnMut(&mut Self) -> bool) {
        for _ in 0..PATIENCE {
            let now = smoltcp::time::Instant::from_micros(self.now.as_micros() as i64);
            self.interface.poll(now, &mut self.device, &mut self.sockets);
            if done(self) {
                return;
            }
            self.now = self.now.after(core::time::Duration::from_millis(1));
        }
        panic!("nothing more happens; events: {:?}", self.events);
    }

    pub(crate) fn saw(&self, name: &str, event: Event) -> bool {
        self.events.contains(&(name, event))
    }
}

pub(crate) fn endpoint(port: u16) -> IpEndpoint {
    IpEndpoint::new(IpAddress::v4(127, 0, 0, 1), port)
}

pub(crate) fn lend(octets: usize) -> &'static mut [u8] {
    vec![0; octets].leak()
}

/// Places for peers, with queues of so many octets.
pub(crate) fn peers(count: usize, octets: usize) -> Places<'static, 'static> {
    let storage =
        || Storage { command: lend(128), incoming: lend(octets), outgoing: lend(octets), messages: 0 };
    let all: &mut [Peer<'_>] = (0..count).map(|_| Peer::new(storage())).collect::<Vec<_>>().leak();
    Places::try_from(all).unwrap()
}

/// Receives a whole message with `recv`, or nothing.
macro_rules! receive {
    ($socket:expr) => {{
        let mut message: Vec<Vec<u8>> = Vec::new();
        let mut buffer = [0; 2048];
        loop {
            match $socket.recv(&mut buffer) {
                Ok(frame) => {
                    message.push(frame.octets.to_vec());
                    if !frame.more {
                        break Some(message);
                    }
                }
                Err(nb::Error::WouldBlock) => {
                    assert!(message.is_empty(), "a message came in part: {message:?}");
                    break None;
                }
                Err(nb::Error::Other(error)) => panic!("{error}"),
            }
        }
    }};
}

/// Whether a send went through.
pub(crate) fn sent<E: std::fmt::Display>(result: nb::Result<(), E>) -> bool {
    match result {
        Ok(()) => true,
        Err(nb::Error::WouldBlock) => false,
        Err(nb::Error::Other(error)) => panic!("{error}"),
    }
}
