//! Sessions without a stream: cut anywhere, written in any pieces, within their marks.

mod translated;

use super::assembly::GROWTH;
use super::*;
use std::cell::RefCell;
use std::io::IoSlice;
use std::rc::Rc;
use zmtp_core::Config;
use zmtp_core::mechanism::{AnySecurity, Credentials};
use zmtp_core::wire::Metadata;

use crate::lane::{Gate, Offer, Totals};
use crate::security::Security;
use crate::{Message, Options};
use bytes::BufMut;
use proptest::prelude::*;
use zmtp_core::SocketType;

const NOW: Instant = Instant::from_millis(1);

/// A socket of one lane that keeps what it gets.
#[derive(Debug)]
struct Socket {
    socket_type: SocketType,
    options: Options,
    security: Security,
    seen: Rc<RefCell<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    messages: Vec<Message>,
    topics: Vec<(bool, Vec<u8>)>,
    parcels: Vec<(usize, usize)>,
}

impl Host for Socket {
    fn config(&self) -> Config<'_, AnySecurity<'_>> {
        Config {
            oldest: Version::V3_0,
            limits: self.options.limits(),
            heartbeat: self.options.heartbeat(),
            ..Config::new(self.socket_type)
        }
        .with_security(self.security.rules())
    }

    fn judge(&mut self, _: Option<Credentials<'_>>) -> Judging {
        unreachable!("nobody asks")
    }

    fn judged(&mut self, _: Verdict) {}

    fn refused(&mut self, _: &[u8]) {}

    fn established(
        &mut self,
        lane: Option<&Arc<Lane>>,
        _: Version,
        _: &Metadata<'_>,
    ) -> Result<Arc<Lane>, Failure> {
        Ok(lane
            .cloned()
            .unwrap_or_else(|| Arc::new(Lane::new(0, 0, &self.options, &Totals::default(), Gate::Open))))
    }

    fn deliver(&mut self, _: &Arc<Lane>, mut parcel: Parcel) -> Result<(), Failure> {
        let mut seen = self.seen.borrow_mut();
        seen.parcels.push((parcel.messages, parcel.bodies));
        let before = seen.messages.len();
        while let Some(message) = parcel.cut() {
            seen.messages.push(message);
        }
        assert_eq!(seen.messages.len() - before, parcel.messages);
        Ok(())
    }

    fn subscription(&mut self, _: &Arc<Lane>, subscribe: bool, topic: &[u8]) -> Result<bool, Failure> {
        self.seen.borrow_mut().topics.push((subscribe, topic.to_vec()));
        Ok(true)
    }

    fn written(&mut self, _: &Lane, _: bool) {}
}

fn session(socket_type: SocketType, options: &Options) -> (Session<Socket>, Rc<RefCell<Seen>>) {
    let seen = Rc::new(RefCell::default());
    let security = Security::of(options).unwrap();
    let socket = Socket { socket_type, options: options.clone(), security, seen: Rc::clone(&seen) };
    (Session::new(Box::new(socket), None, NOW), seen)
}

/// Everything there is to be written, `most` octets at a time.
fn output(session: &mut Session<Socket>, most: usize) -> Vec<u8> {
    let mut octets = Vec::new();
    while session.has_output(NOW) {
        let mut slices = [IoSlice::new(&[]); 64];
        let count = session.slices(&mut slices);
        let piece: Vec<u8> =
            slices[..count].iter().flat_map(|slice| slice.iter().copied()).take(most).collect();
        session.wrote(piece.len());
        octets.extend(piece);
    }
    octets
}

fn feed(session: &mut Session<Socket>, octets: &[u8]) -> Result<(), Failure> {
    let mut octets = octets;
    while !octets.is_empty() {
        assert!(session.wants_input());
        if let Some((place, most)) = session.read_in_place() {
            let used = most.min(octets.len());
            place.put_slice(&octets[..used]);
            octets = &octets[used..];
            session.received_in_place(used, NOW)?;
        } else {
            let used = octets.len().min(128 * 1024);
            session.receive(Bytes::copy_from_slice(&octets[..used]), NOW)?;
            octets = &octets[used..];
        }
        while !session.wants_input() && session.has_output(NOW) {
            output(session, 1000);
            session.advance(NOW)?;
        }
    }
    Ok(())
}

fn hello(socket_type: SocketType) -> Vec<u8> {
    let (mut peer, _) = session(socket_type, &Options::default());
    let mut octets = output(&mut peer, 1000);
    let (mut other, _) = session(socket_type, &Options::default());
    // A greeting is all it takes to be told the READY.
    let _ = feed(&mut other, &octets);
    octets = output(&mut other, 1000);
    octets
}

fn established(
    ours: SocketType,
    theirs: SocketType,
    options: &Options,
) -> (Session<Socket>, Rc<RefCell<Seen>>) {
    let (mut session, seen) = session(ours, options);
    feed(&mut session, &hello(theirs)).unwrap();
    output(&mut session, 1000);
    assert!(session.was_established());
    (session, seen)
}

#[test]
fn z37_040_senders_write_to_the_stream_themselves_only_behind_the_last_octet_of_our_handshake() {
    let (mut session, _) = session(SocketType::Push, &Options::default());
    session.receive(hello(SocketType::Pull).into(), NOW).unwrap();
    assert!(session.was_established(), "the READY of the peer has come");
    let mut written = 0;
    while session.lendable().is_none() {
        assert!(session.has_output(NOW));
        session.wrote(1);
        written += 1;
    }
    assert_eq!(written, hello(SocketType::Push).len());
    assert!(!session.has_output(NOW));
}

/// Messages of every kind, and what they are on the wire.
fn traffic() -> (Vec<Message>, Vec<u8>) {
    let messages = vec![
        Message::from("a"),
        Message::from(["", "two", ""]),
        Message::from(""),
        Message::from(vec![7; 300]),
        Message::from([vec![8; 100_000], vec![9; 40_000], vec![]]),
        Message::from(vec![1; 200_000]),
        Message::from("z"),
    ];
    let lane = Arc::new(Lane::new(0, 0, &Options::default(), &Totals::default(), Gate::Open));
    messages.iter().for_each(|message| assert_eq!(lane.offer(&[], message.into()), Offer::Taken));
    let mut octets = Vec::new();
    while let Some((batch, _)) = lane.next_batch() {
        let mut slices = [IoSlice::new(&[]); 64];
        let count = batch.slices(0, &mut slices);
        octets.extend(slices[..count].iter().flat_map(|slice| slice.to_vec()));
    }
    (messages, octets)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn messages_arrive_whole_and_in_order_however_the_stream_is_cut(
        mut cuts in proptest::collection::vec(0usize..345_000, 0..40), near in 0usize..400,
    ) {
        let (messages, octets) = traffic();
        let (mut session, seen) = established(SocketType::Pull, SocketType::Push, &Options::default());
        cuts.extend([near, near + 1, octets.len() - near]);
        cuts.sort_unstable();
        let mut start = 0;
        for end in cuts.into_iter().chain([octets.len()]).map(|cut| cut.min(octets.len())) {
            feed(&mut session, &octets[start..end]).unwrap();
            start = end;
        }
        prop_assert!(seen.borrow().messages == messages);
    }
}

#[test]
fn what_a_lane_holds_leaves_in_order_whatever_the_stream_takes_at_a_time() {
    let (messages, octets) = traffic();
    for most in [1, 7, 4096, usize::MAX] {
        let (mut session, _) = established(SocketType::Push, SocketType::Pull, &Options::default());
        let lane = Arc::clone(session.lane().unwrap());
        messages.iter().for_each(|message| assert_eq!(lane.offer(&[], message.into()), Offer::Taken));
        assert!(output(&mut session, most) == octets);
        assert!(!session.has_unsent());
    }
}

#[test]
fn the_mark_counts_messages_until_their_last_octet_is_written() {
    let options = Options { sndhwm: 3, ..Options::default() };
    let (mut session, _) = established(SocketType::Push, SocketType::Pull, &options);
    let lane = Arc::clone(session.lane().unwrap());
    let offers =
        |count: usize| (0..count).map(|_| lane.offer(&[], (&Message::from("x")).into())).collect::<Vec<_>>();
    assert_eq!(offers(4), [Offer::Taken, Offer::Taken, Offer::Taken, Offer::Full]);
    assert!(session.has_output(NOW));
    session.wrote(2);
    assert_eq!(offers(1), [Offer::Full], "one octet is still to be written");
    session.wrote(4);
    assert_eq!(offers(3), [Offer::Taken, Offer::Taken, Offer::Full], "two messages are out");
    session.wrote(3);
    assert_eq!(offers(2), [Offer::Taken, Offer::Full]);
}

#[test]
fn the_octet_mark_is_exact_and_what_can_never_fit_is_told_apart() {
    let options = Options { sndhwm_bytes: 10, ..Options::default() };
    let lane = Arc::new(Lane::new(0, 0, &options, &Totals::default(), Gate::Open));
    assert_eq!(lane.offer(&[], (&Message::from(vec![1; 11])).into()), Offer::TooLarge);
    assert_eq!(lane.offer(&[], (&Message::from(vec![1; 6])).into()), Offer::Taken);
    assert_eq!(lane.offer(&[], (&Message::from(vec![1; 5])).into()), Offer::Full);
    assert_eq!(lane.offer(&[], (&Message::from(vec![1; 4])).into()), Offer::Taken);
    assert_eq!(lane.offer(&[], (&Message::from("")).into()), Offer::Taken);
}

#[test]
fn no_more_messages_are_handed_over_than_the_mark_allows_until_room_is_given_back() {
    let options = Options { rcvhwm: 2, rcvhwm_bytes: 100, ..Options::default() };
    let (mut session, seen) = established(SocketType::Pull, SocketType::Push, &options);
    session.receive(Bytes::from_static(b"\0\x01a\0\x01b\0\x01c\0\x01"), NOW).unwrap();
    assert_eq!(seen.borrow().parcels, [(2, 2)]);
    assert!(!session.wants_input());
    session.lane().unwrap().release(1, 1);
    session.advance(NOW).unwrap();
    assert_eq!(seen.borrow().messages, ["a", "b", "c"].map(Message::from));
    assert!(!session.wants_input(), "a frame has begun that there is no room for");
    session.lane().unwrap().release(2, 2);
    session.advance(NOW).unwrap();
    assert!(session.wants_input());
    session.receive(Bytes::from_static(b"d\0\x63"), NOW).unwrap();
    session.receive(Bytes::from(vec![7; 99]), NOW).unwrap();
    assert_eq!(seen.borrow().messages.len(), 5);
    session.receive(Bytes::from_static(b"\0\x01e"), NOW).unwrap();
    assert_eq!(seen.borrow().messages.len(), 5, "the mark is at two messages");
}

#[test]
fn messages_beyond_the_mark_are_handed_over_with_their_buffer_and_counted_when_there_is_room() {
    let options = Options { rcvhwm: 2, ..Options::default() };
    let (mut session, seen) = established(SocketType::Pull, SocketType::Push, &options);
    let lane = Arc::clone(session.lane().unwrap());
    let waiting = || {
        let mut all = crate::Statistics::default();
        lane.count(&mut all);
        all.to_receive.messages
    };
    session.receive(Bytes::from_static(b"\0\x01a\0\x01b\0\x01c\0\x01d\0\x01e\0"), NOW).unwrap();
    assert_eq!((seen.borrow().parcels.as_slice(), waiting()), ([(5, 5)].as_slice(), 2));
    // No more is handed over until all of it is counted, and less than the mark.
    session.receive(Bytes::from_static(b"\x01f"), NOW).unwrap();
    for _ in 0..3 {
        assert!(!session.wants_input());
        lane.release(1, 1);
        session.advance(NOW).unwrap();
        assert_eq!((seen.borrow().messages.len(), waiting()), (5, 2));
    }
    lane.release(1, 1);
    session.advance(NOW).unwrap();
    assert_eq!((seen.borrow().messages.len(), waiting()), (6, 2));
    lane.release(2, 2);
    assert_eq!(waiting(), 0);
    // A higher mark counts more of them.
    session.receive(Bytes::from_static(b"\0\x01g\0\x01h\0\x01i\0\x01j"), NOW).unwrap();
    assert_eq!(waiting(), 2);
    lane.set_rcvhwm(&Options { rcvhwm: 3, ..Options::default() });
    assert_eq!(waiting(), 3);
}

#[test]
fn a_message_over_the_octet_mark_is_paused_only_until_others_are_gone_and_one_that_never_fits_fails() {
    let options = Options { rcvhwm_bytes: 100, ..Options::default() };
    let (mut session, seen) = established(SocketType::Pull, SocketType::Push, &options);
    let mut octets = b"\0\x3C".to_vec();
    octets.extend([1; 60]);
    octets.extend(b"\0\x3C");
    octets.extend([2; 60]);
    session.receive(octets.into(), NOW).unwrap();
    assert_eq!(seen.borrow().parcels, [(1, 60)]);
    session.lane().unwrap().release(1, 60);
    session.advance(NOW).unwrap();
    assert_eq!(seen.borrow().parcels, [(1, 60), (1, 60)]);
    assert_eq!(session.receive(Bytes::from_static(b"\0\x65"), NOW), Err(Failure::MessageLimit));
}

#[test]
fn z37_090_a_peer_that_is_not_read_from_is_not_silent() {
    let second = std::time::Duration::from_secs(1);
    let options = Options { rcvhwm: 1, heartbeat_ivl: second, ..Options::default() };
    let (mut session, seen) = established(SocketType::Pull, SocketType::Push, &options);
    session.receive(Bytes::from_static(b"\0\x01a"), NOW).unwrap();
    session.receive(Bytes::from_static(b"\0\x01b"), NOW).unwrap();
    for step in 1..5 {
        session.handle_timeout(NOW.after(second * step)).unwrap();
        output(&mut session, 64);
    }
    session.lane().unwrap().release(1, 1);
    session.advance(NOW.after(second * 4)).unwrap();
    assert_eq!(seen.borrow().messages.len(), 2);
    // It is read from again, and says nothing.
    session.handle_timeout(NOW.after(second * 5)).unwrap();
    output(&mut session, 64);
    assert_eq!(session.handle_timeout(NOW.after(second * 6)), Err(Failure::Silence));
}

#[test]
fn a_claimed_size_costs_no_memory() {
    let (mut session, _) = established(SocketType::Pull, SocketType::Push, &Options::default());
    session.receive(Bytes::from_static(b"\x02\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), NOW).unwrap();
    let (place, most) = session.read_in_place().unwrap();
    assert!(most <= GROWTH && place.capacity() <= 2 * GROWTH);
}

#[test]
fn z37_034_lz_017_commands_between_the_frames_of_a_message_are_answered_and_the_message_is_whole() {
    let (mut session, seen) = established(SocketType::Pull, SocketType::Push, &Options::default());
    feed(&mut session, b"\x01\x01a\x04\x07\x04PING\0\0\0\x01b").unwrap();
    assert_eq!(seen.borrow().messages, [Message::from(["a", "b"])]);
    let (mut session, _) = established(SocketType::Pull, SocketType::Push, &Options::default());
    session.receive(Bytes::from_static(b"\x04\x0A\x04PING\0\0LOL\0\x01b"), NOW).unwrap();
    assert!(!session.wants_input(), "the PONG leaves before more is read");
    assert_eq!(output(&mut session, 5), b"\x04\x08\x04PONGLOL");
}

#[test]
fn subscriptions_reach_the_socket() {
    let (mut session, seen) = established(SocketType::Pub, SocketType::Sub, &Options::default());
    feed(&mut session, b"\x04\x0B\x09SUBSCRIBEA\x04\x08\x06CANCELA").unwrap();
    assert_eq!(seen.borrow().topics, [(true, b"A".to_vec()), (false, b"A".to_vec())]);
}

#[test]
fn of_many_changes_that_a_publisher_does_not_read_the_last_of_each_topic_waits_and_none_that_was_undone() {
    for peer in [Version::V3_0, Version::V3_1] {
        let (mut session, _) = established(SocketType::Sub, SocketType::Pub, &Options::default());
        let lane = Arc::clone(session.lane().unwrap());
        lane.subscription(peer, true, b"known");
        assert!(session.has_output(NOW));
        let count = session.slices(&mut [IoSlice::new(&[]); 64]);
        assert_eq!(count, 1, "it is being written");
        for _ in 0..1_000 {
            for topic in [b"a", b"b"] {
                lane.subscription(peer, true, topic);
                lane.subscription(peer, false, topic);
            }
            lane.subscription(peer, false, b"known");
            lane.subscription(peer, true, b"known");
        }
        lane.subscription(peer, false, b"known");
        lane.subscription(peer, true, b"new");
        let expected: &[u8] = match peer {
            Version::V3_0 => b"\0\x06\x01known\0\x06\0known\0\x04\x01new",
            _ => b"\x04\x0F\x09SUBSCRIBEknown\x04\x0C\x06CANCELknown\x04\x0D\x09SUBSCRIBEnew",
        };
        assert_eq!(output(&mut session, 3).escape_ascii().to_string(), expected.escape_ascii().to_string());
    }
}

#[test]
fn more_changes_than_a_batch_holds_leave_in_several() {
    let (mut session, _) = established(SocketType::Sub, SocketType::Pub, &Options::default());
    let lane = Arc::clone(session.lane().unwrap());
    let topics: Vec<_> = (0..10_000).map(|number| format!("{number:05}").into_bytes()).collect();
    topics.iter().for_each(|topic| lane.subscription(Version::V3_1, true, topic));
    let octets = output(&mut session, 1 << 20);
    let (mut publisher, seen) = established(SocketType::Pub, SocketType::Sub, &Options::default());
    feed(&mut publisher, &octets).unwrap();
    assert!(seen.borrow().topics.iter().map(|(_, topic)| topic).eq(&topics));
}
