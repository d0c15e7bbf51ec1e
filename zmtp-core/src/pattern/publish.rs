//! PUB: what comes up from subscribers, and to whom a message goes (RFC 29, "The PUB Socket Type").

use super::Ready;
use crate::subscription::Subscriptions;

/// What a message from a subscriber means to a publisher.
///
/// 3.1 subscribers use commands, 3.0 ones messages; deployed publishers take both from both (LZ-021).
///
/// ```
/// use zmtp_core::pattern::Upstream;
///
/// assert_eq!(Upstream::of_message(b"\x01weather"), Upstream::Subscribe(b"weather"));
/// assert_eq!(Upstream::of_message(b"\x00"), Upstream::Cancel(b""));
/// assert_eq!(Upstream::of_message(b"hello"), Upstream::Data);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream<'b> {
    /// Subscribes to the topic.
    Subscribe(&'b [u8]),
    /// Cancels the subscription.
    Cancel(&'b [u8]),
    /// Of the application; a PUB drops it (Z29-004).
    Data,
}

impl<'b> Upstream<'b> {
    /// Reads the only frame of a message (RFC 23: `01` and `00` in front of the topic).
    #[must_use]
    pub fn of_message(body: &'b [u8]) -> Self {
        match body.split_first() {
            Some((1, topic)) => Self::Subscribe(topic),
            Some((0, topic)) => Self::Cancel(topic),
            _ => Self::Data,
        }
    }
}

/// Which messages a subscription is for, at the publisher and at the subscriber (`ZMQ_INVERT_MATCHING`). The first frame of
/// a message decides for all of it (Z29-006).
///
/// ```
/// use zmtp_core::pattern::Matching;
/// use zmtp_core::subscription::{Subscriptions, SubscriptionTable};
///
/// let mut octets = [0; 64];
/// let mut subscriptions = SubscriptionTable::new(&mut octets);
/// subscriptions.subscribe(0, b"weather")?;
/// let peers = [true, true];
/// let mut recipients = Vec::new();
/// Matching::Inverted.each_recipient(&subscriptions, &peers[..], b"weather 10001", &mut |peer| recipients.push(peer));
/// assert_eq!(recipients, [1]);
/// # Ok::<(), zmtp_core::subscription::TableFull>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Matching {
    /// For those that begin with the topic.
    #[default]
    Prefix,
    /// For those that begin with none of the holder's topics.
    Inverted,
}

impl Matching {
    /// Whether `holder` is to have `message`. A subscriber asks it of what comes in, with itself as the holder (Z29-021).
    #[must_use]
    pub fn wants(self, subscriptions: &(impl Subscriptions + ?Sized), holder: usize, message: &[u8]) -> bool {
        subscriptions.wants(holder, message) == (self == Self::Prefix)
    }

    /// Visits those of `peers`, all that are connected, who are to have `message`, each once.
    pub fn each_recipient(
        self,
        subscriptions: &(impl Subscriptions + ?Sized),
        peers: &(impl Ready + ?Sized),
        message: &[u8],
        visit: &mut dyn FnMut(usize),
    ) {
        if self == Self::Prefix {
            return subscriptions.each_match(message, visit);
        }
        let mut from = 0;
        while let Some(peer) = peers.next_ready(from) {
            if self.wants(subscriptions, peer, message) {
                visit(peer);
            }
            from = peer.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subscription::SubscriptionTable;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn api_013_inverted_matching_delivers_exactly_what_matching_does_not(
            held in proptest::collection::vec((0usize..6, "[ab]{0,2}"), 0..12), message in "[ab]{0,3}", peers in 0u32..64
        ) {
            let mut octets = [0; 256];
            let mut table = SubscriptionTable::new(&mut octets);
            for (peer, topic) in &held {
                if peers & (1 << peer) != 0 {
                    table.hold(*peer, topic.as_bytes()).unwrap();
                }
            }
            let message = message.as_bytes();
            let [mut matching, mut inverted] = [0u32; 2];
            Matching::Prefix.each_recipient(&table, &peers, message, &mut |peer| matching |= 1 << peer);
            Matching::Inverted.each_recipient(&table, &peers, message, &mut |peer| inverted |= 1 << peer);
            prop_assert_eq!((matching & inverted, matching | inverted), (0, peers));
            for peer in (0..6).filter(|peer| peers & (1 << peer) != 0) {
                prop_assert_eq!(Matching::Prefix.wants(&table, peer, message), matching & (1 << peer) != 0);
                prop_assert_eq!(Matching::Inverted.wants(&table, peer, message), inverted & (1 << peer) != 0);
            }
        }
    }
}
