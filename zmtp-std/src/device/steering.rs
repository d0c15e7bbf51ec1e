//! Pausing, resuming and ending a proxy while it runs, and asking what has gone through it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use event_listener::Event;
use zmtp_core::SocketType;

use super::held::Held;
use super::statistics::{Counters, Statistics};
use crate::wait;
use crate::{AnySocket, Closing, Message, RecvError};

const RUNNING: u8 = 0;
const PAUSED: u8 = 1;
const ENDED: u8 = 2;

/// What a proxy is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Run,
    Pause,
    End,
}

/// The wheel of a proxy: a handle for any thread, also while the proxy runs.
#[derive(Clone, Debug, Default)]
pub struct Steering {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: AtomicU8,
    changed: Event,
    counters: Counters,
}

impl Steering {
    /// Passes nothing on until [`resume`](Self::resume), except what is on its way already. Messages wait in the sockets, under
    /// their high-water marks.
    pub fn pause(&self) {
        self.change(RUNNING, PAUSED);
    }

    /// Goes on.
    pub fn resume(&self) {
        self.change(PAUSED, RUNNING);
    }

    /// Ends the proxy: its call of `run` returns. The sockets are as they were, with whatever waits in them.
    pub fn terminate(&self) {
        self.inner.state.store(ENDED, Ordering::SeqCst);
        self.inner.changed.notify(usize::MAX);
    }

    /// What has gone through so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.counters().read()
    }

    fn change(&self, from: u8, to: u8) {
        // An ended proxy stays so.
        if self.inner.state.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            self.inner.changed.notify(usize::MAX);
        }
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.inner.counters
    }

    pub(super) fn is(&self, asked: Asked) -> bool {
        let state = self.inner.state.load(Ordering::SeqCst);
        match asked {
            Asked::Run => state == RUNNING,
            Asked::Pause => state == PAUSED,
            Asked::End => state == ENDED,
        }
    }

    /// Waits until it is asked for that.
    pub(super) async fn until(&self, asked: Asked) {
        wait::until(&self.inner.changed, || self.is(asked).then_some(())).await;
    }

    /// Obeys the commands that come to a socket, until that is closed.
    ///
    /// They are those of libzmq: PAUSE, RESUME, TERMINATE, and STATISTICS, which is answered with eight parts of eight octets, numbers
    /// in the order of the machine. A socket that has to answer is answered with an empty message otherwise.
    pub(super) async fn obey(&self, control: &dyn AnySocket, held: &Held) -> Closing {
        while let Some(answer) = held.take() {
            self.answer(control, &answer, held).await;
        }
        loop {
            let command = wait::until_heard(|| control.readable_event(), || control.take()).await;
            let answer = match command {
                Ok(command) => self.command(&command),
                Err(RecvError::Closed(closing)) => return closing,
                // It owes an answer that found no room; that was the peer's last chance.
                Err(_) => return Closing::Closed,
            };
            let Some(answer) =
                answer.or_else(|| (control.zmtp_type() == Some(SocketType::Rep)).then(|| Message::from("")))
            else {
                continue;
            };
            self.answer(control, &answer, held).await;
        }
    }

    async fn answer(&self, control: &dyn AnySocket, answer: &Message, held: &Held) {
        if control.can_send() {
            let sending = wait::until_heard(|| control.writable_event(), || control.offer(answer));
            let sent = held.until_sent(answer, sending).await;
            tracing::trace!(?sent, "a proxy answers a command");
        }
    }

    /// Does what a command says; returns the answer, if it asks for one.
    fn command(&self, command: &Message) -> Option<Message> {
        match command.text() {
            Ok("PAUSE") => self.pause(),
            Ok("RESUME") => self.resume(),
            Ok("TERMINATE") => self.terminate(),
            Ok("STATISTICS") => {
                let counters = self.statistics().counters();
                return Some(counters.iter().map(|counter| counter.to_ne_bytes().to_vec()).collect());
            }
            _ => {
                tracing::warn!(?command, "a proxy knows PAUSE, RESUME, TERMINATE and STATISTICS, and not");
                return Some("unknown command; there are PAUSE, RESUME, TERMINATE and STATISTICS".into());
            }
        }
        None
    }
}
