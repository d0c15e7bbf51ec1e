//! Tells why nothing moves: nobody is there, or whoever is there is no peer.

use std::cell::OnceCell;
use std::thread::{self, JoinHandle};

use zmtp_std::{Context, Event, Monitor};

use crate::log;

/// Watches the socket of a tool.
pub(super) struct Watch {
    context: Context,
    thread: OnceCell<JoinHandle<Option<Event>>>,
}

impl Watch {
    /// Terminates `context` when the socket has no hope left.
    pub(super) fn new(context: &Context) -> Self {
        Self { context: context.clone(), thread: OnceCell::new() }
    }

    /// Tells on standard error what a user cannot see otherwise, as long as the socket lives.
    pub(super) fn start(&self, monitor: Monitor) {
        let context = self.context.clone();
        self.thread.get_or_init(|| thread::spawn(move || follow(&monitor, &context)));
    }

    /// Waits until the socket is gone; returns why it had no hope, if so.
    pub(super) fn end(self) -> Option<Event> {
        self.thread.into_inner()?.join().ok()?
    }
}

fn follow(monitor: &Monitor, context: &Context) -> Option<Event> {
    // The log has it all already.
    let is_quiet = log::is_talkative();
    let mut is_first_attempt = true;
    while let Some(event) = monitor.recv() {
        match &event {
            // Each tool has one endpoint only.
            Event::Closed { refused: true, .. } => {
                context.terminate();
                return Some(event);
            }
            _ if is_quiet => {}
            Event::ConnectRetried { endpoint, why: Some(why), .. } if is_first_attempt => {
                is_first_attempt = false;
                log::tell(format_args!("cannot connect to {endpoint} yet ({why}); trying on, Ctrl-C ends"));
            }
            Event::HandshakeFailed { .. } | Event::AcceptFailed { .. } => log::tell(event),
            _ => {}
        }
    }
    None
}
