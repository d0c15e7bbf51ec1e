//! Sending, blocking and async.

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
                self.send_within(message.into(), || self.core.options().sndtimeo)
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
                self.send_within(message.into(), || Some(timeout))
            }

            fn send_within(
                &self,
                message: crate::Message,
                timeout: impl FnOnce() -> Option<std::time::Duration>,
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

pub(super) use sender;
