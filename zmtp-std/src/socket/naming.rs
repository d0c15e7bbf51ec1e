//! Calling peers by routing ids.

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

pub(super) use naming;
