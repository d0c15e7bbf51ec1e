//! Messages in pieces that stop half way.

use crate::common::{Net, lend};
use smoltcp::iface::SocketHandle;
use zmtp_smoltcp::{
    Config, Event, Oversize, Peer, Places, Pull, Push, Reason, RecvError, Rep, Req, SendError, SocketType,
    Storage, Tcp,
};

const CONFIG: Config<'static> = Config::new(SocketType::Pair);

/// The start of a message of 1000 octets.
const HEAD: &[u8] = b"\x02\0\0\0\0\0\0\x03\xE8";

/// Places with queues of 64 octets, that stream.
fn places(count: usize) -> Places<'static, 'static> {
    let storage = || Storage { command: lend(64), incoming: lend(64), outgoing: lend(64), messages: 0 };
    let place = || Peer::new(storage()).with_oversize(Oversize::Stream);
    Places::try_from(&mut *Vec::leak((0..count).map(|_| place()).collect())).unwrap()
}

/// A PUSH that says its octets as the test likes.
fn raw_push(
    net: &mut Net,
    port: u16,
    server: &mut Tcp<2>,
    pull: &mut Pull<'static, 'static>,
) -> SocketHandle {
    let raw = net.connect_raw(port);
    let mut octets = b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\x01NULL".to_vec();
    octets.resize(64, 0);
    octets.extend(b"\x04\x1A\x05READY\x0BSocket-Type\0\0\0\x04PUSH");
    say(net, raw, &octets, server, pull);
    net.run(|net| {
        net.poll("pull", server, pull);
        net.saw("pull", Event::Connected { peer: 0 })
    });
    raw
}

/// Has octets arrive at the other end.
fn say(
    net: &mut Net,
    raw: SocketHandle,
    octets: &[u8],
    server: &mut Tcp<2>,
    pull: &mut Pull<'static, 'static>,
) {
    let mut written = 0;
    net.run(|net| {
        net.poll("pull", server, pull);
        let stream = net.raw(raw);
        if stream.can_send() {
            written += stream.send_slice(&octets[written..]).unwrap();
        }
        written == octets.len() && stream.send_queue() == 0
    });
    net.poll("pull", server, pull);
}

/// A PUSH whose first message has arrived.
fn another(
    net: &mut Net,
    server: &mut Tcp<2>,
    pull: &mut Pull<'static, 'static>,
) -> (Push<'static, 'static>, Tcp<1>) {
    let (mut push, mut client) = (Push::new(CONFIG, places(1)), net.connect(5555, 64));
    let handle = net.sockets.iter().last().unwrap().0;
    let mut sent = false;
    net.run(|net| {
        net.poll("pull", server, pull);
        net.poll("push", &mut client, &mut push);
        sent = sent || push.send(&[b"another's"]).is_ok();
        sent && push.is_flushed() && net.raw(handle).send_queue() == 0
    });
    net.poll("pull", server, pull);
    (push, client)
}

#[test]
fn who_falls_silent_in_a_message_holds_the_others_up_until_it_is_skipped() {
    let mut net = Net::new();
    let (mut server, mut pull) = (net.bind::<2>(5555, 64), Pull::new(CONFIG, places(2)));
    let raw = raw_push(&mut net, 5555, &mut server, &mut pull);
    say(&mut net, raw, &[HEAD, b"ten octets"].concat(), &mut server, &mut pull);
    let mut buffer = [0; 64];
    let piece = pull.recv_piece(&mut buffer).unwrap();
    assert_eq!((&*piece.octets, piece.left), (&b"ten octets"[..], 990));
    let _push = another(&mut net, &mut server, &mut pull);
    assert_eq!(pull.recv_piece(&mut [0; 64]), Err(nb::Error::WouldBlock));
    pull.skip();
    assert_eq!(receive!(pull), Some(vec![b"another's".to_vec()]));
    // The rest is passed over when it comes after all.
    say(&mut net, raw, &[&[7; 990], &b"\x00\x04next"[..]].concat(), &mut server, &mut pull);
    assert_eq!((receive!(pull), receive!(pull)), (Some(vec![b"next".to_vec()]), None));
}

#[test]
fn the_head_of_a_frame_alone_holds_nobody_up() {
    let mut net = Net::new();
    let (mut server, mut pull) = (net.bind::<2>(5555, 64), Pull::new(CONFIG, places(2)));
    let raw = raw_push(&mut net, 5555, &mut server, &mut pull);
    say(&mut net, raw, HEAD, &mut server, &mut pull);
    let _push = another(&mut net, &mut server, &mut pull);
    let mut buffer = [0; 64];
    assert_eq!(pull.recv_piece(&mut buffer).unwrap().octets, b"another's");
    say(&mut net, raw, b"ten octets", &mut server, &mut pull);
    assert_eq!(pull.recv_piece(&mut buffer).unwrap().octets, b"ten octets");
}

#[test]
fn who_goes_behind_the_head_of_a_frame_leaves_its_place_to_the_next() {
    let mut net = Net::new();
    // One place: the second of the two TCP sockets has none.
    let (mut server, mut pull) = (net.bind::<2>(5555, 64), Pull::new(CONFIG, places(1)));
    let raw = raw_push(&mut net, 5555, &mut server, &mut pull);
    say(&mut net, raw, HEAD, &mut server, &mut pull);
    assert_eq!(pull.recv_piece(&mut [0; 64]), Err(nb::Error::WouldBlock));
    net.raw(raw).abort();
    net.run(|net| {
        net.poll("pull", &mut server, &mut pull);
        net.saw("pull", Event::Disconnected { peer: 0, reason: Reason::Closed })
    });
    assert_eq!(pull.recv_piece(&mut [0; 64]), Err(nb::Error::Other(RecvError::PeerLost)));
    let _push = another(&mut net, &mut server, &mut pull);
    assert_eq!(receive!(pull), Some(vec![b"another's".to_vec()]));
}

#[test]
fn a_message_given_up_half_way_ends_the_connection_and_the_next_goes_over_a_new_one() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 64), net.connect(5555, 64));
    let (mut push, mut pull) = (Push::new(CONFIG, places(1)), Pull::new(CONFIG, places(1)));
    push.abandon();
    net.run(|net| {
        net.poll("pull", &mut server, &mut pull);
        net.poll("push", &mut client, &mut push);
        push.begin(500, false).is_ok()
    });
    push.write(b"half").unwrap();
    net.run(|net| {
        net.poll("pull", &mut server, &mut pull);
        net.poll("push", &mut client, &mut push);
        pull.recv_piece(&mut [0; 24]).is_ok_and(|piece| piece.left == 496)
    });
    push.abandon();
    assert_eq!(push.write(b"?"), Err(nb::Error::Other(SendError::NothingBegun)));
    assert_eq!(push.send(&[b"next"]), Err(nb::Error::WouldBlock), "nobody else is there");
    let (mut lost, mut sent) = (false, false);
    net.run(|net| {
        net.poll("pull", &mut server, &mut pull);
        net.poll("push", &mut client, &mut push);
        sent = sent || push.send(&[b"next"]).is_ok();
        lost = lost || pull.recv_piece(&mut [0; 24]) == Err(nb::Error::Other(RecvError::PeerLost));
        lost && receive!(pull).is_some_and(|message| message == [b"next"])
    });
    assert!(net.saw("push", Event::Disconnected { peer: 0, reason: Reason::Abandoned }));
}

#[test]
fn a_request_given_up_half_way_can_be_asked_again() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 64), net.connect(5555, 64));
    let (mut req, mut rep) = (Req::new(CONFIG, places(1)), Rep::new(CONFIG, places(1), &mut []));
    net.run(|net| {
        net.poll("rep", &mut server, &mut rep);
        net.poll("req", &mut client, &mut req);
        req.begin(5, false).is_ok()
    });
    req.abandon();
    net.run(|net| {
        net.poll("rep", &mut server, &mut rep);
        net.poll("req", &mut client, &mut req);
        req.recv(&mut [0; 24]) == Err(nb::Error::Other(RecvError::PeerLost))
    });
    net.run(|net| {
        net.poll("rep", &mut server, &mut rep);
        net.poll("req", &mut client, &mut req);
        let _ = req.send(&[b"again"]);
        receive!(rep).is_some_and(|message| message == [b"again"])
    });
}
