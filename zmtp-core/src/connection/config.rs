//! What one socket tells all its connections.

use core::time::Duration;

use crate::mechanism::Introduction;
use crate::wire::{SocketType, Version};

/// The rules of a connection. All connections of a socket share one; hand the same in at every call.
///
/// It can be a constant in flash:
///
/// ```
/// use zmtp_core::{Config, SocketType};
///
/// static CONFIG: Config<'static> = Config::new(SocketType::Pub);
/// ```
///
/// `A` is the role and the keys of the security [`Mechanism`](crate::mechanism::Mechanism), by default none.
#[derive(Clone, Copy, Debug)]
pub struct Config<'c, A = ()> {
    /// The type of the socket.
    pub socket_type: SocketType,
    /// What a ROUTER shall call us: 0 to 255 octets, the first not 0; empty leaves the choice to the ROUTER.
    /// Another socket type sends it only if it is not empty.
    pub identity: &'c [u8],
    /// What else we say of ourselves in the handshake, properties of the application in the form of READY (Z37-049): for each the length
    /// of its name in an octet, its name, such as `X-Region`, the length of its value in four octets, the largest first, and its value.
    /// Peers of ZMTP 1.0 and 2.0 are not told.
    ///
    /// ```
    /// # use zmtp_core::{Config, SocketType};
    /// static CONFIG: Config<'static> =
    ///     Config { properties: b"\x08X-Region\0\0\0\x02eu", ..Config::new(SocketType::Push) };
    /// ```
    pub properties: &'c [u8],
    /// The oldest version of ZMTP that is spoken; a peer of an older one is refused. From [`Version::V3_0`] on the whole
    /// greeting is sent at once, without waiting for the peer's version. Without the feature `old-versions` it is 3.0.
    pub oldest: Version,
    /// What a peer may ask of us.
    pub limits: Limits,
    /// Whether and how to look for dead peers.
    pub heartbeat: Heartbeat,
    /// Whether the application decides which peers come in: see [`Step::Admit`](crate::Step::Admit). A PLAIN server asks
    /// in any case, as nobody else knows the passwords; a client of PLAIN or CURVE never does.
    pub admission: bool,
    /// Role, names and keys of the security mechanism.
    pub security: A,
}

impl Config<'_> {
    /// libzmq's defaults for a socket of this type.
    #[must_use]
    pub const fn new(socket_type: SocketType) -> Self {
        Self {
            socket_type,
            identity: &[],
            properties: &[],
            oldest: Version::V1,
            limits: Limits::new(),
            heartbeat: Heartbeat::off(),
            admission: false,
            security: (),
        }
    }
}

impl<'c, A: Copy> Config<'c, A> {
    /// The same rules, with this security.
    #[must_use]
    pub const fn with_security<B: Copy>(self, security: B) -> Config<'c, B> {
        let Self { socket_type, identity, properties, oldest, limits, heartbeat, admission, .. } = self;
        Config { socket_type, identity, properties, oldest, limits, heartbeat, admission, security }
    }

    pub(super) fn introduction(&self) -> Introduction<'c> {
        let Self { socket_type, identity, properties, .. } = *self;
        Introduction { socket_type, identity, properties }
    }
}

/// The most that a peer may send. Checked at the head of a frame, as 64-bit numbers, before any body octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets in the body of one frame (`ZMQ_MAXMSGSIZE`).
    pub frame: u64,
    /// Octets in all the bodies of one message together.
    pub message: u64,
    /// Frames in one message.
    pub parts: u32,
    /// Octets in the body of a command behind the handshake: bounds topics (10 octets longer with their name). Encrypted
    /// traffic is collected like commands, but only bounded by this if it is some: parts of messages go up to `frame`,
    /// and their 33 octets of encryption are not counted.
    pub command: u64,
    /// Octets in the body of a command of the handshake, from a peer of whom nothing is known yet. The longest that is
    /// needed is an INITIATE of CURVE, 257 octets longer than its metadata.
    pub handshake_frame: u64,
    /// Octets of the peer's metadata.
    pub metadata: u32,
    /// Properties in the peer's metadata.
    pub properties: u16,
    /// Octets in a topic; to be asked with [`Subscriptions::admits`](crate::subscription::Subscriptions::admits), as the
    /// next two.
    pub topic: u32,
    /// Topics that one peer is subscribed to at a time.
    pub subscriptions: u32,
    /// Octets in these topics together.
    pub subscription_octets: u64,
    /// PINGs in 2^20 microseconds, a little more than a second; 65,535 is no limit.
    pub pings: u16,
    /// Time for the whole handshake, however slowly the octets drip; zero is for ever (`ZMQ_HANDSHAKE_IVL`).
    pub handshake: Duration,
}

impl Limits {
    /// No limit on messages, as in libzmq; 8 KiB for a command, but 2 KiB in the handshake, with 32 properties in 1 KiB of
    /// metadata; 100,000 topics of up to 4 KiB, in 16 MiB; 2,000 PINGs, twice what libzmq's shortest interval, a
    /// millisecond, makes; 30 s for the handshake.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            frame: i64::MAX as u64,
            message: u64::MAX,
            parts: u32::MAX,
            command: 8 * 1024,
            handshake_frame: 2 * 1024,
            metadata: 1024,
            properties: 32,
            topic: 4 * 1024,
            subscriptions: 100_000,
            subscription_octets: 16 * 1024 * 1024,
            pings: 2_000,
            handshake: Duration::from_secs(30),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

/// Looking for dead peers with PING commands (RFC 37, "Connection Heartbeating"). 3.0 peers know none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Time between two PINGs; zero sends none (`ZMQ_HEARTBEAT_IVL`).
    pub interval: Duration,
    /// Silence after a PING that means death; zero is never. Any traffic is a sign of life (`ZMQ_HEARTBEAT_TIMEOUT`).
    pub timeout: Duration,
    /// How long the peer may believe in us without traffic, in tenths of a second; 0 is for ever
    /// (`ZMQ_HEARTBEAT_TTL`). libzmq misreads more than 655 (LZ-019).
    pub ttl: u16,
}

impl Heartbeat {
    /// Whether any PING is sent. Asked wherever one is, so that firmware without has no code for it.
    pub(super) fn is_on(&self) -> bool {
        self.interval > Duration::ZERO
    }

    /// No PING is sent; those of the peer are answered all the same.
    #[must_use]
    pub const fn off() -> Self {
        Self { interval: Duration::ZERO, timeout: Duration::ZERO, ttl: 0 }
    }

    /// A PING every `interval`, and a peer that is silent for as long after one is dead.
    #[must_use]
    pub const fn every(interval: Duration) -> Self {
        Self { interval, timeout: interval, ttl: 0 }
    }
}
