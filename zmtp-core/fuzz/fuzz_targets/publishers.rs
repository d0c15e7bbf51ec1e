//! XPUB and XSUB with every option, against sets of who subscribes to what.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use libfuzzer_sys::fuzz_target;
use zmtp_core::pattern::{Matching, NotGranted, Show, Xpub, XpubOptions, Xsub, XsubOptions, XsubSend};
use zmtp_core::subscription::SubscriptionTable;
use zmtp_core_fuzz::Control;

const PEERS: [bool; 4] = [true; 4];

fuzz_target!(|data: &[u8]| {
    let mut control = Control::all(data);
    if control.octet().is_multiple_of(4) { xsub(&mut control) } else { xpub(&mut control) }
});

type Topics<'d> = BTreeSet<(usize, &'d [u8])>;

fn others(topics: &Topics<'_>, peer: usize, topic: &[u8]) -> bool {
    topics.iter().any(|(each, held)| *each != peer && *held == topic)
}

fn xpub(control: &mut Control<'_>) {
    let bits = control.octet();
    let options = XpubOptions {
        show: [Show::Changes, Show::Subscriptions, Show::All][usize::from(bits) % 3],
        manual: bits & 4 != 0,
        last_value: bits & 8 != 0,
        no_drop: bits & 16 != 0,
        matching: if bits & 32 != 0 { Matching::Inverted } else { Matching::Prefix },
    };
    let every_cancel = options.manual || options.show == Show::All;
    // Large enough for all topics of up to three octets that an input of a few hundred has.
    let (mut asked, mut granted) = (vec![0; 4096], vec![0; 4096]);
    let mut asked = SubscriptionTable::new(&mut asked);
    let mut granted = SubscriptionTable::new(&mut granted);
    let (mut model, mut given) = (Topics::new(), Topics::new());
    let (mut answering, mut audience) = (None, None);
    let mut xpub = Xpub::new(options);
    while !control.is_over() {
        let (operation, peer) = (control.octet(), control.size() % 4);
        let topic = control.octets(usize::from(operation >> 6));
        match operation % 8 {
            0 | 1 => {
                let changes = model.insert((peer, topic)) && !others(&model, peer, topic);
                let shown = changes || options.manual || options.show != Show::Changes;
                assert_eq!(xpub.subscribed(&mut asked, peer, topic), Ok(shown));
            }
            2 => {
                let changes = model.remove(&(peer, topic)) && !others(&model, peer, topic);
                assert_eq!(xpub.cancelled(&mut asked, peer, topic), changes || every_cancel);
            }
            3 => {
                let lost: BTreeSet<_> =
                    model.iter().filter(|(each, _)| *each == peer).map(|each| each.1).collect();
                model.retain(|(each, _)| *each != peer);
                let mut expected: BTreeSet<_> = lost.iter().map(|topic| topic.to_vec()).collect();
                expected.retain(|topic| every_cancel || !others(&model, peer, topic));
                let mut shown = BTreeSet::new();
                xpub.lost(&mut asked, peer, &mut |topic| {
                    assert!(shown.insert(topic.to_vec()), "shown twice")
                });
                assert_eq!(shown, expected);
                answering = answering.filter(|&each| each != peer);
                if audience == Some(Some(peer)) {
                    audience = Some(None);
                }
            }
            4 => {
                xpub.received(peer);
                answering = Some(peer);
            }
            5 | 6 => {
                let who = if options.manual {
                    answering.ok_or(NotGranted::NobodyAsks)
                } else {
                    Err(NotGranted::NotManual)
                };
                if operation % 8 == 5 {
                    assert_eq!(xpub.grant(&mut granted, topic), who.map(|_| ()));
                    if let Ok(peer) = who {
                        given.insert((peer, topic));
                        audience = options.last_value.then_some(Some(peer)).or(audience);
                    }
                } else {
                    assert_eq!(
                        xpub.withdraw(&mut granted, topic),
                        who.map(|peer| given.remove(&(peer, topic)))
                    );
                }
            }
            _ => {
                let wants = |peer: usize| {
                    let matches = given.iter().any(|(each, held)| *each == peer && topic.starts_with(held));
                    matches == (options.matching == Matching::Prefix)
                };
                let chosen = |peer: &usize| audience.is_none_or(|one| one == Some(*peer)) && wants(*peer);
                let expected: BTreeSet<_> = (0..4).filter(chosen).collect();
                let mut recipients = BTreeSet::new();
                xpub.each_recipient(&granted, &PEERS[..], topic, &mut |peer| {
                    assert!(recipients.insert(peer))
                });
                assert_eq!(recipients, expected);
                let full = xpub.waits_for(&granted, &PEERS[..], topic, |each| each != peer);
                assert_eq!(full, (options.no_drop && expected.contains(&peer)).then_some(peer));
                xpub.sent();
                audience = None;
            }
        }
    }
}

fn xsub(control: &mut Control<'_>) {
    let bits = control.octet();
    let options = XsubOptions { every_subscribe: bits & 1 != 0, every_cancel: bits & 2 != 0 };
    let xsub = Xsub::new(options);
    let mut octets = vec![0; 4096];
    let mut table = SubscriptionTable::new(&mut octets);
    let mut model = BTreeMap::<&[u8], u8>::new();
    while !control.is_over() {
        let shape = control.octet();
        let frame = control.octets(usize::from(shape >> 5));
        let only = shape & 3 != 3;
        let expected = match frame.split_first() {
            Some((1, topic)) if only => {
                let count = model.entry(topic).or_default();
                *count += 1;
                let told = *count == 1 || options.every_subscribe;
                if told { XsubSend::Subscribe(topic) } else { XsubSend::Nothing }
            }
            Some((0, topic)) if only => {
                let count = model.get(topic).copied();
                match count {
                    Some(1) => drop(model.remove(topic)),
                    Some(count) => drop(model.insert(topic, count - 1)),
                    None => {}
                }
                if count == Some(1) || options.every_cancel {
                    XsubSend::Cancel(topic)
                } else {
                    XsubSend::Nothing
                }
            }
            _ => XsubSend::Message,
        };
        assert_eq!(xsub.send(&mut table, frame, only), Ok(expected));
    }
}
