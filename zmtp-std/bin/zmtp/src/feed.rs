//! Where messages to be sent come from: the command line or standard input, at the pace that is asked for.
//!
//! Standard input is read by a thread of its own, two messages ahead of what is sent: so a peer without room holds up whoever
//! writes there, and whoever waits for input can be told that there is nothing to wait for any more.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use clap::Args;
use zmtp_std::{Closing, Message};

use crate::message::Format;

/// How far behind the pace messages are sent without a pause.
const CATCH_UP: Duration = Duration::from_millis(100);

/// What to send.
#[derive(Debug, Args)]
pub(crate) struct Source {
    /// Send this instead of lines of standard input; may be given several times
    #[arg(short, long = "message", value_name = "TEXT", allow_hyphen_values = true)]
    messages: Vec<String>,
    /// Send the messages of the command line again and again
    #[arg(short, long, requires = "messages")]
    repeat: bool,
    /// At most so many messages a second: 1000, or 0.1
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Option<f64>,
}

fn rate(text: &str) -> Result<f64, &'static str> {
    let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
    rate.ok_or("a rate is a number of messages a second, more than 0")
}

impl Source {
    /// Starts reading.
    pub(crate) fn feed(&self, format: &Format) -> anyhow::Result<Feed> {
        let given = given(&self.messages, format)?;
        let is_given = !given.is_empty() && !self.repeat;
        let feed = Feed { shared: Arc::default(), interval: self.rate.map(|rate| 1.0 / rate), is_given };
        let all: Box<dyn Iterator<Item = anyhow::Result<Message>> + Send> = if given.is_empty() {
            // Unlocked, so that the thread may wait there for ever.
            Box::new(format.read(io::BufReader::new(io::stdin())))
        } else if self.repeat {
            Box::new(given.into_iter().cycle().map(Ok))
        } else {
            Box::new(given.into_iter().map(Ok))
        };
        feed.fill(all);
        Ok(feed)
    }
}

fn given(texts: &[String], format: &Format) -> anyhow::Result<Vec<Message>> {
    let parse =
        |text: &String| format.parse(text.as_bytes()).map_err(|why| anyhow!("--message {text}: {why}"));
    texts.iter().map(parse).collect()
}

/// Messages, one after the other, until there are none, or an end is put to it. Clones are the same feed.
#[derive(Clone)]
pub(crate) struct Feed {
    shared: Arc<Shared>,
    /// Seconds from message to message.
    interval: Option<f64>,
    /// Whether the command line says all of them.
    is_given: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    next: Option<anyhow::Result<Message>>,
    is_at_end: bool,
    is_stopped: bool,
    /// When the next one may leave.
    due: Option<Instant>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, all: impl Iterator<Item = anyhow::Result<Message>>) {
        for next in all {
            let mut state = self.state();
            while state.next.is_some() && !state.is_stopped {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.is_stopped {
                return;
            }
            state.next = Some(next);
            self.changed.notify_all();
        }
        self.state().is_at_end = true;
        self.changed.notify_all();
    }
}

impl Feed {
    /// Of messages that are there, again and again; of standard input if there are none.
    pub(crate) fn cycle(texts: &[String], format: &Format) -> anyhow::Result<Self> {
        let feed = Self { shared: Arc::default(), interval: None, is_given: false };
        let given = given(texts, format)?;
        if given.is_empty() {
            feed.fill(format.read(io::BufReader::new(io::stdin())));
        } else {
            feed.fill(given.into_iter().cycle().map(Ok));
        }
        Ok(feed)
    }

    /// Without messages.
    pub(crate) fn nothing() -> Self {
        let feed = Self { shared: Arc::default(), interval: None, is_given: false };
        feed.shared.state().is_at_end = true;
        feed
    }

    fn fill(&self, all: impl Iterator<Item = anyhow::Result<Message>> + Send + 'static) {
        let shared = Arc::clone(&self.shared);
        thread::spawn(move || shared.fill(all));
    }

    /// Whether there is an end to it that can be waited for, because the command line says all messages.
    pub(crate) fn is_given(&self) -> bool {
        self.is_given
    }

    /// Whether it is known already that there are no more.
    pub(crate) fn is_over(&self) -> bool {
        let state = self.shared.state();
        state.is_at_end && state.next.is_none()
    }

    /// Waits for the next message; `None` at the end. It is an error if the end was put by [`stop`](Self::stop).
    pub(crate) fn next(&self) -> Option<anyhow::Result<Message>> {
        self.pause();
        let mut state = self.shared.state();
        loop {
            if state.is_stopped {
                return Some(Err(Closing::Terminated.into()));
            }
            if let Some(next) = state.next.take() {
                self.shared.changed.notify_all();
                return Some(next);
            }
            if state.is_at_end {
                return None;
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Puts an end to it: whoever waits for a message waits no more.
    pub(crate) fn stop(&self) {
        self.shared.state().is_stopped = true;
        self.shared.changed.notify_all();
    }

    /// Waits until the next message may leave.
    fn pause(&self) {
        let Some(interval) = self.interval else { return };
        let mut state = self.shared.state();
        let now = Instant::now();
        // Little is made up for what came late, so that there are no bursts.
        let due = state.due.unwrap_or(now).max(now.checked_sub(CATCH_UP).unwrap_or(now));
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() || state.is_stopped {
                break;
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        // A rate so small that its interval cannot be computed sends one message.
        let interval = Duration::try_from_secs_f64(interval).unwrap_or(Duration::MAX);
        state.due = Some(due.checked_add(interval).unwrap_or(due + Duration::from_secs(u32::MAX.into())));
    }
}
