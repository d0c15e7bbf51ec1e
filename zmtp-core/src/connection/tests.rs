//! The invariants of [`Connection`], one test each, and the rules of the handshake.

use super::*;
use crate::SocketType;
use proptest::prelude::*;

const NOW: Instant = Instant::from_millis(1);

/// What a peer of type `socket_type` sends up to the end of its handshake.
fn hello(socket_type: SocketType) -> Vec<u8> {
    let config = Config { oldest: Version::V3_0, ..Config::new(socket_type) };
    let mut peer = Connection::new(&config, NOW);
    peer.owed.add(Owed::HANDSHAKE);
    transmit(&mut peer, &config)
}

fn transmit(connection: &mut Connection, config: &Config<'_>) -> Vec<u8> {
    let mut room = [0; 1024];
    let octets = connection.poll_transmit(config, &mut room, NOW);
    room[..octets].to_vec()
}

/// What a driver saw; bodies are joined, whatever their cuts.
#[derive(Debug, Clone, PartialEq)]
enum Seen {
    Frame(FrameHead, Vec<u8>),
    Event(String),
    Failed(Failure),
}

/// A whole driver: feeds `input` cut at `cuts`, answers what is owed, collects commands.
fn drive(
    connection: &mut Connection,
    config: &Config<'_>,
    input: &[u8],
    cuts: &[usize],
) -> (Vec<Seen>, Vec<u8>) {
    let (mut seen, mut sent, mut body) = (Vec::new(), Vec::new(), Vec::new());
    let mut start = 0;
    for end in cuts.iter().copied().filter(|&cut| cut < input.len()).chain([input.len()]) {
        let mut piece = &input[start..end.max(start)];
        start = end.max(start);
        loop {
            let progress = match connection.receive(config, piece, NOW) {
                Ok(progress) => progress,
                Err(failure) => {
                    sent.extend(transmit(connection, config));
                    seen.push(Seen::Failed(failure));
                    return (seen, sent);
                }
            };
            let body_was_open = connection.body_left() > 0 && progress.used == 0;
            assert!(progress.used > 0 || piece.is_empty() || progress.step != Step::Starved || body_was_open);
            piece = &piece[progress.used..];
            match progress.step {
                Step::Starved | Step::Admit => break,
                Step::Transmit => match transmit(connection, config) {
                    octets if octets.is_empty() => break,
                    octets => sent.extend(octets),
                },
                Step::Frame(head) => {
                    body.clear();
                    seen.push(Seen::Frame(head, Vec::new()));
                }
                Step::Body(octets) => {
                    body.extend_from_slice(&piece[..octets]);
                    if let Some(Seen::Frame(_, whole)) = seen.last_mut() {
                        whole.extend_from_slice(&piece[..octets]);
                    }
                    connection.take_body(octets, NOW).unwrap();
                    piece = &piece[octets..];
                }
                Step::Command => match connection.handle_command(config, &mut body, NOW) {
                    Ok(event) => seen.push(Seen::Event(format!("{event:?}"))),
                    Err(failure) => {
                        sent.extend(transmit(connection, config));
                        seen.push(Seen::Failed(failure));
                        return (seen, sent);
                    }
                },
            }
        }
    }
    (seen, sent)
}

fn established(ours: SocketType, theirs: SocketType) -> (Connection, Config<'static>) {
    let config = Config::new(ours);
    let mut connection = Connection::new(&config, NOW);
    drive(&mut connection, &config, &hello(theirs), &[]);
    assert!(connection.is_established());
    transmit(&mut connection, &config);
    (connection, config)
}

fn failure_after(octets: &[u8]) -> Option<Failure> {
    let (mut connection, config) = established(SocketType::Pull, SocketType::Push);
    drive(&mut connection, &config, octets, &[]);
    connection.failure()
}

/// Traffic with every kind of frame, a PING within a message included (LZ-017).
fn traffic() -> Vec<u8> {
    let mut octets = hello(SocketType::XSub);
    octets
        .extend(b"\x04\x0B\x09SUBSCRIBEA\x01\x01a\x04\x08\x04PING\x00\x07c\x00\x00\x02\0\0\0\0\0\0\x01\x2C");
    octets.extend([7; 300]);
    octets.extend(b"\x04\x08\x06CANCELA\x04\x05\x04PONG\x04\x06\x05OTHER\x00\x00");
    octets
}

#[test]
fn invariant_1_and_2_every_single_cut_gives_the_same_steps_and_answers() {
    let config = Config::new(SocketType::XPub);
    let octets = traffic();
    let whole = drive(&mut Connection::new(&config, NOW), &config, &octets, &[]);
    assert_eq!(whole.0.len(), 16, "{whole:?}");
    for cut in 0..octets.len() {
        let cut_up = drive(&mut Connection::new(&config, NOW), &config, &octets, &[cut]);
        assert_eq!(cut_up, whole, "cut at {cut}");
    }
    let every: Vec<usize> = (0..octets.len()).collect();
    assert_eq!(drive(&mut Connection::new(&config, NOW), &config, &octets, &every), whole);
}

proptest! {
    #[test]
    fn invariant_2_any_octets_cut_anywhere_give_the_same_steps(
        tail in proptest::collection::vec(prop_oneof![4 => 0u8..8, 1 => any::<u8>()], 0..200),
        mut cuts in proptest::collection::vec(0usize..400, 0..20),
    ) {
        cuts.sort_unstable();
        let config = Config { limits: Limits { frame: 64, message: 100, parts: 4, command: 64, ..Limits::new() }, ..Config::new(SocketType::XPub) };
        let mut octets = hello(SocketType::XSub);
        octets.extend(&tail);
        let whole = drive(&mut Connection::new(&config, NOW), &config, &octets, &[]);
        let cut_up = drive(&mut Connection::new(&config, NOW), &config, &octets, &cuts);
        prop_assert_eq!(cut_up, whole);
    }

    #[test]
    fn scan_passes_over_exactly_the_messages_that_receive_would(
        frames in proptest::collection::vec((any::<bool>(), 0usize..80), 0..20),
        cut in 0usize..400, messages in 0u64..12, octets in 0u64..400,
    ) {
        let limits = Limits { frame: 60, message: 90, parts: 3, ..Limits::new() };
        let (connection, config) = established(SocketType::Pull, SocketType::Push);
        let config = Config { limits, ..config };
        let mut input = Vec::new();
        for (more, len) in frames {
            input.extend(FrameHead::message(more, len as u64).encode().as_ref());
            input.resize(input.len() + len, 1);
        }
        input.truncate(cut);
        let run = connection.clone().scan(&limits, &input, Budget { messages, octets }, NOW);
        prop_assert!(run.messages <= messages && run.octets <= octets);
        let (seen, _) = drive(&mut connection.clone(), &config, &input[..run.used], &[]);
        let ends = seen.iter().filter(|seen| matches!(seen, Seen::Frame(FrameHead { kind: FrameKind::Message { more: false }, .. }, _))).count();
        let bodies: usize = seen.iter().map(|seen| match seen { Seen::Frame(_, body) => body.len(), _ => usize::MAX / 64 }).sum();
        prop_assert_eq!((ends as u64, bodies as u64), (run.messages, run.octets));
        // And it stopped for a reason: the next message is not whole, not allowed, or over the budget.
        let (mut next, _) = (connection.clone(), ());
        let rest = next.scan(&limits, &input[run.used..], Budget { messages: 1, octets: u64::MAX }, NOW);
        prop_assert!(rest.messages == 0 || run.messages == messages || run.octets + rest.octets > octets);
    }
}

#[test]
fn invariant_4_nothing_is_transmitted_into_an_open_body() {
    let (mut connection, config) = established(SocketType::Dealer, SocketType::Dealer);
    assert_eq!(connection.begin_frame(false, 10).unwrap().as_ref(), [0, 10]);
    drive(&mut connection, &config, b"\x04\x07\x04PING\0\0", &[]);
    assert_eq!(connection.begin_frame(false, 1), Err(SendError::BodyOpen));
    connection.sent_body(9);
    assert_eq!(transmit(&mut connection, &config), b"");
    connection.sent_body(1);
    assert_eq!(connection.begin_frame(false, 1), Err(SendError::Owed));
    assert_eq!(transmit(&mut connection, &config), b"\x04\x05\x04PONG");
    assert!(connection.begin_frame(false, 1).is_ok());
}

#[test]
fn z37_027_lz_014_limits_hold_at_the_head_exactly_as_invariant_5_says() {
    let limits = Limits { frame: 10, message: 15, parts: 3, command: 20, ..Limits::new() };
    let config = Config { limits, ..Config::new(SocketType::Pull) };
    let (established, _) = established(SocketType::Pull, SocketType::Push);
    for (octets, failure) in [
        (&b"\x00\x0A0123456789"[..], None),
        (b"\x00\x0B", Some(Failure::FrameLimit)),
        (b"\x01\x0A0123456789\x00\x0501234", None),
        (b"\x01\x0A0123456789\x00\x06", Some(Failure::MessageLimit)),
        (b"\x01\x00\x01\x00\x00\x00\x00\x00", None),
        (b"\x01\x00\x01\x00\x01\x00\x00\x00", Some(Failure::PartsLimit)),
        (b"\x04\x14\x05OTHER01234567890123", None),
        (b"\x04\x15", Some(Failure::CommandLimit)),
    ] {
        let mut connection = established.clone();
        drive(&mut connection, &config, octets, &[]);
        assert_eq!(connection.failure(), failure, "{octets:?}");
    }
}

/// Z37-027 and the overflow of CVE-2019-6250: sizes near 2^64 and 2^32 are judged as the numbers they are.
#[test]
fn z37_027_huge_sizes_are_refused_before_any_body_octet_as_invariant_5_says() {
    let config =
        Config { limits: Limits { frame: 1 << 20, ..Limits::new() }, ..Config::new(SocketType::Pull) };
    let (established, _) = established(SocketType::Pull, SocketType::Push);
    for (size, failure) in (1..=64).map(|k| (u64::MAX - k + 1, Failure::Size)).chain([
        (1 << 63, Failure::Size),
        ((1 << 63) - 1, Failure::FrameLimit),
        ((1 << 32) + 5, Failure::FrameLimit),
    ]) {
        let mut connection = established.clone();
        let mut octets = vec![0x02];
        octets.extend(size.to_be_bytes());
        drive(&mut connection, &config, &octets, &[]);
        assert_eq!(connection.failure(), Some(failure), "{size:#x}");
    }
}

#[test]
fn invariant_6_a_failure_is_repeated_for_ever_and_the_greeting_still_leaves() {
    let config = Config { oldest: Version::V3_0, ..Config::new(SocketType::Pull) };
    let mut connection = Connection::new(&config, NOW);
    let failure = connection.receive(&config, b"GET /", NOW).unwrap_err();
    assert_eq!((failure, failure.blame()), (Failure::NotZmtp, Blame::Peer));
    for _ in 0..3 {
        assert_eq!(connection.receive(&config, &hello(SocketType::Push), NOW), Err(failure));
        assert_eq!(connection.take_body(1, NOW), Err(failure));
        assert_eq!(connection.handle_timeout(&config, NOW), Err(failure));
        assert!(connection.handle_command(&config, &mut [], NOW).is_err());
        assert_eq!(connection.begin_frame(false, 1), Err(SendError::Failed(failure)));
        assert_eq!(connection.poll_timeout(), None);
    }
    assert_eq!(transmit(&mut connection, &config).len(), 64);
    assert_eq!(transmit(&mut connection, &config), b"");
}

#[test]
fn invariant_8_calls_out_of_order_fail_and_do_not_panic() {
    let (mut connection, config) = established(SocketType::Pull, SocketType::Push);
    assert_eq!(connection.clone().take_body(1, NOW), Err(Failure::Misuse));
    let misuse = connection.clone().handle_command(&config, &mut [], NOW).err();
    assert_eq!(misuse, Some(Failure::Misuse));
    connection.sent_body(1_000);
    assert_eq!(connection.body_to_send(), 0);
}

#[test]
fn z37_017_greeting_and_ready_leave_and_arrive_octet_by_octet() {
    let config = Config { oldest: Version::V3_0, ..Config::new(SocketType::Push) };
    let (mut ours, mut theirs) = (Connection::new(&config, NOW), Vec::new());
    ours.owed.add(Owed::HANDSHAKE);
    let mut one = [0];
    while ours.poll_transmit(&config, &mut one, NOW) == 1 {
        theirs.push(one[0]);
    }
    assert_eq!(theirs, hello(SocketType::Push));
}

#[test]
fn z37_040_nothing_is_sent_before_both_ready_commands_are_through() {
    let config = Config { oldest: Version::V3_0, ..Config::new(SocketType::Push) };
    let mut connection = Connection::new(&config, NOW);
    assert_eq!(connection.begin_frame(false, 1), Err(SendError::NotReady));
    drive(&mut connection, &config, &hello(SocketType::Pull), &[]);
    assert!(!connection.may_send());
    assert_eq!(connection.begin_frame(false, 1), Err(SendError::Owed));
    assert_eq!(transmit(&mut connection, &config), hello(SocketType::Push));
    assert!(connection.may_send());
}

#[test]
fn z23_004_messages_right_behind_ready_are_received() {
    let config = Config::new(SocketType::Pull);
    let mut octets = hello(SocketType::Push);
    octets.extend(b"\x00\x02hi");
    let (seen, _) = drive(&mut Connection::new(&config, NOW), &config, &octets, &[]);
    assert_eq!(seen.last(), Some(&Seen::Frame(FrameHead::message(false, 2), b"hi".to_vec())));
}

#[test]
fn z37_057_an_illegal_pair_gets_an_error_command() {
    let config = Config::new(SocketType::Pull);
    let mut connection = Connection::new(&config, NOW);
    let (seen, sent) = drive(&mut connection, &config, &hello(SocketType::Req), &[]);
    assert_eq!(seen.last(), Some(&Seen::Failed(Failure::SocketType)));
    let error = &sent[64..];
    assert_eq!(error[..9], *b"\x04\x33\x05ERROR\x2C");
    assert_eq!(&error[9..], Failure::SocketType.reason().as_bytes());
}

#[test]
fn z37_044_error_means_refused_in_every_phase() {
    let config = Config::new(SocketType::Pull);
    let mut connection = Connection::new(&config, NOW);
    let mut octets = hello(SocketType::Push)[..64].to_vec();
    octets.extend(b"\x04\x0A\x05ERROR\x03400");
    drive(&mut connection, &config, &octets, &[]);
    assert_eq!(connection.failure(), Some(Failure::Refused));
    assert_eq!(failure_after(b"\x04\x0A\x05ERROR\x03400"), Some(Failure::Refused));
}

#[test]
fn lz_011_commands_and_messages_out_of_turn_end_the_connection() {
    let greeting = hello(SocketType::Push)[..64].to_vec();
    for early in [&b"\x00\x01x"[..], b"\x04\x07\x04PING\0\0", b"\x04\x0B\x09SUBSCRIBEA", b"\x04\x06\x05OTHER"]
    {
        let config = Config::new(SocketType::Pull);
        let mut connection = Connection::new(&config, NOW);
        drive(&mut connection, &config, &[&greeting, early].concat(), &[]);
        assert_eq!(connection.failure(), Some(Failure::Unexpected), "{early:?}");
    }
    assert_eq!(failure_after(&hello(SocketType::Push)[64..]), Some(Failure::Unexpected));
}

#[test]
fn z37_032_033_lz_016_malformed_commands_end_the_connection_and_unknown_ones_do_not() {
    assert_eq!(failure_after(b"\x04\x00"), Some(Failure::Command));
    assert_eq!(failure_after(b"\x04\x05\x04PING"), Some(Failure::Command));
    assert_eq!(failure_after(b"\x04\x06\x05OTHER"), None);
    assert_eq!(failure_after(b"\x04\x0B\x09SUBSCRIBEA"), None);
    assert_eq!(failure_after(b"\x05\x00"), Some(Failure::Flags));
    assert_eq!(failure_after(b"\x08\x00"), Some(Failure::Flags));
}

#[test]
fn z37_086_087_every_ping_of_a_flood_gets_its_own_pong() {
    let (mut connection, config) = established(SocketType::Pull, SocketType::Push);
    let mut octets = Vec::new();
    let mut expected = Vec::new();
    for context in 0..100u8 {
        octets.extend([4, 8, 4, b'P', b'I', b'N', b'G', 0, 0, context]);
        expected.extend([4, 6, 4, b'P', b'O', b'N', b'G', context]);
    }
    assert_eq!(drive(&mut connection, &config, &octets, &[]).1, expected);
}

#[test]
fn z37_089_091_pings_are_sent_after_the_handshake_and_silence_after_one_is_death() {
    let heartbeat = Heartbeat {
        ttl: 50,
        timeout: Duration::from_millis(300),
        ..Heartbeat::every(Duration::from_secs(1))
    };
    let config = Config { heartbeat, ..Config::new(SocketType::Pull) };
    let mut connection = Connection::new(&config, NOW);
    drive(&mut connection, &config, &hello(SocketType::Push), &[]);
    transmit(&mut connection, &config);
    let due = NOW.after(Duration::from_secs(1));
    assert_eq!(connection.poll_timeout(), Some(due));
    connection.handle_timeout(&config, due).unwrap();
    let mut room = [0; 64];
    let sent = connection.poll_transmit(&config, &mut room, due);
    assert_eq!(room[..sent], *b"\x04\x07\x04PING\x00\x32");
    let silent = due.after(Duration::from_millis(300));
    assert_eq!(connection.poll_timeout(), Some(silent));
    let mut alive = connection.clone();
    alive.receive(&config, b"\x00", silent).unwrap();
    assert_eq!(alive.handle_timeout(&config, silent), Ok(()));
    assert_eq!(connection.handle_timeout(&config, silent), Err(Failure::Silence));
}

#[test]
fn z37_088_092_lz_019_a_ttl_of_6553_5_s_does_not_wrap_and_is_renewed_by_traffic() {
    let (mut connection, config) = established(SocketType::Pull, SocketType::Push);
    drive(&mut connection, &config, b"\x04\x07\x04PING\xFF\xFF", &[]);
    let end = NOW.after(Duration::from_millis(6_553_500));
    assert_eq!(connection.poll_timeout(), Some(end));
    connection.receive(&config, b"\x00", end).unwrap();
    assert_eq!(connection.poll_timeout(), Some(end.after(Duration::from_millis(6_553_500))));
}

#[test]
fn z23_007_a_3_0_peer_is_sent_no_ping() {
    let config =
        Config { heartbeat: Heartbeat::every(Duration::from_secs(1)), ..Config::new(SocketType::Pull) };
    let mut octets = hello(SocketType::Push);
    octets[11] = 0;
    let mut connection = Connection::new(&config, NOW);
    drive(&mut connection, &config, &octets, &[]);
    assert_eq!((connection.version(), connection.poll_timeout()), (Version::V3_0, None));
}

#[test]
fn lz_013_the_handshake_deadline_is_total_however_the_octets_drip() {
    let config = Config::new(SocketType::Pull);
    let mut connection = Connection::new(&config, NOW);
    let deadline = NOW.after(config.limits.handshake);
    for (second, octet) in hello(SocketType::Push).into_iter().take(29).enumerate() {
        connection.receive(&config, &[octet], NOW.after(Duration::from_secs(second as u64))).unwrap();
        assert_eq!(connection.poll_timeout(), Some(deadline));
    }
    assert_eq!(connection.handle_timeout(&config, NOW), Ok(()));
    assert_eq!(connection.handle_timeout(&config, deadline), Err(Failure::HandshakeTimeout));
}

#[test]
fn z37_012_the_whole_greeting_is_sent_although_the_mechanism_is_refused() {
    let config = Config::new(SocketType::Pull);
    let mut connection = Connection::new(&config, NOW);
    let mut octets = hello(SocketType::Push);
    octets[12] = b'M';
    let (seen, sent) = drive(&mut connection, &config, &octets, &[]);
    assert_eq!(seen, [Seen::Failed(Failure::Mechanism)]);
    assert_eq!(sent.len(), 64);
}

/// Drives `ours` with all octets of an old peer; returns what was seen and everything that was answered.
fn meet(ours: SocketType, octets: &[u8], cuts: &[usize]) -> (Vec<Seen>, Vec<u8>) {
    let config = Config { identity: b"us", ..Config::new(ours) };
    let mut connection = Connection::new(&config, NOW);
    let mut answers = transmit(&mut connection, &config);
    let (mut seen, mut start) = (Vec::new(), 0);
    for end in cuts.iter().copied().chain([octets.len()]) {
        let (more, sent) = drive(&mut connection, &config, &octets[start..end], &[]);
        seen.extend(more);
        answers.extend(sent);
        answers.extend(transmit(&mut connection, &config));
        start = end;
    }
    (seen, answers)
}

#[test]
fn z15_001_003_004_012_a_2_0_peer_is_greeted_in_its_version() {
    let octets = b"\xFF\0\0\0\0\0\0\0\0\x7F\x01\x06\0\x02me\x01\x01a\0\0\x02\0\0\0\0\0\0\0\x01b";
    let (seen, answers) = meet(SocketType::Dealer, octets, &[]);
    assert_eq!(answers, b"\xFF\0\0\0\0\0\0\0\x03\x7F\x03\x05\0\x02us");
    let Seen::Event(established) = &seen[1] else { panic!("{seen:?}") };
    assert!(established.contains("Some(Router), identity: [109, 101]"), "{established}");
    assert_eq!(seen[2], Seen::Frame(FrameHead::message(true, 1), b"a".to_vec()));
    assert_eq!(seen[4], Seen::Frame(FrameHead::message(false, 1), b"b".to_vec()));
    for cut in 0..octets.len() {
        let (mut cut_seen, cut_answers) = meet(SocketType::Dealer, octets, &[cut]);
        // A body that is cut between two calls of `drive` loses its first half in `seen`.
        if let Some(Seen::Frame(_, body)) = cut_seen.first_mut() {
            *body = b"me".to_vec();
        }
        assert_eq!((cut_seen.len(), cut_answers), (seen.len(), answers.clone()), "cut at {cut}");
    }
}

#[test]
fn z13_001_007_z37_098_099_100_a_1_0_peer_is_greeted_in_its_version() {
    for identity in [&b"\x01\0"[..], b"\x03\0me", b"\xFF\0\0\0\0\0\0\0\x03\0me"] {
        let octets = [identity, b"\x02\x01a\x01\0\xFF\0\0\0\0\0\0\0\x02\0b"].concat();
        let (seen, answers) = meet(SocketType::Dealer, &octets, &[]);
        assert_eq!(answers, b"\xFF\0\0\0\0\0\0\0\x03\x7Fus");
        let Seen::Event(established) = &seen[1] else { panic!("{seen:?}") };
        assert!(established.contains("socket_type: None"), "{established}");
        assert_eq!(seen[2], Seen::Frame(FrameHead::message(true, 1), b"a".to_vec()));
        assert_eq!(seen[3], Seen::Frame(FrameHead::message(false, 0), b"".to_vec()));
        assert_eq!(seen[4], Seen::Frame(FrameHead::message(false, 1), b"b".to_vec()));
        for cut in 0..octets.len() {
            let (cut_seen, cut_answers) = meet(SocketType::Dealer, &octets, &[cut]);
            assert_eq!((cut_seen.len(), cut_answers), (seen.len(), answers.clone()), "cut at {cut}");
        }
    }
}

#[test]
fn z13_001_z15_005_old_peers_are_sent_their_framing_and_no_commands() {
    let config =
        Config { heartbeat: Heartbeat::every(Duration::from_secs(1)), ..Config::new(SocketType::Push) };
    for (octets, head) in [(&b"\x01\0"[..], &[4, 1][..]), (b"\xFF\0\0\0\0\0\0\0\0\x7F\x01\x07\0\0", &[1, 3])]
    {
        let mut connection = Connection::new(&config, NOW);
        drive(&mut connection, &config, octets, &[]);
        transmit(&mut connection, &config);
        assert!(connection.may_send());
        assert_eq!(connection.poll_timeout(), None, "no PING");
        assert_eq!(connection.begin(FrameHead::command(1)), Err(SendError::NoCommands));
        assert_eq!(connection.begin_frame(true, 3).unwrap().as_ref(), head);
    }
}

#[test]
fn z15_005_007_a_2_0_peer_that_does_not_fit_or_commands_is_left_without_a_word() {
    let greeting = b"\xFF\0\0\0\0\0\0\0\0\x7F\x01";
    for (rest, failure) in [
        (&b"\x03"[..], Failure::SocketType),
        (b"\x63", Failure::Metadata),
        (b"\x08\x01\x02", Failure::Unexpected),
        (b"\x08\x02\0\0\0\0\0\0\x01\0", Failure::Unexpected),
        (b"\x08\0\0\x04\x00", Failure::Flags),
    ] {
        let (seen, answers) = meet(SocketType::Pull, &[&greeting[..], rest].concat(), &[]);
        assert_eq!(seen.last(), Some(&Seen::Failed(failure)), "{rest:?}");
        assert!(answers.len() <= 16, "{answers:?}");
    }
}

#[test]
fn a_failure_and_a_connection_are_small() {
    assert_eq!(size_of::<Option<Failure>>(), 1);
    assert!(size_of::<Connection>() <= 96, "{}", size_of::<Connection>());
}
