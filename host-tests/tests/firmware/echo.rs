//! The image `echo` under QEMU: patterns, CURVE, a UART and messages larger than the board's buffers, with libzmq's sockets as
//! its peers.

use std::process::Command;
use std::time::Duration;

use host_tests::libzmq::{self, python};
use host_tests::qemu::{Board, Setup, with_board};
use zmq::{Context, Socket, SocketType};

const ROUTER: u16 = 5555;
const DEALER: u16 = 5556;
const PULL: u16 = 5557;
const PUSH: u16 = 5558;
const CURVE: u16 = 5559;

/// A hang becomes a failure after this.
const PATIENCE: Duration = Duration::from_secs(60);

/// The key of the image, zmq_curve(7)'s example for servers, and those of its client.
const SERVER_PUBLIC: &str = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
const CLIENT_PUBLIC: &str = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
const CLIENT_SECRET: &str = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";

fn setup<'s>(ports: &'s [u16], serial: Option<&'s str>) -> Setup<'s> {
    Setup { image: "echo", ports, serial }
}

fn connect(context: &Context, socket_type: SocketType, board: &Board, port: u16) -> Socket {
    let socket = socket(context, socket_type);
    socket.connect(&board.endpoint(port)).unwrap();
    socket
}

fn socket(context: &Context, socket_type: SocketType) -> Socket {
    let socket = libzmq::socket(context, socket_type);
    let patience = i32::try_from(PATIENCE.as_millis()).unwrap();
    socket.set_rcvtimeo(patience).unwrap();
    socket.set_sndtimeo(patience).unwrap();
    socket
}

/// A frame of so many octets, no two windows of it alike.
fn frame(len: usize) -> Vec<u8> {
    (0..len as u64).map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

/// FNV-1a, as the board computes it.
fn checksum(frames: &[Vec<u8>]) -> [u8; 8] {
    let octets = frames.iter().flatten();
    octets.fold(0u64, |sum, octet| (sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01B3)).to_be_bytes()
}

/// Sends the frames as one message, and expects them back with the checksum of what the board has received.
fn stream_through(socket: &Socket, frames: &[Vec<u8>]) {
    socket.send_multipart(frames, 0).unwrap();
    let mut back = socket.recv_multipart(0).expect("all of it in time");
    assert_eq!(back.pop().as_deref(), Some(&checksum(frames)[..]), "what the board has received");
    let lens = |frames: &[Vec<u8>]| frames.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(lens(&back), lens(frames));
    assert!(back == frames, "what the board has sent");
}

#[test]
fn a_mebibyte_passes_through_a_board_with_buffers_of_64_octets_in_both_directions() {
    with_board(&setup(&[DEALER], None), |board| {
        let dealer = connect(&Context::new(), zmq::DEALER, board, DEALER);
        stream_through(&dealer, &[b"small".to_vec()]);
        stream_through(&dealer, &[frame(1 << 20)]);
        stream_through(&dealer, &[frame(3), frame(0), frame(1_000), frame(70), frame(256)]);
    });
}

#[test]
fn z28_031_dealers_and_requesters_are_answered_by_the_boards_router() {
    with_board(&setup(&[ROUTER], None), |board| {
        let context = Context::new();
        let req = connect(&context, zmq::REQ, board, ROUTER);
        let dealer = socket(&context, zmq::DEALER);
        dealer.set_identity(b"pump").unwrap();
        dealer.connect(&board.endpoint(ROUTER)).unwrap();
        for round in 0..50_u32 {
            dealer.send_multipart([&round.to_be_bytes()[..], b"", b"one"], 0).unwrap();
            req.send(&round.to_be_bytes()[..], 0).unwrap();
            dealer.send_multipart([b"two".to_vec(), frame(300)], 0).unwrap();
            assert_eq!(req.recv_bytes(0).unwrap(), round.to_be_bytes());
            assert_eq!(dealer.recv_multipart(0).unwrap(), [&round.to_be_bytes()[..], b"", b"one"]);
            assert_eq!(dealer.recv_multipart(0).unwrap(), [b"two".to_vec(), frame(300)]);
        }
    });
}

#[test]
fn z30_010_a_board_between_push_and_pull_loses_nothing_while_it_is_held_up() {
    with_board(&setup(&[PULL, PUSH], None), |board| {
        let context = Context::new();
        let (source, sink) = (connect(&context, zmq::PUSH, board, PULL), socket(&context, zmq::PULL));
        // The board has room for a few, libzmq for the rest.
        for number in 0..500_u32 {
            source.send_multipart([&number.to_be_bytes()[..], &[7; 100]], 0).unwrap();
        }
        sink.connect(&board.endpoint(PUSH)).unwrap();
        for number in 0..500_u32 {
            assert_eq!(sink.recv_multipart(0).unwrap(), [&number.to_be_bytes()[..], &[7; 100]]);
        }
    });
}

#[test]
fn a_peer_on_the_uart_speaks_zmtp_through_embedded_io() {
    let context = Context::new();
    let dealer = socket(&context, zmq::DEALER);
    let endpoint = libzmq::bind(&dealer);
    with_board(&setup(&[], Some(&endpoint)), |_board| {
        stream_through(&dealer, &[b"hello".to_vec(), b"UART".to_vec()]);
        stream_through(&dealer, &[frame(8 * 1024)]);
    });
}

#[test]
fn libzmq_with_curve_is_answered_by_a_board_with_the_randomness_of_the_host() {
    let Some(python) = python() else {
        println!("SKIPPED: no python3 with pyzmq and CURVE here (Debian: apt-get install python3-zmq)");
        return;
    };
    with_board(&setup(&[CURVE], None), |board| {
        let endpoint = board.endpoint(CURVE);
        let port = endpoint.rsplit(':').next().unwrap();
        let peer = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/peer.py"))
            .args(["ask", "CURVE", port])
            .envs([("SERVER_PUBLIC", SERVER_PUBLIC), ("LARGEST", "256")])
            .envs([("CLIENT_PUBLIC", CLIENT_PUBLIC), ("CLIENT_SECRET", CLIENT_SECRET)])
            .output()
            .expect("python3");
        let text = String::from_utf8_lossy(&peer.stderr);
        assert!(peer.status.success() && peer.stdout == b"done\n", "{text}");
    });
}
