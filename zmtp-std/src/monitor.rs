//! What happens to a socket's connections, for whoever wants to know.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use zmtp_core::{Blame, Failure, SocketType};

use crate::Address;
use crate::security::{Mechanism, Refusal};
use crate::statistics::Tally;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::wait::{self, Attempt};

/// How many events wait for a monitor that is not read.
const CAPACITY: usize = 1024;

/// An event in the life of a socket's connections.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Peers may come to this endpoint.
    Listening {
        /// The real endpoint.
        endpoint: String,
    },
    /// A bound endpoint cannot take a peer: for lack of file descriptors perhaps, or because the system refuses an option. It
    /// goes on with others.
    AcceptFailed {
        /// Where peers come to.
        endpoint: String,
        /// What the system said.
        why: Arc<io::Error>,
    },
    /// A peer came; its handshake begins.
    Accepted {
        /// Where it came to.
        endpoint: String,
        /// Where it comes from.
        address: Address,
    },
    /// A peer was reached; its handshake begins.
    Connected {
        /// What the socket connects to.
        endpoint: String,
        /// The address that answered.
        address: Address,
    },
    /// A peer could not be reached, or got lost; it is tried again.
    ConnectRetried {
        /// What the socket connects to.
        endpoint: String,
        /// The pause before the next attempt.
        after: Duration,
        /// Why the last attempt failed; `None` if a connection was lost, which has an event of its own.
        why: Option<Arc<io::Error>>,
    },
    /// Messages may be exchanged with a peer.
    HandshakeSucceeded {
        /// Our endpoint, bound or connected.
        endpoint: String,
        /// The peer's address.
        address: Address,
        /// The peer's socket type, if it said.
        socket_type: Option<SocketType>,
        /// What the peer wants to be called; empty if it did not say.
        routing_id: Bytes,
        /// How it has proven who it is.
        mechanism: Mechanism,
        /// Who the application says it is ([`Options::admission`](crate::Options::admission)); empty if it did not say.
        user_id: String,
        /// What else the application says of it.
        metadata: Vec<(String, Bytes)>,
    },
    /// A peer is no peer for us: it speaks something else, its socket type does not fit, or it left.
    HandshakeFailed {
        /// Our endpoint, bound or connected.
        endpoint: String,
        /// The peer's address.
        address: Address,
        /// How the peer was to prove who it is: ours.
        mechanism: Mechanism,
        /// Why.
        why: Lost,
    },
    /// A peer is gone.
    Disconnected {
        /// Our endpoint, bound or connected.
        endpoint: String,
        /// The peer's address.
        address: Address,
        /// Why.
        why: Lost,
        /// How many messages that waited for it are dropped with it. Those for a peer that we connect to wait on,
        /// for the next connection.
        dropped: u64,
    },
    /// A durable peer that is away is not kept any longer ([`Options::durable`](crate::Options::durable)). Its subscriptions end.
    PeerForgotten {
        /// Its name.
        routing_id: Bytes,
        /// Why.
        why: Forgotten,
        /// How many messages that waited for it are dropped with it.
        dropped: u64,
    },
    /// The file for what waits for durable peers failed (`Durable::swap`): from now on what is beyond a mark is treated as without one.
    SwapFailed {
        /// What the system said.
        why: Arc<io::Error>,
        /// How many messages could not be read, and are lost. Those that could not be written wait in memory.
        dropped: u64,
    },
    /// An endpoint is given up: no more attempts to connect, no more peers accepted.
    Closed {
        /// The endpoint.
        endpoint: String,
        /// Whether that is because the peer refused us; trying again would be in vain.
        refused: bool,
        /// Why the last attempt to connect failed, if none follows for that reason: see
        /// [`Options::reconnect_ivl`](crate::Options::reconnect_ivl) and [`Options::reconnect_stop`](crate::Options::reconnect_stop).
        why: Option<Arc<io::Error>>,
        /// How many messages that waited for a peer we connect to are dropped with it.
        dropped: u64,
    },
}

/// Why a durable peer is not kept any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Forgotten {
    /// It left when as many were away as [`Durable::peers`](crate::Durable::peers) allows.
    #[error("as many are away as durable.peers allows")]
    TooMany,
    /// It was away for longer than [`Durable::absence`](crate::Durable::absence).
    #[error("it was away for longer than durable.absence")]
    TooLong,
}

/// Why a connection ended.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Lost {
    /// The peer closed the connection.
    #[error("the peer closed the connection")]
    Eof,
    /// The stream failed.
    #[error(transparent)]
    Io(Arc<io::Error>),
    /// The protocol forbids to go on.
    #[error(transparent)]
    Protocol(Failure),
    /// The peer refused us with an ERROR command. The socket does not connect to this endpoint again: with the same
    /// credentials that would be in vain (Z37-044).
    #[error("the peer refused us, saying \"{reason}\"{}", explained(reason))]
    Refused {
        /// What the peer said, for people; of RFC 27, `400` is for credentials that are not good, `500` for a peer that
        /// could not say.
        reason: String,
    },
    /// The application did not let the peer in ([`Options::admission`](crate::Options::admission)).
    #[error("{} was not admitted ({})", if who.is_empty() { "the peer" } else { who }, refusal.status())]
    NotAdmitted {
        /// Who the peer claims to be; empty with NULL.
        who: String,
        /// For how long.
        refusal: Refusal,
    },
    /// A peer has sent name and password, and nobody is there to judge them.
    #[error(
        "nobody is there to judge names and passwords; set the option admission of the PLAIN server, or bind a ZAP handler"
    )]
    NoAdmission,
    /// The peer subscribed to more topics than [`Options::max_subscriptions`](crate::Options::max_subscriptions), which
    /// is here, or to longer ones together than [`Options::max_subscription_bytes`](crate::Options).
    #[error("the peer subscribed to more than {0} topics; raise max_subscriptions if it may")]
    MaxSubscriptions(u32),
    /// A subscriber has not read for so long that [`Options::sndhwm`](crate::Options::sndhwm) messages waited for it, and
    /// [`Options::slow_subscriber`](crate::Options::slow_subscriber) says to disconnect it.
    #[error("the subscriber is too slow: more messages waited for it than sndhwm allows")]
    TooSlow,
    /// A PAIR has its peer; no other one is taken.
    #[error("a PAIR has one peer, and it is there")]
    Occupied,
    /// A ROUTER has a peer with this routing id; set `router_handover` if the second of a name shall replace the first.
    #[error("another peer has the routing id \"{}\"", .0.escape_ascii())]
    RoutingIdTaken(Bytes),
    /// A second peer with the same routing id has taken it over ([`Options::router_handover`](crate::Options)).
    #[error("another peer with the same routing id has taken its place")]
    HandedOver,
    /// This side closed the socket, or a STREAM the connection.
    #[error("this side closed the connection")]
    Closed,
}

impl Lost {
    /// Who has to change something; `None` if all is as it should be.
    #[must_use]
    pub const fn blame(&self) -> Option<Blame> {
        Some(match self {
            Self::Eof | Self::Io(_) => Blame::Network,
            Self::Protocol(failure) => failure.blame(),
            // Our credentials, or our options.
            Self::Refused { .. } | Self::NoAdmission => Blame::Caller,
            Self::NotAdmitted { .. } | Self::Occupied | Self::RoutingIdTaken(_) => Blame::Peer,
            Self::MaxSubscriptions(_) | Self::TooSlow => Blame::Limit,
            Self::HandedOver | Self::Closed => return None,
        })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening { endpoint } => write!(f, "listening at {endpoint}"),
            Self::AcceptFailed { endpoint, why } => write!(f, "cannot accept a peer at {endpoint}: {why}"),
            Self::Accepted { endpoint, address } => write!(f, "accepted {address} at {endpoint}"),
            Self::Connected { endpoint, address } => write!(f, "connected to {endpoint} ({address})"),
            Self::ConnectRetried { endpoint, after, why: None } => {
                write!(f, "connecting to {endpoint} again in {:?}", rounded(*after))
            }
            Self::ConnectRetried { endpoint, after, why: Some(why) } => {
                write!(f, "cannot connect to {endpoint}: {why}; again in {:?}", rounded(*after))
            }
            Self::HandshakeSucceeded { endpoint, address, socket_type, mechanism, user_id, .. } => {
                let name = socket_type.map_or("peer of unknown type", SocketType::name);
                write!(f, "{name} {address} is ready at {endpoint} ({mechanism}")?;
                if user_id.is_empty() {
                    f.write_str(")")
                } else {
                    write!(f, ", user \"{}\")", user_id.escape_debug())
                }
            }
            Self::HandshakeFailed { endpoint, address, mechanism, why } => {
                write!(f, "handshake with {address} failed at {endpoint}: {why}")?;
                advise(*mechanism, why, f)
            }
            Self::Disconnected { endpoint, address, why, dropped: 0 } => {
                write!(f, "lost {address} at {endpoint}: {why}")
            }
            Self::Disconnected { endpoint, address, why, dropped } => {
                write!(f, "lost {address} at {endpoint}: {why}; {dropped} messages dropped")
            }
            Self::PeerForgotten { routing_id, why, dropped } => {
                let name = routing_id.escape_ascii();
                write!(f, "forgot the durable peer \"{name}\": {why}; {dropped} messages dropped")
            }
            Self::SwapFailed { why, dropped } => {
                write!(f, "the swap file failed: {why}; {dropped} messages dropped")
            }
            Self::Closed { endpoint, refused, why, dropped } => {
                write!(f, "closed {endpoint}")?;
                match why {
                    _ if *refused => f.write_str(": the peer refused us")?,
                    Some(why) => write!(f, ", which cannot be reached: {why}")?,
                    None => {}
                }
                if *dropped > 0 { write!(f, "; {dropped} messages dropped") } else { Ok(()) }
            }
        }
    }
}

/// What statuses of RFC 27 mean. For people only: nothing else depends on what a peer says (Z37-043).
fn explained(reason: &str) -> &'static str {
    match reason {
        "400" => ": it does not know us; correct name, password or key",
        "500" => ": it cannot judge who we are; look into its logs",
        _ => "",
    }
}

/// What to look at when a handshake failed that way.
fn advise(mechanism: Mechanism, why: &Lost, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match why {
        Lost::Protocol(Failure::Mechanism) => {
            write!(f, "; ours is {mechanism}, and both sides need the same")
        }
        Lost::Protocol(Failure::Box) => {
            f.write_str("; is curve_serverkey of the client the key of this server?")
        }
        // A server that cannot open the HELLO closes without a word (Z26-032).
        Lost::Eof | Lost::Io(_) if mechanism == Mechanism::Curve => {
            f.write_str("; so does a server whose key is not curve_serverkey")
        }
        // LZ-002: two clients, or two servers, wait for each other.
        Lost::Protocol(Failure::HandshakeTimeout) if mechanism != Mechanism::Null => {
            write!(f, "; with {mechanism} one side has to be the server, the other the client")
        }
        _ => Ok(()),
    }
}

/// To whole milliseconds, for people.
fn rounded(duration: Duration) -> Duration {
    let millis = duration.saturating_add(Duration::from_micros(500)).as_millis();
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

/// Receives the [`Event`]s of a socket from the moment it was made.
///
/// It holds 1024 events that have not been received; the newest beyond that are dropped and counted in
/// [`dropped`](Self::dropped).
#[derive(Debug)]
pub struct Monitor(Arc<Queue>);

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    arrived: event_listener::Event,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<Event>,
    ended: bool,
}

impl Monitor {
    /// The next event; waits for it. `None` once all events are received and none will come: the socket was closed or
    /// dropped and all its connections have ended, or the context was terminated.
    #[must_use]
    pub fn recv(&self) -> Option<Event> {
        wait::block(&self.0.arrived, None, || self.0.take()).unwrap_or(None)
    }

    /// As [`recv`](Self::recv), without blocking the thread.
    pub async fn recv_async(&self) -> Option<Event> {
        wait::until(&self.0.arrived, || self.0.take()).await
    }

    /// The next event if it comes within `timeout`.
    #[must_use]
    pub fn recv_timeout(&self, timeout: Duration) -> Option<Event> {
        wait::block(&self.0.arrived, Some(timeout), || self.0.take()).unwrap_or(None)
    }

    /// The next event, if there is one already.
    #[must_use]
    pub fn try_recv(&self) -> Option<Event> {
        self.0.waiting.lock().unwrap().events.pop_front()
    }

    /// How many events were dropped because the monitor was not read.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }
}

impl Queue {
    fn take(&self) -> Attempt<Option<Event>> {
        let mut waiting = self.waiting.lock().unwrap();
        match waiting.events.pop_front() {
            None if !waiting.ended => None,
            event => Some(event),
        }
    }
}

/// All monitors of one socket.
#[derive(Debug, Default)]
pub(crate) struct Monitors {
    queues: Mutex<Queues>,
    /// What has been told, also when nobody listens.
    pub(crate) tally: Tally,
}

#[derive(Debug, Default)]
struct Queues {
    queues: Vec<Weak<Queue>>,
    ended: bool,
}

impl Monitors {
    pub(crate) fn add(&self) -> Monitor {
        let queue = Arc::new(Queue::default());
        let mut all = self.queues.lock().unwrap();
        queue.waiting.lock().unwrap().ended = all.ended;
        if !all.ended {
            all.queues.push(Arc::downgrade(&queue));
        }
        Monitor(queue)
    }

    /// No monitor, of now or to come, receives another event.
    pub(crate) fn end(&self) {
        let mut all = self.queues.lock().unwrap();
        all.ended = true;
        for queue in all.queues.drain(..).filter_map(|queue| queue.upgrade()) {
            queue.waiting.lock().unwrap().ended = true;
            queue.arrived.notify(usize::MAX);
        }
    }

    pub(crate) fn tell(&self, event: &Event) {
        tracing::debug!("{event}");
        self.tally.count(event);
        self.queues.lock().unwrap().queues.retain(|monitor| {
            let Some(queue) = monitor.upgrade() else { return false };
            let mut waiting = queue.waiting.lock().unwrap();
            if waiting.events.len() < CAPACITY {
                waiting.events.push_back(event.clone());
                drop(waiting);
                queue.arrived.notify(usize::MAX);
            } else {
                queue.dropped.fetch_add(1, Ordering::Relaxed);
            }
            true
        });
    }
}

impl Drop for Monitors {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(endpoint: usize) -> Event {
        Event::Closed { endpoint: endpoint.to_string(), refused: false, why: None, dropped: 0 }
    }

    #[test]
    fn a_full_monitor_keeps_the_oldest_and_counts_the_rest() {
        let monitors = Monitors::default();
        let monitor = monitors.add();
        for endpoint in 0..CAPACITY + 3 {
            monitors.tell(&closed(endpoint));
        }
        assert_eq!(monitor.dropped(), 3);
        assert_eq!(monitor.recv().unwrap().to_string(), "closed 0");
    }

    #[test]
    fn a_pause_is_told_in_whole_milliseconds() {
        let retried = |after| Event::ConnectRetried { endpoint: "here".into(), after, why: None }.to_string();
        assert_eq!(retried(Duration::from_nanos(105_512_345)), "connecting to here again in 106ms");
        assert_eq!(retried(Duration::from_micros(1_205_499)), "connecting to here again in 1.205s");
        assert!(retried(Duration::MAX).contains("again in"));
    }

    #[test]
    fn z37_043_what_a_peer_says_is_explained_to_people_and_decides_nothing() {
        let refused = |reason: &str| Lost::Refused { reason: reason.into() };
        assert_eq!(
            refused("400").to_string(),
            "the peer refused us, saying \"400\": it does not know us; correct name, password or key"
        );
        assert_eq!(refused("go away").to_string(), "the peer refused us, saying \"go away\"");
        assert_eq!(refused("400").blame(), refused("go away").blame());
    }

    #[test]
    fn every_end_says_who_has_to_change_something() {
        let denied = Lost::NotAdmitted { who: "user \"eve\"".into(), refusal: Refusal::Denied };
        assert_eq!(denied.to_string(), "user \"eve\" was not admitted (400)");
        for (lost, blame) in [
            (denied, Some(Blame::Peer)),
            (Lost::Protocol(Failure::FrameLimit), Some(Blame::Limit)),
            (Lost::NoAdmission, Some(Blame::Caller)),
            (Lost::Eof, Some(Blame::Network)),
            (Lost::Closed, None),
        ] {
            assert_eq!(lost.blame(), blame, "{lost}");
        }
    }

    #[test]
    fn a_monitor_ends_with_its_socket_after_the_last_event() {
        let monitors = Monitors::default();
        let monitor = monitors.add();
        monitors.tell(&closed(1));
        drop(monitors);
        assert!(monitor.recv().is_some());
        assert!(monitor.recv().is_none());
    }
}
