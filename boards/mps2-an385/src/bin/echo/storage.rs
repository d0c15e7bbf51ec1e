//! Every buffer the image works in.

use smoltcp::socket::tcp;
use zmtp_smoltcp::{Curve, Oversize, Peer};

/// TCP connections at a time.
pub(crate) const STREAMS: usize = 6;

const FRAME: usize = 14 + 576;
const RING: usize = 1024;

/// What is streamed is larger than this.
const SMALL: usize = 64;
const WHOLE: usize = 600;

pub(crate) struct Storage {
    pub(crate) received_frame: [u8; FRAME],
    pub(crate) frame_to_send: [u8; FRAME],
    pub(crate) streams: [Rings; STREAMS],
    pub(crate) routed: [Rooms<128, WHOLE>; 2],
    pub(crate) streamed: Rooms<128, SMALL>,
    pub(crate) pulled: Rooms<128, WHOLE>,
    pub(crate) pushed: Rooms<128, WHOLE>,
    /// An INITIATE of CURVE, and frames that are sealed.
    pub(crate) sealed: Rooms<WHOLE, WHOLE>,
    pub(crate) serial: Rooms<128, SMALL>,
    pub(crate) routes: [u8; 64],
}

/// Those of a TCP socket.
pub(crate) type Rings = ([u8; RING], [u8; RING]);

/// The queues of a peer.
pub(crate) struct Rooms<const COMMAND: usize, const QUEUE: usize> {
    command: [u8; COMMAND],
    incoming: [u8; QUEUE],
    outgoing: [u8; QUEUE],
}

impl Storage {
    pub(crate) const fn new() -> Self {
        Self {
            received_frame: [0; FRAME],
            frame_to_send: [0; FRAME],
            streams: [([0; RING], [0; RING]); STREAMS],
            routed: [const { Rooms::new() }; 2],
            streamed: Rooms::new(),
            pulled: Rooms::new(),
            pushed: Rooms::new(),
            sealed: Rooms::new(),
            serial: Rooms::new(),
            routes: [0; 64],
        }
    }
}

pub(crate) fn stream((rx, tx): &mut Rings) -> tcp::Socket<'_> {
    let mut socket =
        tcp::Socket::new(tcp::SocketBuffer::new(&mut rx[..]), tcp::SocketBuffer::new(&mut tx[..]));
    socket.set_ack_delay(None);
    socket
}

impl<const COMMAND: usize, const QUEUE: usize> Rooms<COMMAND, QUEUE> {
    const fn new() -> Self {
        Self { command: [0; COMMAND], incoming: [0; QUEUE], outgoing: [0; QUEUE] }
    }

    fn storage(&mut self) -> zmtp_smoltcp::Storage<'_> {
        zmtp_smoltcp::Storage {
            command: &mut self.command,
            incoming: &mut self.incoming,
            outgoing: &mut self.outgoing,
            messages: 0,
        }
    }

    pub(crate) fn peer(&mut self) -> Peer<'_> {
        Peer::new(self.storage())
    }

    pub(crate) fn streaming_peer(&mut self) -> Peer<'_> {
        Peer::new(self.storage()).with_oversize(Oversize::Stream)
    }

    pub(crate) fn secure_peer(&mut self) -> Peer<'_, Curve> {
        Peer::secure(self.storage())
    }
}
