//! Waiting for peers, and for subscribers.

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

/// What sockets can do whose peers subscribe: they have a method `subscribers`.
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
        }
    };
}

/// What is known of those who subscribe.
macro_rules! subscribers {
    ($socket:ident) => {
        impl $socket {
            /// How many peers have subscribed to something.
            #[must_use]
            pub fn subscribers(&self) -> usize {
                self.core.route().pattern.subscribers()
            }

            /// How many topics they have subscribed to, each counted once (`ZMQ_TOPICS_COUNT`).
            #[must_use]
            pub fn topics(&self) -> usize {
                self.core.route().pattern.topics()
            }

            /// How many messages were dropped, counted for each subscriber, because a subscriber was at its high-water mark.
            #[must_use]
            pub fn dropped(&self) -> u64 {
                self.core.dropped.load(std::sync::atomic::Ordering::Relaxed)
            }
        }
    };
}

pub(super) use {meeting, subscribed, subscribers};
