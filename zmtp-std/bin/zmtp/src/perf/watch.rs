//! Tells why nothing moves: nobody is there, or whoever is there is no peer.

use std::thread;

use zmtp_std::{Event, Monitor};

use crate::log;

/// Tells on standard error what a user cannot see otherwise, as long as the socket lives.
pub(super) fn watch(monitor: Monitor) {
    // The log has it all already.
    if log::is_talkative() {
        return;
    }
    thread::spawn(move || {
        let mut is_first_attempt = true;
        while let Some(event) = monitor.recv() {
            match event {
                Event::ConnectRetried { why: Some(_), .. } if is_first_attempt => {
                    is_first_attempt = false;
                    eprintln!("{event} and so on (Ctrl-C ends)");
                }
                Event::HandshakeFailed { .. }
                | Event::AcceptFailed { .. }
                | Event::Closed { refused: true, .. } => {
                    eprintln!("{event}");
                }
                _ => {}
            }
        }
    });
}
