//! ROUTER: the first part of a message says to whom it goes, or from whom it is (RFC 28).

use std::sync::atomic::Ordering;

use zmtp_core::{SocketType, pattern};

use super::close::Owner;
use super::kept::Kept;
use super::named::{Named, Routed};
use super::overflow::Drops;
use crate::body::Body;
use crate::wait::Attempt;
use crate::{Context, Message, RecvError, Unsent};

/// Exchanges messages with peers it can tell apart: a received message has the routing id of its peer in front, and one
/// that is sent goes to the peer whose routing id is in front.
///
/// A peer is called as it wishes ([`Options::routing_id`](crate::Options::routing_id) at its end), as
/// [`connect_routing_id`](Self::connect_routing_id) said, or by five octets that are made up for it. A message to a routing id that no peer has
/// is an error; for a peer without room sending waits. With [`Options::router_mandatory`](crate::Options::router_mandatory)
/// off, both are dropped instead, and counted in [`dropped`](Self::dropped).
///
/// ```
/// # use zmtp_std::Message;
/// # let context = zmtp_std::Context::new();
/// let router = context.router();
/// let req = context.req();
/// req.connect(router.bind("tcp://127.0.0.1:*")?)?;
///
/// req.send("Hello")?;
/// let mut request = router.recv()?;
/// let client = request.unwrap().expect("a routing id"); // with the empty part that REQ sends
/// assert_eq!(request, "Hello");
/// let mut reply = Message::from("World");
/// reply.wrap(client);
/// router.send(reply)?;
/// assert_eq!(req.recv()?, "World");
///
/// let error = router.send(["nobody", "", "World"]).unwrap_err();
/// assert!(error.to_string().contains("no peer has the routing id \"nobody\""));
/// assert_eq!(error.message.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Router {
    pub(super) core: Owner<Named<pattern::Router>>,
}

super::socket!(Router);
super::meeting!(Router);
super::sender!(Router);
super::receiver!(Router);
super::naming!(Router);

impl Router {
    pub(crate) fn new(context: &Context) -> Self {
        Self { core: context.owner(SocketType::Router, Named::routers(context.options())) }
    }

    pub(super) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        if let Err(closing) = self.core.check() {
            return Some(Err(closing.into()));
        }
        let mut route = self.core.route_to_send();
        match route.send_to(message) {
            Ok(Routed::Sent) => Some(Ok(())),
            Ok(Routed::Dropped) => {
                drop(route);
                self.core.count_drops(Drops::of_nobody(1));
                Some(Ok(()))
            }
            Ok(Routed::Full(slot)) => self.core.overflow(route, slot, Body::behind_id(message)),
            Ok(Routed::Shut) => None,
            Err(why) => Some(Err(why)),
        }
    }

    pub(super) fn take_with<K: Kept>(&self) -> Attempt<Result<K::Taken, RecvError>> {
        self.core.take_named_with::<K>()
    }

    pub(super) fn waits(&self) -> bool {
        self.core.waits(|_, _, _| true)
    }

    /// As with libzmq: what nobody has room for is dropped, or an error.
    pub(super) fn has_room(&self) -> bool {
        true
    }

    /// How many messages were dropped because no peer had their routing id, or no room for them. Only without
    /// [`Options::router_mandatory`](crate::Options::router_mandatory).
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.core.dropped.load(Ordering::Relaxed)
    }
}
