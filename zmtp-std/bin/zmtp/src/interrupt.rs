//! Ctrl-C, and the signal TERM: they terminate the context at work, which wakes every blocked call; the program then ends as it
//! would after any other error, with what it knows so far, and leaves no file of an ipc endpoint behind.

use std::process;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use zmtp_std::Context;

use crate::log;
use crate::signals::Signals;

/// The number of the signal that came, 0 before.
static SIGNAL: AtomicU8 = AtomicU8::new(0);
static AT_WORK: Mutex<Option<Context>> = Mutex::new(None);

/// How long the program may take to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// Takes signals over from the system. A second one ends the program on the spot.
pub(crate) fn listen() -> anyhow::Result<()> {
    let ending = Signals::ending().context("cannot listen for Ctrl-C")?;
    ending.each(|signal| {
        if SIGNAL.swap(signal, Ordering::SeqCst) != 0 {
            process::exit(exit_code(signal).into());
        }
        // On a thread of its own, so that this one hears a second signal.
        thread::spawn(move || {
            if let Some(context) = &*at_work() {
                context.terminate();
            }
            thread::sleep(GRACE);
            log::tell("interrupted");
            process::exit(exit_code(signal).into());
        });
    })
}

/// What shells report of a program that a signal ended.
fn exit_code(signal: u8) -> u8 {
    128 | signal
}

/// With what code to end, if there was a signal.
pub(crate) fn code() -> Option<u8> {
    match SIGNAL.load(Ordering::SeqCst) {
        0 => None,
        signal => Some(exit_code(signal)),
    }
}

/// Whether there was a signal.
pub(crate) fn happened() -> bool {
    code().is_some()
}

/// While this lives, a signal terminates `context`.
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
