//! One way through a proxy: what is received at one socket is sent to the other.
//!
//! The two ways of a proxy know nothing of each other. When the receiver of one has no room its next message waits, and the
//! messages behind it in their sockets, where high-water marks count them; the other way goes on.

use std::future::pending;
use std::sync::atomic::Ordering;

use zmtp_core::SocketType;

use super::held::Held;
use super::statistics::Way;
use super::steering::{Asked, Steering};
use crate::wait;
use crate::{AnySocket, Closing, Message, RecvError, Unsent};

/// After so many messages in a row the other way gets its turn.
const BURST: usize = 1000;

/// See the module.
#[derive(Debug)]
pub(super) struct Forward<'p> {
    pub(super) from: &'p dyn AnySocket,
    pub(super) to: &'p dyn AnySocket,
    pub(super) capture: Option<&'p dyn AnySocket>,
    pub(super) way: &'p Way,
    /// A message that waits for room, when the proxy ends or its future is dropped.
    pub(super) held: &'p Held,
    pub(super) steering: &'p Steering,
}

impl Forward<'_> {
    /// Passes messages on until one of the sockets is closed; first those that an earlier run has left. From a socket that never
    /// receives there is nothing to pass on.
    pub(super) async fn run(&self) -> Closing {
        if !self.from.can_receive() {
            return pending().await;
        }
        while let Some(message) = self.held.take() {
            if let Err(closing) = self.pass_on(message).await {
                return closing;
            }
        }
        loop {
            for _ in 0..BURST {
                if let Err(closing) = self.pass_one().await {
                    return closing;
                }
            }
            wait::yield_once().await;
        }
    }

    async fn pass_one(&self) -> Result<(), Closing> {
        let message = self.receive().await?;
        self.way.received(&message);
        self.watch(&message);
        self.pass_on(message).await
    }

    async fn pass_on(&self, message: Message) -> Result<(), Closing> {
        match self.send(&message).await {
            Ok(()) => self.way.sent(&message),
            Err(Unsent::Closed(closing)) => {
                self.held.put(message);
                return Err(closing);
            }
            Err(why) => {
                self.steering.counters().dropped.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(?message, "a proxy drops a message: {why}");
            }
        }
        Ok(())
    }

    /// The next message, when the proxy is not paused.
    async fn receive(&self) -> Result<Message, Closing> {
        loop {
            if self.steering.is(Asked::Pause) {
                self.steering.until(Asked::Run).await;
            }
            let taken = wait::until_heard(|| self.from.readable_event(), || self.from.take().map(Some));
            let paused = async {
                self.steering.until(Asked::Pause).await;
                None
            };
            let Some(taken) = wait::first_of(taken, paused).await else { continue };
            match taken {
                Ok(message) => return Ok(message),
                Err(RecvError::Closed(closing)) => return Err(closing),
                Err(why) => unreachable!("sockets of a proxy receive at any time: {why}"),
            }
        }
    }

    /// Waits for room, unless the message is for a certain peer.
    async fn send(&self, message: &Message) -> Result<(), Unsent> {
        if let Some(sent) = self.to.offer(message) {
            return sent;
        }
        if matches!(self.to.zmtp_type(), Some(SocketType::Router) | None) {
            return Err(Unsent::WouldBlock);
        }
        let sending = wait::until_heard(|| self.to.writable_event(), || self.to.offer(message));
        self.held.until_sent(message, sending).await
    }

    /// What is watched is never held up by who watches.
    fn watch(&self, message: &Message) {
        let captured = self.capture.is_none_or(|capture| matches!(capture.offer(message), Some(Ok(()))));
        if !captured {
            self.steering.counters().not_captured.fetch_add(1, Ordering::Relaxed);
        }
    }
}
