//! Messages and events as streams of the crate `futures-core`, for those who put streams together. With the feature `futures`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use event_listener::EventListener;
use futures_core::Stream;

use crate::wait::Attempt;
use crate::{AnySocket, Event, Message, Monitor, RecvError};

/// The messages that a socket receives, until it is closed ([`Pull::messages`](crate::Pull::messages)). Dropping it loses none.
#[derive(Debug)]
pub struct Messages<'s, S> {
    socket: &'s S,
    listener: Option<EventListener>,
}

/// The events of a monitor, until there will be none ([`Monitor::events`]). Dropping it loses none.
#[derive(Debug)]
pub struct Events<'m> {
    monitor: &'m Monitor,
    listener: Option<EventListener>,
}

impl<'s, S> Messages<'s, S> {
    pub(crate) fn new(socket: &'s S) -> Self {
        Self { socket, listener: None }
    }
}

impl<'m> Events<'m> {
    pub(crate) fn new(monitor: &'m Monitor) -> Self {
        Self { monitor, listener: None }
    }
}

impl<S: AnySocket> Stream for Messages<'_, S> {
    type Item = Result<Message, RecvError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let socket = self.socket;
        let received = poll(&mut self.listener, cx, || socket.readable_event(), || socket.take());
        received.map(|received| match received {
            Err(RecvError::Closed(_)) => None,
            received => Some(received),
        })
    }
}

impl Stream for Events<'_> {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let monitor = self.monitor;
        poll(&mut self.listener, cx, || monitor.arrival(), || monitor.take())
    }
}

/// Attempts until it is possible; between two polls it keeps a listener.
fn poll<T>(
    listener: &mut Option<EventListener>,
    cx: &mut Context<'_>,
    listen: impl Fn() -> EventListener,
    mut attempt: impl FnMut() -> Attempt<T>,
) -> Poll<T> {
    loop {
        if let Some(done) = attempt() {
            *listener = None;
            return Poll::Ready(done);
        }
        match listener {
            // The next attempt follows it: nothing gets lost between.
            None => *listener = Some(listen()),
            Some(heard) => {
                ready!(Pin::new(heard).poll(cx));
                *listener = None;
            }
        }
    }
}
