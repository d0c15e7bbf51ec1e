//! STREAM: peers of plain TCP.

use crate::common::{Net, lend, peers};
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp;
use zmtp_smoltcp::{
    Config, Dealer, Event, Notices, RawStream, Reason, RecvError, SendError, Socket as _, SocketType, Tcp,
};

/// A STREAM bound to port 80, with queues of so many octets a peer.
struct Server<const N: usize> {
    net: Net,
    tcp: Tcp<N>,
    socket: RawStream<'static, 'static>,
}

impl<const N: usize> Server<N> {
    fn new(octets: usize, notices: Notices) -> Self {
        let mut net = Net::new();
        let tcp = net.bind(80, 64);
        Self { net, tcp, socket: RawStream::with_notices(peers(N, octets), lend(64), 7, notices) }
    }

    fn run(&mut self, mut done: impl FnMut(&mut Net, &mut RawStream<'static, 'static>) -> bool) {
        let Self { net, tcp, socket } = self;
        net.run(|net| {
            net.poll("stream", tcp, socket);
            let done = done(net, socket);
            net.poll("stream", tcp, socket);
            done
        });
    }

    /// The next message: an id, and octets.
    fn receive(&mut self) -> [Vec<u8>; 2] {
        let mut received = None;
        self.run(|_, socket| {
            received = receive!(socket);
            received.is_some()
        });
        received.unwrap().try_into().unwrap()
    }

    /// A client whose connection has been told of, and its id.
    fn client(&mut self) -> (SocketHandle, Vec<u8>) {
        self.wait_for_listener();
        let handle = self.net.connect_raw(80);
        let [id, nothing] = self.receive();
        assert_eq!(nothing, b"");
        (handle, id)
    }

    /// A place is free, and open for the next.
    fn wait_for_listener(&mut self) {
        self.run(|net, _| {
            let mut sockets = net.sockets.iter();
            sockets.any(|(_, smoltcp::socket::Socket::Tcp(each))| each.state() == tcp::State::Listen)
        });
    }

    /// What a client reads until there are so many octets.
    fn read(&mut self, client: SocketHandle, octets: usize) -> Vec<u8> {
        let mut read = Vec::new();
        self.run(|net, _| {
            let client = net.raw(client);
            if client.can_recv() {
                client.recv(|some| (some.len(), read.extend_from_slice(some))).unwrap();
            }
            read.len() >= octets
        });
        read
    }
}

const TOLD: Notices = Notices::STREAM;

#[test]
fn octets_pass_unchanged_in_both_directions_behind_the_id_of_their_connection() {
    let mut server = Server::<2>::new(256, TOLD);
    let (first, one) = server.client();
    let (second, two) = server.client();
    assert_eq!((&one[..], &two[..]), (&[0, 0, 0, 0, 7][..], &[0, 0, 0, 0, 8][..]));
    for (client, id, octets) in [(first, &one, &b"\xFF\0 no greeting"[..]), (second, &two, b"\x01")] {
        server.net.raw(client).send_slice(octets).unwrap();
        assert_eq!(server.receive(), [id.clone(), octets.to_vec()]);
        server.socket.send(id, octets).unwrap();
        assert_eq!(server.read(client, octets.len()), octets);
    }
    assert_eq!(server.socket.send(b"\0\0\0\0\x09", b"?"), Err(nb::Error::Other(SendError::Unroutable)));
    assert_eq!(server.socket.poll_timeout(), None, "no handshake is awaited");
}

#[test]
fn an_empty_message_closes_the_connection_behind_what_was_sent_and_no_other() {
    let mut server = Server::<2>::new(256, TOLD);
    let ((first, one), (second, two)) = (server.client(), server.client());
    server.socket.send(&one, &[7; 200]).unwrap();
    assert_eq!(server.socket.send(&one, &[8; 200]), Err(nb::Error::WouldBlock));
    assert_eq!(server.socket.send(&one, &[8; 255]), Err(nb::Error::Other(SendError::TooLarge)));
    server.socket.send(&one, b"").unwrap();
    for late in [&b"late"[..], b""] {
        assert_eq!(server.socket.send(&one, late), Err(nb::Error::Other(SendError::Unroutable)));
    }
    assert_eq!(server.read(first, 200), [7; 200]);
    server.run(|net, _| !net.raw(first).may_recv());
    assert!(server.net.saw("stream", Event::Disconnected { peer: 0, reason: Reason::Closed }));
    assert_eq!(server.receive(), [one.clone(), vec![]], "it has gone");
    assert_eq!(server.socket.send(&one, b"late"), Err(nb::Error::Other(SendError::Unroutable)));
    server.socket.send(&two, b"still").unwrap();
    assert_eq!(server.read(second, 5), b"still");
    server.net.raw(first).close();
    assert_eq!(server.client().1, [0, 0, 0, 0, 9], "the place is another's");
}

#[test]
fn who_goes_is_told_behind_its_last_octets_unless_that_is_switched_off() {
    for notices in [TOLD, Notices::default()] {
        let mut server = Server::<1>::new(256, notices);
        let client = server.net.connect_raw(80);
        server.run(|net, _| {
            let client = net.raw(client);
            client.may_send() && client.send_slice(b"last words").is_ok()
        });
        server.net.raw(client).close();
        server.run(|net, _| net.saw("stream", Event::Disconnected { peer: 0, reason: Reason::Closed }));
        let now = server.net.now;
        assert_eq!(server.socket.attach(0, now), None, "the place is taken until that is received");
        let mut told: Vec<[Vec<u8>; 2]> = Vec::new();
        while let Some(message) = receive!(server.socket) {
            told.push(message.try_into().unwrap());
        }
        let expected: &[&[u8]] = if notices == TOLD { &[b"", b"last words", b""] } else { &[b"last words"] };
        assert_eq!(told.iter().map(|[_, octets]| &octets[..]).collect::<Vec<_>>(), expected);
        assert!(told.iter().all(|[id, _]| *id == [0, 0, 0, 0, 7]));
        server.wait_for_listener();
        server.net.connect_raw(80);
        server.run(|net, _| net.events.len() == 3);
    }
}

#[test]
fn a_peer_is_read_from_only_as_far_as_there_is_room_and_nothing_is_lost_not_even_that_it_has_gone() {
    let mut server = Server::<1>::new(16, TOLD);
    let client = server.net.connect_raw(80);
    let sent: Vec<u8> = (0..2_000_u32).map(|at| (at % 251) as u8).collect();
    let (mut given, mut taken, mut empty, mut turn) = (0, Vec::new(), 0, 0);
    server.run(|net, socket| {
        let client = net.raw(client);
        if client.can_send() {
            given += client.send_slice(&sent[given..]).unwrap();
        }
        if given == sent.len() {
            client.close();
        }
        turn += 1;
        // The application is slow.
        if turn % 3 == 0
            && let Some([_, octets]) =
                receive!(socket).map(|message| <[Vec<u8>; 2]>::try_from(message).unwrap())
        {
            assert!(octets.len() <= 14);
            empty += usize::from(octets.is_empty());
            taken.extend(octets);
        }
        empty == 2
    });
    assert!(taken == sent);
}

#[test]
fn api_005_a_place_can_be_named_and_keeps_its_name() {
    let mut server = Server::<2>::new(64, TOLD);
    server.socket.name(0, b"web").unwrap();
    server.socket.name(0, b"web").unwrap();
    assert!(server.socket.name(0, b"other").is_err() && server.socket.name(1, b"web").is_err());
    assert_eq!(server.socket.send(b"web", b"?"), Err(nb::Error::Other(SendError::Unroutable)), "not there");
    for _ in 0..2 {
        let (client, id) = server.client();
        assert_eq!(id, b"web");
        server.net.raw(client).abort();
        assert_eq!(server.receive(), [b"web".to_vec(), vec![]]);
    }
}

#[test]
fn who_cannot_be_named_is_sent_away_and_not_told_of() {
    let mut net = Net::new();
    let mut tcp = net.bind::<1>(80, 64);
    let mut socket = RawStream::new(peers(1, 64), lend(6), 1);
    net.connect_raw(80);
    net.run(|net| {
        net.poll("stream", &mut tcp, &mut socket);
        net.events
            .iter()
            .any(|(_, event)| matches!(event, Event::Disconnected { reason: Reason::Nameless(_), .. }))
    });
    assert_eq!(socket.recv(&mut [0; 8]), Err(nb::Error::WouldBlock));
}

#[test]
fn a_message_or_a_notice_can_be_skipped_and_an_id_needs_its_room() {
    let mut server = Server::<1>::new(64, TOLD);
    let client = server.net.connect_raw(80);
    server.run(|net, _| net.raw(client).may_send() && net.raw(client).send_slice(b"one").is_ok());
    server.run(|net, _| net.raw(client).send_queue() == 0);
    assert_eq!(server.socket.recv(&mut [0; 4]), Err(nb::Error::Other(RecvError::TooSmall { needed: 5 })));
    server.socket.skip();
    assert_eq!(server.receive()[1], b"one", "only the notice was skipped");
    server.net.raw(client).close();
    server.run(|net, _| net.saw("stream", Event::Disconnected { peer: 0, reason: Reason::Closed }));
    assert_eq!(server.socket.recv(&mut [0; 8]).unwrap().octets, [0, 0, 0, 0, 7]);
    server.socket.skip();
    assert_eq!(server.socket.recv(&mut [0; 8]), Err(nb::Error::WouldBlock));
}

#[test]
fn a_stream_and_a_socket_of_zmtp_share_a_network() {
    let mut server = Server::<1>::new(256, TOLD);
    let mut client = server.net.connect(80, 64);
    let mut dealer = Dealer::new(Config::new(SocketType::Dealer), peers(1, 64));
    let mut greeting = Vec::new();
    server.run(|net, socket| {
        net.poll("dealer", &mut client, &mut dealer);
        greeting.extend(receive!(socket).into_iter().flat_map(|message| message.into_iter().nth(1).unwrap()));
        greeting.len() >= 10
    });
    assert_eq!((greeting[0], greeting[9]), (0xFF, 0x7F));
}
