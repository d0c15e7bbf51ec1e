//! Options of sockets, under libzmq's names, with libzmq's defaults.

mod choices;
mod durable;
mod metadata;
mod rules;

use std::time::Duration;

use bytes::Bytes;
use zmtp_core::{Limits, Version};

pub use self::choices::{Notify, ReconnectStop, SlowPeer, SlowSubscriber};
pub use self::durable::Durable;
#[cfg(feature = "swap")]
pub use self::durable::Swap;
pub use self::metadata::{BadMetadata, Metadata};
use crate::Message;
use crate::security::{Admission, CurveKey, CurveSecretKey, Password};

/// How a socket behaves. Given to [`Context::with`](crate::Context::with) before the socket is made, or changed with
/// [`set_options`](crate::Push::set_options): then most hold for what is bound or connected from then on; with those for which that is
/// otherwise, it says so.
///
/// ```
/// use std::time::Duration;
/// use zmtp_std::{Context, Options};
///
/// let options = Options { sndhwm: 10, linger: Some(Duration::ZERO), ..Options::default() };
/// let push = Context::new().with(options).push();
/// # drop(push);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// The most messages that wait to be sent to one peer; 0 is no mark (`ZMQ_SNDHWM`). Over `inproc` the marks of both ends
    /// add up: so many, and as many as the peer's [`rcvhwm`](Self::rcvhwm), wait in all. Changes take effect at once. Default
    /// 1000.
    pub sndhwm: u32,
    /// The most octets that wait to be sent to one peer, and so in one message; 0 is no mark. Changes take effect at once.
    /// Default 0.
    pub sndhwm_bytes: u64,
    /// The most messages of one peer that wait to be received; 0 is no mark (`ZMQ_RCVHWM`). At the mark no more is read. What had
    /// been read with the last of them, and in one more read, stays in buffers, at most 256 KiB, and counts when there is room.
    /// Changes take effect at once. Default 1000.
    pub rcvhwm: u32,
    /// The most octets of one peer that wait to be received, and so in one message: a peer that sends a larger one is
    /// disconnected. 0 is no mark. Stays as it is in a socket in use. Default 0.
    pub rcvhwm_bytes: u64,
    /// The most messages that wait to be sent to all peers together, beside [`sndhwm`](Self::sndhwm) for each, and exact as that; 0 is no
    /// mark. A message for several counts for each of them. When it is reached every peer is without room: sending waits, or
    /// drops, as for any; nobody is disconnected for it. Not with `conflate`; and a durable peer with a swap file does not count. Stays as it is in a socket in use. Default 0.
    pub socket_sndhwm: u32,
    /// The same in octets, and so the most in one message; 0 is no mark. Stays as it is in a socket in use. Default 0.
    pub socket_sndhwm_bytes: u64,
    /// The most messages of all peers together that wait to be received, beside [`rcvhwm`](Self::rcvhwm) for each; 0 is no mark. When it is
    /// reached no peer is read from, and who has waited longest is first when there is room again. Outside of it wait: of each peer one
    /// message, in part or whole; what a socket over `inproc` has left behind when it closed, as much as its own marks allowed; and
    /// what nobody can be made to wait with, notices of who came and went, as many as do while nobody receives, and the ends of the
    /// subscriptions of who went. Not with `conflate`. Stays as it is in a socket in use. Default 0.
    pub socket_rcvhwm: u32,
    /// The same in octets, and so the most in one message: a peer that sends a larger one is disconnected. 0 is no mark. Stays as it is in
    /// a socket in use. Default 0.
    pub socket_rcvhwm_bytes: u64,
    /// Of PUSH, PULL, PUB, SUB and DEALER: whether of all messages to a peer, and of all from it, that wait only the newest is
    /// kept, whole, however many parts it has (`ZMQ_CONFLATE`). Sending never waits for room then, and the marks on messages
    /// mean nothing; those on octets are for a single message. Topics are not told apart. Stays as it is in a socket in use.
    /// Default false.
    pub conflate: bool,
    /// How long a blocking send waits, `None` for ever (`ZMQ_SNDTIMEO`). Changes take effect at once. Default `None`.
    pub sndtimeo: Option<Duration>,
    /// How long a blocking receive waits, `None` for ever (`ZMQ_RCVTIMEO`). Changes take effect at once. Default `None`.
    pub rcvtimeo: Option<Duration>,
    /// How long messages that are not out yet are kept once the socket is dropped, `None` for ever (`ZMQ_LINGER`). Changes take
    /// effect at once. Default `None`: the program does not end before its messages are out.
    pub linger: Option<Duration>,
    /// The pause before a lost or failed connection is tried again, lengthened by up to as much at random
    /// (`ZMQ_RECONNECT_IVL`). `None` never tries again. Default 100 ms.
    pub reconnect_ivl: Option<Duration>,
    /// If longer than `reconnect_ivl`, pauses double up to this, without chance (`ZMQ_RECONNECT_IVL_MAX`). Default 0.
    pub reconnect_ivl_max: Duration,
    /// After what a connection is not tried again, besides a refusal by the peer, which is always in vain; the event
    /// [`Event::Closed`](crate::Event::Closed) tells of it (`ZMQ_RECONNECT_STOP`). Default none of it.
    pub reconnect_stop: ReconnectStop,
    /// The most time for an attempt to connect to one address of a peer, zero leaves it to the system
    /// (`ZMQ_CONNECT_TIMEOUT`). Default 0.
    pub connect_timeout: Duration,
    /// Of TCP: whether the system looks for dead peers, `None` leaves it to the system (`ZMQ_TCP_KEEPALIVE`). Default `None`.
    pub tcp_keepalive: Option<bool>,
    /// With `tcp_keepalive`: silence after which it asks, in whole seconds; `None` leaves it to the system (`ZMQ_TCP_KEEPALIVE_IDLE`).
    /// Default `None`.
    pub tcp_keepalive_idle: Option<Duration>,
    /// With `tcp_keepalive`: the pause before it asks again, in whole seconds; `None` leaves it to the system (`ZMQ_TCP_KEEPALIVE_INTVL`).
    /// Default `None`.
    pub tcp_keepalive_intvl: Option<Duration>,
    /// With `tcp_keepalive`: how often it asks in vain before the peer is dead; `None` leaves it to the system (`ZMQ_TCP_KEEPALIVE_CNT`).
    /// Default `None`.
    pub tcp_keepalive_cnt: Option<u32>,
    /// Of TCP: how long octets that are out may stay without an answer before the connection is lost, in milliseconds; zero leaves
    /// it to the system (`ZMQ_TCP_MAXRT`). Not on every system; on Linux it is the user timeout. Default 0.
    pub tcp_maxrt: Duration,
    /// Of TCP: the type of service, or traffic class, in the head of every packet (`ZMQ_TOS`). Default 0.
    pub tos: u8,
    /// Of TCP: the priority of packets within this machine, 0 to 6, or with privileges higher ones (`ZMQ_PRIORITY`). Linux and Android
    /// only. Default 0.
    pub priority: u32,
    /// Of TCP: octets that the system buffers on their way out, `None` leaves it to the system (`ZMQ_SNDBUF`). Default
    /// `None`.
    pub sndbuf: Option<usize>,
    /// Of TCP: octets that the system buffers on their way in, `None` leaves it to the system (`ZMQ_RCVBUF`). Default `None`.
    pub rcvbuf: Option<usize>,
    /// Of TCP: how many peers may wait to be accepted at a bound endpoint, at least 1 (`ZMQ_BACKLOG`). Default 100.
    pub backlog: u32,
    /// Of TCP: the only device through which connections go, such as `eth0`; empty for any (`ZMQ_BINDTODEVICE`). Linux and Android only.
    /// Default empty.
    pub bindtodevice: String,
    /// Of TCP: whether `*` is every interface for IPv6, too, and names and interfaces are tried with all their addresses as they
    /// come; else `*` is for IPv4 alone, and addresses of IPv4 are tried before others (`ZMQ_IPV6`). Default false.
    pub ipv6: bool,
    /// The most time for a handshake, zero is for ever (`ZMQ_HANDSHAKE_IVL`). Default 30 s.
    pub handshake_ivl: Duration,
    /// The most octets in one part of a message from a peer, `None` for no limit (`ZMQ_MAXMSGSIZE`). A peer that sends
    /// more is disconnected, over `inproc` as well: the message is gone, and those in front of it arrive. Default `None`.
    pub maxmsgsize: Option<u64>,
    /// The most parts in one message from a peer, `None` for no limit. A peer that sends more is disconnected. Default `None`.
    pub max_parts: Option<u32>,
    /// The most octets in one command of a handshake, before anything is known of the peer. Default 2 KiB.
    pub max_handshake_size: u64,
    /// The most PING commands of a peer in 1.05 s; 65,535 is no limit. A peer that sends more is disconnected. Default 2,000.
    pub max_pings: u16,
    /// Of a publisher: the most octets in a topic. A peer that subscribes to a longer one is disconnected. Changes take effect
    /// at once. Default 4 KiB.
    pub max_topic_size: u32,
    /// Of a publisher: the most octets in all topics of one peer together; a peer that subscribes to more is disconnected.
    /// Changes take effect at once. Default 16 MiB.
    pub max_subscription_bytes: u64,
    /// Of a publisher: the most topics that one peer may subscribe to; 0 is no limit. A peer that subscribes to more is
    /// disconnected ([`Lost::MaxSubscriptions`](crate::Lost::MaxSubscriptions)). Changes take effect at once. Default 100,000.
    pub max_subscriptions: u32,
    /// Time between two PING commands, zero sends none (`ZMQ_HEARTBEAT_IVL`). Default 0.
    pub heartbeat_ivl: Duration,
    /// Silence after a PING that means death; `None` is as long as `heartbeat_ivl`, zero is never (`ZMQ_HEARTBEAT_TIMEOUT`).
    /// Default `None`.
    pub heartbeat_timeout: Option<Duration>,
    /// How long the peer may believe in us without a sign of life, up to 6,553 s in steps of 100 ms; zero is for
    /// ever (`ZMQ_HEARTBEAT_TTL`). Default 0.
    pub heartbeat_ttl: Duration,
    /// What a ROUTER shall call this socket, and under which name a peer with [`durable`](Self::durable) peers keeps what waits for
    /// it: up to 255 octets, the first not 0; empty leaves it to the ROUTER (`ZMQ_ROUTING_ID`). Default empty.
    pub routing_id: Bytes,
    /// What every peer is told of us in the handshake: properties of the application, named `X-...` (`ZMQ_METADATA`). Default empty.
    pub metadata: Metadata,
    /// Of PUB, XPUB, PUSH, DEALER and ROUTER: whether a peer that comes with a [`routing_id`](Self::routing_id) of its own is
    /// kept when it goes, with its subscriptions and with the messages that wait for it, until it comes back under the same
    /// name, to whichever endpoint of the socket. Meanwhile it is treated as one that is there and does not read: up to
    /// `sndhwm`, which has to be set, messages are kept for it (by PUB and XPUB those it has subscribed to, by PUSH and DEALER
    /// those whose turn it is, by ROUTER those with its name in front), and beyond that dropped, or waited with, as for any
    /// peer; with [`immediate`](Self::immediate) no new ones, but those alone that waited when it went. A second peer of the
    /// same name is refused as long as the first is there; with [`router_handover`](Self::router_handover) the first is
    /// disconnected, and the second gets what waits when it tries again. What had left for a peer that went is lost with the
    /// connection. Nothing outlives the socket. Stays as it is in a socket in use. Default `None`.
    pub durable: Option<Durable>,
    /// Of ROUTER: whether a message that cannot be delivered is an error, or waits for room, instead of being dropped and
    /// counted (`ZMQ_ROUTER_MANDATORY`). Changes take effect at once. Default true, unlike libzmq's: nothing is lost in
    /// silence.
    pub router_mandatory: bool,
    /// Of ROUTER: whether a peer with the routing id of another takes its place, instead of being refused
    /// (`ZMQ_ROUTER_HANDOVER`). Changes take effect at once. Default false.
    pub router_handover: bool,
    /// Of ROUTER: whether an empty message behind a peer's routing id tells that it came, or went
    /// (`ZMQ_ROUTER_NOTIFY`). Default neither.
    pub router_notify: Notify,
    /// Of STREAM: whether an empty message behind the routing id of a connection tells that it was made, or ended
    /// (`ZMQ_STREAM_NOTIFY`). Default true.
    pub stream_notify: bool,
    /// Of REQ, DEALER and ROUTER: whether every new connection begins with an empty message, by which a ROUTER learns that
    /// we are there (`ZMQ_PROBE_ROUTER`). Default false.
    pub probe_router: bool,
    /// Of DEALER and ROUTER: what every new connection begins with, in front of what waits, so that a worker is known again after each
    /// loss; it takes the place of the empty message of `probe_router` (`ZMQ_HELLO_MSG`). Default none.
    pub hello_msg: Option<Message>,
    /// Of REQ: whether a request may be sent while another is under way, whose reply is then not awaited any more
    /// (`ZMQ_REQ_RELAXED`). Use it with `req_correlate`. Changes take effect at once. Once it is false again, the reply to the last
    /// request comes before the next one. Default false.
    pub req_relaxed: bool,
    /// Of REQ: whether requests are numbered, so that a reply to an earlier one is never taken for that to the last
    /// (`ZMQ_REQ_CORRELATE`). Changes take effect at once. A request that is under way, and its reply, stay as they are. Default
    /// false.
    pub req_correlate: bool,
    /// Of XPUB: whether every subscription is shown, and not only the first to a topic (`ZMQ_XPUB_VERBOSE`). Changes take
    /// effect at once. Default false.
    pub xpub_verbose: bool,
    /// Of XPUB: whether every subscription and every cancel is shown (`ZMQ_XPUB_VERBOSER`). Changes take effect at once.
    /// Default false.
    pub xpub_verboser: bool,
    /// Of XPUB: whether subscriptions take effect only as the application decides (`ZMQ_XPUB_MANUAL`). Changes take effect at once.
    /// What is in effect stays so: when it becomes true, subscriptions that there are count as granted; when it becomes false, what was
    /// granted counts as what peers subscribed to, and what was not is forgotten. Default false.
    pub xpub_manual: bool,
    /// As `xpub_manual`; and a message that follows [`XPub::subscribe`](crate::XPub::subscribe) is for that subscriber alone
    /// (`ZMQ_XPUB_MANUAL_LAST_VALUE`). Changes take effect at once. When it becomes false, no message is for one
    /// alone any more. Default false.
    pub xpub_manual_last_value: bool,
    /// Of XPUB: what every subscriber is sent first, to receive if it subscribes to it (`ZMQ_XPUB_WELCOME_MSG`). Default
    /// none.
    pub xpub_welcome_msg: Option<Message>,
    /// Of PUB and XPUB: whether a message waits until all who are to have it have room, instead of being dropped for some
    /// (`ZMQ_XPUB_NODROP`). Changes take effect at once. Default false.
    pub xpub_nodrop: bool,
    /// Of PUB and XPUB: what becomes of a message for a subscriber that has not read for so long that `sndhwm` messages wait
    /// for it, unless `xpub_nodrop` has it wait. Changes take effect at once. Default `DropNewest`.
    pub slow_subscriber: SlowSubscriber,
    /// Of PUSH, DEALER, PAIR and ROUTER: what becomes of a message when every peer that it may go to has not read for so long that
    /// its mark is reached, as [`sndhwm`](Self::sndhwm) says. Without a peer to send to, sending waits in any case.
    /// Of a ROUTER without [`router_mandatory`](Self::router_mandatory) `Wait` means `DropNewest`. Changes take effect at once.
    /// Default `Wait`.
    pub slow_peer: SlowPeer,
    /// Of PUB, XPUB and SUB: whether subscriptions are for the messages that do not match them, at both ends
    /// (`ZMQ_INVERT_MATCHING`). Changes take effect at once. They are for what a publisher sends from then on, and a SUB receives, also of
    /// what waits for it already; so change both ends. Default false.
    pub invert_matching: bool,
    /// Whether messages are queued only for connections that are complete (`ZMQ_IMMEDIATE`). Default false.
    pub immediate: bool,
    /// The oldest version of ZMTP that is spoken; peers of an older one are refused. Where there is security or an
    /// admission of peers, it is 3.0 in any case. From 3.0 on the greeting leaves at once, instead of in steps. Default 1.0.
    pub oldest: Version,
    /// Whether this side of PLAIN asks for name and password (`ZMQ_PLAIN_SERVER`); [`admission`](Self::admission)
    /// says whose are good, and without it nobody's are. Default false.
    pub plain_server: bool,
    /// With a name, up to 255 octets, this side of PLAIN is the client (`ZMQ_PLAIN_USERNAME`). Default `None`.
    pub plain_username: Option<String>,
    /// The password that goes with it, up to 255 octets (`ZMQ_PLAIN_PASSWORD`). Default empty.
    pub plain_password: Password,
    /// Whether this side of CURVE is the server (`ZMQ_CURVE_SERVER`); without [`admission`](Self::admission) everybody
    /// who knows its public key is let in. Default false.
    pub curve_server: bool,
    /// Our public key (`ZMQ_CURVE_PUBLICKEY`). It may be left out: it follows from the secret one. Default `None`.
    pub curve_publickey: Option<CurveKey>,
    /// Our secret key, on both sides of CURVE (`ZMQ_CURVE_SECRETKEY`). Default `None`.
    pub curve_secretkey: Option<CurveSecretKey>,
    /// With the public key of the server, this side of CURVE is the client (`ZMQ_CURVE_SERVERKEY`). Default `None`.
    pub curve_serverkey: Option<CurveKey>,
    /// What the admission of peers is told of this socket: up to 255 characters of ASCII (`ZMQ_ZAP_DOMAIN`). Peers
    /// without security of their own, those of ZMTP 1.0 and 2.0, are refused if it is set. Default empty.
    pub zap_domain: String,
    /// Who decides which peers come in; also for NULL, by their addresses. Clients of PLAIN and CURVE do not ask.
    /// Default `None`: the handler that is bound to [`zap::ENDPOINT`](crate::security::zap::ENDPOINT) in the context; and without one
    /// everybody with NULL and CURVE, nobody with PLAIN (Z27-015).
    pub admission: Option<Admission>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sndhwm: 1000,
            sndhwm_bytes: 0,
            rcvhwm: 1000,
            rcvhwm_bytes: 0,
            socket_sndhwm: 0,
            socket_sndhwm_bytes: 0,
            socket_rcvhwm: 0,
            socket_rcvhwm_bytes: 0,
            conflate: false,
            sndtimeo: None,
            rcvtimeo: None,
            linger: None,
            reconnect_ivl: Some(Duration::from_millis(100)),
            reconnect_ivl_max: Duration::ZERO,
            reconnect_stop: ReconnectStop::default(),
            connect_timeout: Duration::ZERO,
            tcp_keepalive: None,
            tcp_keepalive_idle: None,
            tcp_keepalive_intvl: None,
            tcp_keepalive_cnt: None,
            tcp_maxrt: Duration::ZERO,
            tos: 0,
            priority: 0,
            sndbuf: None,
            rcvbuf: None,
            backlog: 100,
            bindtodevice: String::new(),
            ipv6: false,
            handshake_ivl: Duration::from_secs(30),
            maxmsgsize: None,
            max_parts: None,
            max_handshake_size: Limits::new().handshake_frame,
            max_pings: Limits::new().pings,
            max_topic_size: Limits::new().topic,
            max_subscription_bytes: Limits::new().subscription_octets,
            max_subscriptions: Limits::new().subscriptions,
            heartbeat_ivl: Duration::ZERO,
            heartbeat_timeout: None,
            heartbeat_ttl: Duration::ZERO,
            routing_id: Bytes::new(),
            metadata: Metadata::new(),
            durable: None,
            router_mandatory: true,
            router_handover: false,
            router_notify: Notify::default(),
            stream_notify: true,
            probe_router: false,
            hello_msg: None,
            req_relaxed: false,
            req_correlate: false,
            xpub_verbose: false,
            xpub_verboser: false,
            xpub_manual: false,
            xpub_manual_last_value: false,
            xpub_welcome_msg: None,
            xpub_nodrop: false,
            slow_subscriber: SlowSubscriber::default(),
            slow_peer: SlowPeer::default(),
            invert_matching: false,
            immediate: false,
            oldest: Version::V1,
            plain_server: false,
            plain_username: None,
            plain_password: Password::default(),
            curve_server: false,
            curve_publickey: None,
            curve_secretkey: None,
            curve_serverkey: None,
            zap_domain: String::new(),
            admission: None,
        }
    }
}
