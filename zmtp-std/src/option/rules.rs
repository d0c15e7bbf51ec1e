//! What follows from the options for connections.

use zmtp_core::identity;
use zmtp_core::pattern::Notices;
use zmtp_core::{Heartbeat, Limits, SocketType};

use super::{Notify, Options};
use crate::socket::Kind;
use crate::{Message, OptionError};

impl Options {
    /// What a peer may ask of us.
    pub(crate) fn limits(&self) -> Limits {
        let none = Limits::new();
        let marks = [self.rcvhwm_bytes, self.socket_rcvhwm_bytes];
        Limits {
            frame: self.maxmsgsize.unwrap_or(none.frame),
            // More than a mark could never be received.
            message: marks.into_iter().filter(|mark| *mark > 0).min().unwrap_or(none.message),
            handshake: self.handshake_ivl,
            parts: self.max_parts.unwrap_or(none.parts),
            handshake_frame: self.max_handshake_size,
            pings: self.max_pings,
            topic: self.max_topic_size,
            subscription_octets: self.max_subscription_bytes,
            subscriptions: if self.max_subscriptions == 0 { u32::MAX } else { self.max_subscriptions },
            ..none
        }
    }

    /// Whether a peer may not send messages of every size.
    pub(crate) fn limits_messages(&self) -> bool {
        self.maxmsgsize.is_some()
            || self.max_parts.is_some()
            || self.rcvhwm_bytes > 0
            || self.socket_rcvhwm_bytes > 0
    }

    /// Whether every option can be what it is; those of security are looked at elsewhere.
    pub(crate) fn check(&self) -> Result<(), OptionError> {
        // Z37-060.
        let named = self.routing_id.is_empty() || identity::is_name(&self.routing_id);
        if named { Ok(()) } else { Err(OptionError::RoutingId) }
    }

    /// Whether there is no bound to what waits for peers that are away.
    pub(crate) fn is_unbounded(&self) -> bool {
        self.durable.is_some() && !self.conflate && self.sndhwm == 0
    }

    /// Which connections of a socket are told of.
    pub(crate) fn notices(&self, kind: Kind) -> Notices {
        let socket_type = match kind {
            Kind::Zmtp(socket_type) => socket_type,
            Kind::Stream if self.stream_notify => return Notices::STREAM,
            Kind::Stream => return Notices::default(),
        };
        match socket_type {
            SocketType::Router => {
                let Notify { connect, disconnect } = self.router_notify;
                Notices { probe: self.probe_router, connect, disconnect }
            }
            SocketType::Req | SocketType::Dealer => {
                Notices { probe: self.probe_router, ..Notices::default() }
            }
            _ => Notices::default(),
        }
    }

    /// What every peer is sent first.
    pub(crate) fn preface(&self, kind: Kind, notices: Notices) -> Option<Message> {
        match kind {
            Kind::Zmtp(SocketType::XPub) => self.xpub_welcome_msg.clone(),
            Kind::Zmtp(SocketType::Dealer | SocketType::Router) if self.hello_msg.is_some() => {
                self.hello_msg.clone()
            }
            _ => notices.on_connect().send.then(Message::new),
        }
    }

    pub(crate) fn heartbeat(&self) -> Heartbeat {
        let tenths = self.heartbeat_ttl.as_millis() / 100;
        Heartbeat {
            interval: self.heartbeat_ivl,
            timeout: self.heartbeat_timeout.unwrap_or(self.heartbeat_ivl),
            ttl: u16::try_from(tenths).unwrap_or(u16::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn lz_020_the_ttl_is_sent_in_tenths_of_a_second_and_the_timeout_is_the_interval_unless_it_is_set() {
        let ttl = |heartbeat_ttl| Options { heartbeat_ttl, ..Options::default() }.heartbeat().ttl;
        assert_eq!(ttl(Duration::from_millis(99)), 0);
        assert_eq!(ttl(Duration::from_millis(100)), 1);
        assert_eq!(ttl(Duration::from_millis(6_553_599)), 65_535);
        // The longest that can be said.
        assert_eq!(ttl(Duration::MAX), 65_535);
        let options = Options { heartbeat_ivl: Duration::from_secs(3), ..Options::default() };
        assert_eq!(options.heartbeat().timeout, Duration::from_secs(3));
        let timeout = Some(Duration::from_secs(1));
        assert_eq!(
            Options { heartbeat_timeout: timeout, ..options }.heartbeat().timeout,
            Duration::from_secs(1)
        );
    }
}
