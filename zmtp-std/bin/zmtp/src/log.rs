//! Standard error: what the library tells about itself if asked for, and what the program has to say beside its results.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;

/// Starts telling: as `RUST_LOG` says, else by how often `-v` was given.
pub(crate) fn start(verbose: u8) {
    let by_verbosity = match verbose {
        // What befalls connections the program tells itself.
        0 => "warn,zmtp_std::event=off",
        1 => "zmtp=debug,zmtp_std=debug",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(by_verbosity));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && console::colors_enabled_stderr());
    if verbose > 0 {
        log.init();
    } else {
        // A warning among the lines of a tool: when and where from does not matter.
        log.without_time().with_target(false).init();
    }
}

/// Whether lines may appear on standard error at any moment.
pub(crate) fn is_talkative() -> bool {
    tracing::enabled!(target: "zmtp_std", tracing::Level::DEBUG)
}

/// Tells one line; if nobody reads standard error any more, nobody wants to know.
pub(crate) fn tell(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
