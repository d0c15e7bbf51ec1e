//! Locks and atomic numbers: those of std, or in models those of shuttle, which tries how threads may come between each other.
//!
//! `cargo xtask interleave` runs the models: it builds the crate with `--cfg shuttle`.

#[cfg(shuttle)]
pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard, atomic};
#[cfg(not(shuttle))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, atomic};

#[cfg(not(shuttle))]
pub(crate) use std::time::Instant;

#[cfg(shuttle)]
pub(crate) use self::chance::Instant;

#[cfg(shuttle)]
mod chance {
    use std::time::Duration;

    use shuttle::rand::Rng;

    /// A moment in a model: how long ago it was is left to chance.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Instant;

    impl Instant {
        pub(crate) fn now() -> Self {
            Self
        }

        pub(crate) fn elapsed(self) -> Duration {
            if shuttle::rand::thread_rng().r#gen() { Duration::MAX } else { Duration::ZERO }
        }
    }
}
