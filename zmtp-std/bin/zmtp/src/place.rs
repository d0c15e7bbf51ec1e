//! Endpoints on the command line, with what to do there in front: `@` binds and `>` connects, as in CZMQ.

use std::fmt;
use std::str::FromStr;

use zmtp_std::{Endpoint, Host};

/// What to do at an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Bind,
    Connect,
}

/// An endpoint, and what to do there if its prefix says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) endpoint: Endpoint,
    prefix: Option<Way>,
}

impl Place {
    /// What to do there: what its prefix says, else what a flag says, else what is possible, for nobody connects to `*`,
    /// else what is usual.
    pub(crate) fn way(&self, flag: Option<Way>, usual: Way) -> Way {
        let sensible = if self.is_wildcard() { Way::Bind } else { usual };
        self.prefix.or(flag).unwrap_or(sensible)
    }

    fn is_wildcard(&self) -> bool {
        match &self.endpoint {
            Endpoint::Tcp { host, port, .. } => *host == Host::Any || *port == 0,
            Endpoint::Ipc { path } => path == "*",
            _ => false,
        }
    }
}

/// Why a text is no place; the text itself is told by the parser of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadPlace(&'static str);

impl std::error::Error for BadPlace {}

impl fmt::Display for BadPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for Place {
    type Err = BadPlace;

    fn from_str(text: &str) -> Result<Self, BadPlace> {
        let (prefix, endpoint) = match (text.strip_prefix('@'), text.strip_prefix('>')) {
            (Some(endpoint), _) => (Some(Way::Bind), endpoint),
            (_, Some(endpoint)) => (Some(Way::Connect), endpoint),
            (None, None) => (None, text),
        };
        match endpoint.parse() {
            Ok(Endpoint::Inproc { .. }) => {
                Err(BadPlace("inproc:// is for sockets of one program, and nobody else is in this one"))
            }
            Ok(Endpoint::Custom { .. }) => {
                Err(BadPlace("the transport is not supported; use tcp:// or ipc://"))
            }
            Ok(endpoint) => Ok(Self { endpoint, prefix }),
            Err(bad) => Err(BadPlace(bad.why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(text: &str, usual: Way) -> Way {
        text.parse::<Place>().unwrap().way(None, usual)
    }

    #[test]
    fn a_prefix_says_what_to_do_and_without_one_the_type_of_the_socket_does() {
        assert_eq!(way("@tcp://127.0.0.1:5555", Way::Connect), Way::Bind);
        assert_eq!(way(">tcp://127.0.0.1:5555", Way::Bind), Way::Connect);
        assert_eq!(way("tcp://127.0.0.1:5555", Way::Bind), Way::Bind);
        assert_eq!(way("tcp://127.0.0.1:5555", Way::Connect), Way::Connect);
        // The @ of a name without a file is behind the transport.
        assert_eq!(way("ipc://@name", Way::Connect), Way::Connect);
    }

    #[test]
    fn a_flag_is_for_endpoints_without_a_prefix() {
        let way = |text: &str, flag| text.parse::<Place>().unwrap().way(Some(flag), Way::Bind);
        assert_eq!(way("@tcp://*:5555", Way::Connect), Way::Bind);
        // Against common sense: the error of connecting says what is wrong.
        assert_eq!(way("tcp://*:5555", Way::Connect), Way::Connect);
        assert_eq!(way("tcp://127.0.0.1:5555", Way::Connect), Way::Connect);
    }

    #[test]
    fn what_nobody_can_connect_to_is_bound() {
        for text in ["tcp://*:5555", "tcp://127.0.0.1:*", "tcp://localhost:0", "ipc://*"] {
            assert_eq!(way(text, Way::Connect), Way::Bind, "{text}");
        }
    }

    #[test]
    fn a_bad_place_says_what_would_be_right() {
        let why = |text: &str| text.parse::<Place>().unwrap_err().to_string();
        assert!(why("@127.0.0.1:5555").contains("tcp://127.0.0.1:5555"));
        assert!(why("inproc://here").contains("one program"));
        assert_eq!(why("udp://127.0.0.1:5555"), "the transport is not supported; use tcp:// or ipc://");
    }
}
