//! Receiving, blocking and async.

/// What sockets that receive can do: they have a method `take_with(&self) -> Attempt<Result<impl Kept::Taken, RecvError>>`.
macro_rules! receiver {
    ($socket:ident) => {
        impl $socket {
            /// Receives a message: waits for it, at most [`Options::rcvtimeo`](crate::Options::rcvtimeo).
            ///
            /// # Errors
            /// [`RecvError`](crate::RecvError) with the reason.
            pub fn recv(&self) -> Result<crate::Message, crate::RecvError> {
                self.recv_within(|| self.core.options().rcvtimeo)
            }

            /// Receives a message; waits for it, at most `timeout`.
            ///
            /// # Errors
            /// [`RecvError`](crate::RecvError) with the reason.
            pub fn recv_timeout(
                &self,
                timeout: std::time::Duration,
            ) -> Result<crate::Message, crate::RecvError> {
                self.recv_within(|| Some(timeout))
            }

            fn recv_within(
                &self,
                timeout: impl FnOnce() -> Option<std::time::Duration>,
            ) -> Result<crate::Message, crate::RecvError> {
                let late = || Err(crate::RecvError::TimedOut);
                crate::wait::block_or(&self.core.receivable, timeout, || self.take(), late)
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
                self.recv_from_within(|| self.core.options().rcvtimeo)
            }

            /// As [`recv_timeout`](Self::recv_timeout), with what is known of the sender.
            ///
            /// # Errors
            /// [`RecvError`](crate::RecvError) with the reason.
            pub fn recv_from_timeout(
                &self,
                timeout: std::time::Duration,
            ) -> Result<crate::Received, crate::RecvError> {
                self.recv_from_within(|| Some(timeout))
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

            /// What is received, as a stream that ends when the socket is closed. With the feature `futures`.
            #[cfg(feature = "futures")]
            #[must_use]
            pub fn messages(&self) -> crate::Messages<'_, Self> {
                crate::Messages::new(self)
            }

            fn recv_from_within(
                &self,
                timeout: impl FnOnce() -> Option<std::time::Duration>,
            ) -> Result<crate::Received, crate::RecvError> {
                let late = || Err(crate::RecvError::TimedOut);
                crate::wait::block_or(&self.core.receivable, timeout, || self.take_from(), late)
            }

            #[inline]
            pub(super) fn take(&self) -> crate::wait::Attempt<Result<crate::Message, crate::RecvError>> {
                self.take_with::<()>()
            }

            fn take_from(&self) -> crate::wait::Attempt<Result<crate::Received, crate::RecvError>> {
                self.take_with::<Option<std::sync::Arc<crate::Properties>>>()
            }

            /// Waits until [`recv`](Self::recv) would return at once, and receives nothing yet.
            pub async fn readable(&self) {
                use crate::AnySocket;
                crate::wait::until(&self.core.receivable, || self.is_readable().then_some(())).await;
            }
        }
    };
}

pub(super) use receiver;
