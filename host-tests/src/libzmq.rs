//! The other implementation, as a peer.

use std::process::{Command, Stdio};
use std::time::Duration;

/// No test waits longer for libzmq; a hang becomes a failure.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A socket of libzmq that fails instead of waiting for ever, and does not linger.
///
/// # Panics
/// If libzmq has no socket for us.
#[must_use]
pub fn socket(context: &zmq::Context, socket_type: zmq::SocketType) -> zmq::Socket {
    let socket = context.socket(socket_type).expect("a socket of libzmq");
    let patience = i32::try_from(PATIENCE.as_millis()).expect("fits");
    socket.set_rcvtimeo(patience).expect("rcvtimeo");
    socket.set_sndtimeo(patience).expect("sndtimeo");
    socket.set_linger(0).expect("linger");
    socket
}

/// Binds `socket` to a free port of this machine; returns the endpoint.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn bind(socket: &zmq::Socket) -> String {
    socket.bind("tcp://127.0.0.1:*").expect("a free port");
    socket.get_last_endpoint().expect("last_endpoint").expect("text")
}

/// An endpoint of this machine where nobody listens at the moment.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn free_endpoint() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("tcp://{}", listener.local_addr().expect("an address"))
}

/// A Python that has a libzmq with CURVE: the one in the path, or else the system's, for which packages are made.
#[must_use]
pub fn python() -> Option<&'static str> {
    ["python3", "/usr/bin/python3"].into_iter().find(|python| {
        let mut probe = Command::new(python);
        probe.args(["-c", "import sys, zmq; sys.exit(not zmq.has('curve'))"]);
        probe.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    })
}
