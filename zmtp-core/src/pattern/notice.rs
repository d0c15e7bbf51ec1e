//! Empty messages that tell of a connection: to the peer, or to our application.

/// Which connections are told of, and to whom. All messages in question have one empty frame.
///
/// ```
/// use zmtp_core::pattern::{Notice, Notices};
///
/// // A ROUTER is shown who comes and goes: [id][empty].
/// let notices = Notices { connect: true, disconnect: true, ..Notices::default() };
/// assert_eq!(notices.on_connect(), Notice { send: false, deliver: true });
/// assert!(notices.on_disconnect());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Notices {
    /// `ZMQ_PROBE_ROUTER` of REQ, DEALER and ROUTER: the peer, a ROUTER, learns that we are there (API-004).
    pub probe: bool,
    /// `ZMQ_NOTIFY_CONNECT` of `ZMQ_ROUTER_NOTIFY`, and `ZMQ_STREAM_NOTIFY`: our application hears that a peer came.
    pub connect: bool,
    /// `ZMQ_NOTIFY_DISCONNECT` of `ZMQ_ROUTER_NOTIFY`, and `ZMQ_STREAM_NOTIFY`: our application hears that a peer went.
    pub disconnect: bool,
}

/// What is due when a connection is established, in front of everything else on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Notice {
    /// An empty message to the peer.
    pub send: bool,
    /// An empty message to our application, behind the peer's routing id.
    pub deliver: bool,
}

impl Notices {
    /// What a STREAM tells unless it is configured otherwise: who comes and who goes.
    pub const STREAM: Self = Self { probe: false, connect: true, disconnect: true };

    /// What is due when a connection is established.
    #[must_use]
    pub const fn on_connect(self) -> Notice {
        Notice { send: self.probe, deliver: self.connect }
    }

    /// Whether an empty message to our application, behind the peer's routing id, is due when a connection has ended. It
    /// follows the last message of the peer; so its id is taken out of the table after it.
    #[must_use]
    pub const fn on_disconnect(self) -> bool {
        self.disconnect
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_004_a_probe_goes_to_the_peer_and_not_to_the_application() {
        let notices = Notices { probe: true, ..Notices::default() };
        assert_eq!(notices.on_connect(), Notice { send: true, deliver: false });
        assert!(!notices.on_disconnect());
    }

    #[test]
    fn without_configuration_only_a_stream_tells() {
        assert_eq!(Notices::default().on_connect(), Notice { send: false, deliver: false });
        assert!(!Notices::default().on_disconnect());
        assert_eq!(Notices::STREAM.on_connect(), Notice { send: false, deliver: true });
        assert!(Notices::STREAM.on_disconnect());
    }
}
