//! Binding, connecting, closing: what every socket can do.

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

pub(super) use socket;
