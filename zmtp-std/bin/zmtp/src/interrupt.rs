//! Ctrl-C: terminates the context at work, which wakes every blocked call; the program then ends as it would after any
//! other error, with what it knows so far.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use zmtp_std::Context;

use crate::log;

static HAPPENED: AtomicBool = AtomicBool::new(false);
static AT_WORK: Mutex<Option<Context>> = Mutex::new(None);

/// How long the program may take to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// Takes Ctrl-C over from the system. A second one ends the program on the spot.
pub(crate) fn listen() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if HAPPENED.swap(true, Ordering::SeqCst) {
            process::exit(crate::INTERRUPTED.into());
        }
        // On a thread of its own, so that this one hears a second Ctrl-C.
        thread::spawn(|| {
            if let Some(context) = &*at_work() {
                context.terminate();
            }
            thread::sleep(GRACE);
            log::tell("interrupted");
            process::exit(crate::INTERRUPTED.into());
        });
    })
    .context("cannot listen for Ctrl-C")
}

/// Whether there was a Ctrl-C.
pub(crate) fn happened() -> bool {
    HAPPENED.load(Ordering::SeqCst)
}

/// While this lives, Ctrl-C terminates `context`.
#[must_use]
pub(crate) fn terminates(context: &Context) -> Terminates {
    *at_work() = Some(context.clone());
    if happened() {
        context.terminate();
    }
    Terminates
}

#[derive(Debug)]
pub(crate) struct Terminates;

impl Drop for Terminates {
    fn drop(&mut self) {
        at_work().take();
    }
}

fn at_work() -> MutexGuard<'static, Option<Context>> {
    AT_WORK.lock().unwrap_or_else(PoisonError::into_inner)
}
