//! What a socket has done so far, in numbers.

use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Event;

/// Messages, and octets in their parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages.
    pub messages: u64,
    /// Octets in their parts.
    pub octets: u64,
}

impl Traffic {
    pub(crate) fn add(&mut self, messages: usize, octets: usize) {
        *self += (messages, octets).into();
    }
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, more: Self) {
        self.messages = self.messages.wrapping_add(more.messages);
        self.octets = self.octets.wrapping_add(more.octets);
    }
}

impl From<(usize, usize)> for Traffic {
    fn from((messages, octets): (usize, usize)) -> Self {
        Self { messages: messages as u64, octets: octets as u64 }
    }
}

/// What a socket has done since it was made, and what waits in it now; all peers, those that are gone included, taken together.
///
/// ```
/// # let context = zmtp_std::Context::new();
/// let (push, pull) = (context.push(), context.pull());
/// push.connect(pull.bind("tcp://127.0.0.1:*")?)?;
/// push.send("12345")?;
/// pull.recv()?;
/// let statistics = pull.statistics();
/// assert_eq!((statistics.received.messages, statistics.received.octets), (1, 5));
/// assert_eq!((statistics.peers, statistics.handshakes_failed), (1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// What was written to peers, wholly.
    pub sent: Traffic,
    /// What came from peers, and was or is to be received. Of PUB and XPUB, also subscriptions that are messages, of ZMTP 3.0 and older.
    pub received: Traffic,
    /// What waits to be written, with what is being written; in memory, up to the marks on sending.
    pub to_send: Traffic,
    /// What has come and waits to be received, up to the marks on receiving: without what waits outside of them, or in buffers of what has
    /// been read. The room of messages that were received is given back in steps of up to a quarter of the mark.
    pub to_receive: Traffic,
    /// Messages that wait beyond the mark of a durable peer, if there is a swap file.
    pub swapped: u64,
    /// Messages that were dropped because a peer had no room for them, or, of a ROUTER, was not there, counted for each peer: what
    /// `dropped` of these sockets says.
    pub dropped: u64,
    /// Messages that waited for a peer, and were dropped because it left, or was given up or forgotten.
    pub dropped_with_peers: u64,
    /// Peers that are connected and ready.
    pub peers: u64,
    /// Durable peers that are kept while they are away.
    pub peers_away: u64,
    /// Connections that came to messages.
    pub handshakes: u64,
    /// Connections that did not.
    pub handshakes_failed: u64,
    /// Connections that ended after they had come to messages.
    pub disconnects: u64,
    /// Attempts to connect again.
    pub reconnects: u64,
}

#[cfg(feature = "metrics")]
impl Statistics {
    /// Tells the recorder of the crate `metrics`, with the label `socket`: counters `zmtp_..._total` and gauges `zmtp_...`, each named as the
    /// field here, or `zmtp_sent_messages_total` and `zmtp_sent_octets_total` for both of its numbers. Call it as often as is to be scraped.
    ///
    /// ```
    /// let push = zmtp_std::Context::new().push();
    /// push.statistics().record("tasks");
    /// ```
    pub fn record(&self, socket: &str) {
        let label = [("socket", socket.to_owned())];
        let count = |name: &'static str, value| metrics::counter!(name, &label).absolute(value);
        let gauge = |name: &'static str, value: u64| metrics::gauge!(name, &label).set(value as f64);
        count("zmtp_sent_messages_total", self.sent.messages);
        count("zmtp_sent_octets_total", self.sent.octets);
        count("zmtp_received_messages_total", self.received.messages);
        count("zmtp_received_octets_total", self.received.octets);
        count("zmtp_dropped_total", self.dropped);
        count("zmtp_dropped_with_peers_total", self.dropped_with_peers);
        count("zmtp_handshakes_total", self.handshakes);
        count("zmtp_handshakes_failed_total", self.handshakes_failed);
        count("zmtp_disconnects_total", self.disconnects);
        count("zmtp_reconnects_total", self.reconnects);
        gauge("zmtp_to_send_messages", self.to_send.messages);
        gauge("zmtp_to_send_octets", self.to_send.octets);
        gauge("zmtp_to_receive_messages", self.to_receive.messages);
        gauge("zmtp_to_receive_octets", self.to_receive.octets);
        gauge("zmtp_swapped", self.swapped);
        gauge("zmtp_peers", self.peers);
        gauge("zmtp_peers_away", self.peers_away);
    }
}

/// How often an event happened.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    handshakes: AtomicU64,
    handshakes_failed: AtomicU64,
    disconnects: AtomicU64,
    reconnects: AtomicU64,
}

impl Tally {
    pub(crate) fn count(&self, event: &Event) {
        let count = match event {
            Event::HandshakeSucceeded { .. } => &self.handshakes,
            Event::HandshakeFailed { .. } => &self.handshakes_failed,
            Event::Disconnected { .. } => &self.disconnects,
            Event::ConnectRetried { .. } => &self.reconnects,
            _ => return,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Statistics {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Statistics {
            handshakes: read(&self.handshakes),
            handshakes_failed: read(&self.handshakes_failed),
            disconnects: read(&self.disconnects),
            reconnects: read(&self.reconnects),
            ..Statistics::default()
        }
    }
}
