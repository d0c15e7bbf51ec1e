//! ZeroMQ sockets for hosts: blocking and async, the same sockets, on the protocol machines of `zmtp-core`.
//!
//! ```
//! use zmtp_std::Context;
//!
//! let context = Context::new();
//! let rep = context.rep();
//! let endpoint = rep.bind("tcp://127.0.0.1:*")?;
//! let req = context.req();
//! req.connect(&endpoint)?;
//!
//! req.send("Hello")?;
//! assert_eq!(rep.recv()?, "Hello");
//! rep.send("World")?;
//! assert_eq!(req.recv()?, "World");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every socket is `Send + Sync`, and its methods take `&self`: share it between threads and tasks in an `Arc` or by
//! reference. The pattern is in the type; what a pattern cannot do does not compile:
//!
//! ```compile_fail
//! zmtp_std::Context::new().subscriber().send("a subscriber cannot send");
//! ```
//!
//! ```compile_fail
//! zmtp_std::Context::new().publisher().recv();
//! ```
//!
//! | for | see |
//! |---|---|
//! | sockets of each type, and threads for them | [`Context`] |
//! | marks, time limits, reconnection: options under libzmq's names | [`Options`] |
//! | where to bind and connect, and other ways than there are | [`Endpoint`], [`Transport`] |
//! | parts, text, values; who sent it | [`Message`], [`Part`], [`Received`] |
//! | several sockets at once, and other descriptors | [`poll`], or `select!` |
//! | who may come in: PLAIN, CURVE, ZAP | [`security`] |
//! | brokers: queue, forwarder, streamer | [`device`] |
//! | what happens to connections | [`Monitor`], [`Statistics`] |
//!
//! The methods that end in `_async` run on any executor: input and output are done by threads of the [`Context`]. What these threads run is
//! the choice of who builds the program, and changes nothing else:
//!
//! | feature | an I/O thread is |
//! |---|---|
//! | `tokio`, the default | a current-thread runtime of tokio |
//! | not that one: `default-features = false` | a loop of this crate's own, and tokio is no dependency |
//!
//! Four features add something, each with a dependency, and are off by default:
//!
//! | feature | what there is with it |
//! |---|---|
//! | `swap` | `Durable::swap`: a file for what waits beyond the mark of a durable peer |
//! | `metrics` | `Statistics::record`: the numbers of a socket for the recorder of the crate `metrics` |
//! | `futures` | `messages` of sockets and `Monitor::events`: streams of the crate `futures-core` |
//! | `postcard` | `Message::of_value` and `Message::value`: messages that are values of serde's types |
//!
//! What befalls connections is told to [monitors](Monitor), and to `tracing`, with the target `zmtp_std::event`: each connection is a span
//! `connection` with `socket`, `endpoint` and `peer`, and after the handshake `peer_type`, `routing_id` and `user_id`; events have
//! `endpoint`, `blame` and `dropped` where there is something to say:
//!
//! | level | what |
//! |---|---|
//! | `WARN` | whoever runs this program has to change something, or messages were lost |
//! | `INFO` | endpoints and peers come and go, and why |
//! | `DEBUG` | steps on the way there, such as attempts to connect |

mod batch;
mod bits;
mod body;
mod changes;
mod context;
pub mod device;
mod endpoint;
mod error;
mod io;
mod lane;
mod message;
mod monitor;
mod names;
mod option;
mod parcel;
mod part;
pub mod poll;
mod received;
mod routing;
pub mod security;
mod session;
mod short;
mod socket;
mod statistics;
#[cfg(feature = "futures")]
mod stream;
mod subscription;
#[cfg(feature = "swap")]
mod swap;
mod sync;
mod transport;
mod wait;

pub use context::{Builder, Context};
pub use endpoint::{BadEndpoint, Endpoint, Host, Source};
pub use error::{
    BindError, Closing, ConnectError, DisconnectError, OptionError, RecvError, SendError, UnbindError,
    Unsent, WaitError,
};
#[cfg(feature = "postcard")]
pub use message::BadValue;
pub use message::{Message, NotText, WrongParts};
pub use monitor::{Event, Forgotten, Lost, Monitor};
#[cfg(feature = "swap")]
pub use option::Swap;
pub use option::{BadMetadata, Durable, Metadata, Notify, Options, ReconnectStop, SlowPeer, SlowSubscriber};
pub use part::Part;
pub use received::{Properties, Received};
pub use routing::random_routing_id;
pub use socket::{
    AnySocket, Closed, Dealer, Duplex, Endpoints, Pair, Pub, Pull, Push, RecvHalf, Rep, Req, Router,
    SendHalf, Socket, Stream, Sub, SubscribeError, XPub, XSub,
};
pub use statistics::{Statistics, Traffic};
#[cfg(feature = "futures")]
pub use stream::{Events, Messages};
pub use transport::{Accept, Address, Connection, Handed as Listener, Pending, Transport};

/// The version of this library.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub use zmtp_core::pattern::{NotGranted, OutOfTurn, Refused};
pub use zmtp_core::{Blame, Failure, SocketType, Version};
