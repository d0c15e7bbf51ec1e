//! Whatever plain TCP peers do to a STREAM, other peers are served on (OSV-2022-478 among others).

use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::common::attacked::within;
use crate::common::{options, raw};
use zmtp_std::{Context, Endpoint, Message, Options, Part, Stream, Unsent};

const SLACK: usize = 32 << 20;

fn stream() -> Stream {
    let soon = Some(Duration::from_millis(1));
    Context::new().with(Options { linger: Some(Duration::ZERO), reconnect_ivl: soon, ..options() }).stream()
}

fn receive(stream: &Stream) -> [Part; 2] {
    stream.recv().unwrap().try_into().unwrap()
}

/// What has come of peers: their octets, and whether they have gone.
#[derive(Default)]
struct Heard(HashMap<Vec<u8>, (Vec<u8>, bool)>);

impl Heard {
    /// The next of anybody.
    fn hear(&mut self, stream: &Stream) {
        let [id, body] = receive(stream);
        match self.0.get_mut(&id[..]) {
            // The first is that it has come, another empty one that it has gone.
            None => assert_eq!(body, ""),
            Some((octets, _)) if !body.is_empty() => return octets.extend_from_slice(&body),
            Some((_, gone)) => *gone = true,
        }
        self.0.entry(id.to_vec()).or_default();
    }

    /// Whether all of these have come, each from a peer that has gone then.
    fn has_all(&self, sent: &[Vec<u8>]) -> bool {
        let gone = self.0.values().filter(|(_, gone)| *gone);
        let octets: HashSet<_> = gone.map(|(octets, _)| &octets[..]).collect();
        sent.iter().all(|sent| octets.contains(&sent[..]))
    }
}

/// A peer that is served whatever happens to others.
struct Good {
    peer: TcpStream,
    id: Vec<u8>,
}

impl Good {
    fn new(stream: &Stream, endpoint: &Endpoint, heard: &mut Heard) -> Self {
        let peer = raw(endpoint);
        heard.hear(stream);
        let id = heard.0.keys().next().unwrap().clone();
        Self { peer, id }
    }

    /// Its octets come in, and what is sent to it goes out.
    fn is_served(&mut self, stream: &Stream, heard: &mut Heard) {
        heard.0.get_mut(&self.id).unwrap().0.clear();
        self.peer.write_all(b"ping").unwrap();
        while heard.0[&self.id].0 != b"ping" {
            heard.hear(stream);
        }
        stream.send([&self.id[..], b"pong"]).unwrap();
        let mut answer = [0; 4];
        self.peer.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"pong");
    }
}

/// Octets that look like nothing, and are the same in every run.
fn noise(seed: u32, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let mut octet = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..len).map(|_| octet()).collect()
}

/// Like the beginning of a peer of ZeroMQ now and then, which means nothing here.
fn junk(seed: u32) -> Vec<u8> {
    let len = [0, 1, 9, 10, 64, 255, 256, 8192, 70_000][seed as usize % 9];
    let beginning: &[u8] = match seed % 4 {
        0 => &crate::common::hello("STREAM"),
        1 => b"\x01\0\x01\0",
        2 => b"GET / HTTP/1.1\r\n\r\n",
        _ => b"",
    };
    [beginning, &noise(seed, len)].concat()
}

#[test]
fn osv_2022_478_any_octets_and_any_end_of_a_connection_are_borne_by_a_stream_that_is_bound() {
    within(SLACK, || {
        let (stream, mut heard) = (stream(), Heard::default());
        let endpoint = stream.bind("tcp://127.0.0.1:*").unwrap();
        let mut good = Good::new(&stream, &endpoint, &mut heard);
        let mut sent = Vec::new();
        for seed in 0..300 {
            let (mut peer, octets) = (raw(&endpoint), junk(seed));
            peer.write_all(&octets).unwrap();
            if seed % 2 == 0 {
                // Before it is reset, nothing of it need have come.
                socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
            } else {
                sent.push(octets);
            }
            drop(peer);
            good.is_served(&stream, &mut heard);
        }
        while !heard.has_all(&sent) {
            heard.hear(&stream);
        }
        good.is_served(&stream, &mut heard);
    });
}

#[test]
fn osv_2022_478_any_octets_and_any_end_of_a_connection_are_borne_by_a_stream_that_connects() {
    within(SLACK, || {
        let (stream, mut heard) = (stream(), Heard::default());
        let endpoint = stream.bind("tcp://127.0.0.1:*").unwrap();
        let mut good = Good::new(&stream, &endpoint, &mut heard);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        stream.connect(Endpoint::from(listener.local_addr().unwrap())).unwrap();
        let mut sent = Vec::new();
        for seed in 0..100 {
            let (mut server, octets) = (listener.accept().unwrap().0, junk(seed));
            server.write_all(&octets).unwrap();
            drop(server);
            sent.push(octets);
            good.is_served(&stream, &mut heard);
        }
        while !heard.has_all(&sent) {
            heard.hear(&stream);
        }
    });
}

#[test]
fn osv_2022_478_any_id_and_any_parts_are_sent_or_come_back() {
    let (stream, mut heard) = (stream(), Heard::default());
    let endpoint = stream.bind("tcp://127.0.0.1:*").unwrap();
    let mut good = Good::new(&stream, &endpoint, &mut heard);
    for seed in 0..1_000 {
        let len = seed as usize % 300;
        let parts = (0..seed % 4).map(|part| Part::from(noise(seed + part, len)));
        let error = stream.try_send(parts.collect::<Message>()).unwrap_err();
        assert!(matches!(error.why, Unsent::NoRoutingId | Unsent::HostUnreachable), "{error:?}");
        assert_eq!(error.message.len(), seed as usize % 4);
    }
    good.is_served(&stream, &mut heard);
}
