//! The proxy: passes messages between two sockets, both ways where both can.

use std::sync::Arc;

use zmtp_core::SocketType;

use super::forward::Forward;
use super::held::Held;
use super::steering::{Asked, Steering};
use crate::wait::{self, first_of};
use crate::{AnySocket, Closing, Dealer, Message, Pull, Push, Router, XPub, XSub};

/// Passes whole messages between two sockets (`zmq_proxy`), as they are, envelopes and all.
///
/// | device | frontend | backend |
/// |---|---|---|
/// | [queue](Self::queue) of requests | ROUTER | DEALER |
/// | [forwarder](Self::forwarder) of publications, with subscriptions the other way | XSUB | XPUB |
/// | [streamer](Self::streamer) of tasks | PULL | PUSH |
///
/// Others are possible, as long as everything that one of them receives can be sent by the other.
///
/// Each way has a pressure of its own: where a message finds no room it waits, and what comes behind it waits in its
/// socket under the high-water mark; the other way goes on. A ROUTER is no reason to wait: a reply for a client that has no room
/// for it, or has left, is dropped and [counted](super::Statistics::dropped), so that one client does not hold up all others.
///
/// ```
/// use zmtp_std::{Context, device::Proxy};
///
/// let context = Context::new();
/// let (frontend, backend) = (context.router(), context.dealer());
/// let (front, back) = (frontend.bind("tcp://127.0.0.1:*")?, backend.bind("tcp://127.0.0.1:*")?);
/// let proxy = Proxy::queue(&frontend, &backend);
/// let steering = proxy.steering();
///
/// std::thread::scope(|scope| {
///     scope.spawn(|| proxy.run());
///     let (client, service) = (context.req(), context.rep());
///     client.connect(front)?;
///     service.connect(back)?;
///     client.send("Hello")?;
///     assert_eq!(service.recv()?, "Hello");
///     service.send("World")?;
///     assert_eq!(client.recv()?, "World");
///     steering.terminate();
///     assert_eq!(steering.statistics().frontend.received, 1);
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Proxy<'p> {
    frontend: &'p dyn AnySocket,
    backend: &'p dyn AnySocket,
    capture: Option<&'p dyn AnySocket>,
    control: Option<&'p dyn AnySocket>,
    steering: Steering,
    held: Arc<AllHeld>,
}

/// What a run that was dropped leaves to the next.
#[derive(Debug, Default)]
struct AllHeld {
    for_frontend: Held,
    for_backend: Held,
    answers: Held,
}

/// Two sockets, or a third one, are none for a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadProxy {
    /// What one of them receives the other cannot send, or neither receives.
    #[error(
        "what one socket of a proxy receives the other must be able to send: take ROUTER and DEALER, XSUB and XPUB, or PULL and PUSH"
    )]
    Pair,
    /// Sockets that send and receive in turn hold up everybody but one.
    #[error("a proxy takes no {0}: it would serve one at a time; take {instead} instead", instead = instead_of(*.0))]
    InTurn(SocketType),
    /// What is captured is sent.
    #[error("the capture socket of a proxy must be able to send: take PUB, PUSH, PAIR or DEALER")]
    Capture,
    /// Commands are received.
    #[error("the control socket of a proxy must be able to receive: take REP, PAIR, PULL or SUB")]
    Control,
}

/// What answers many at a time.
fn instead_of(socket_type: SocketType) -> SocketType {
    if socket_type == SocketType::Rep { SocketType::Router } else { SocketType::Dealer }
}

/// How a proxy ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Ended {
    /// Why: `None` if it was [terminated](Steering::terminate), else a socket of it was closed or its context terminated.
    pub why: Option<Closing>,
    /// A message for the frontend that waited for room.
    pub for_frontend: Option<Message>,
    /// A message for the backend that waited for room.
    pub for_backend: Option<Message>,
}

impl<'p> Proxy<'p> {
    /// A proxy between two sockets of any type.
    ///
    /// # Errors
    /// [`BadProxy`] if they do not fit.
    pub fn new(frontend: &'p impl AnySocket, backend: &'p impl AnySocket) -> Result<Self, BadProxy> {
        for socket in [frontend as &dyn AnySocket, backend] {
            if let Some(in_turn @ (SocketType::Req | SocketType::Rep)) = socket.zmtp_type() {
                return Err(BadProxy::InTurn(in_turn));
            }
        }
        let stuck = |from: &dyn AnySocket, to: &dyn AnySocket| from.can_receive() && !to.can_send();
        let none = !frontend.can_receive() && !backend.can_receive();
        if none || stuck(frontend, backend) || stuck(backend, frontend) {
            return Err(BadProxy::Pair);
        }
        Ok(Self::between(frontend, backend))
    }

    fn between(frontend: &'p dyn AnySocket, backend: &'p dyn AnySocket) -> Self {
        Self {
            frontend,
            backend,
            capture: None,
            control: None,
            steering: Steering::default(),
            held: Arc::default(),
        }
    }

    /// Requests of clients for services, whoever is there (`ZMQ_QUEUE`).
    #[must_use]
    pub fn queue(frontend: &'p Router, backend: &'p Dealer) -> Self {
        Self::between(frontend, backend)
    }

    /// Publications of many for subscribers of all (`ZMQ_FORWARDER`).
    #[must_use]
    pub fn forwarder(frontend: &'p XSub, backend: &'p XPub) -> Self {
        Self::between(frontend, backend)
    }

    /// Tasks of many for workers of all (`ZMQ_STREAMER`).
    #[must_use]
    pub fn streamer(frontend: &'p Pull, backend: &'p Push) -> Self {
        Self::between(frontend, backend)
    }

    /// Sends a copy of everything that is passed on, either way, to a socket. What that has no room for it misses, and that is
    /// [counted](super::Statistics::not_captured).
    ///
    /// # Errors
    /// [`BadProxy::Capture`] if it cannot send.
    pub fn capture(self, capture: &'p impl AnySocket) -> Result<Self, BadProxy> {
        if !capture.can_send() {
            return Err(BadProxy::Capture);
        }
        Ok(Self { capture: Some(capture), ..self })
    }

    /// Obeys the commands PAUSE, RESUME, TERMINATE and STATISTICS that come to a socket (`zmq_proxy_steerable`). STATISTICS is
    /// answered with eight numbers, [`counters`](super::Statistics::counters), of eight octets each in the order of the machine;
    /// a REP answers other commands with an empty message.
    ///
    /// # Errors
    /// [`BadProxy::Control`] if it cannot receive.
    pub fn control(self, control: &'p impl AnySocket) -> Result<Self, BadProxy> {
        if !control.can_receive() {
            return Err(BadProxy::Control);
        }
        Ok(Self { control: Some(control), ..self })
    }

    /// The wheel.
    #[must_use]
    pub fn steering(&self) -> Steering {
        self.steering.clone()
    }

    /// Passes messages on, in this thread, until a socket is closed, the context is terminated, or the proxy is.
    pub fn run(&self) -> Ended {
        wait::block_on(self.run_async())
    }

    /// As [`run`](Self::run), without blocking the thread, on any executor. Dropping the future loses nothing: what had been
    /// received and found no room stays in the proxy, and is what its next run sends first. To have it returned instead,
    /// [terminate](Steering::terminate) the proxy.
    pub async fn run_async(&self) -> Ended {
        let counters = self.steering.counters();
        let AllHeld { for_frontend, for_backend, answers } = &*self.held;
        let forward = |from, to, way, held| Forward {
            from,
            to,
            capture: self.capture,
            way,
            held,
            steering: &self.steering,
        };
        let there = forward(self.frontend, self.backend, &counters.to_backend, for_backend);
        let back = forward(self.backend, self.frontend, &counters.to_frontend, for_frontend);
        let closed = async {
            let both = first_of(there.run(), back.run());
            Some(first_of(both, self.obey(answers)).await)
        };
        let terminated = async {
            self.steering.until(Asked::End).await;
            None
        };
        let why = first_of(closed, terminated).await;
        Ended { why, for_frontend: for_frontend.take(), for_backend: for_backend.take() }
    }

    async fn obey(&self, answers: &Held) -> Closing {
        match self.control {
            Some(control) => self.steering.obey(control, answers).await,
            None => std::future::pending().await,
        }
    }
}
