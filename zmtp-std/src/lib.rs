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

mod batch;
mod bits;
mod body;
mod changes;
mod context;
mod endpoint;
mod error;
mod io;
mod lane;
mod message;
mod monitor;
mod option;
mod parcel;
mod part;
mod routing;
pub mod security;
mod session;
mod socket;
mod subscription;
mod transport;
mod wait;

pub use context::{Builder, Context};
pub use endpoint::{BadEndpoint, Endpoint, Host};
pub use error::{BindError, Closing, ConnectError, RecvError, SendError, Unsent, WaitError};
pub use message::{Message, NotText, WrongParts};
pub use monitor::{Event, Lost, Monitor};
pub use option::{Notify, Options};
pub use part::Part;
pub use socket::{
    Closed, Dealer, Pair, Pub, Pull, Push, Rep, Req, Router, Socket, Stream, Sub, SubscribeError, XPub, XSub,
};
pub use transport::Address;

pub use zmtp_core::pattern::{NotGranted, OutOfTurn, Refused};
pub use zmtp_core::{Blame, Failure, SocketType, Version};
