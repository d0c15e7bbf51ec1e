//! Tells why nothing moves: nobody is there, or whoever is there is no peer.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::thread::{self, JoinHandle};

use zmtp_std::{Context, Event, Failure, Lost, Monitor, SocketType};

use crate::log;
use crate::socket::Socket;

/// How many different lines are remembered.
const MAX_TOLD: usize = 100;

/// Watches a socket.
pub(crate) struct Watch {
    context: Context,
    thread: OnceCell<JoinHandle<Option<Event>>>,
}

impl Watch {
    /// Terminates `context` when the socket has no hope left.
    pub(crate) fn new(context: &Context) -> Self {
        Self { context: context.clone(), thread: OnceCell::new() }
    }

    /// Whose it is.
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Tells on standard error what a user cannot see otherwise, as long as the socket lives; then does `at_end`. `endpoints` is
    /// at how many it hopes for peers.
    pub(crate) fn start<S: Socket>(
        &self,
        socket: &S,
        endpoints: usize,
        at_end: impl FnOnce() + Send + 'static,
    ) {
        let (context, monitor) = (self.context.clone(), socket.monitor());
        let follow = move || {
            let refusal = Follower { name: S::NAME, endpoints, silent: HashSet::new(), told: HashSet::new() }
                .follow(&monitor);
            if refusal.is_some() {
                context.terminate();
            }
            at_end();
            refusal
        };
        self.thread.get_or_init(|| thread::spawn(follow));
    }

    /// Waits until the socket is gone; returns why it had no hope, if so.
    pub(crate) fn end(self) -> Option<Event> {
        self.thread.into_inner()?.join().ok()?
    }
}

struct Follower {
    /// The type of the socket.
    name: &'static str,
    /// Where there is hope.
    endpoints: usize,
    /// Of which it has been told that nobody answers.
    silent: HashSet<String>,
    /// What has been told of peers: as long as nobody changes anything, a new try of the same peer fails as the last one did.
    told: HashSet<String>,
}

impl Follower {
    /// Until the socket is gone, or has no hope left.
    fn follow(&mut self, monitor: &Monitor) -> Option<Event> {
        while let Some(event) = monitor.recv() {
            if matches!(event, Event::Closed { refused: true, .. }) {
                self.endpoints -= 1;
                if self.endpoints == 0 {
                    return Some(event);
                }
            }
            // The log has it all already.
            if !log::is_talkative() {
                self.tell(&event);
            }
        }
        None
    }

    fn tell(&mut self, event: &Event) {
        match event {
            Event::ConnectRetried { endpoint, why: Some(why), .. }
                if self.silent.insert(endpoint.clone()) =>
            {
                log::tell(format_args!("cannot connect to {endpoint} yet ({why}); trying on, Ctrl-C ends"));
            }
            Event::HandshakeSucceeded { endpoint, .. } => {
                self.silent.remove(endpoint);
                self.told.clear();
            }
            Event::HandshakeFailed { why: Lost::Protocol(Failure::SocketType), .. } => {
                self.tell_once(format!("{event}; {}", partners(self.name)));
            }
            Event::HandshakeFailed { .. }
            | Event::AcceptFailed { .. }
            | Event::Closed { refused: true, .. } => self.tell_once(event.to_string()),
            _ => {}
        }
    }

    fn tell_once(&mut self, text: String) {
        // Strangers come from another port each time.
        if self.told.len() == MAX_TOLD {
            self.told.clear();
        }
        if !self.told.contains(&text) {
            log::tell(&text);
            self.told.insert(text);
        }
    }
}

/// With whom a socket can talk.
fn partners(name: &str) -> String {
    let name = name.to_uppercase();
    let own = SocketType::from_name(name.as_bytes());
    let goes_with = |peer: &SocketType| own.is_some_and(|own| own.accepts(*peer));
    let partners: Vec<_> =
        (0..=u8::MAX).filter_map(SocketType::from_octet).filter(goes_with).map(SocketType::name).collect();
    format!("{name} goes with {}", partners.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_are_those_of_the_type() {
        assert_eq!(partners("Pull"), "PULL goes with PUSH");
        assert_eq!(partners("XSub"), "XSUB goes with PUB, XPUB");
    }
}
