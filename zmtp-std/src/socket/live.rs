//! Options that are changed while the socket is in use.

use std::sync::Arc;

use zmtp_core::pattern::ReqOptions;

use super::core::Core;
use super::publisher::matching;
use super::settings::Settings;
use super::site::Site;
use crate::lane::Lane;
use crate::sync::Mutex;
use crate::{OptionError, Options, SlowPeer};

/// What the options are now.
#[derive(Debug)]
pub(super) struct Live {
    now: Mutex<Arc<Settings>>,
    /// Held by whoever changes them.
    changing: Mutex<()>,
}

impl Live {
    pub(super) fn new(settings: Settings) -> Self {
        Self { now: Mutex::new(Arc::new(settings)), changing: Mutex::new(()) }
    }
}

/// The first option that differs, of those that a socket keeps as it was made with them.
macro_rules! fixed {
    ($($option:ident)*) => {
        fn changed_in_vain(before: &Options, after: &Options) -> Option<&'static str> {
            $(if before.$option != after.$option {
                return Some(stringify!($option));
            })*
            None
        }
    };
}

fixed! {
    socket_sndhwm socket_sndhwm_bytes socket_rcvhwm socket_rcvhwm_bytes
    conflate rcvhwm_bytes durable
}

impl Core {
    /// The options of now.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.live.now.lock().unwrap())
    }

    pub(super) fn options(&self) -> Arc<Options> {
        Arc::clone(&self.live.now.lock().unwrap().options)
    }

    /// What becomes of a message that a peer has no room for.
    pub(super) fn slow_peer(&self) -> SlowPeer {
        self.live.now.lock().unwrap().slow_peer
    }

    /// How requests and replies take turns.
    pub(super) fn turns(&self) -> ReqOptions {
        self.live.now.lock().unwrap().turns
    }

    pub(super) fn set_options(&self, change: impl FnOnce(&mut Options)) -> Result<(), OptionError> {
        // A change that panicked before has changed nothing.
        let _changing = self.live.changing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let before = self.options();
        let mut options = Options::clone(&before);
        change(&mut options);
        let settings = Settings::new(self.kind, Arc::new(options));
        if let Some(option) = changed_in_vain(&before, &settings.options) {
            return Err(OptionError::Fixed { option });
        }
        if settings.options.is_unbounded() && !before.is_unbounded() {
            return Err(OptionError::NoHighWaterMark);
        }
        settings.options.check()?;
        self.apply(settings);
        Ok(())
    }

    /// Gives a lane, made with the options of its endpoint, the marks there are now. To be called under the lock of the route.
    pub(super) fn mark(&self, lane: &Lane, site: &Site) {
        let now = self.options();
        if !Arc::ptr_eq(&now, &site.settings().options) {
            lane.set_rcvhwm(&now);
            lane.set_sndhwm(&now);
        }
    }

    fn apply(&self, settings: Settings) {
        let options = Arc::clone(&settings.options);
        if self.traits.subscribes {
            self.intake().wanted.matching = matching(&options);
        }
        let mut route = self.route();
        // Under the lock of the route: a lane that is made now gets these, or gets them below.
        *self.live.now.lock().unwrap() = Arc::new(settings);
        route.configure(&options);
        let lanes: Vec<_> = route.links.lanes().cloned().collect();
        for lane in lanes {
            lane.set_rcvhwm(&options);
            if lane.set_sndhwm(&options) {
                route.links.has_room(&lane);
            }
        }
        drop(route);
        // There may be room now, or what waits for it may be dropped; and what nobody wanted may be wanted.
        self.sendable.notify(usize::MAX);
        self.receivable.notify(usize::MAX);
    }
}

/// The same for users.
macro_rules! live {
    ($socket:ident) => {
        impl $socket {
            /// Changes options of the socket while it is in use. [`Options`](crate::Options) says of each when that takes effect; of those
            /// that are silent it holds for what is bound or connected from now on, and other endpoints, with their connections to
            /// come, go on as they are.
            ///
            /// A lower high-water mark drops nothing: until less than it waits, there is no room, and no more is read.
            ///
            /// ```
            /// # use zmtp_std::Options;
            /// # let context = zmtp_std::Context::new();
            /// # let context = context.with(Options { linger: Some(std::time::Duration::ZERO), ..Options::default() });
            /// let push = context.push();
            /// push.connect("tcp://127.0.0.1:5555")?; // where nobody is
            /// push.set_options(|options| options.sndhwm = 1)?;
            /// push.send("waits")?;
            /// assert!(push.try_send("has no room").is_err());
            /// push.set_options(|options| options.sndhwm = 2)?;
            /// push.send("has room now")?;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// Options may be changed by several threads, but not within a change.
            ///
            /// # Errors
            /// [`OptionError`](crate::OptionError) if one of them cannot be changed; then none is.
            pub fn set_options(
                &self,
                change: impl FnOnce(&mut crate::Options),
            ) -> Result<(), crate::OptionError> {
                self.core.set_options(change)
            }

            /// The options the socket has now.
            #[must_use]
            pub fn options(&self) -> std::sync::Arc<crate::Options> {
                self.core.options()
            }
        }
    };
}

pub(super) use live;
