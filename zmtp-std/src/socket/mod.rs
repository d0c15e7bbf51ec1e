//! The sockets: one file a pattern. The type of a socket decides what it can do.

mod absent;
mod any;
mod audience;
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
#[cfg(all(test, shuttle))]
mod models;
mod named;
mod pair;
mod pattern;
mod peers;
mod phase;
mod publish;
mod publisher;
mod pull;
mod push;
mod rep;
mod req;
mod route;
mod router;
mod site;
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
pub use site::Endpoints;
pub(crate) use site::Site;
pub use stream::Stream;
pub use subscribe::Sub;
pub(crate) use traits::Kind;
pub use xpub::XPub;
pub use xsub::XSub;

/// What every socket can do: it has a field `core`, an [`Owner`].
macro_rules! socket {
    ($socket:ident) => {
        super::count::counted!($socket);
        super::live::live!($socket);

        impl $socket {
            /// Waits for peers at an endpoint, such as `tcp://127.0.0.1:5555` or `tcp://*:*`.
            ///
            /// Returns the endpoint with the real port. A socket may be bound and connected several times, in any
            /// order.
            ///
            /// # Errors
            /// [`BindError`](crate::BindError) says why nobody can come there.
            pub fn bind<E>(&self, endpoint: E) -> Result<crate::Endpoint, crate::BindError>
            where
                E: TryInto<crate::Endpoint, Error: Into<crate::BadEndpoint>>,
            {
                self.core.bind(&endpoint.try_into().map_err(Into::into)?)
            }

            /// Waits for peers at a listener that is there already, such as a service manager hands over (`ZMQ_USE_FD`);
            /// returns its endpoint. Of an `ipc` listener the file stays when the socket is closed.
            ///
            /// # Errors
            /// [`BindError`](crate::BindError) if it does not listen, or is neither of TCP nor of `ipc`.
            pub fn bind_listener(
                &self,
                listener: impl Into<crate::Listener>,
            ) -> Result<crate::Endpoint, crate::BindError> {
                self.core.bind_listener(listener.into())
            }

            /// Connects to a peer, now or as soon as it is there, and again whenever it gets lost.
            ///
            /// REQ, DEALER, PUB and SUB have one connection to an endpoint: connecting to it once more changes nothing.
            /// Sockets of the other types make another.
            ///
            /// # Errors
            /// [`ConnectError`](crate::ConnectError) if the endpoint is none to connect to.
            pub fn connect<E>(&self, endpoint: E) -> Result<(), crate::ConnectError>
            where
                E: TryInto<crate::Endpoint, Error: Into<crate::BadEndpoint>>,
            {
                self.core.connect(endpoint.try_into().map_err(Into::into)?, None)
            }

            /// Takes no more peers at an endpoint, and ends the connections of those that came there, as soon as what waits for
            /// them is out, after [`Options::linger`](crate::Options::linger) at the latest. Events tell of it, and of what
            /// had to be dropped. The address is free when the call returns.
            ///
            /// # Errors
            /// [`UnbindError`](crate::UnbindError), with the endpoints there are, if the socket is not bound to it: name it
            /// as [`bind`](Self::bind) returned it.
            pub fn unbind<E>(&self, endpoint: E) -> Result<(), crate::UnbindError>
            where
                E: TryInto<crate::Endpoint, Error: Into<crate::BadEndpoint>>,
            {
                self.core.unbind(&endpoint.try_into().map_err(Into::into)?)
            }

            /// Gives up a peer, as soon as what waits for it is out, after [`Options::linger`](crate::Options::linger) at
            /// the latest. No message goes to it from now on, and what it sends is discarded; events tell when it is over,
            /// and what had to be dropped. Does not wait.
            ///
            /// # Errors
            /// [`DisconnectError`](crate::DisconnectError), with the endpoints there are, if the socket is not connected
            /// to it.
            pub fn disconnect<E>(&self, endpoint: E) -> Result<(), crate::DisconnectError>
            where
                E: TryInto<crate::Endpoint, Error: Into<crate::BadEndpoint>>,
            {
                self.core.disconnect(&endpoint.try_into().map_err(Into::into)?)
            }

            /// The endpoint of the last successful [`bind`](Self::bind) or [`connect`](Self::connect), with the real port or
            /// path (`ZMQ_LAST_ENDPOINT`).
            #[must_use]
            pub fn last_endpoint(&self) -> Option<crate::Endpoint> {
                self.core.sites.last()
            }

            /// Where the socket is bound and connected now.
            #[must_use]
            pub fn endpoints(&self) -> crate::Endpoints {
                self.core.sites.endpoints()
            }

            /// A [`Monitor`](crate::Monitor) that receives the events of this socket from now on.
            #[must_use]
            pub fn monitor(&self) -> crate::Monitor {
                self.core.monitors.add()
            }

            /// The options the socket was made with; those that it has been given since are not among them.
            #[must_use]
            pub fn options(&self) -> &crate::Options {
                &self.core.options
            }

            /// Closes the socket once its messages are out, after `deadline` at the latest, and says how many are
            /// not. Every other call on the socket fails from now on.
            ///
            /// Dropping a socket instead leaves that to the background, within
            /// [`Options::linger`](crate::Options::linger).
            pub fn close(&self, deadline: std::time::Duration) -> crate::Closed {
                self.core.close(deadline)
            }

            /// As [`close`](Self::close), without blocking the thread. Dropping the future leaves the socket closed,
            /// and its messages to [`Options::linger`](crate::Options::linger).
            pub async fn close_async(&self, deadline: std::time::Duration) -> crate::Closed {
                self.core.close_async(deadline).await
            }
        }
    };
}

/// What sockets that send can do: they have a method `offer(&self, &Message) -> Attempt<Result<(), Unsent>>`.
macro_rules! sender {
    ($socket:ident) => {
        impl $socket {
            /// Sends a message: waits until a peer has room for it, at most
            /// [`Options::sndtimeo`](crate::Options::sndtimeo).
            ///
            /// It leaves at once if the connection is idle, else together with others.
            ///
            /// # Errors
            /// [`SendError`](crate::SendError) with the message and the reason.
            pub fn send(&self, message: impl Into<crate::Message>) -> Result<(), crate::SendError> {
                self.send_within(message.into(), self.core.options.sndtimeo)
            }

            /// Sends a message; waits until a peer has room for it, at most `timeout`.
            ///
            /// # Errors
            /// [`SendError`](crate::SendError) with the message and the reason.
            pub fn send_timeout(
                &self,
                message: impl Into<crate::Message>,
                timeout: std::time::Duration,
            ) -> Result<(), crate::SendError> {
                self.send_within(message.into(), Some(timeout))
            }

            fn send_within(
                &self,
                message: crate::Message,
                timeout: Option<std::time::Duration>,
            ) -> Result<(), crate::SendError> {
                match crate::wait::block(&self.core.sendable, timeout, || self.offer(&message)) {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(why)) => Err(crate::SendError { message, why }),
                    Err(crate::wait::Late) => Err(crate::SendError { message, why: crate::Unsent::TimedOut }),
                }
            }

            /// Sends a message if a peer has room for it now.
            ///
            /// # Errors
            /// [`SendError`](crate::SendError) with the message and the reason.
            pub fn try_send(&self, message: impl Into<crate::Message>) -> Result<(), crate::SendError> {
                let message = message.into();
                let done = self.offer(&message).unwrap_or(Err(crate::Unsent::WouldBlock));
                done.map_err(|why| crate::SendError { message, why })
            }

            /// As [`send`](Self::send) without a limit in time, without blocking the thread, on any executor.
            /// Dropping the future leaves the message unsent, or sent whole.
            ///
            /// # Errors
            /// [`SendError`](crate::SendError) with the message and the reason.
            pub async fn send_async(
                &self,
                message: impl Into<crate::Message>,
            ) -> Result<(), crate::SendError> {
                let message = message.into();
                let done = crate::wait::until(&self.core.sendable, || self.offer(&message)).await;
                done.map_err(|why| crate::SendError { message, why })
            }

            /// Waits until [`send`](Self::send) would return at once, and sends nothing yet.
            pub async fn writable(&self) {
                use crate::AnySocket;
                crate::wait::until(&self.core.sendable, || self.is_writable().then_some(())).await;
            }
        }
    };
}

/// What sockets that receive can do: they have a method `take_with(&self) -> Attempt<Result<(Message, impl Kept), RecvError>>`.
macro_rules! receiver {
    ($socket:ident) => {
        impl $socket {
            /// Receives a message: waits for it, at most [`Options::rcvtimeo`](crate::Options::rcvtimeo).
            ///
            /// # Errors
            /// [`RecvError`](crate::RecvError) with the reason.
            pub fn recv(&self) -> Result<crate::Message, crate::RecvError> {
                self.recv_within(self.core.options.rcvtimeo)
            }

            /// Receives a message; waits for it, at most `timeout`.
            ///
            /// # Errors
            /// [`RecvError`](crate::RecvError) with the reason.
            pub fn recv_timeout(
                &self,
                timeout: std::time::Duration,
            ) -> Result<crate::Message, crate::RecvError> {
                self.recv_within(Some(timeout))
            }

            fn recv_within(
                &self,
                timeout: Option<std::time::Duration>,
            ) -> Result<crate::Message, crate::RecvError> {
                crate::wait::block(&self.core.receivable, timeout, || self.take())
                    .unwrap_or(Err(crate::RecvError::TimedOut))
            }

            /// Receives a message if there is one already.
            ///
            /// # Errors
            /// [`RecvError`](crate::RecvError) with the reason.
            pub fn try_recv(&self) -> Result<crate::Message, crate::RecvError> {
                self.take().unwrap_or(Err(crate::RecvError::WouldBlock))
            }

            /// As [`recv`](Self::recv) without a limit in time, without blocking the thread, on any executor.
            /// Dropping the future loses no message.
            ///
            /// # Errors
            /// [`RecvError`](crate::RecvError) with the reason.
            pub async fn recv_async(&self) -> Result<crate::Message, crate::RecvError> {
                crate::wait::until(&self.core.receivable, || self.take()).await
            }

            /// As [`recv`](Self::recv), with what is known of the sender.
            ///
            /// # Errors
            /// [`RecvError`](crate::RecvError) with the reason.
            pub fn recv_from(&self) -> Result<crate::Received, crate::RecvError> {
                self.recv_from_within(self.core.options.rcvtimeo)
            }

            /// As [`recv_timeout`](Self::recv_timeout), with what is known of the sender.
            ///
            /// # Errors
            /// [`RecvError`](crate::RecvError) with the reason.
            pub fn recv_from_timeout(
                &self,
                timeout: std::time::Duration,
            ) -> Result<crate::Received, crate::RecvError> {
                self.recv_from_within(Some(timeout))
            }

            /// As [`try_recv`](Self::try_recv), with what is known of the sender.
            ///
            /// # Errors
            /// [`RecvError`](crate::RecvError) with the reason.
            pub fn try_recv_from(&self) -> Result<crate::Received, crate::RecvError> {
                self.take_from().unwrap_or(Err(crate::RecvError::WouldBlock))
            }

            /// As [`recv_async`](Self::recv_async), with what is known of the sender.
            ///
            /// # Errors
            /// [`RecvError`](crate::RecvError) with the reason.
            pub async fn recv_from_async(&self) -> Result<crate::Received, crate::RecvError> {
                crate::wait::until(&self.core.receivable, || self.take_from()).await
            }

            fn recv_from_within(
                &self,
                timeout: Option<std::time::Duration>,
            ) -> Result<crate::Received, crate::RecvError> {
                crate::wait::block(&self.core.receivable, timeout, || self.take_from())
                    .unwrap_or(Err(crate::RecvError::TimedOut))
            }

            #[inline]
            pub(super) fn take(&self) -> crate::wait::Attempt<Result<crate::Message, crate::RecvError>> {
                let taken = self.take_with::<()>()?;
                Some(taken.map(|(message, ())| message))
            }

            fn take_from(&self) -> crate::wait::Attempt<Result<crate::Received, crate::RecvError>> {
                let taken = self.take_with::<Option<std::sync::Arc<crate::Properties>>>()?;
                // Nothing arrives before the handshake is over.
                Some(taken.map(|(message, properties)| crate::Received {
                    message,
                    properties: properties.expect("a connection that was complete"),
                }))
            }

            /// Waits until [`recv`](Self::recv) would return at once, and receives nothing yet.
            pub async fn readable(&self) {
                use crate::AnySocket;
                crate::wait::until(&self.core.receivable, || self.is_readable().then_some(())).await;
            }
        }
    };
}

/// What sockets whose peers all count can do.
macro_rules! meeting {
    ($socket:ident) => {
        impl $socket {
            /// Waits until at least `count` peers are connected and ready, bound and connected endpoints taken together.
            ///
            /// # Errors
            /// [`Closing`](crate::Closing) if the socket or its context is closed meanwhile.
            pub fn wait_for_peers(&self, count: usize) -> Result<(), crate::Closing> {
                self.core.wait_for_audience(count, || self.peers())
            }

            /// As [`wait_for_peers`](Self::wait_for_peers), for at most `timeout`.
            ///
            /// # Errors
            /// [`WaitError`](crate::WaitError) with the reason.
            pub fn wait_for_peers_timeout(
                &self,
                count: usize,
                timeout: std::time::Duration,
            ) -> Result<(), crate::WaitError> {
                self.core.wait_for_audience_timeout(count, timeout, || self.peers())
            }

            /// As [`wait_for_peers`](Self::wait_for_peers), without blocking the thread, on any executor.
            ///
            /// # Errors
            /// [`Closing`](crate::Closing) if the socket or its context is closed meanwhile.
            pub async fn wait_for_peers_async(&self, count: usize) -> Result<(), crate::Closing> {
                self.core.wait_for_audience_async(count, || self.peers()).await
            }

            /// How many peers are connected and ready.
            #[must_use]
            pub fn peers(&self) -> usize {
                self.core.route().links.peers()
            }
        }
    };
}

/// What sockets can do whose peers subscribe.
macro_rules! subscribed {
    ($socket:ident) => {
        impl $socket {
            /// Waits until at least `count` peers have subscribed to something. What is sent before a subscription has arrived
            /// does not reach the subscriber.
            ///
            /// # Errors
            /// [`Closing`](crate::Closing) if the socket or its context is closed meanwhile.
            pub fn wait_for_subscribers(&self, count: usize) -> Result<(), crate::Closing> {
                self.core.wait_for_audience(count, || self.subscribers())
            }

            /// As [`wait_for_subscribers`](Self::wait_for_subscribers), for at most `timeout`.
            ///
            /// # Errors
            /// [`WaitError`](crate::WaitError) with the reason.
            pub fn wait_for_subscribers_timeout(
                &self,
                count: usize,
                timeout: std::time::Duration,
            ) -> Result<(), crate::WaitError> {
                self.core.wait_for_audience_timeout(count, timeout, || self.subscribers())
            }

            /// As [`wait_for_subscribers`](Self::wait_for_subscribers), without blocking the thread.
            ///
            /// # Errors
            /// [`Closing`](crate::Closing) if the socket or its context is closed meanwhile.
            pub async fn wait_for_subscribers_async(&self, count: usize) -> Result<(), crate::Closing> {
                self.core.wait_for_audience_async(count, || self.subscribers()).await
            }

            /// How many peers have subscribed to something.
            #[must_use]
            pub fn subscribers(&self) -> usize {
                self.core.route().pattern.subscribers()
            }

            /// How many messages were dropped, counted for each subscriber, because a subscriber was at its high-water mark.
            #[must_use]
            pub fn dropped(&self) -> u64 {
                self.core.dropped.load(std::sync::atomic::Ordering::Relaxed)
            }
        }
    };
}

/// What sockets can do that call their peers by routing ids.
macro_rules! naming {
    ($socket:ident) => {
        impl $socket {
            /// Connects to a peer, and calls it `routing_id` whatever it wants to be called (`ZMQ_CONNECT_ROUTING_ID`). Messages to
            /// it can be sent at once, and wait for it also while it is away.
            ///
            /// ```
            /// # let context = zmtp_std::Context::new();
            /// let (server, client) = (context.router(), context.router());
            /// let endpoint = server.bind("tcp://127.0.0.1:*")?;
            /// client.connect_routing_id(&endpoint, "server")?;
            /// client.send(["server", "ICANHAZ?"])?;
            /// assert_eq!(server.recv()?.part(1), Some(&"ICANHAZ?".into()));
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// [`ConnectError`](crate::ConnectError) if the endpoint is none to connect to, or if a peer has this routing id already, or if it is
            /// none: it has 1 to 255 octets, the first not 0.
            pub fn connect_routing_id<E>(
                &self,
                endpoint: E,
                routing_id: impl AsRef<[u8]>,
            ) -> Result<(), crate::ConnectError>
            where
                E: TryInto<crate::Endpoint, Error: Into<crate::BadEndpoint>>,
            {
                self.core.connect(endpoint.try_into().map_err(Into::into)?, Some(routing_id.as_ref()))
            }

            /// Whether a peer has this routing id now, so that a message to it would not be an error.
            #[must_use]
            pub fn knows(&self, routing_id: impl AsRef<[u8]>) -> bool {
                self.core.route().pattern.knows(routing_id.as_ref())
            }
        }
    };
}

pub(crate) use {meeting, naming, receiver, sender, socket, subscribed};
