//! Sees to it that messages which wait for more to be written together do not wait for long.
//!
//! One thread for all sockets, begun with the first that needs it; it sleeps while there is none. It is not the I/O thread, as the clocks
//! of runtimes are too coarse, and a thread that sleeps for this would keep its other connections waiting.

use std::sync::Weak;

#[cfg(not(shuttle))]
pub(super) use self::thread::watch;
use super::Route;
use crate::sync::Mutex;

type Watched = Weak<Mutex<Route>>;

/// Has what is in hand looked at until nothing is. Returns whether it is. Called under the lock of the route.
#[cfg(shuttle)]
pub(super) fn watch(route: &Watched) -> bool {
    let route = route.clone();
    shuttle::thread::spawn(move || while look(&route) {});
    true
}

/// Returns whether to look again.
fn look(route: &Watched) -> bool {
    route.upgrade().is_some_and(|route| route.lock().unwrap().links.tick())
}

#[cfg(not(shuttle))]
mod thread {
    use std::sync::{Mutex, OnceLock};
    use std::thread::{self, Thread};
    use std::time::Duration;

    use super::{Watched, look};

    /// The time between two looks; systems add about half as much again.
    const TICK: Duration = Duration::from_micros(100);

    /// Those that have come to be watched.
    static NEW: Mutex<Vec<Watched>> = Mutex::new(Vec::new());

    /// `None` if there can be no more threads.
    static TICKER: OnceLock<Option<Thread>> = OnceLock::new();

    /// Has what is in hand looked at until nothing is. Returns whether it is. Called under the lock of the route.
    pub(in crate::socket::route) fn watch(route: &Watched) -> bool {
        let begin = || thread::Builder::new().name("zmtp-tick".into()).spawn(run).ok();
        let ticker = TICKER.get_or_init(|| begin().map(|handle| handle.thread().clone()));
        let Some(ticker) = ticker else { return false };
        NEW.lock().unwrap().push(route.clone());
        ticker.unpark();
        true
    }

    fn run() {
        let mut watched = Vec::new();
        loop {
            watched.append(&mut NEW.lock().unwrap());
            // Without the lock of the list, which others take under that of a route.
            watched.retain(look);
            if watched.is_empty() { thread::park() } else { thread::sleep(TICK) }
        }
    }
}
