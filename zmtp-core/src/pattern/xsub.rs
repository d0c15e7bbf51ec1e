//! XSUB: a SUB whose application subscribes by sending (RFC 29, "The XSUB Socket Type").

use super::Upstream;
use crate::subscription::{Subscriptions, TableFull};

/// The holder of an XSUB's subscriptions, and of a SUB's: its application.
const APPLICATION: usize = 0;

/// The rules of an XSUB. The embedder keeps the subscriptions, all of holder 0. A publisher that is new, or connected
/// again, is sent each of them ([`Subscriptions::each_topic`], Z29-022), and before we close a connection a cancel of each
/// (Z29-029).
///
/// ```
/// use zmtp_core::pattern::{Xsub, XsubSend};
/// use zmtp_core::subscription::SubscriptionTable;
///
/// let mut octets = [0; 64];
/// let mut subscriptions = SubscriptionTable::new(&mut octets);
/// let xsub = Xsub::default();
/// assert_eq!(xsub.send(&mut subscriptions, b"\x01weather", true)?, XsubSend::Subscribe(b"weather"));
/// assert_eq!(xsub.send(&mut subscriptions, b"\x01weather", true)?, XsubSend::Nothing);
/// assert_eq!(xsub.send(&mut subscriptions, b"\x00weather", true)?, XsubSend::Nothing);
/// assert_eq!(xsub.send(&mut subscriptions, b"\x00weather", true)?, XsubSend::Cancel(b"weather"));
/// assert_eq!(xsub.send(&mut subscriptions, b"hello", true)?, XsubSend::Message);
/// # Ok::<(), zmtp_core::subscription::TableFull>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Xsub {
    options: XsubOptions,
}

/// What publishers hear besides the first subscription to a topic and the last cancel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct XsubOptions {
    /// Every subscription, as libzmq does: for a verbose XPUB upstream that greets each subscriber behind us.
    pub every_subscribe: bool,
    /// Every cancel (`ZMQ_XSUB_VERBOSE_UNSUBSCRIBE`).
    pub every_cancel: bool,
}

/// What becomes of a message that the application sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XsubSend<'b> {
    /// Every publisher is sent a subscription to the topic.
    Subscribe(&'b [u8]),
    /// Every publisher is sent a cancel of the topic.
    Cancel(&'b [u8]),
    /// It is counted, and nobody has to hear of it.
    Nothing,
    /// It goes as it is to every publisher; for one whose queue is full it is dropped (Z29-027).
    Message,
}

impl Xsub {
    /// An XSUB with `options`.
    #[must_use]
    pub const fn new(options: XsubOptions) -> Self {
        Self { options }
    }

    /// Reads the first frame of a message that the application sends; `only` if no other is behind it. Those with more
    /// frames are never subscriptions: on the wire of ZMTP 3.0 these have one.
    ///
    /// # Errors
    /// [`TableFull`] if there is no room for the subscription; nothing has changed then.
    pub fn send<'b>(
        &self,
        subscriptions: &mut (impl Subscriptions + ?Sized),
        frame: &'b [u8],
        only: bool,
    ) -> Result<XsubSend<'b>, TableFull> {
        let said = if only { Upstream::of_message(frame) } else { Upstream::Data };
        Ok(match said {
            Upstream::Subscribe(topic) => {
                let first = subscriptions.subscribe(APPLICATION, topic)?;
                if first || self.options.every_subscribe {
                    XsubSend::Subscribe(topic)
                } else {
                    XsubSend::Nothing
                }
            }
            Upstream::Cancel(topic) => {
                let last = subscriptions.cancel(APPLICATION, topic);
                if last || self.options.every_cancel { XsubSend::Cancel(topic) } else { XsubSend::Nothing }
            }
            Upstream::Data => XsubSend::Message,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::subscription::SubscriptionTable;
    use proptest::prelude::*;

    #[test]
    fn z29_027_lz_023_what_is_no_subscription_passes_also_if_its_first_octet_looks_like_one() {
        let mut octets = [0; 64];
        let mut table = SubscriptionTable::new(&mut octets);
        for (frame, only) in [(&b""[..], true), (b"\x02a", true), (b"\x01a", false), (b"\x00", false)] {
            assert_eq!(Xsub::default().send(&mut table, frame, only), Ok(XsubSend::Message), "{frame:?}");
        }
        assert!(!table.wants(0, b"a"));
    }

    #[test]
    fn by_option_publishers_hear_every_subscription_and_every_cancel() {
        let mut octets = [0; 64];
        let mut table = SubscriptionTable::new(&mut octets);
        let xsub = Xsub::new(XsubOptions { every_subscribe: true, every_cancel: true });
        for frame in [b"\x01a", b"\x01a"] {
            assert_eq!(xsub.send(&mut table, frame, true), Ok(XsubSend::Subscribe(b"a")));
        }
        for frame in [b"\x00a", b"\x00a", b"\x00a"] {
            assert_eq!(xsub.send(&mut table, frame, true), Ok(XsubSend::Cancel(b"a")));
        }
        assert!(!table.wants(0, b"a"));
    }

    #[test]
    fn a_full_table_is_an_error_and_publishers_hear_nothing() {
        let mut octets = [0; 4];
        let mut table = SubscriptionTable::new(&mut octets);
        assert_eq!(Xsub::default().send(&mut table, b"\x01a", true), Err(TableFull));
        assert_eq!(Xsub::default().send(&mut table, b"\x01", true), Ok(XsubSend::Subscribe(b"")));
    }

    proptest! {
        #[test]
        fn z29_026_lz_022_publishers_hear_the_first_subscription_and_the_last_cancel(
            steps in proptest::collection::vec((any::<bool>(), "[ab]{0,2}"), 0..60)
        ) {
            let mut octets = [0; 256];
            let mut table = SubscriptionTable::new(&mut octets);
            let mut counts = BTreeMap::<Vec<u8>, u32>::new();
            let mut upstream = BTreeSet::<Vec<u8>>::new();
            for (subscribe, topic) in steps {
                let count = counts.entry(topic.clone().into_bytes()).or_default();
                *count = if subscribe { *count + 1 } else { count.saturating_sub(1) };
                let frame = [&[u8::from(subscribe)], topic.as_bytes()].concat();
                match Xsub::default().send(&mut table, &frame, true).unwrap() {
                    XsubSend::Subscribe(topic) => prop_assert!(upstream.insert(topic.to_vec()), "sent twice"),
                    XsubSend::Cancel(topic) => prop_assert!(upstream.remove(topic), "cancelled twice"),
                    XsubSend::Nothing => {}
                    XsubSend::Message => prop_assert!(false, "it is a subscription"),
                }
                let wanted = counts.iter().filter(|(_, count)| **count > 0).map(|(topic, _)| topic.clone()).collect();
                prop_assert_eq!(&upstream, &wanted);
            }
        }
    }
}
