//! Signals of the system, each with what is done when it comes.

#[cfg(unix)]
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};

/// Signals that end nothing any more: they wait for [`each`](Self::each).
#[cfg(unix)]
pub(crate) struct Signals(signal_hook::iterator::Signals);

#[cfg(unix)]
impl Signals {
    /// Ctrl-C, and TERM.
    pub(crate) fn ending() -> anyhow::Result<Self> {
        Ok(Self(signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?))
    }

    /// USR1.
    pub(crate) fn asking() -> anyhow::Result<Self> {
        Ok(Self(signal_hook::iterator::Signals::new([SIGUSR1])?))
    }

    /// Calls `act` with the number of each signal, for as long as the program runs.
    pub(crate) fn each(mut self, act: impl FnMut(u8) + Send + 'static) -> anyhow::Result<()> {
        std::thread::spawn(move || {
            self.0.forever().filter_map(|signal| signal.try_into().ok()).for_each(act);
        });
        Ok(())
    }
}

/// Elsewhere there is Ctrl-C alone, under the number that it has with signals.
#[cfg(not(unix))]
pub(crate) enum Signals {
    Ending,
    Asking,
}

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn ending() -> anyhow::Result<Self> {
        Ok(Self::Ending)
    }

    pub(crate) fn asking() -> anyhow::Result<Self> {
        Ok(Self::Asking)
    }

    pub(crate) fn each(self, mut act: impl FnMut(u8) + Send + 'static) -> anyhow::Result<()> {
        match self {
            Self::Ending => Ok(ctrlc::set_handler(move || act(2))?),
            Self::Asking => Ok(()),
        }
    }
}
