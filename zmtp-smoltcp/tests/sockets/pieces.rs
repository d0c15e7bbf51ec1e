//! Messages larger than every buffer on their way.

use crate::common::{Net, lend};
use zmtp_smoltcp::{
    Config, Deal, Dealer, Event, Fresh, Null, Oversize, Peer, Places, Pull, Push, RecvError, Rep, Replied,
    Req, Router, RouterOptions, SendError, SocketOf, SocketType, Storage, Take,
};

const CONFIG: Config<'static> = Config::new(SocketType::Pair);

/// One place with queues of 64 octets, that streams.
fn place() -> Places<'static, 'static> {
    let storage = Storage { command: lend(64), incoming: lend(64), outgoing: lend(64), messages: 0 };
    let places = Vec::leak(vec![Peer::new(storage).with_oversize(Oversize::Stream)]);
    Places::try_from(&mut places[..]).unwrap()
}

/// Octet `at` of the large message.
fn octet(at: u64) -> u8 {
    (at.wrapping_mul(0x9E37_79B9) >> 11) as u8
}

/// FNV-1a, over what passes.
fn checksum(sum: u64, octets: &[u8]) -> u64 {
    octets.iter().fold(sum, |sum, octet| (sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01B3))
}

/// Sends as much of a frame as there is room for; returns its checksum so far.
struct Source {
    len: u64,
    at: u64,
    begun: bool,
    sum: u64,
}

impl Source {
    fn new(len: u64) -> Self {
        Self { len, at: 0, begun: false, sum: 0 }
    }

    fn step<P: Deal, M: Fresh>(&mut self, socket: &mut SocketOf<'_, '_, P, M>) {
        self.begun = self.begun || socket.begin(self.len, false).is_ok();
        if self.begun {
            self.write(|octets| socket.write(octets));
        }
    }

    fn write(&mut self, mut write: impl FnMut(&[u8]) -> nb::Result<usize, SendError>) {
        while self.at < self.len {
            let octets: Vec<u8> = (self.at..self.len.min(self.at + 40)).map(octet).collect();
            match write(&octets) {
                Ok(written) => {
                    self.sum = checksum(self.sum, &octets[..written]);
                    self.at += written as u64;
                }
                Err(error) => {
                    assert_eq!(error, nb::Error::WouldBlock);
                    break;
                }
            }
        }
    }
}

/// Takes pieces; returns the octets taken, their checksum, and whether the frame has ended.
fn take<P: Take>(socket: &mut SocketOf<'_, '_, P, Null>, (taken, sum): &mut (u64, u64)) -> bool {
    let mut buffer = [0; 24];
    while let Ok(piece) = socket.recv_piece(&mut buffer) {
        *taken += piece.octets.len() as u64;
        *sum = checksum(*sum, piece.octets);
        if piece.left == 0 {
            assert!(!piece.more);
            return true;
        }
    }
    false
}

#[test]
fn a_mebibyte_goes_both_ways_at_once_through_buffers_of_64_octets() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 64), net.connect(5555, 64));
    let (mut a, mut b) = (Dealer::new(CONFIG, place()), Dealer::new(CONFIG, place()));
    let (mut there, mut back) = (Source::new(1 << 20), Source::new(1 << 20));
    let (mut at_a, mut at_b) = ((0, 0), (0, 0));
    let (mut a_done, mut b_done) = (false, false);
    while !(a_done && b_done) {
        // The network of the test is patient for a minute of its clock, this takes longer.
        let until = net.now.after(core::time::Duration::from_secs(30));
        net.run(|net| {
            net.poll("a", &mut server, &mut a);
            net.poll("b", &mut client, &mut b);
            there.step(&mut a);
            back.step(&mut b);
            a_done = a_done || take(&mut a, &mut at_a);
            b_done = b_done || take(&mut b, &mut at_b);
            net.now >= until || a_done && b_done
        });
    }
    assert_eq!((at_a, at_b), ((1 << 20, back.sum), (1 << 20, there.sum)));
    assert_eq!(there.sum, (0..1 << 20).map(octet).fold(0, |sum, octet| checksum(sum, &[octet])));
}

#[test]
fn a_router_streams_to_the_peer_it_names_and_receives_its_name_first() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 64), net.connect(5555, 64));
    let mut router = Router::new(CONFIG, place(), lend(32), RouterOptions::default(), 1);
    let mut dealer = Dealer::new(Config { identity: b"D", ..CONFIG }, place());
    let (mut there, mut back) = (Source::new(5_000), Source::new(3_000));
    let (mut at_router, mut at_dealer, mut named) = ((0, 0), (0, 0), false);
    let mut done = [false; 2];
    net.run(|net| {
        net.poll("router", &mut server, &mut router);
        net.poll("dealer", &mut client, &mut dealer);
        there.begun = there.begun || router.begin(b"D", there.len, false).is_ok();
        if there.begun {
            there.write(|octets| router.write(octets));
            if there.at < there.len {
                let other = router.send(&[b"D", b"in between"]);
                assert_eq!(other, Err(nb::Error::Other(SendError::Unfinished)));
            }
        }
        back.step(&mut dealer);
        if !named && let Ok(frame) = router.recv(&mut [0; 8]) {
            assert_eq!((&*frame.octets, frame.more), (&b"D"[..], true));
            named = true;
        }
        done[0] |= named && take(&mut router, &mut at_router);
        done[1] |= take(&mut dealer, &mut at_dealer);
        done == [true, true]
    });
    assert_eq!((at_router, at_dealer), ((3_000, back.sum), (5_000, there.sum)));
}

#[test]
fn a_reply_may_be_larger_than_all_buffers_and_so_may_a_request() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 64), net.connect(5555, 64));
    let (mut rep, mut req) = (Rep::new(CONFIG, place(), &mut []), Req::new(CONFIG, place()));
    for _ in 0..2 {
        let (mut request, mut reply) = (Source::new(2_000), Source::new(5_000));
        let (mut at_rep, mut at_req, mut asked) = ((0, 0), (0, 0), false);
        net.run(|net| {
            net.poll("rep", &mut server, &mut rep);
            net.poll("req", &mut client, &mut req);
            request.step(&mut req);
            if !asked && take(&mut rep, &mut at_rep) {
                asked = true;
                assert_eq!(rep.begin(4, true), Ok(Replied::Queued));
                assert_eq!(rep.write(b"head"), Ok(4));
                assert_eq!(
                    rep.send(&[b"?"]),
                    Err(SendError::OutOfTurn(zmtp_core::pattern::OutOfTurn::NothingToAnswer))
                );
            }
            if asked {
                reply.begun = reply.begun || rep.begin_next(reply.len, false).is_ok();
                if reply.begun {
                    reply.write(|octets| rep.write(octets));
                }
                if at_req.0 == 0
                    && let Ok(frame) = req.recv(&mut [0; 8])
                {
                    assert_eq!((&*frame.octets, frame.more), (&b"head"[..], true));
                    at_req.0 = 4;
                }
            }
            at_req.0 >= 4 && take(&mut req, &mut at_req)
        });
        assert_eq!((at_rep, at_req), ((2_000, request.sum), (5_004, reply.sum)));
    }
}

#[test]
fn a_frame_too_large_to_be_taken_whole_says_so_and_stays() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 64), net.connect(5555, 64));
    let (mut push, mut pull) = (Push::new(CONFIG, place()), Pull::new(CONFIG, place()));
    let mut source = Source::new(500);
    net.run(|net| {
        net.poll("pull", &mut server, &mut pull);
        net.poll("push", &mut client, &mut push);
        source.step(&mut push);
        pull.recv(&mut [0; 1_000]) == Err(nb::Error::Other(RecvError::TooSmall { needed: 500 }))
    });
    let mut taken = (0, 0);
    net.run(|net| {
        net.poll("pull", &mut server, &mut pull);
        net.poll("push", &mut client, &mut push);
        source.step(&mut push);
        take(&mut pull, &mut taken)
    });
    assert_eq!(taken, (500, source.sum));
}

#[test]
fn when_the_stream_ends_half_way_both_sides_are_told_and_the_next_message_passes() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 64), net.connect(5555, 64));
    let (mut push, mut pull) = (Push::new(CONFIG, place()), Pull::new(CONFIG, place()));
    let (mut source, mut taken) = (Source::new(10_000), 0);
    net.run(|net| {
        net.poll("pull", &mut server, &mut pull);
        net.poll("push", &mut client, &mut push);
        source.step(&mut push);
        taken += pull.recv_piece(&mut [0; 24]).map_or(0, |piece| piece.octets.len());
        taken > 2_000
    });
    let handle = net.sockets.iter().last().unwrap().0;
    net.raw(handle).abort();
    net.run(|net| {
        net.poll("pull", &mut server, &mut pull);
        net.poll("push", &mut client, &mut push);
        net.events.iter().any(|(name, event)| *name == "push" && matches!(event, Event::Disconnected { .. }))
    });
    assert_eq!(push.write(b"more"), Err(nb::Error::Other(SendError::PeerLost)));
    net.run(|net| {
        net.poll("pull", &mut server, &mut pull);
        net.poll("push", &mut client, &mut push);
        match pull.recv_piece(&mut [0; 24]) {
            Ok(piece) => assert!(piece.left > 0),
            Err(error) => return error == nb::Error::Other(RecvError::PeerLost),
        }
        false
    });
    let mut sent = false;
    net.run(|net| {
        net.poll("pull", &mut server, &mut pull);
        net.poll("push", &mut client, &mut push);
        sent = sent || push.send(&[b"next"]).is_ok();
        receive!(pull).is_some_and(|message| message == [b"next"])
    });
}
