//! What the program does with a socket whatever its type: meeting peers, sending, receiving, and closing.

use std::time::Duration;

use zmtp_std::{
    AnySocket, BindError, Closed, ConnectError, Dealer, Endpoint, Message, Monitor, Pair, Pub, Pull, Push,
    Received, RecvError, Rep, Req, Router, SendError, Socket as Dynamic, Stream, Sub, WaitError, XPub, XSub,
};

/// A socket of any type.
pub(crate) trait Socket: AnySocket {
    /// Its type in Rust.
    const NAME: &str;
    fn bind(&self, endpoint: &Endpoint) -> Result<Endpoint, BindError>;
    fn connect(&self, endpoint: &Endpoint) -> Result<(), ConnectError>;
    fn monitor(&self) -> Monitor;
    fn close(&self, deadline: Duration) -> Closed;
}

/// One that sends. It waits for room as long as its options say.
pub(crate) trait Sends: Socket {
    /// What its peers are called.
    const PEERS: &str;
    fn send(&self, message: Message) -> Result<(), SendError>;
    /// How many peers there are that would get something.
    fn audience(&self) -> usize;
    /// Waits until so many are there.
    fn wait_for(&self, count: usize, timeout: Duration) -> Result<(), WaitError>;
}

/// One that receives. It waits for messages as long as its options say.
pub(crate) trait Receives: Socket {
    fn recv_from(&self) -> Result<Received, RecvError>;
    fn try_recv_from(&self) -> Result<Received, RecvError>;
}

macro_rules! sockets {
    ($($socket:ident [$($audience:ident $wait:ident $peers:literal)?] [$($receives:ident)?])*) => {$(
        impl Socket for $socket {
            const NAME: &str = stringify!($socket);

            fn bind(&self, endpoint: &Endpoint) -> Result<Endpoint, BindError> {
                self.bind(endpoint)
            }

            fn connect(&self, endpoint: &Endpoint) -> Result<(), ConnectError> {
                self.connect(endpoint)
            }

            fn monitor(&self) -> Monitor {
                self.monitor()
            }

            fn close(&self, deadline: Duration) -> Closed {
                self.close(deadline)
            }
        }

        $(impl Sends for $socket {
            const PEERS: &str = $peers;

            fn send(&self, message: Message) -> Result<(), SendError> {
                self.send(message)
            }

            fn audience(&self) -> usize {
                self.$audience()
            }

            fn wait_for(&self, count: usize, timeout: Duration) -> Result<(), WaitError> {
                self.$wait(count, timeout)
            }
        })?

        $(impl Receives for $socket {
            fn $receives(&self) -> Result<Received, RecvError> {
                self.$receives()
            }

            fn try_recv_from(&self) -> Result<Received, RecvError> {
                self.try_recv_from()
            }
        })?
    )*};
}

sockets! {
    Dynamic [] []
    Pub [subscribers wait_for_subscribers_timeout "subscriber"] []
    Sub [] [recv_from]
    XPub [subscribers wait_for_subscribers_timeout "subscriber"] [recv_from]
    XSub [peers wait_for_peers_timeout "publisher"] [recv_from]
    Push [peers wait_for_peers_timeout "peer"] []
    Pull [] [recv_from]
    Req [peers wait_for_peers_timeout "peer"] [recv_from]
    Rep [peers wait_for_peers_timeout "peer"] [recv_from]
    Dealer [peers wait_for_peers_timeout "peer"] [recv_from]
    Router [peers wait_for_peers_timeout "peer"] [recv_from]
    Stream [peers wait_for_peers_timeout "connection"] [recv_from]
    Pair [peers wait_for_peers_timeout "peer"] [recv_from]
}
