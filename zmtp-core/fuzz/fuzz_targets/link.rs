//! A link, fed any octets, while a second stream drives everything a board can call.
//!
//! Held: no panic, octets are used or room is made, and messages are taken whole or not at all.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zmtp_core::link::{Link, LinkEvent, Oversize, Storage};
use zmtp_core::mechanism::Null;
use zmtp_core::{Config, Failure, Heartbeat, Instant, Limits, SocketType};
use zmtp_core_fuzz::{Control, hello};

const TYPES: [(SocketType, &str); 4] = [
    (SocketType::Pair, "PAIR"),
    (SocketType::XPub, "SUB"),
    (SocketType::Sub, "XPUB"),
    (SocketType::Rep, "DEALER"),
];

struct Board<'a> {
    link: Link<'a>,
    config: Config<'static>,
    now: Instant,
    oversize: Oversize,
    /// Within a message whose frames are being taken.
    taking: bool,
    /// Within a message whose frames are being begun.
    sending: bool,
}

fuzz_target!(|data: &[u8]| {
    let (mut control, network) = Control::split(data);
    let operation = control.octet();
    let (ours, theirs) = TYPES[usize::from(operation) % 4];
    let config = Config {
        heartbeat: Heartbeat::every(core::time::Duration::from_millis(u64::from(operation / 128) * 50)),
        limits: Limits { message: 200, parts: 5, ..Limits::new() },
        ..Config::new(ours)
    };
    let mut storage = [[0; 72]; 3];
    let [command, incoming, outgoing] = &mut storage;
    let incoming = &mut incoming[..control.size() % 73];
    let storage = Storage { command, incoming, outgoing, messages: usize::from(operation >> 2) % 4 };
    let now = Instant::from_millis(0);
    let mut board = Board {
        link: Link::new(&config, storage, now),
        config,
        now,
        oversize: Oversize::Skip,
        taking: false,
        sending: false,
    };
    let oversize = [Oversize::Refuse, Oversize::Skip, Oversize::Stream][control.size() % 3];
    board.oversize = oversize;
    board.link.set_oversize(oversize);
    let version = operation >> 4;
    let greeting = if version % 8 < 6 { hello(version % 8, theirs) } else { Vec::new() };
    let input = [&greeting, network].concat();
    let mut rest = &input[..];
    while !rest.is_empty() || !control.is_over() {
        board.operate(&mut control);
        let size = control.size().clamp(1, 40).min(rest.len());
        match board.receive(&rest[..size]) {
            Ok(used) => rest = &rest[used..],
            Err(failure) => {
                assert_eq!(board.link.receive(&board.config, rest, board.now).err(), Some(failure));
                assert!(board.link.send(&[b"x"]).is_err());
                board.link.restart(&board.config, Null, board.now);
                (board.taking, board.sending) = (false, false);
                rest = &rest[size..];
            }
        }
    }
});

impl Board<'_> {
    /// Feeds octets until they are used up, or room has to be made; then makes it.
    fn receive(&mut self, octets: &[u8]) -> Result<usize, Failure> {
        let mut used = 0;
        // Every call uses octets, tells of something, or waits for room, which there is after taking and transmitting.
        for _ in 0..3 * octets.len() + 8 {
            let received = self.link.receive(&self.config, &octets[used..], self.now)?;
            assert!(received.used <= octets.len() - used);
            used += received.used;
            let told =
                matches!(received.event, Some(LinkEvent::Command(_) | LinkEvent::Part | LinkEvent::Oversize));
            if !told && used == octets.len() {
                return Ok(used);
            }
            if !told {
                self.take(72);
                self.link.transmit(&self.config, &mut [0; 256], self.now);
            }
        }
        panic!("stuck with {used} of {} octets", octets.len());
    }

    fn operate(&mut self, control: &mut Control<'_>) {
        let (operation, size) = (control.octet(), control.size());
        match operation % 8 {
            0 => self.take(size),
            1 => {
                self.link.skip_message();
                self.taking = false;
            }
            2 => {
                let part = control.octets(size % 80);
                let _ = self.link.send(&vec![part; usize::from(operation >> 4) % 4]);
            }
            3 => drop(self.link.subscribe(operation & 8 == 0, control.octets(size % 80))),
            4 => {
                let mut room = [0; 256];
                assert!(self.link.transmit(&self.config, &mut room[..size], self.now) <= size);
            }
            5 => {
                self.now = self.now.after(core::time::Duration::from_millis(size as u64));
                let _ = self.link.handle_timeout(&self.config, self.now);
            }
            6 if operation >> 4 == 0 => {
                self.link.restart(&self.config, Null, self.now);
                (self.taking, self.sending) = (false, false);
            }
            7 if self.link.left_to_write() == 0 => {
                self.begin(usize::from(operation >> 5), operation & 8 == 0, size as u64);
            }
            7 => {
                let left = self.link.left_to_write();
                let written = self.link.write(&vec![7; size]);
                assert_eq!(self.link.left_to_write(), left - written as u64);
            }
            _ => {}
        }
    }

    /// Begins a frame; the first of a message with an envelope in front, of which nothing stays if that fails.
    fn begin(&mut self, addresses: usize, more: bool, len: u64) {
        let envelope = vec![&b"address"[..]; if self.sending { 0 } else { addresses }];
        let flushed = self.link.is_flushed();
        if self.link.begin(&envelope, more, len).is_ok() {
            self.sending = more;
        } else if !self.sending {
            assert_eq!((self.link.is_flushed(), self.link.left_to_write()), (flushed, 0));
        }
    }

    /// Takes all messages whose frames have up to `room` octets.
    fn take(&mut self, room: usize) {
        let mut body = [0; 256];
        if self.oversize == Oversize::Stream {
            let mut piece = || self.link.take_piece(&mut body[..room]);
            // Empty frames are taken as well.
            while piece().is_ok_and(|taken| taken.octets > 0 || taken.left == 0) {}
            return;
        }
        let waits = self.link.can_receive();
        assert_eq!(self.link.next_frame().is_some(), waits);
        assert!(waits || !self.taking, "a message was only there in part");
        loop {
            let head = self.link.next_frame();
            let Ok((len, more)) = self.link.take_frame(&mut body[..room]) else { break };
            assert_eq!(head.map(|head| head.len), Some(len as u64));
            self.taking = more;
        }
    }
}
