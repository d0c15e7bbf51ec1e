//! A socket whose type is known only when the program runs: for tools.

use std::sync::Arc;

use zmtp_core::SocketType;
use zmtp_core::pattern::NotGranted;

use super::any::AnySocket;
use super::core::Core;
use super::kept::Kept;
use super::{Dealer, Pair, Pub, Pull, Push, Rep, Req, Router, Sub, XPub, XSub};
use crate::wait::Attempt;
use crate::{BadEndpoint, Closing, ConnectError, Context, Endpoint, Message, RecvError, Unsent};

/// A socket of a type that is chosen at run time. What its type cannot do is an error and not a failure to compile, so prefer
/// the sockets that know their type.
///
/// ```
/// use zmtp_std::{RecvError, SocketType};
///
/// let context = zmtp_std::Context::new();
/// let pull = context.pull();
/// let socket = context.socket(SocketType::Push);
/// socket.connect(pull.bind("tcp://127.0.0.1:*")?)?;
/// socket.send("task")?;
/// assert_eq!(pull.recv()?, "task");
/// assert_eq!(socket.recv(), Err(RecvError::NotSupported));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Socket {
    /// That of `typed`. Before it, so that it is dropped first: the context waits for the last who has it.
    pub(super) core: Arc<Core>,
    typed: Typed,
    socket_type: SocketType,
}

super::socket!(Socket);
super::meeting!(Socket);
super::subscribed!(Socket);
super::sender!(Socket);
super::receiver!(Socket);

/// Why a dynamic socket does not change its subscriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// Its type does not subscribe: only SUB, XSUB and a manual XPUB do.
    #[error("a socket of this type cannot subscribe; take SUB or XSUB, or XPUB with xpub_manual")]
    NotSupported,
    /// An XPUB has nobody to subscribe.
    #[error(transparent)]
    NotGranted(#[from] NotGranted),
    /// The socket or its context is closed.
    #[error(transparent)]
    Closed(#[from] Closing),
}

/// One arm for each type, and what it can do: everything that follows from that is made of this list.
macro_rules! types {
    ($($socket:ident { $($offer:ident)? } { $($take:ident)? })*) => {
        #[derive(Debug)]
        enum Typed {
            $($socket($socket),)*
        }

        impl Socket {
            pub(crate) fn new(context: &Context, socket_type: SocketType) -> Self {
                let (core, typed) = match socket_type {
                    $(SocketType::$socket => {
                        let socket = $socket::new(context);
                        (Arc::clone(&*socket.core), Typed::$socket(socket))
                    })*
                };
                Self { core, typed, socket_type }
            }

            pub(super) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
                match &self.typed {
                    $($(Typed::$socket(socket) => socket.$offer(message),)?)*
                    _ => Some(Err(Unsent::NotSupported)),
                }
            }

            pub(super) fn take_with<K: Kept>(&self) -> Attempt<Result<K::Taken, RecvError>> {
                match &self.typed {
                    $($(Typed::$socket(socket) => socket.$take::<K>(),)?)*
                    _ => Some(Err(RecvError::NotSupported)),
                }
            }

            /// That of the type.
            fn any(&self) -> &dyn AnySocket {
                match &self.typed {
                    $(Typed::$socket(socket) => socket,)*
                }
            }
        }
    };
}

types! {
    Req { offer } { take_with }
    Rep { offer } { take_with }
    Dealer { offer } { take_with }
    Router { offer } { take_with }
    Pub { offer } {}
    Sub {} { take_with }
    XPub { offer } { take_with }
    XSub { offer } { take_with }
    Push { offer } {}
    Pull {} { take_with }
    Pair { offer } { take_with }
}

impl Socket {
    pub(super) fn sends(&self) -> bool {
        self.any().can_send()
    }

    pub(super) fn receives(&self) -> bool {
        self.any().can_receive()
    }

    pub(super) fn waits(&self) -> bool {
        self.any().waits()
    }

    pub(super) fn has_room(&self) -> bool {
        self.any().has_room()
    }

    /// The type that was chosen.
    #[must_use]
    pub fn socket_type(&self) -> SocketType {
        self.socket_type
    }

    /// Subscribes to messages that begin with `topic`; a manual XPUB, the peer whose request was received last.
    ///
    /// # Errors
    /// [`SubscribeError`] with the reason.
    pub fn subscribe(&self, topic: impl AsRef<[u8]>) -> Result<(), SubscribeError> {
        match &self.typed {
            Typed::Sub(socket) => Ok(socket.subscribe(topic)?),
            Typed::XSub(socket) => Ok(socket.subscription(1, topic.as_ref())?),
            Typed::XPub(socket) => Ok(socket.subscribe(topic)?),
            _ => Err(SubscribeError::NotSupported),
        }
    }

    /// Takes back what [`subscribe`](Self::subscribe) did.
    ///
    /// # Errors
    /// [`SubscribeError`] with the reason.
    pub fn unsubscribe(&self, topic: impl AsRef<[u8]>) -> Result<(), SubscribeError> {
        match &self.typed {
            Typed::Sub(socket) => Ok(socket.unsubscribe(topic).map(drop)?),
            Typed::XSub(socket) => Ok(socket.subscription(0, topic.as_ref())?),
            Typed::XPub(socket) => Ok(socket.unsubscribe(topic).map(drop)?),
            _ => Err(SubscribeError::NotSupported),
        }
    }

    /// How many peers have subscribed to something: at a PUB or XPUB, and none at other types.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        match &self.typed {
            Typed::Pub(socket) => socket.subscribers(),
            Typed::XPub(socket) => socket.subscribers(),
            _ => 0,
        }
    }

    /// As [`Router::connect_routing_id`].
    ///
    /// # Errors
    /// [`ConnectError::NotSupported`] if the type is not ROUTER, and those of the ROUTER.
    pub fn connect_routing_id<E>(&self, endpoint: E, routing_id: impl AsRef<[u8]>) -> Result<(), ConnectError>
    where
        E: TryInto<Endpoint, Error: Into<BadEndpoint>>,
    {
        match &self.typed {
            Typed::Router(socket) => socket.connect_routing_id(endpoint, routing_id),
            _ => Err(ConnectError::NotSupported),
        }
    }
}
