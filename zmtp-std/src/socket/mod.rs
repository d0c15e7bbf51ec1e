//! The sockets: one file a pattern. The type of a socket decides what it can do.

mod absent;
mod any;
mod audience;
mod calls;
mod close;
mod core;
mod count;
mod dealer;
mod direct;
mod dynamic;
mod intake;
mod kept;
mod leave;
mod live;
mod meeting;
#[cfg(all(test, shuttle))]
mod models;
mod named;
mod naming;
mod overflow;
mod pair;
mod pattern;
mod peers;
mod phase;
mod publish;
mod publisher;
mod pull;
mod push;
mod receiving;
mod rep;
mod req;
mod route;
mod router;
mod sending;
mod settings;
mod site;
mod split;
mod stream;
mod subscribe;
#[cfg(feature = "swap")]
mod swap;
mod traits;
mod xpub;
mod xsub;

pub use self::any::AnySocket;
pub(crate) use self::core::Core;
pub use close::Closed;
pub(crate) use close::{Listening, Owner, Working};
pub use dealer::Dealer;
pub use dynamic::{Socket, SubscribeError};
pub use pair::Pair;
pub(crate) use pattern::{Pattern, Plain};
pub(crate) use phase::{Phase, Watch};
pub use publish::Pub;
pub use pull::Pull;
pub use push::Push;
pub use rep::Rep;
pub use req::Req;
pub(crate) use route::Route;
pub use router::Router;
pub(crate) use settings::Settings;
pub use site::Endpoints;
pub(crate) use site::Site;
pub use split::{Duplex, RecvHalf, SendHalf};
pub use stream::Stream;
pub use subscribe::Sub;
pub(crate) use traits::Kind;
pub use xpub::XPub;
pub use xsub::XSub;

use {
    calls::socket,
    meeting::{meeting, subscribed, subscribers},
    naming::naming,
    receiving::receiver,
    sending::sender,
};
