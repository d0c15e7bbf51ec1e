//! Every buffer the sensor works in. Nothing is allocated: what is not here is on the stack of `main`.
//!
//! All of it is zero at the start, so that the image need not hold it.

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::time::Duration;
use zmtp_smoltcp::Peer;

/// Commanders at a time.
pub(crate) const REQUESTERS: usize = 2;
/// Subscribers at a time.
pub(crate) const SUBSCRIBERS: usize = 4;

/// An Ethernet frame around 576 octets of IP, which every host can take (RFC 791, 3.1); TCP peers are told to keep to it.
const FRAME: usize = 14 + 576;

/// Readings go out in bulk, everything else is small.
const READINGS: usize = 1024;
const SMALL: usize = 128;

/// How often a silent peer is asked whether it is still there, and when its place is given away.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) struct Storage {
    pub(crate) received_frame: [u8; FRAME],
    pub(crate) frame_to_send: [u8; FRAME],
    pub(crate) streams: Streams,
    pub(crate) requesters: [PeerStorage<64, 64>; REQUESTERS],
    pub(crate) subscribers: [PeerStorage<64, 512>; SUBSCRIBERS],
    /// Addresses of devices that a command came through: three of libzmq's.
    pub(crate) envelope: [u8; 15],
    /// Topics of all subscribers: four of 12 octets each, say.
    pub(crate) subscriptions: [u8; 256],
}

/// The rings of the TCP sockets.
pub(crate) struct Streams {
    requesters: [(Ring<SMALL>, Ring<SMALL>); REQUESTERS],
    subscribers: [(Ring<SMALL>, Ring<READINGS>); SUBSCRIBERS],
}

type Ring<const N: usize> = [u8; N];

/// The queues of one peer.
pub(crate) struct PeerStorage<const IN: usize, const OUT: usize> {
    /// A peer's metadata, or a subscription.
    command: [u8; 128],
    incoming: [u8; IN],
    outgoing: [u8; OUT],
}

impl Storage {
    pub(crate) const fn new() -> Self {
        Self {
            received_frame: [0; FRAME],
            frame_to_send: [0; FRAME],
            streams: Streams {
                requesters: [([0; SMALL], [0; SMALL]); REQUESTERS],
                subscribers: [([0; SMALL], [0; READINGS]); SUBSCRIBERS],
            },
            requesters: [const { PeerStorage::new() }; REQUESTERS],
            subscribers: [const { PeerStorage::new() }; SUBSCRIBERS],
            envelope: [0; 15],
            subscriptions: [0; 256],
        }
    }
}

impl Streams {
    /// Adds TCP sockets over the rings: those for commands, those for readings.
    pub(crate) fn add_to<'s>(
        &'s mut self,
        sockets: &mut SocketSet<'s>,
    ) -> ([SocketHandle; REQUESTERS], [SocketHandle; SUBSCRIBERS]) {
        let requesters = self.requesters.each_mut().map(|(rx, tx)| sockets.add(stream(rx, tx)));
        let subscribers = self.subscribers.each_mut().map(|(rx, tx)| sockets.add(stream(rx, tx)));
        (requesters, subscribers)
    }
}

fn stream<'s>(rx: &'s mut [u8], tx: &'s mut [u8]) -> tcp::Socket<'s> {
    let mut socket = tcp::Socket::new(tcp::SocketBuffer::new(rx), tcp::SocketBuffer::new(tx));
    socket.set_keep_alive(Some(KEEP_ALIVE));
    socket.set_timeout(Some(TIMEOUT));
    socket
}

impl<const IN: usize, const OUT: usize> PeerStorage<IN, OUT> {
    const fn new() -> Self {
        Self { command: [0; 128], incoming: [0; IN], outgoing: [0; OUT] }
    }

    pub(crate) fn peer(&mut self) -> Peer<'_> {
        Peer::new(zmtp_smoltcp::Storage {
            command: &mut self.command,
            incoming: &mut self.incoming,
            outgoing: &mut self.outgoing,
            messages: 0,
        })
    }
}
