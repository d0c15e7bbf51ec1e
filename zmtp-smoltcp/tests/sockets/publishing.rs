//! What publishers and subscribers do by option.

use crate::common::{Net, lend, peers};
use zmtp_smoltcp::{
    Config, Event, InvertedPub, InvertedSub, Matching, NotGranted, RecvError, Show, SocketType, Sub, Xpub,
    XpubOptions, Xsub, XsubOptions,
};

const CONFIG: Config<'static> = Config::new(SocketType::Pair);

fn xpub(options: XpubOptions) -> Xpub<'static, 'static> {
    Xpub::new(CONFIG, peers(1, 256), options, lend(64), lend(64))
}

fn sub(topic: &[u8]) -> Sub<'static, 'static> {
    let mut sub = Sub::new(CONFIG, peers(1, 256), lend(64));
    sub.subscribe(topic).unwrap();
    sub
}

fn xsub(options: XsubOptions, octets: usize) -> Xsub<'static, 'static> {
    Xsub::with_options(CONFIG, peers(1, octets), options, lend(64))
}

#[test]
fn by_option_publishers_hear_every_subscription_and_every_cancel() {
    let all: [&[u8]; 7] = [b"\x01a", b"\x01a", b"\x01b", b"\x00a", b"\x00a", b"\x00c", b"\x01end"];
    for (every_subscribe, every_cancel, heard) in [
        (false, false, &[1, 3, 5, 7][..]),
        (true, false, &[1, 2, 3, 5, 7]),
        (false, true, &[1, 3, 4, 5, 6, 7]),
        (true, true, &[1, 2, 3, 4, 5, 6, 7]),
    ] {
        let options = XsubOptions { every_subscribe, every_cancel };
        let heard: Vec<&[u8]> = heard.iter().map(|at| all[at - 1]).collect();
        let mut net = Net::new();
        let (mut server, mut client) = (net.bind::<1>(5556, 256), net.connect(5556, 256));
        let mut xpub = xpub(XpubOptions { show: Show::All, ..XpubOptions::default() });
        let mut xsub = xsub(options, 256);
        let (mut there, mut said, mut shown) = (false, 0, Vec::new());
        net.run(|net| {
            net.poll("xpub", &mut server, &mut xpub);
            net.poll("xsub", &mut client, &mut xsub);
            shown.extend(receive!(xpub).map(|message| message.concat()));
            // Only a publisher that is there hears more than what is in force when it comes.
            there = there || xsub.send(&[b"there?"]).is_ok_and(|delivery| delivery.queued == 1);
            said += usize::from(there && said < all.len() && xsub.send(&[all[said]]).is_ok());
            said == all.len() && shown.len() > heard.len()
        });
        shown.retain(|message| message != b"there?");
        assert_eq!(shown, heard, "{options:?}");
    }
}

#[test]
fn what_publishers_are_to_hear_again_waits_for_room_and_does_not_count_before() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5556, 256), net.connect(5556, 256));
    let mut xpub = xpub(XpubOptions::default());
    let mut xsub = xsub(XsubOptions { every_subscribe: true, every_cancel: false }, 32);
    xsub.send(&[b"\x01a"]).unwrap();
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("xsub", &mut client, &mut xsub);
        xpub.subscribers() == 1
    });
    let mut subscriptions = 1;
    while xsub.send(&[b"\x01a"]).is_ok() {
        subscriptions += 1;
    }
    assert_eq!(xsub.send(&[b"\x01a"]), Err(nb::Error::WouldBlock));
    assert_eq!(xsub.send(&[b"\x00a"]), Err(nb::Error::WouldBlock));
    assert!(subscriptions > 1);
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("xsub", &mut client, &mut xsub);
        // The publisher hears of the last.
        let cancelled = subscriptions > 0 && xsub.send(&[b"\x00a"]).is_ok();
        subscriptions -= i32::from(cancelled);
        xpub.subscribers() == 0
    });
    assert_eq!(subscriptions, 0);
}

#[test]
fn api_013_inverted_sockets_pass_what_nobody_subscribes_to() {
    let mut net = Net::new();
    let mut server = net.bind::<2>(5556, 256);
    let mut clients = [net.connect(5556, 256), net.connect(5556, 256)];
    let mut publisher = InvertedPub::new(CONFIG, peers(2, 256), lend(64));
    let mut subs = [(); 2].map(|()| InvertedSub::new(CONFIG, peers(1, 256), lend(64)));
    subs[0].subscribe(b"a").unwrap();
    let mut received = [vec![], vec![]];
    net.run(|net| {
        net.poll("pub", &mut server, &mut publisher);
        for ((sub, client), received) in subs.iter_mut().zip(&mut clients).zip(&mut received) {
            net.poll("sub", client, sub);
            received.extend(receive!(sub).map(|message| message.concat()));
        }
        publisher.subscribers() == 1 && publisher.send(&[b"go"]).queued == 2
    });
    received.iter_mut().for_each(Vec::clear);
    assert_eq!(publisher.send(&[b"apple", b"1"]).queued, 1, "to the one without subscriptions");
    assert_eq!(publisher.send(&[b"pear", b"a"]).queued, 2);
    // What is under way when the subscription is made is not taken.
    subs[1].subscribe(b"ap").unwrap();
    net.run(|net| {
        net.poll("pub", &mut server, &mut publisher);
        for ((sub, client), received) in subs.iter_mut().zip(&mut clients).zip(&mut received) {
            net.poll("sub", client, sub);
            received.extend(receive!(sub).map(|message| message.concat()));
        }
        received.iter().all(|received| received.last().is_some_and(|last| last == b"peara"))
    });
    for received in received {
        assert!(received.iter().all(|message| message == b"go" || message == b"peara"), "{received:?}");
    }
}

#[test]
fn api_013_an_inverted_xpub_agrees_with_an_inverted_sub() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5556, 256), net.connect(5556, 256));
    let mut xpub = xpub(XpubOptions { matching: Matching::Inverted, ..XpubOptions::default() });
    let mut sub = InvertedSub::new(CONFIG, peers(1, 256), lend(64));
    sub.subscribe(b"a").unwrap();
    let mut received = None;
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("sub", &mut client, &mut sub);
        if xpub.subscribers() == 1 {
            assert_eq!(xpub.send(&[b"apple"]).unwrap().queued, 0);
            xpub.send(&[b"pear"]).unwrap();
        }
        received = receive!(sub);
        received.is_some()
    });
    assert_eq!(received, Some(vec![b"pear".to_vec()]));
}

#[test]
fn z29_027_an_xpub_is_shown_what_an_xsub_sends_of_however_many_parts() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5556, 256), net.connect(5556, 256));
    let mut xpub = Xpub::new(CONFIG, peers(1, 1024), XpubOptions::default(), lend(64), lend(1024));
    let mut xsub = xsub(XsubOptions::default(), 1024);
    let large = [7; 400];
    let messages: [&[&[u8]]; 5] = [
        &[b"one"],
        &[b"\x01looks like", b"a subscription"],
        &[b"", b"", b""],
        &[&[9; 900]],
        &[&large, b"behind", &large[..1]],
    ];
    let (mut sent, mut shown) = (0, Vec::new());
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("xsub", &mut client, &mut xsub);
        shown.extend(receive!(xpub));
        // One at a time: it has all the room there is.
        let next = messages.get(sent).filter(|_| shown.len() == sent);
        sent += next.map_or(0, |parts| xsub.send(parts).map_or(0, |delivery| delivery.queued));
        shown.len() == messages.len()
    });
    assert_eq!(shown, messages);
    assert_eq!((xpub.missed(), xpub.subscribers()), (0, 0));
}

#[test]
fn what_an_xpub_has_no_room_to_show_is_counted_and_what_follows_is_shown() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5556, 256), net.connect(5556, 256));
    let mut xpub = xpub(XpubOptions::default());
    let mut xsub = xsub(XsubOptions::default(), 256);
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("xsub", &mut client, &mut xsub);
        xsub.send(&[b"first", &[0; 100], b"third"]).is_ok_and(|delivery| delivery.queued == 1)
    });
    assert_eq!(xsub.send(&[b"small", b"enough"]).unwrap().queued, 1);
    let mut shown = None;
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("xsub", &mut client, &mut xsub);
        shown = receive!(xpub);
        shown.is_some()
    });
    assert_eq!((shown, xpub.missed()), (Some(vec![b"small".to_vec(), b"enough".to_vec()]), 1));
}

#[test]
fn what_a_manual_xpub_is_shown_can_be_skipped_and_granted_and_data_asks_for_nothing() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5556, 256), net.connect(5556, 256));
    let mut xpub = xpub(XpubOptions { manual: true, ..XpubOptions::default() });
    let mut xsub = xsub(XsubOptions::default(), 256);
    xpub.skip();
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("xsub", &mut client, &mut xsub);
        xsub.send(&[b"data", b"of two parts"]).is_ok_and(|delivery| delivery.queued == 1)
    });
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("xsub", &mut client, &mut xsub);
        xpub.recv(&mut [0; 4]).is_ok_and(|frame| frame.octets == b"data" && frame.more)
    });
    assert_eq!(xpub.grant(b"a"), Err(NotGranted::NobodyAsks));
    assert!(matches!(xpub.recv(&mut [0; 4]), Err(nb::Error::Other(RecvError::TooSmall { needed: 12 }))));
    xpub.skip();
    xsub.send(&[b"\x01a"]).unwrap();
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("xsub", &mut client, &mut xsub);
        xpub.skip();
        xpub.grant(b"a").is_ok()
    });
    assert_eq!((receive!(xpub), xpub.send(&[b"a"]).unwrap().queued), (None, 1));
}

#[test]
fn the_request_of_a_peer_that_has_gone_is_not_granted_to_the_next_in_its_place() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5556, 256), net.connect(5556, 256));
    let handle = net.sockets.iter().last().unwrap().0;
    let mut xpub = Xpub::new(
        CONFIG,
        peers(1, 256),
        XpubOptions { manual: true, ..XpubOptions::default() },
        lend(64),
        lend(128),
    );
    let (mut gone, mut next) = (sub(b"a"), sub(b"b"));
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("gone", &mut client, &mut gone);
        // Its queue is empty, so it was told; the stream's, so it has arrived.
        net.saw("xpub", Event::Connected { peer: 0 })
            && gone.is_flushed()
            && net.raw(handle).send_queue() == 0
    });
    net.poll("xpub", &mut server, &mut xpub);
    net.raw(handle).abort();
    let mut client = net.connect(5556, 256);
    let mut shown: Vec<(Vec<u8>, bool)> = Vec::new();
    net.run(|net| {
        net.poll("xpub", &mut server, &mut xpub);
        net.poll("next", &mut client, &mut next);
        let there = net.saw("next", Event::Connected { peer: 0 });
        if there && let Some(message) = receive!(xpub) {
            shown.push((message.concat(), xpub.grant(b"c").is_ok()));
        }
        shown.len() == 3
    });
    assert_eq!(shown, [(b"\x01a".to_vec(), false), (b"\x00a".to_vec(), false), (b"\x01b".to_vec(), true)]);
}
