//! XPUB: a PUB that shows its application who subscribes to what (RFC 29, "The XPUB Socket Type").

use super::{Matching, Ready};
use crate::subscription::{Subscriptions, TableFull};

/// The rules of an XPUB. What it shows are messages of one frame: `01` and a topic, or `00` and a topic (Z29-014).
///
/// The embedder keeps the subscriptions. A manual XPUB has two tables: `asked`, what its peers asked for, and `granted`,
/// what the application made of it; messages go by the second. All others have one, which is both.
///
/// The welcome message (`ZMQ_XPUB_WELCOME_MSG`) is the embedder's too: the first on every connection, whether its peer has
/// subscribed to it or not.
///
/// ```
/// use zmtp_core::pattern::{Xpub, XpubOptions};
/// use zmtp_core::subscription::SubscriptionTable;
///
/// let mut octets = [0; 64];
/// let mut asked = SubscriptionTable::new(&mut octets);
/// let mut xpub = Xpub::new(XpubOptions::default());
/// assert!(xpub.subscribed(&mut asked, 0, b"weather")?, "the first is shown");
/// assert!(!xpub.subscribed(&mut asked, 1, b"weather")?);
/// assert!(!xpub.cancelled(&mut asked, 0, b"weather"));
///
/// let mut shown = Vec::new();
/// xpub.lost(&mut asked, 1, &mut |topic| shown.push(topic.to_vec()));
/// assert_eq!(shown, [b"weather"], "nobody else has it");
/// # Ok::<(), zmtp_core::subscription::TableFull>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Xpub {
    options: XpubOptions,
    /// Whose request the application has received last (manual).
    answering: Option<usize>,
    /// Whom the next message is for (last value).
    audience: Audience,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Audience {
    #[default]
    All,
    One(usize),
    /// It was for one, who has gone; its number may already be another's.
    Nobody,
}

/// What an XPUB shows, and who decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct XpubOptions {
    /// Which requests are shown.
    pub show: Show,
    /// `ZMQ_XPUB_MANUAL`: every request is shown, and takes effect as the application decides.
    pub manual: bool,
    /// `ZMQ_XPUB_MANUAL_LAST_VALUE`: the message that follows a grant is for the peer alone that it was given to.
    pub last_value: bool,
    /// `ZMQ_XPUB_NODROP`: a message waits until all who are to have it have room, instead of being dropped for some.
    pub no_drop: bool,
    /// `ZMQ_INVERT_MATCHING`.
    pub matching: Matching,
}

/// Which subscriptions and cancels an application is shown, of one that is not manual (Z29-015).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Show {
    /// Those that change what anybody subscribes to: the first subscription to a topic, and the last cancel.
    #[default]
    Changes,
    /// Every subscription, and the last cancel (`ZMQ_XPUB_VERBOSE`).
    Subscriptions,
    /// Everything (`ZMQ_XPUB_VERBOSER`).
    All,
}

/// Why an application cannot grant or withdraw a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NotGranted {
    /// The socket is not manual.
    NotManual,
    /// No request was received, or the peer that made it has gone.
    NobodyAsks,
    /// There is no room for another subscription.
    Full,
}

impl Xpub {
    /// An XPUB without subscribers.
    #[must_use]
    pub const fn new(options: XpubOptions) -> Self {
        Self { options, answering: None, audience: Audience::All }
    }

    /// Changes the options; they hold from the next call on. What is in effect is the embedder's to keep: of one that becomes
    /// manual what was asked for is granted, and of one that ceases to be, what was granted counts as asked for.
    pub fn configure(&mut self, options: XpubOptions) {
        self.options = options;
        if !options.last_value {
            self.audience = Audience::All;
        }
    }

    /// `peer` subscribes to `topic`; returns whether the application is shown it.
    ///
    /// # Errors
    /// [`TableFull`] if there is no room; nothing has changed then, and nothing is shown.
    pub fn subscribed(
        &self,
        asked: &mut (impl Subscriptions + ?Sized),
        peer: usize,
        topic: &[u8],
    ) -> Result<bool, TableFull> {
        let new = asked.hold(peer, topic)?;
        let every = self.options.manual || self.options.show != Show::Changes;
        Ok(every || (new && !asked.held_by_another(peer, topic)))
    }

    /// `peer` cancels its subscriptions to `topic`; returns whether the application is shown it.
    pub fn cancelled(&self, asked: &mut (impl Subscriptions + ?Sized), peer: usize, topic: &[u8]) -> bool {
        let held = asked.forget(peer, topic);
        self.shows_every_cancel() || (held && !asked.held_by_another(peer, topic))
    }

    /// `peer` has gone: takes its subscriptions away, and has the application shown a cancel of each `topic` that `show` is
    /// called with (Z29-016). What a manual XPUB has granted is the embedder's to take away.
    pub fn lost(
        &mut self,
        asked: &mut (impl Subscriptions + ?Sized),
        peer: usize,
        show: &mut dyn FnMut(&[u8]),
    ) {
        let every = self.shows_every_cancel();
        asked.each_topic(peer, &mut |topic| {
            if every || !asked.held_by_another(peer, topic) {
                show(topic);
            }
        });
        asked.forget_holder(peer);
        self.answering = self.answering.filter(|&answering| answering != peer);
        if self.audience == Audience::One(peer) {
            self.audience = Audience::Nobody;
        }
    }

    const fn shows_every_cancel(&self) -> bool {
        self.options.manual || matches!(self.options.show, Show::All)
    }

    /// The application has received a request of `peer`: what it grants now is for that peer.
    pub fn received(&mut self, peer: usize) {
        self.answering = Some(peer);
    }

    /// The application has received the request of a peer that has gone: there is nobody to grant anything to.
    pub fn received_late(&mut self) {
        self.answering = None;
    }

    /// The application subscribes the peer it is answering to `topic` (`ZMQ_SUBSCRIBE` on a manual XPUB).
    ///
    /// # Errors
    /// [`NotGranted`] says why not; nothing has changed then.
    pub fn grant(
        &mut self,
        granted: &mut (impl Subscriptions + ?Sized),
        topic: &[u8],
    ) -> Result<(), NotGranted> {
        let peer = self.answering()?;
        granted.hold(peer, topic).map_err(|TableFull| NotGranted::Full)?;
        if self.options.last_value {
            self.audience = Audience::One(peer);
        }
        Ok(())
    }

    /// The application cancels the subscription to `topic` of the peer it is answering (`ZMQ_UNSUBSCRIBE` on a manual XPUB);
    /// returns whether there was one.
    ///
    /// # Errors
    /// [`NotGranted`] says why not; nothing has changed then.
    pub fn withdraw(
        &mut self,
        granted: &mut (impl Subscriptions + ?Sized),
        topic: &[u8],
    ) -> Result<bool, NotGranted> {
        Ok(granted.forget(self.answering()?, topic))
    }

    fn answering(&self) -> Result<usize, NotGranted> {
        if self.options.manual {
            self.answering.ok_or(NotGranted::NobodyAsks)
        } else {
            Err(NotGranted::NotManual)
        }
    }

    /// Visits those of `peers`, all that are connected, who are to have `message`, each once.
    pub fn each_recipient(
        &self,
        granted: &(impl Subscriptions + ?Sized),
        peers: &(impl Ready + ?Sized),
        message: &[u8],
        visit: &mut dyn FnMut(usize),
    ) {
        let matching = self.options.matching;
        match self.audience {
            Audience::All => matching.each_recipient(granted, peers, message, visit),
            Audience::One(peer) if matching.wants(granted, peer, message) => visit(peer),
            Audience::One(_) | Audience::Nobody => {}
        }
    }

    /// Whether `message` has to wait for room, and if so at which peer: the first recipient without. It never has to
    /// unless `no_drop` is set: then it is dropped for those without room, and they alone miss it (Z29-007).
    pub fn waits_for(
        &self,
        granted: &(impl Subscriptions + ?Sized),
        peers: &(impl Ready + ?Sized),
        message: &[u8],
        mut has_room: impl FnMut(usize) -> bool,
    ) -> Option<usize> {
        let mut full = None;
        if self.options.no_drop {
            self.each_recipient(granted, peers, message, &mut |peer| {
                if full.is_none() && !has_room(peer) {
                    full = Some(peer);
                }
            });
        }
        full
    }

    /// A whole message was given to its recipients.
    pub fn sent(&mut self) {
        self.audience = Audience::All;
    }
}

impl core::fmt::Display for NotGranted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NotManual => "only a manual XPUB decides on the subscriptions of its peers: make it one with xpub_manual",
            Self::NobodyAsks => "no request of a connected peer was received, and there is nobody to subscribe: receive one first",
            Self::Full => "there is no room for another subscription",
        })
    }
}

impl core::error::Error for NotGranted {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::subscription::SubscriptionTable;
    use proptest::prelude::*;

    fn xpub(show: Show, manual: bool) -> Xpub {
        Xpub::new(XpubOptions { show, manual, ..XpubOptions::default() })
    }

    fn recipients(xpub: &Xpub, table: &impl Subscriptions, message: &[u8]) -> Vec<usize> {
        let mut peers = Vec::new();
        xpub.each_recipient(table, &0b111u32, message, &mut |peer| peers.push(peer));
        peers.sort_unstable();
        peers
    }

    fn lost(xpub: &mut Xpub, table: &mut impl Subscriptions, peer: usize) -> Vec<Vec<u8>> {
        let mut shown = Vec::new();
        xpub.lost(table, peer, &mut |topic| shown.push(topic.to_vec()));
        shown.sort();
        shown
    }

    #[test]
    fn z29_015_verbose_shows_every_subscription_and_verboser_every_cancel_as_well() {
        for (show, expected) in [
            (Show::Changes, [true, false, false, false, true]),
            (Show::Subscriptions, [true, true, true, false, true]),
            (Show::All, [true; 5]),
        ] {
            let mut octets = [0; 64];
            let mut table = SubscriptionTable::new(&mut octets);
            let xpub = xpub(show, false);
            let shown = [
                xpub.subscribed(&mut table, 0, b"a").unwrap(),
                xpub.subscribed(&mut table, 0, b"a").unwrap(),
                xpub.subscribed(&mut table, 1, b"a").unwrap(),
                xpub.cancelled(&mut table, 0, b"a"),
                xpub.cancelled(&mut table, 1, b"a"),
            ];
            assert_eq!(shown, expected, "{show:?}");
        }
    }

    #[test]
    fn z29_016_who_goes_cancels_what_nobody_else_has_and_if_verboser_everything() {
        for (show, expected) in
            [(Show::Changes, &[b"a"][..]), (Show::Subscriptions, &[b"a"]), (Show::All, &[b"a", b"b"])]
        {
            let mut octets = [0; 64];
            let mut table = SubscriptionTable::new(&mut octets);
            let mut xpub = xpub(show, false);
            for (peer, topic) in [(0, b"a"), (0, b"b"), (1, b"b")] {
                xpub.subscribed(&mut table, peer, topic).unwrap();
            }
            assert_eq!(lost(&mut xpub, &mut table, 0), expected, "{show:?}");
            assert_eq!(recipients(&xpub, &table, b"b"), [1]);
        }
    }

    #[test]
    fn a_manual_xpub_shows_everything_and_messages_go_by_what_is_granted() {
        let (mut asked, mut granted) = ([0; 64], [0; 64]);
        let mut asked = SubscriptionTable::new(&mut asked);
        let mut granted = SubscriptionTable::new(&mut granted);
        let mut xpub = xpub(Show::Changes, true);
        assert_eq!(xpub.grant(&mut granted, b"B"), Err(NotGranted::NobodyAsks));
        for peer in [0, 1] {
            assert_eq!(xpub.subscribed(&mut asked, peer, b"A"), Ok(true));
        }
        xpub.received(0);
        assert_eq!(xpub.grant(&mut granted, b"B"), Ok(()));
        assert_eq!((recipients(&xpub, &granted, b"A"), recipients(&xpub, &granted, b"B")), (vec![], vec![0]));
        assert_eq!(xpub.withdraw(&mut granted, b"B"), Ok(true));
        xpub.received_late();
        assert_eq!(xpub.withdraw(&mut granted, b"B"), Err(NotGranted::NobodyAsks), "and not the one before");
        xpub.received(0);
        assert_eq!(recipients(&xpub, &granted, b"B"), []);
        assert_eq!(lost(&mut xpub, &mut asked, 0), [b"A"], "what it asked for");
        assert_eq!(xpub.grant(&mut granted, b"B"), Err(NotGranted::NobodyAsks), "it has gone");
    }

    #[test]
    fn last_value_gives_the_message_after_a_grant_to_its_peer_alone() {
        let mut octets = [0; 64];
        let mut granted = SubscriptionTable::new(&mut octets);
        let options = XpubOptions { manual: true, last_value: true, ..XpubOptions::default() };
        let mut xpub = Xpub::new(options);
        for peer in [0, 1] {
            xpub.received(peer);
            xpub.grant(&mut granted, b"a").unwrap();
        }
        assert_eq!(recipients(&xpub, &granted, b"a"), [1]);
        assert_eq!(recipients(&xpub, &granted, b"b"), [], "alone, but only what it subscribes to");
        xpub.sent();
        assert_eq!(recipients(&xpub, &granted, b"a"), [0, 1]);
        // The peer goes, and another one that comes has its number.
        xpub.received(1);
        xpub.grant(&mut granted, b"a").unwrap();
        lost(&mut xpub, &mut SubscriptionTable::new(&mut [0; 8]), 1);
        assert_eq!(recipients(&xpub, &granted, b"a"), []);
        xpub.sent();
        assert_eq!(recipients(&xpub, &granted, b"a"), [0, 1]);
        // Nothing is for one alone any more.
        xpub.received(0);
        xpub.grant(&mut granted, b"a").unwrap();
        xpub.configure(XpubOptions { last_value: false, ..options });
        assert_eq!(recipients(&xpub, &granted, b"a"), [0, 1]);
    }

    #[test]
    fn api_012_z29_007_with_no_drop_a_message_waits_for_the_recipient_without_room() {
        let mut octets = [0; 64];
        let mut table = SubscriptionTable::new(&mut octets);
        table.hold(0, b"a").unwrap();
        table.hold(1, b"b").unwrap();
        for (no_drop, message, expected) in
            [(true, b"b", Some(1)), (true, b"a", None), (true, b"c", None), (false, b"b", None)]
        {
            let xpub = Xpub::new(XpubOptions { no_drop, ..XpubOptions::default() });
            assert_eq!(xpub.waits_for(&table, &0b11u32, message, |peer| peer != 1), expected);
        }
    }

    #[test]
    fn only_a_manual_xpub_grants() {
        let mut octets = [0; 64];
        let mut table = SubscriptionTable::new(&mut octets);
        let mut xpub = xpub(Show::Changes, false);
        xpub.received(0);
        assert_eq!(xpub.grant(&mut table, b"a"), Err(NotGranted::NotManual));
        assert_eq!(xpub.withdraw(&mut table, b"a"), Err(NotGranted::NotManual));
    }

    proptest! {
        #[test]
        fn z29_015_016_who_adds_up_what_is_shown_knows_what_is_subscribed_to(
            steps in proptest::collection::vec((0u8..5, 0usize..3, "[ab]{0,2}"), 0..60)
        ) {
            let mut octets = [0; 512];
            let mut table = SubscriptionTable::new(&mut octets);
            let mut xpub = xpub(Show::Changes, false);
            let mut model = BTreeSet::<(usize, Vec<u8>)>::new();
            let mut known = BTreeSet::<Vec<u8>>::new();
            for (step, peer, topic) in steps {
                let topic = topic.into_bytes();
                match step {
                    0 | 1 => {
                        if xpub.subscribed(&mut table, peer, &topic).unwrap() {
                            prop_assert!(known.insert(topic.clone()), "shown twice");
                        }
                        model.insert((peer, topic));
                    }
                    2 | 3 => {
                        if xpub.cancelled(&mut table, peer, &topic) {
                            prop_assert!(known.remove(&topic), "cancelled twice");
                        }
                        model.remove(&(peer, topic));
                    }
                    _ => {
                        for topic in lost(&mut xpub, &mut table, peer) {
                            prop_assert!(known.remove(&topic), "cancelled twice");
                        }
                        model.retain(|(each, _)| *each != peer);
                    }
                }
                prop_assert_eq!(&known, &model.iter().map(|(_, topic)| topic.clone()).collect());
            }
        }
    }
}
