//! Events for `tracing`, as the documentation of the crate says: the text for people, and fields for machines.

use tracing::{Level, event, field};
use zmtp_core::Blame;

use super::Event;

/// What filters can name: `RUST_LOG=zmtp_std::event=info`.
pub(crate) const TARGET: &str = "zmtp_std::event";

pub(super) fn trace(event: &Event) {
    macro_rules! tell {
        ($level:expr) => {
            event!(
                target: TARGET,
                $level,
                endpoint = event.endpoint(),
                blame = event.blame().map(field::debug),
                dropped = event.dropped(),
                "{event}"
            )
        };
    }
    match level(event) {
        Level::WARN => tell!(Level::WARN),
        Level::INFO => tell!(Level::INFO),
        _ => tell!(Level::DEBUG),
    }
}

fn level(event: &Event) -> Level {
    let lossy = event.dropped().is_some_and(|dropped| dropped > 0);
    let ours = matches!(event.blame(), Some(Blame::Caller | Blame::Limit));
    match event {
        _ if lossy || ours => Level::WARN,
        Event::Accepted { .. } | Event::Connected { .. } | Event::ConnectRetried { .. } => Level::DEBUG,
        Event::AcceptFailed { .. } | Event::SwapFailed { .. } | Event::Dropping { .. } => Level::WARN,
        Event::Closed { refused: true, .. } | Event::Closed { why: Some(_), .. } => Level::WARN,
        _ => Level::INFO,
    }
}

impl Event {
    /// Ours, bound or connected.
    fn endpoint(&self) -> Option<&str> {
        match self {
            Self::Listening { endpoint }
            | Self::AcceptFailed { endpoint, .. }
            | Self::Accepted { endpoint, .. }
            | Self::Connected { endpoint, .. }
            | Self::ConnectRetried { endpoint, .. }
            | Self::HandshakeSucceeded { endpoint, .. }
            | Self::HandshakeFailed { endpoint, .. }
            | Self::Disconnected { endpoint, .. }
            | Self::Dropping { endpoint, .. }
            | Self::Closed { endpoint, .. } => Some(endpoint),
            Self::PeerForgotten { .. } | Self::SwapFailed { .. } => None,
        }
    }

    /// Who has to change something, if a connection has ended.
    fn blame(&self) -> Option<Blame> {
        match self {
            Self::HandshakeFailed { why, .. } | Self::Disconnected { why, .. } => why.blame(),
            _ => None,
        }
    }

    /// How many messages went with it.
    fn dropped(&self) -> Option<u64> {
        match self {
            Self::Disconnected { dropped, .. }
            | Self::PeerForgotten { dropped, .. }
            | Self::SwapFailed { dropped, .. }
            | Self::Closed { dropped, .. } => Some(*dropped),
            _ => None,
        }
    }
}
