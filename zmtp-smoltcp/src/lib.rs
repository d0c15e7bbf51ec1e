//! ZeroMQ sockets for microcontrollers, over smoltcp or any other stream of octets: no heap, no unsafe, no panic.
//!
//! ```text
//! socket/       the socket types: the pattern machines of zmtp-core over the peers you lend
//! io*.rs        the sockets over streams of embedded-io and embedded-io-async (features of these names)
//! tcp.rs        the life of smoltcp's TCP sockets: listening again, connecting again, closing in time
//! stream.rs     the four calls a peer's octets travel over
//! peer.rs       one peer's place: zmtp_core::link::Link in lent storage
//! places.rs     the places of a socket, and what their security needs
//! event.rs      what happens to peers, for whoever wants to know
//! ```
//!
//! Further features: `curve`, `conflate` (sockets that keep only the newest message), `postcard` (frames that are values), and `log` and `defmt`, both at once if need be.
//!
//! Nothing runs by itself and nothing is hidden: storage is lent, time is told, and everything happens in
//! [`Tcp::poll`], a bounded amount of work at a time. The loop of a device:
//!
//! 1. `Interface::poll`: frames become octets.
//! 2. [`Tcp::poll`] for each socket: octets become messages.
//! 3. The application: `recv` and `send`, which never wait ([`nb`] where they might).
//! 4. [`Tcp::poll`] again and `Interface::poll` again, if something was sent: messages become octets become frames.
//! 5. Sleep until a frame arrives, or the earlier of `Interface::poll_at` and [`Tcp::poll_timeout`].
//!
//! ```
//! use smoltcp::iface::{Config as Network, Interface, SocketSet, SocketStorage};
//! use smoltcp::socket::tcp;
//! # use smoltcp::{phy::{Loopback, Medium}, wire::{HardwareAddress, IpAddress, IpCidr}};
//! # use zmtp_smoltcp::{Endpoint, Req};
//! use zmtp_smoltcp::{Config, Instant, Peer, Rep, SocketType, Storage, Tcp};
//!
//! # let mut device = Loopback::new(Medium::Ip);
//! # let config = Network::new(HardwareAddress::Ip);
//! # let mut interface = Interface::new(config, &mut device, smoltcp::time::Instant::ZERO);
//! # let address = IpAddress::v4(127, 0, 0, 1);
//! # interface.update_ip_addrs(|all| all.push(IpCidr::new(address, 8)).unwrap());
//! // smoltcp's part: a TCP socket with its buffers.
//! let (mut rx, mut tx) = ([0; 256], [0; 256]);
//! # let (mut rx2, mut tx2) = ([0; 256], [0; 256]);
//! let mut places = [SocketStorage::EMPTY; 2];
//! let mut sockets = SocketSet::new(&mut places[..]);
//! let rings = (tcp::SocketBuffer::new(&mut rx[..]), tcp::SocketBuffer::new(&mut tx[..]));
//! let stream = sockets.add(tcp::Socket::new(rings.0, rings.1));
//!
//! // Ours: a place for one peer, and a REP socket bound to port 5555.
//! let (mut command, mut incoming, mut outgoing) = ([0; 128], [0; 128], [0; 128]);
//! let storage =
//!     Storage { command: &mut command, incoming: &mut incoming, outgoing: &mut outgoing, messages: 0 };
//! let mut peers = [Peer::new(storage)];
//! let mut rep = Rep::new(Config::new(SocketType::Rep), &mut peers, &mut []);
//! let mut bound = Tcp::bind([stream], 5555);
//!
//! # let (mut command, mut incoming, mut outgoing) = ([0; 128], [0; 128], [0; 128]);
//! # let storage =
//! #     Storage { command: &mut command, incoming: &mut incoming, outgoing: &mut outgoing, messages: 0 };
//! # let mut peers = [Peer::new(storage)];
//! # let mut req = Req::new(Config::new(SocketType::Req), &mut peers);
//! # let rings = (tcp::SocketBuffer::new(&mut rx2[..]), tcp::SocketBuffer::new(&mut tx2[..]));
//! # let stream2 = sockets.add(tcp::Socket::new(rings.0, rings.1));
//! # let mut connected = Tcp::new([(stream2, Endpoint::Connect((address, 5555).into()))], 0);
//! # let mut answer = [0; 16];
//! # let mut clock = 1..1_000;
//! # let mut asked = false;
//! loop {
//!     let now = /* the device's clock, in milliseconds */
//! #       clock.next().expect("an answer within a second");
//!     interface.poll(smoltcp::time::Instant::from_millis(now), &mut device, &mut sockets);
//!     let now = Instant::from_millis(now as u64);
//!     bound.poll(&mut rep, &mut interface, &mut sockets, now, |_event| {});
//!     let mut buffer = [0; 16];
//!     if let Ok(request) = rep.recv(&mut buffer) {
//!         assert_eq!(request.octets, b"Hello");
//!         rep.send(&[b"World"])?;
//!         bound.poll(&mut rep, &mut interface, &mut sockets, now, |_event| {});
//!     }
//! #   connected.poll(&mut req, &mut interface, &mut sockets, now, |_event| {});
//! #   asked = asked || req.send(&[b"Hello"]).is_ok();
//! #   if asked && let Ok(reply) = req.recv(&mut answer) {
//! #       assert_eq!(reply.octets, b"World");
//! #       break;
//! #   }
//! }
//! # Ok::<(), zmtp_smoltcp::SendError>(())
//! ```

#![no_std]
#![forbid(unsafe_code)]
#![deny(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod event;
#[cfg(feature = "embedded-io")]
mod io;
#[cfg(feature = "embedded-io-async")]
mod io_async;
mod peer;
mod places;
mod socket;
mod stream;
mod tcp;
#[cfg(any(feature = "embedded-io", feature = "embedded-io-async"))]
mod window;

pub use event::{Event, Reason};
#[cfg(feature = "embedded-io")]
pub use io::Io;
#[cfg(feature = "embedded-io-async")]
pub use io_async::{AsyncIo, Ended};
pub use peer::Peer;
pub use places::{Fresh, MAX_PEERS, Places, TooManyPeers};
#[cfg(feature = "conflate")]
pub use socket::{Clear, Conflate};
pub use socket::{
    Deal, Dealer, DealerPattern, Delivery, Frame, Inverted, InvertedPub, InvertedSub, NotifyingRouter, Pair,
    PairPattern, Pattern, Piece, Pieces, Prefix, ProbingDealer, ProbingReq, Pub, PubPattern, Pull,
    PullPattern, Push, PushPattern, Quiet, RawStream, RawStreamPattern, RecvError, Rep, RepPattern, Replied,
    Req, ReqPattern, Router, RouterPattern, SendError, Socket, SocketOf, Sub, SubPattern, Take, Telling,
    Xpub, XpubPattern, Xsub, XsubPattern,
};
#[cfg(feature = "postcard")]
pub use socket::{TypedError, encode};
pub use stream::Stream;
pub use tcp::{Endpoint, Tcp};
pub use zmtp_core::link::{Oversize, Storage};
pub use zmtp_core::mechanism::{Credentials, Mechanism, Null, Plain, PlainSecurity, Refusal, Verdict};
#[cfg(feature = "curve")]
pub use zmtp_core::mechanism::{Curve, CurveKey, CurveKeyPair, CurveSecretKey, CurveSecurity, Entropy};
pub use zmtp_core::pattern::{
    Matching, NotGranted, Notices, ReqOptions, RouterOptions, Show, XpubOptions, XsubOptions,
};
pub use zmtp_core::{Config, Failure, Heartbeat, Instant, Limits, SocketType};
