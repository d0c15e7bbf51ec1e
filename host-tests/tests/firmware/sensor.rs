//! The sensor firmware under QEMU, with libzmq's sockets as its peers.

use std::time::{Duration, Instant};

use host_tests::qemu::{Board, Setup};
use sensor_messages::{
    Answer, COMMANDS_PORT, Command, LARGEST, READINGS_PORT, Reading, Status, TOPIC, decode, encode,
};
use zmq::{Context, Socket, SocketType};

/// What the sensor has room for at a time.
const SUBSCRIBERS: usize = 4;

/// A hang becomes a failure after this; nothing takes a hundredth of it on an idle machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `test` with a sensor.
fn with_board(test: impl FnOnce(&Board)) {
    let setup = Setup { image: "sensor", ports: &[COMMANDS_PORT, READINGS_PORT], serial: None };
    host_tests::qemu::with_board(&setup, test);
}

fn connect(context: &Context, socket_type: SocketType, endpoint: &str) -> Socket {
    let socket = context.socket(socket_type).unwrap();
    socket.set_linger(0).unwrap();
    let patience = i32::try_from(PATIENCE.as_millis()).unwrap();
    socket.set_rcvtimeo(patience).unwrap();
    socket.set_sndtimeo(patience).unwrap();
    if socket_type == zmq::SUB {
        socket.set_subscribe(TOPIC).unwrap();
    }
    socket.connect(endpoint).unwrap();
    socket
}

fn command(req: &Socket, command: Command) -> Answer {
    req.send(encode(&command, &mut [0; LARGEST]).unwrap(), 0).unwrap();
    decode(&req.recv_bytes(0).unwrap()).unwrap()
}

fn status(req: &Socket) -> Status {
    match command(req, Command::Status) {
        Answer::Status(status) => status,
        other => panic!("the answer to Status is {other:?}"),
    }
}

/// Waits until so many subscriptions have reached the sensor.
fn wait_for_subscribers<'s>(req: &Socket, subs: impl IntoIterator<Item = &'s Socket> + Clone, wanted: usize) {
    let start = Instant::now();
    while usize::from(status(req).subscribers) != wanted {
        for sub in subs.clone() {
            // If it had to connect twice, libzmq subscribes again only when its socket is looked at.
            sub.get_events().unwrap();
        }
        assert!(start.elapsed() < PATIENCE, "never {wanted} subscribers: {:?}", status(req));
    }
}

fn reading(sub: &Socket) -> Reading {
    let frames = sub.recv_multipart(0).expect("a reading in time");
    assert_eq!(frames[0], TOPIC);
    assert_eq!(frames.len(), 2);
    decode(&frames[1]).unwrap()
}

/// Receives `count` readings from sequence 0 on, without a gap, and holds their contents to what a thermometer can say.
fn receive_series(sub: &Socket, count: u32) {
    let mut before = 0;
    for sequence in 0..count {
        let reading = reading(sub);
        assert_eq!(reading.sequence, sequence);
        assert!(reading.taken_at >= before, "time goes on");
        assert!((20_000..=22_000).contains(&reading.millicelsius), "{reading:?}");
        before = reading.taken_at;
    }
}

#[test]
fn libzmq_sub_receives_a_thousand_readings_in_order() {
    with_board(|board| {
        let context = Context::new();
        let req = connect(&context, zmq::REQ, &board.endpoint(COMMANDS_PORT));
        let sub = connect(&context, zmq::SUB, &board.endpoint(READINGS_PORT));
        wait_for_subscribers(&req, [&sub], 1);
        assert_eq!(command(&req, Command::Start { count: 1_000, interval: 0 }), Answer::Done);
        receive_series(&sub, 1_000);
        let status = status(&req);
        assert_eq!((status.published, status.dropped), (1_000, 0));
    });
}

#[test]
fn readings_keep_the_interval_they_are_told() {
    with_board(|board| {
        let context = Context::new();
        let req = connect(&context, zmq::REQ, &board.endpoint(COMMANDS_PORT));
        let sub = connect(&context, zmq::SUB, &board.endpoint(READINGS_PORT));
        wait_for_subscribers(&req, [&sub], 1);
        let (count, interval) = (50, 20_000);
        assert_eq!(command(&req, Command::Start { count, interval }), Answer::Done);
        let first = reading(&sub).taken_at;
        let last = (1..count).fold(first, |_, _| reading(&sub).taken_at);
        let average = (last - first) / u64::from(count - 1);
        // By the board's clock. Slower it may be, on a machine that is busy; faster never.
        assert!(average >= u64::from(interval) - 1_000, "{average} us from one to the next");
    });
}

#[test]
fn libzmq_req_gets_a_thousand_answers() {
    with_board(|board| {
        let context = Context::new();
        let req = connect(&context, zmq::REQ, &board.endpoint(COMMANDS_PORT));
        for answered in 1..=1_000 {
            assert_eq!(status(&req).answered, answered);
        }
    });
}

#[test]
fn what_is_no_command_is_answered_so_and_the_next_one_is_obeyed() {
    with_board(|board| {
        let context = Context::new();
        let req = connect(&context, zmq::REQ, &board.endpoint(COMMANDS_PORT));
        for nonsense in
            [&[&b""[..]][..], &[b"\xFF"], &[&[2; 33]], &[b"\x02", b"\x02"], &[&[0; 40], b"", b"x"]]
        {
            req.send_multipart(nonsense, 0).unwrap();
            assert_eq!(decode(&req.recv_bytes(0).unwrap()), Ok(Answer::Unknown), "{nonsense:?}");
        }
        assert_eq!(status(&req).answered, 6);
    });
}

#[test]
fn a_subscriber_killed_and_restarted_is_served_again_while_others_miss_nothing() {
    with_board(|board| {
        let context = Context::new();
        let req = connect(&context, zmq::REQ, &board.endpoint(COMMANDS_PORT));
        let others: Vec<_> =
            (1..SUBSCRIBERS).map(|_| connect(&context, zmq::SUB, &board.endpoint(READINGS_PORT))).collect();
        // More lives than places: each must be given back.
        for _ in 0..2 * SUBSCRIBERS {
            let killed = connect(&context, zmq::SUB, &board.endpoint(READINGS_PORT));
            wait_for_subscribers(&req, others.iter().chain([&killed]), SUBSCRIBERS);
            assert_eq!(command(&req, Command::Start { count: 100, interval: 0 }), Answer::Done);
            reading(&killed);
            drop(killed);
            for sub in &others {
                receive_series(sub, 100);
            }
        }
        wait_for_subscribers(&req, &others, SUBSCRIBERS - 1);
    });
}

#[test]
fn subscribers_beyond_the_places_wait_for_one() {
    with_board(|board| {
        let context = Context::new();
        let req = connect(&context, zmq::REQ, &board.endpoint(COMMANDS_PORT));
        let mut subs: Vec<_> = (0..SUBSCRIBERS + 1)
            .map(|_| connect(&context, zmq::SUB, &board.endpoint(READINGS_PORT)))
            .collect();
        wait_for_subscribers(&req, &subs, SUBSCRIBERS);
        assert_eq!(command(&req, Command::Start { count: u32::MAX, interval: 1_000 }), Answer::Done);
        // One is left over. Whoever is served gives its place away, until everyone was served.
        while !subs.is_empty() {
            let mut items: Vec<_> = subs.iter().map(|sub| sub.as_poll_item(zmq::POLLIN)).collect();
            let ready = zmq::poll(&mut items, i64::try_from(PATIENCE.as_millis()).unwrap()).unwrap();
            assert!(ready > 0, "{} are never served", items.len());
            let served = items.iter().position(zmq::PollItem::is_readable).unwrap();
            reading(&subs.remove(served));
        }
    });
}

#[test]
fn a_port_scan_takes_no_place_for_good() {
    with_board(|board| {
        use std::io::Write;
        let context = Context::new();
        for endpoint in [board.endpoint(COMMANDS_PORT), board.endpoint(READINGS_PORT)] {
            for _ in 0..2 * SUBSCRIBERS {
                let mut scanner =
                    std::net::TcpStream::connect(endpoint.trim_start_matches("tcp://")).unwrap();
                // The board may have no place, and close before it is said.
                let _ = scanner.write_all(b"GET / HTTP/1.1\r\n\r\n");
            }
        }
        let req = connect(&context, zmq::REQ, &board.endpoint(COMMANDS_PORT));
        let subs: Vec<_> =
            (0..SUBSCRIBERS).map(|_| connect(&context, zmq::SUB, &board.endpoint(READINGS_PORT))).collect();
        wait_for_subscribers(&req, &subs, SUBSCRIBERS);
    });
}

/// A length is judged as the 64-bit number it is: taken for a `usize` of 32 bits, 2^32 + 5 would be 5, and what follows
/// five octets later a frame of the peer's making.
#[test]
fn z37_027_a_frame_of_2_to_the_32_and_5_octets_is_refused_at_its_head_and_others_are_served() {
    with_board(|board| {
        use std::io::{Read, Write};
        let mut attacker =
            std::net::TcpStream::connect(board.endpoint(COMMANDS_PORT).trim_start_matches("tcp://")).unwrap();
        attacker.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut octets = b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\x01NULL".to_vec();
        octets.resize(64, 0);
        octets.extend(b"\x04\x19\x05READY\x0BSocket-Type\0\0\0\x03REQ");
        octets.extend(b"\x02\0\0\0\x01\0\0\0\x05five.\x04\x07\x04PING\0\0");
        attacker.write_all(&octets).unwrap();
        let mut answers = Vec::new();
        // To the end: the board closes, in order or with a reset.
        let end = attacker.read_to_end(&mut answers).err().map(|error| error.kind());
        assert!(matches!(end, None | Some(std::io::ErrorKind::ConnectionReset)), "still open: {end:?}");
        assert!(answers.starts_with(b"\xFF"), "{answers:?}");
        assert!(!answers.windows(4).any(|name| name == b"PONG"), "{answers:?}");
        let req = connect(&Context::new(), zmq::REQ, &board.endpoint(COMMANDS_PORT));
        status(&req);
    });
}
