//! Tells why nothing moves: nobody is there, or whoever is there is no peer.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::thread::{self, JoinHandle};

use zmtp_std::{Context, Event, Monitor};

use crate::log;

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
    pub(crate) fn start(&self, monitor: Monitor, endpoints: usize, at_end: impl FnOnce() + Send + 'static) {
        let context = self.context.clone();
        let follow = move || {
            let refusal = Follower { endpoints, silent: HashSet::new() }.follow(&monitor);
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
    /// Where there is hope.
    endpoints: usize,
    /// Of which it has been told that nobody answers.
    silent: HashSet<String>,
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
            }
            Event::HandshakeFailed { .. }
            | Event::AcceptFailed { .. }
            | Event::Closed { refused: true, .. } => {
                log::tell(event);
            }
            _ => {}
        }
    }
}
