//! One peer on a host, without a socket or a clock: octets come in and go out, messages go to and from a [`Lane`].
//!
//! ```text
//!  stream -> receive -> scan: whole messages, by the thousand --> Host::deliver
//!                   \-> receive: what is cut, large, or a command -> assembly
//!  stream <- slices <- what the connection owes; else a batch of the lane
//! ```

use std::io::IoSlice;
use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use zmtp_core::wire::{FrameHead, FrameKind, Metadata, Minor};
use zmtp_core::{Config, Connection, Event, Failure, Instant, Step};

use crate::batch::Batch;
use crate::lane::Lane;
use crate::parcel::Parcel;

/// A body of which at least so much is still to come is read straight into its place.
const READ_IN_PLACE: u64 = 32 * 1024;

/// A message grows by what it has already, but at least by this: never by what a peer merely claims.
const GROWTH: usize = 64 * 1024;

/// Room for the beginning of a message that has not arrived yet.
const FIRST: usize = 1024;

/// What the socket does for its sessions.
pub(crate) trait Host {
    /// The rules of the connection.
    fn config(&self) -> Config<'_>;

    /// The handshake is over. `lane` is that of a peer we connect to; one that came to us gets one now.
    fn established(&mut self, lane: Option<&Arc<Lane>>, peer: Minor, metadata: &Metadata<'_>) -> Arc<Lane>;

    /// Hands messages over.
    fn deliver(&mut self, lane: &Arc<Lane>, parcel: Parcel);

    /// The peer subscribes, or takes it back.
    fn subscription(&mut self, lane: &Lane, subscribe: bool, topic: &[u8]);

    /// A batch of the lane is out; `has_room` if a sender that was turned away may try again.
    fn written(&mut self, lane: &Lane, has_room: bool);
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Session<H> {
    pub(crate) host: H,
    connection: Connection,
    lane: Option<Arc<Lane>>,
    /// What the connection owes, rendered; `Vec` because it is mostly empty.
    owed: Vec<u8>,
    /// The batch that is being written.
    transit: Option<Batch>,
    /// Octets of `transit` that are out.
    written: usize,
    /// Octets that have arrived but wait: for room, or for something that must be sent first.
    input: Bytes,
    /// The body of a command so far.
    command: Vec<u8>,
    assembly: Assembly,
    /// A frame has begun that the receiver has no room for.
    paused: bool,
    was_established: bool,
}

/// A message that did not arrive in one piece, in the form of the wire.
#[derive(Debug, Default)]
struct Assembly {
    octets: BytesMut,
    bodies: usize,
    /// What the open frame is.
    open: Option<FrameKind>,
}

impl<H: Host> Session<H> {
    /// A connection that just opened; `lane` if it is we who connected.
    pub(crate) fn new(host: H, lane: Option<Arc<Lane>>, now: Instant) -> Self {
        let connection = Connection::new(&host.config(), now);
        Self {
            host,
            connection,
            lane,
            owed: Vec::new(),
            transit: None,
            written: 0,
            input: Bytes::new(),
            command: Vec::new(),
            assembly: Assembly::default(),
            paused: false,
            was_established: false,
        }
    }

    pub(crate) fn lane(&self) -> Option<&Arc<Lane>> {
        self.lane.as_ref()
    }

    /// Whether the handshake was completed, whatever came then.
    pub(crate) fn was_established(&self) -> bool {
        self.was_established
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.connection.poll_timeout()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Result<(), Failure> {
        self.connection.handle_timeout(&self.host.config(), now)
    }

    // Receiving.

    /// Whether octets can be taken: if not, some wait already.
    pub(crate) fn wants_input(&self) -> bool {
        self.input.is_empty() && !self.paused
    }

    /// Takes octets from the stream.
    pub(crate) fn receive(&mut self, octets: Bytes, now: Instant) -> Result<(), Failure> {
        self.input = octets;
        self.advance(now)
    }

    /// Goes on with octets that wait, as far as there is room now.
    pub(crate) fn advance(&mut self, now: Instant) -> Result<(), Failure> {
        loop {
            if self.paused {
                let room = self.lane.as_ref().is_some_and(|lane| lane.has_room_for(self.assembly.bodies));
                if !room {
                    return Ok(());
                }
                self.paused = false;
                self.end_frame();
            }
            if !self.input.is_empty() && self.scan(now) {
                continue;
            }
            let progress = self.connection.receive(&self.host.config(), &self.input, now)?;
            self.input.advance(progress.used);
            match progress.step {
                Step::Starved | Step::Transmit => return Ok(()),
                Step::Frame(head) => self.begin_frame(head),
                Step::Body(octets) => self.take_body(octets, now)?,
                Step::Command => self.handle_command(now)?,
            }
        }
    }

    /// Hands over all whole messages at the start of the input.
    fn scan(&mut self, now: Instant) -> bool {
        let Some(lane) = &self.lane else { return false };
        let limits = self.host.config().limits;
        let run = self.connection.scan(&limits, &self.input, lane.room(), now);
        if run.used == 0 {
            return false;
        }
        let (messages, bodies) = (run.messages as usize, run.octets as usize);
        lane.handed_over(messages, bodies);
        self.host.deliver(lane, Parcel::new(self.input.split_to(run.used), messages, bodies));
        true
    }

    fn begin_frame(&mut self, head: FrameHead) {
        self.assembly.open = Some(head.kind);
        match head.kind {
            FrameKind::Command => self.command.clear(),
            FrameKind::Message { .. } => {
                let len = usize::try_from(head.len).unwrap_or(usize::MAX);
                self.assembly.octets.reserve(FrameHead::MAX_LEN + len.min(self.input.len().max(FIRST)));
                self.assembly.octets.put_slice(head.encode().as_ref());
                self.assembly.bodies = self.assembly.bodies.saturating_add(len);
                // The limits have admitted the frame; room for it may have to be waited for.
                self.paused = true;
            }
        }
    }

    fn take_body(&mut self, octets: usize, now: Instant) -> Result<(), Failure> {
        self.connection.take_body(octets, now)?;
        if self.assembly.open == Some(FrameKind::Command) {
            self.command.extend_from_slice(&self.input[..octets]);
        } else {
            self.assembly.octets.put_slice(&self.input[..octets]);
        }
        self.input.advance(octets);
        self.end_frame();
        Ok(())
    }

    /// Hands the assembled message over, if that was its last octet.
    fn end_frame(&mut self) {
        let last = self.assembly.open == Some(FrameKind::Message { more: false });
        let (true, 0, Some(lane)) = (last, self.connection.body_left(), &self.lane) else { return };
        self.assembly.open = None;
        let bodies = std::mem::take(&mut self.assembly.bodies);
        lane.handed_over(1, bodies);
        self.host.deliver(lane, Parcel::new(self.assembly.octets.split().freeze(), 1, bodies));
        self.assembly.octets = BytesMut::new();
    }

    fn handle_command(&mut self, now: Instant) -> Result<(), Failure> {
        self.assembly.open = None;
        let mut command = std::mem::take(&mut self.command);
        let minor = self.connection.minor();
        match self.connection.handle_command(&self.host.config(), &mut command, now)? {
            Event::Established(metadata) => {
                self.was_established = true;
                self.lane = Some(self.host.established(self.lane.as_ref(), minor, &metadata));
            }
            Event::Subscribe(topic) => self.subscription(true, topic),
            Event::Cancel(topic) => self.subscription(false, topic),
            Event::Heartbeat | Event::Ignored => {}
        }
        Ok(())
    }

    fn subscription(&mut self, subscribe: bool, topic: &[u8]) {
        if let Some(lane) = &self.lane {
            self.host.subscription(lane, subscribe, topic);
        }
    }

    /// If the stream is best read straight into the place of a large body: that place, and how much may be read.
    /// Tell what was read with [`received_in_place`](Self::received_in_place).
    pub(crate) fn read_in_place(&mut self) -> Option<(&mut BytesMut, usize)> {
        let left = self.connection.body_left();
        let message = matches!(self.assembly.open, Some(FrameKind::Message { .. }));
        if !message || left < READ_IN_PLACE {
            return None;
        }
        let most = self.assembly.octets.len().max(GROWTH).min(usize::try_from(left).unwrap_or(usize::MAX));
        self.assembly.octets.reserve(most);
        Some((&mut self.assembly.octets, most))
    }

    /// `octets` have been read in place.
    pub(crate) fn received_in_place(&mut self, octets: usize, now: Instant) -> Result<(), Failure> {
        self.connection.take_body(octets, now)?;
        self.end_frame();
        Ok(())
    }

    // Sending.

    /// Gets ready what is to be written next; returns whether there is something.
    pub(crate) fn has_output(&mut self, now: Instant) -> bool {
        if self.transit.is_some() || !self.owed.is_empty() {
            return true;
        }
        self.render_owed(now);
        if !self.owed.is_empty() {
            return true;
        }
        if self.connection.may_send()
            && let Some(lane) = &self.lane
            && let Some(batch) = lane.next_batch()
        {
            let begun = self.connection.begin_octets(batch.len() as u64);
            debug_assert_eq!(begun, Ok(()));
            (self.transit, self.written) = (Some(batch), 0);
        }
        self.transit.is_some()
    }

    fn render_owed(&mut self, now: Instant) {
        let mut room = [0; 512];
        loop {
            let octets = self.connection.poll_transmit(&self.host.config(), &mut room, now);
            if octets == 0 {
                return;
            }
            self.owed.extend_from_slice(&room[..octets]);
        }
    }

    /// Fills `slices` with what is to be written; returns how many it filled.
    pub(crate) fn slices<'s>(&'s self, slices: &mut [IoSlice<'s>]) -> usize {
        match (&self.transit, slices) {
            (_, [first, ..]) if !self.owed.is_empty() => {
                *first = IoSlice::new(&self.owed);
                1
            }
            (Some(batch), slices) => batch.slices(self.written, slices),
            _ => 0,
        }
    }

    /// `octets` have been written.
    pub(crate) fn wrote(&mut self, octets: usize) {
        if !self.owed.is_empty() {
            self.owed.drain(..octets);
            if self.owed.is_empty() {
                self.owed = Vec::new();
            }
            return;
        }
        self.connection.sent_body(octets);
        self.written += octets;
        let (Some(mut batch), Some(lane)) = (self.transit.take(), &self.lane) else { return };
        let has_room = if self.written >= batch.len() {
            lane.written(batch)
        } else {
            let has_room = lane.progress(&mut batch, self.written);
            self.transit = Some(batch);
            has_room
        };
        self.host.written(lane, has_room);
    }

    /// Whether nothing is left to be written.
    pub(crate) fn is_drained(&self) -> bool {
        self.transit.is_none()
            && self.owed.is_empty()
            && self.lane.as_ref().is_none_or(|lane| lane.is_drained())
    }

    /// The stream is closed: what was not wholly written goes back to the lane.
    pub(crate) fn end(mut self) -> (H, Option<Arc<Lane>>) {
        if let (Some(batch), Some(lane)) = (self.transit.take(), &self.lane) {
            let has_room = lane.unwritten(batch, self.written);
            self.host.written(lane, has_room);
        }
        (self.host, self.lane)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    use crate::lane::{Gate, Offer};
    use crate::{Message, Options};
    use proptest::prelude::*;
    use zmtp_core::SocketType;

    const NOW: Instant = Instant::from_millis(1);

    /// A socket of one lane that keeps what it gets.
    #[derive(Debug)]
    struct Socket {
        socket_type: SocketType,
        options: Options,
        seen: Rc<RefCell<Seen>>,
    }

    #[derive(Debug, Default)]
    struct Seen {
        messages: Vec<Message>,
        topics: Vec<(bool, Vec<u8>)>,
        parcels: Vec<(usize, usize)>,
    }

    impl Host for Socket {
        fn config(&self) -> Config<'_> {
            Config { limits: self.options.limits(), ..Config::new(self.socket_type) }
        }

        fn established(&mut self, lane: Option<&Arc<Lane>>, _: Minor, _: &Metadata<'_>) -> Arc<Lane> {
            lane.cloned().unwrap_or_else(|| Arc::new(Lane::new(0, 0, &self.options, Gate::Open)))
        }

        fn deliver(&mut self, _: &Arc<Lane>, mut parcel: Parcel) {
            let mut seen = self.seen.borrow_mut();
            seen.parcels.push((parcel.messages, parcel.bodies));
            let before = seen.messages.len();
            while let Some(cut) = parcel.cut() {
                seen.messages.push(cut.message);
            }
            assert_eq!(seen.messages.len() - before, parcel.messages);
        }

        fn subscription(&mut self, _: &Lane, subscribe: bool, topic: &[u8]) {
            self.seen.borrow_mut().topics.push((subscribe, topic.to_vec()));
        }

        fn written(&mut self, _: &Lane, _: bool) {}
    }

    fn session(socket_type: SocketType, options: &Options) -> (Session<Socket>, Rc<RefCell<Seen>>) {
        let seen = Rc::new(RefCell::default());
        let socket = Socket { socket_type, options: options.clone(), seen: Rc::clone(&seen) };
        (Session::new(socket, None, NOW), seen)
    }

    /// Everything there is to be written, `most` octets at a time.
    fn output(session: &mut Session<Socket>, most: usize) -> Vec<u8> {
        let mut octets = Vec::new();
        while session.has_output(NOW) {
            let mut slices = [IoSlice::new(&[]); 64];
            let count = session.slices(&mut slices);
            let piece: Vec<u8> = slices[..count].iter().flat_map(|slice| slice.to_vec()).take(most).collect();
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
        let lane = Lane::new(0, 0, &Options::default(), Gate::Open);
        messages.iter().for_each(|message| assert_eq!(lane.offer(&[], message), Offer::Taken));
        let mut octets = Vec::new();
        while let Some(batch) = lane.next_batch() {
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
            messages.iter().for_each(|message| assert_eq!(lane.offer(&[], message), Offer::Taken));
            assert!(output(&mut session, most) == octets);
            assert!(session.is_drained());
        }
    }

    #[test]
    fn the_mark_counts_messages_until_their_last_octet_is_written() {
        let options = Options { sndhwm: 3, ..Options::default() };
        let (mut session, _) = established(SocketType::Push, SocketType::Pull, &options);
        let lane = Arc::clone(session.lane().unwrap());
        let offers = |count: usize| (0..count).map(|_| lane.offer(&[], &"x".into())).collect::<Vec<_>>();
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
        let lane = Lane::new(0, 0, &Options { sndhwm_bytes: 10, ..Options::default() }, Gate::Open);
        assert_eq!(lane.offer(&[], &vec![1; 11].into()), Offer::TooLarge);
        assert_eq!(lane.offer(&[], &vec![1; 6].into()), Offer::Taken);
        assert_eq!(lane.offer(&[], &vec![1; 5].into()), Offer::Full);
        assert_eq!(lane.offer(&[], &vec![1; 4].into()), Offer::Taken);
        assert_eq!(lane.offer(&[], &"".into()), Offer::Taken);
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
    fn a_claimed_size_costs_no_memory() {
        let (mut session, _) = established(SocketType::Pull, SocketType::Push, &Options::default());
        session.receive(Bytes::from_static(b"\x02\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), NOW).unwrap();
        let (place, most) = session.read_in_place().unwrap();
        assert!(most <= GROWTH && place.capacity() <= 2 * GROWTH);
    }

    #[test]
    fn lz_017_commands_between_the_frames_of_a_message_are_answered_and_the_message_is_whole() {
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
}
