//! Log lines, for `defmt`, `log` or nobody, behind one set of macros.
//!
//! Both features may be on, since Cargo unites the features that different crates ask for; `defmt` then wins.
//! Where both are off the arguments are still type-checked, so that no build breaks by switching one on; they are not
//! evaluated, so that no text for them is in the firmware.

macro_rules! debug {
    ($text:literal $(, $argument:expr)* $(,)?) => {{
        #[cfg(feature = "defmt")]
        ::defmt::debug!($text $(, $argument)*);
        #[cfg(all(feature = "log", not(feature = "defmt")))]
        ::log::debug!($text $(, $argument)*);
        #[cfg(not(any(feature = "log", feature = "defmt")))]
        if false { $(let _ = &$argument;)* }
    }};
}

pub(crate) use debug;
