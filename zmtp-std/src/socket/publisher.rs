//! Who subscribed to what at a publisher, and to whom a message goes: of PUB and of XPUB, which shows it.

use std::collections::{HashMap, HashSet};

use zmtp_core::pattern::{Matching, NotGranted, Show, Xpub, XpubOptions};
use zmtp_core::subscription::Subscriptions;
use zmtp_core::{Failure, Full, Limits};

use super::overflow::Drops;
use super::pattern::Pattern;
use super::route::Route;
use crate::body::Body;
use crate::lane::{Lane, Offer};
use crate::subscription::Topics;
use crate::wait::Attempt;
use crate::{Lost, Message, Options, SlowSubscriber, Unsent};

/// See the module.
#[derive(Debug)]
pub(crate) struct Publisher {
    rules: Xpub,
    /// Whether it is an XPUB.
    shows: bool,
    no_drop: bool,
    slow: SlowSubscriber,
    /// What one peer may subscribe to.
    limits: Limits,
    /// What peers asked for, by slot.
    asked: Topics,
    /// What the application made of it, if it is manual.
    granted: Option<Topics>,
    /// What peers that are back, by slot, had subscribed to before they went, and have not since: a peer may come back with other
    /// wishes, and would not take back what it does not know of. It ends with the connection.
    stale: HashMap<usize, HashSet<Box<[u8]>>>,
}

impl Publisher {
    /// Of a PUB, which shows nothing.
    pub(super) fn hidden(options: &Options) -> Self {
        Self::new(options, false)
    }

    /// Of an XPUB.
    pub(super) fn shown(options: &Options) -> Self {
        Self::new(options, true)
    }

    /// Subscribes the peer whose request was received last.
    pub(super) fn grant(&mut self, topic: &[u8]) -> Result<(), NotGranted> {
        let granted = self.granted.as_mut().unwrap_or(&mut self.asked);
        self.rules.grant(granted, topic)
    }

    /// Takes a subscription from the peer whose request was received last.
    pub(super) fn withdraw(&mut self, topic: &[u8]) -> Result<bool, NotGranted> {
        let granted = self.granted.as_mut().unwrap_or(&mut self.asked);
        self.rules.withdraw(granted, topic)
    }

    fn new(options: &Options, shows: bool) -> Self {
        let rules = rules(options, shows);
        Self {
            rules: Xpub::new(rules),
            shows,
            no_drop: rules.no_drop,
            slow: options.slow_subscriber,
            limits: options.limits(),
            asked: Topics::default(),
            granted: rules.manual.then(Topics::default),
            stale: HashMap::new(),
        }
    }

    /// Whether the application decides on subscriptions from now on. Those that are in effect stay so.
    fn decide(&mut self, manual: bool) {
        match (manual, self.granted.take()) {
            (true, granted) => self.granted = Some(granted.unwrap_or_else(|| self.asked.clone())),
            (false, Some(granted)) => self.asked = granted,
            (false, None) => {}
        }
    }

    /// How many peers have subscribed to something.
    pub(super) fn subscribers(&self) -> usize {
        self.in_effect().holders()
    }

    /// How many topics they are.
    pub(super) fn topics(&self) -> usize {
        self.in_effect().topics()
    }

    fn in_effect(&self) -> &Topics {
        self.granted.as_ref().unwrap_or(&self.asked)
    }
}

fn rules(options: &Options, shows: bool) -> XpubOptions {
    let common =
        XpubOptions { no_drop: options.xpub_nodrop, matching: matching(options), ..XpubOptions::default() };
    if !shows {
        return common;
    }
    let show = match (options.xpub_verbose, options.xpub_verboser) {
        (_, true) => Show::All,
        (true, false) => Show::Subscriptions,
        (false, false) => Show::Changes,
    };
    let last_value = options.xpub_manual_last_value;
    XpubOptions { show, manual: options.xpub_manual || last_value, last_value, ..common }
}

pub(super) fn matching(options: &Options) -> Matching {
    if options.invert_matching { Matching::Inverted } else { Matching::Prefix }
}

impl Pattern for Publisher {
    fn configure(&mut self, options: &Options) {
        let rules = rules(options, self.shows);
        self.rules.configure(rules);
        self.decide(rules.manual);
        self.no_drop = options.xpub_nodrop;
        self.slow = options.slow_subscriber;
        self.limits = options.limits();
    }

    /// Z29-008: a publisher has nobody to keep a message for.
    fn keeps(&self, _slot: usize) -> bool {
        false
    }

    fn lost(&mut self, slot: usize, show: &mut dyn FnMut(&[u8])) {
        self.stale.remove(&slot);
        self.rules.lost(&mut self.asked, slot, show);
        if let Some(granted) = &mut self.granted {
            granted.forget_holder(slot);
        }
    }

    fn went_away(&mut self, slot: usize, show: &mut dyn FnMut(&[u8])) {
        for topic in self.stale.remove(&slot).into_iter().flatten() {
            if self.rules.cancelled(&mut self.asked, slot, &topic) {
                show(&topic);
            }
        }
    }

    fn came_back(&mut self, slot: usize) {
        let mut topics = HashSet::new();
        self.asked.each_topic(slot, &mut |topic| topics.extend([topic.into()]));
        self.stale.insert(slot, topics);
    }

    fn subscription(&mut self, slot: usize, subscribe: bool, topic: &[u8]) -> Result<bool, Lost> {
        if let Some(stale) = self.stale.get_mut(&slot) {
            stale.remove(topic);
        }
        if !subscribe {
            // LZ-022: one CANCEL ends a subscription, however often it was made.
            return Ok(self.rules.cancelled(&mut self.asked, slot, topic));
        }
        let taken = self.asked.admits(&self.limits, slot, topic).and_then(|()| {
            let shown = self.rules.subscribed(&mut self.asked, slot, topic);
            shown.map_err(Failure::from)
        });
        taken.map_err(|failure| match failure {
            Failure::SubscriptionLimit => Lost::MaxSubscriptions(self.limits.subscriptions),
            failure => Lost::Protocol(failure),
        })
    }
}

impl Route<Publisher> {
    /// The application has received a request.
    pub(super) fn received(&mut self, lane: &Lane) {
        if self.links.is_served(lane) {
            self.pattern.rules.received(lane.slot);
        } else {
            self.pattern.rules.received_late();
        }
    }

    /// Offers a message to everyone who is to have it; returns what had to be dropped, for lack of room. If none may
    /// miss it, it waits until all have room.
    #[inline]
    pub(super) fn publish(&mut self, message: &Message) -> Attempt<Result<Drops, Unsent>> {
        let Self { links, pattern, .. } = self;
        let Publisher { rules, no_drop, slow, asked, granted, .. } = pattern;
        let topics = granted.as_ref().unwrap_or(asked);
        let peers = links.served_slots();
        let topic = message.part(0).map_or(&[][..], |part| part.as_slice());
        if *no_drop {
            let mut too_large = false;
            let has_room = |slot| match links.lane(slot).map(|lane| lane.would_take(message.into())) {
                Some(Offer::Full | Offer::Crowded) => false,
                Some(Offer::TooLarge) => {
                    too_large = true;
                    true
                }
                _ => true,
            };
            let waits = rules.waits_for(topics, peers, topic, has_room).is_some();
            if too_large {
                return Some(Err(Unsent::TooLarge));
            }
            if waits {
                return None;
            }
            if let Some(total) = &links.totals.send {
                let mut count = 0;
                rules.each_recipient(topics, peers, topic, &mut |_| count += 1);
                match total.would_admit(count, Body::from(message).octets()) {
                    Ok(()) => {}
                    Err(Full::Now) => return None,
                    Err(Full::Never) => return Some(Err(Unsent::TooLarge)),
                }
            }
        }
        let mut drops = Drops::default();
        rules.each_recipient(topics, peers, topic, &mut |slot| {
            let Some(lane) = links.lane(slot) else { return };
            let offer = lane.offer(&[], message.into());
            let refused = matches!(offer, Offer::Full | Offer::Crowded | Offer::TooLarge);
            drops.add(lane, u64::from(refused));
            match *slow {
                SlowSubscriber::DropNewest => {}
                SlowSubscriber::DropOldest => drops.add(lane, lane.take_shed()),
                SlowSubscriber::Disconnect if offer == Offer::Full && links.is_connected(lane) => {
                    lane.fail(Lost::TooSlow);
                }
                SlowSubscriber::Disconnect => {}
            }
        });
        rules.sent();
        Some(Ok(drops))
    }
}
