//! What is told of an error, in words of the command line: its users know no options of sockets.

use std::error::Error;

use console::style;
use zmtp_std::{RecvError, SendError, Unsent, WaitError};

use crate::{interrupt, log};

/// Tells an error; one after a signal, whose cause is known, only by how far it went.
pub(crate) fn report(error: &anyhow::Error) {
    if interrupt::happened() {
        log::tell(format_args!("interrupted {error}"));
    } else {
        log::tell(format_args!("{} {}", style("error:").for_stderr().red().bold(), with_causes(error)));
    }
}

/// The error and its causes, without those that the text above them tells already.
fn with_causes(error: &anyhow::Error) -> String {
    error.chain().map(in_our_words).fold(String::new(), |told, cause| {
        if told.is_empty() {
            cause
        } else if told.contains(&cause) {
            told
        } else {
            format!("{told}: {cause}")
        }
    })
}

fn in_our_words(cause: &(dyn Error + 'static)) -> String {
    if let Some(WaitError::TimedOut { there, wanted }) = cause.downcast_ref() {
        return format!("{there} of {wanted} were there in time; raise --timeout, or see with -v who comes");
    }
    if let Some(RecvError::TimedOut) = cause.downcast_ref() {
        return "no message came in time; is the peer there (-v tells), and has it sent one? Else raise --timeout"
            .into();
    }
    if let Some(SendError { why: Unsent::TimedOut, .. }) = cause.downcast_ref() {
        return "nobody had room in time; is a peer there (-v tells), and does it receive? Else raise --timeout or --hwm".into();
    }
    cause.to_string()
}

/// So many of them; the plural is regular.
pub(crate) fn counted(count: u64, what: &str) -> String {
    let plural = match what.strip_suffix('y') {
        _ if count == 1 => what.to_owned(),
        Some(stem) => format!("{stem}ies"),
        None => format!("{what}s"),
    };
    format!("{count} {plural}")
}

/// For errors: how far it went.
pub(crate) fn so_far(count: u64, what: &str) -> String {
    format!("after {}", counted(count, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn a_cause_is_told_once() {
        let cause = io::Error::from(io::ErrorKind::PermissionDenied);
        let text = cause.to_string();
        let error =
            anyhow::Error::new(cause).context(format!("cannot bind: {text}; go away")).context("perf");
        assert_eq!(with_causes(&error), format!("perf: cannot bind: {text}; go away"));
    }

    #[test]
    fn a_time_that_is_over_is_told_with_the_option_that_sets_it() {
        for error in [
            anyhow::Error::new(RecvError::TimedOut),
            SendError { message: "m".into(), why: Unsent::TimedOut }.into(),
            WaitError::TimedOut { there: 0, wanted: 1 }.into(),
        ] {
            let text = with_causes(&error.context(so_far(1, "message")));
            assert!(text.starts_with("after 1 message: ") && text.contains("raise --timeout"), "{text}");
        }
    }

    #[test]
    fn none_and_several_are_a_plural() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "reply")), ["0 replies", "1 reply", "2 replies"]);
        assert_eq!(so_far(2, "message"), "after 2 messages");
    }
}
