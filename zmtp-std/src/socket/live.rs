//! Options that may be changed while the socket is in use, and take effect at once.

use crate::sync::{Mutex, MutexGuard};
use std::time::Duration;

use super::core::Core;
use crate::Options;
use crate::lane::Lane;

/// What these options are now.
#[derive(Debug)]
pub(super) struct Live(Mutex<Now>);

#[derive(Clone, Copy, Debug)]
struct Now {
    sndhwm: u32,
    rcvhwm: u32,
    linger: Option<Duration>,
}

impl Live {
    pub(super) fn of(options: &Options) -> Self {
        let Options { sndhwm, rcvhwm, linger, .. } = *options;
        Self(Mutex::new(Now { sndhwm, rcvhwm, linger }))
    }

    pub(super) fn sndhwm(&self) -> u32 {
        self.now().sndhwm
    }

    pub(super) fn linger(&self) -> Option<Duration> {
        self.now().linger
    }

    /// Gives a lane the marks there are now.
    pub(super) fn mark(&self, lane: &Lane, options: &Options) {
        let Now { sndhwm, rcvhwm, .. } = *self.now();
        if sndhwm != options.sndhwm {
            lane.set_sndhwm(sndhwm, options);
        }
        if rcvhwm != options.rcvhwm {
            lane.set_rcvhwm(rcvhwm, options);
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.0.lock().unwrap()
    }
}

impl Core {
    pub(super) fn set_sndhwm(&self, messages: u32) {
        if messages == 0 && self.options.durable.is_some() {
            return tracing::warn!("sndhwm stays: what waits for durable peers needs a bound");
        }
        let mut route = self.route();
        self.live.now().sndhwm = messages;
        let lanes: Vec<_> = route.links.lanes().cloned().collect();
        for lane in lanes {
            if lane.set_sndhwm(messages, &self.options) {
                route.links.has_room(&lane);
            }
        }
        drop(route);
        self.sendable.notify(usize::MAX);
    }

    pub(super) fn set_rcvhwm(&self, messages: u32) {
        let route = self.route();
        self.live.now().rcvhwm = messages;
        route.links.lanes().for_each(|lane| lane.set_rcvhwm(messages, &self.options));
    }

    pub(super) fn set_linger(&self, linger: Option<Duration>) {
        self.live.now().linger = linger;
    }
}

/// The same for users.
macro_rules! live {
    ($socket:ident) => {
        impl $socket {
            /// Changes [`Options::sndhwm`](crate::Options::sndhwm), also for the connections there are. A lower mark drops nothing:
            /// until less than it waits, there is no room. A socket with [`durable`](crate::Options::durable) peers keeps the mark it has
            /// instead of none, 0.
            ///
            /// ```
            /// # use zmtp_std::Options;
            /// # let context = zmtp_std::Context::new();
            /// # let context = context.with(Options { linger: Some(std::time::Duration::ZERO), ..Options::default() });
            /// let push = context.push();
            /// push.connect("tcp://127.0.0.1:5555")?; // where nobody is
            /// push.set_sndhwm(1);
            /// push.send("waits")?;
            /// assert!(push.try_send("has no room").is_err());
            /// push.set_sndhwm(2);
            /// push.send("has room now")?;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            pub fn set_sndhwm(&self, messages: u32) {
                self.core.set_sndhwm(messages);
            }

            /// Changes [`Options::rcvhwm`](crate::Options::rcvhwm), also for the connections there are. A lower mark drops nothing:
            /// until less than it waits, no more is read.
            pub fn set_rcvhwm(&self, messages: u32) {
                self.core.set_rcvhwm(messages);
            }

            /// Changes [`Options::linger`](crate::Options::linger), for when the socket is dropped, or an endpoint left, from
            /// now on.
            pub fn set_linger(&self, linger: Option<std::time::Duration>) {
                self.core.set_linger(linger);
            }
        }
    };
}

pub(super) use live;
