//! Whoever reads standard output: when it goes, as `head` does, the program ends, also while it has nothing to write.

use std::sync::atomic::{AtomicBool, Ordering};

use zmtp_std::Context;

static GONE: AtomicBool = AtomicBool::new(false);

/// Whether it has gone.
pub(crate) fn is_gone() -> bool {
    GONE.load(Ordering::SeqCst)
}

/// Terminates `context` when it goes.
#[cfg(unix)]
pub(crate) fn terminates(context: &Context) {
    use rustix::event::{PollFd, PollFlags, poll};

    let context = context.clone();
    std::thread::spawn(move || {
        let stdout = std::io::stdout();
        // Nothing but the end of a pipe is an event.
        let mut asked = [PollFd::new(&stdout, PollFlags::empty())];
        while poll(&mut asked, None) == Err(rustix::io::Errno::INTR) {}
        if asked[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
            GONE.store(true, Ordering::SeqCst);
            context.terminate();
        }
    });
}

/// Other systems tell when something is written.
#[cfg(not(unix))]
pub(crate) fn terminates(_context: &Context) {}
