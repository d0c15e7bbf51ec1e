//! What happens to a socket's connections, for whoever wants to know.

mod event;
mod lost;
mod trace;

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

pub use self::event::Event;
pub use self::lost::{Forgotten, Lost};
pub(crate) use self::trace::TARGET;
use crate::statistics::Tally;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::wait::{self, Attempt};

/// How many events wait for a monitor that is not read.
const CAPACITY: usize = 1024;

/// Receives the [`Event`]s of a socket from the moment it was made.
///
/// It holds 1024 events that have not been received; the newest beyond that are dropped and counted in
/// [`dropped`](Self::dropped).
#[derive(Debug)]
pub struct Monitor(Arc<Queue>);

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    arrived: event_listener::Event,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<Event>,
    ended: bool,
}

impl Monitor {
    /// The next event; waits for it. `None` once all events are received and none will come: the socket was closed or
    /// dropped and all its connections have ended, or the context was terminated.
    #[must_use]
    pub fn recv(&self) -> Option<Event> {
        wait::block(&self.0.arrived, || None, || self.0.take()).unwrap_or(None)
    }

    /// As [`recv`](Self::recv), without blocking the thread.
    pub async fn recv_async(&self) -> Option<Event> {
        wait::until(&self.0.arrived, || self.0.take()).await
    }

    /// The events as a stream, one after the other until there will be none. With the feature `futures`.
    #[cfg(feature = "futures")]
    #[must_use]
    pub fn events(&self) -> crate::Events<'_> {
        crate::Events::new(self)
    }

    #[cfg(feature = "futures")]
    pub(crate) fn arrival(&self) -> event_listener::EventListener {
        self.0.arrived.listen()
    }

    #[cfg(feature = "futures")]
    pub(crate) fn take(&self) -> Attempt<Option<Event>> {
        self.0.take()
    }

    /// The next event if it comes within `timeout`.
    #[must_use]
    pub fn recv_timeout(&self, timeout: Duration) -> Option<Event> {
        wait::block(&self.0.arrived, || Some(timeout), || self.0.take()).unwrap_or(None)
    }

    /// The next event, if there is one already.
    #[must_use]
    pub fn try_recv(&self) -> Option<Event> {
        self.0.waiting.lock().unwrap().events.pop_front()
    }

    /// How many events were dropped because the monitor was not read.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }
}

/// The events one after the other; waits for each, and ends when there will be none.
///
/// ```
/// # let context = zmtp_std::Context::new();
/// let pull = context.pull();
/// let monitor = pull.monitor();
/// pull.bind("inproc://here")?;
/// drop(pull);
/// let lines: Vec<String> = monitor.into_iter().map(|event| event.to_string()).collect();
/// assert_eq!(lines, ["listening at inproc://here", "closed inproc://here"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<'m> IntoIterator for &'m Monitor {
    type Item = Event;
    type IntoIter = Box<dyn Iterator<Item = Event> + 'm>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(std::iter::from_fn(|| self.recv()))
    }
}

impl Queue {
    fn take(&self) -> Attempt<Option<Event>> {
        let mut waiting = self.waiting.lock().unwrap();
        match waiting.events.pop_front() {
            None if !waiting.ended => None,
            event => Some(event),
        }
    }
}

/// All monitors of one socket.
#[derive(Debug, Default)]
pub(crate) struct Monitors {
    queues: Mutex<Queues>,
    /// What has been told, also when nobody listens.
    pub(crate) tally: Tally,
}

#[derive(Debug, Default)]
struct Queues {
    queues: Vec<Weak<Queue>>,
    ended: bool,
}

impl Monitors {
    pub(crate) fn add(&self) -> Monitor {
        let queue = Arc::new(Queue::default());
        let mut all = self.queues.lock().unwrap();
        queue.waiting.lock().unwrap().ended = all.ended;
        if !all.ended {
            all.queues.push(Arc::downgrade(&queue));
        }
        Monitor(queue)
    }

    /// No monitor, of now or to come, receives another event.
    pub(crate) fn end(&self) {
        let mut all = self.queues.lock().unwrap();
        all.ended = true;
        for queue in all.queues.drain(..).filter_map(|queue| queue.upgrade()) {
            queue.waiting.lock().unwrap().ended = true;
            queue.arrived.notify(usize::MAX);
        }
    }

    pub(crate) fn tell(&self, event: &Event) {
        trace::trace(event);
        self.tally.count(event);
        self.queues.lock().unwrap().queues.retain(|monitor| {
            let Some(queue) = monitor.upgrade() else { return false };
            let mut waiting = queue.waiting.lock().unwrap();
            if waiting.events.len() < CAPACITY {
                waiting.events.push_back(event.clone());
                drop(waiting);
                queue.arrived.notify(usize::MAX);
            } else {
                queue.dropped.fetch_add(1, Ordering::Relaxed);
            }
            true
        });
    }
}

impl Drop for Monitors {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(endpoint: usize) -> Event {
        Event::Closed { endpoint: endpoint.to_string(), refused: false, why: None, dropped: 0 }
    }

    #[test]
    fn a_full_monitor_keeps_the_oldest_and_counts_the_rest() {
        let monitors = Monitors::default();
        let monitor = monitors.add();
        for endpoint in 0..CAPACITY + 3 {
            monitors.tell(&closed(endpoint));
        }
        assert_eq!(monitor.dropped(), 3);
        assert_eq!(monitor.recv().unwrap().to_string(), "closed 0");
    }

    #[test]
    fn a_monitor_ends_with_its_socket_after_the_last_event() {
        let monitors = Monitors::default();
        let monitor = monitors.add();
        monitors.tell(&closed(1));
        drop(monitors);
        assert!(monitor.recv().is_some());
        assert!(monitor.recv().is_none());
    }
}
