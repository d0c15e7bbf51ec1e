//! The sockets over a stream that is not smoltcp's: two pipes of a few octets.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use zmtp_smoltcp::{Config, Instant, Peer, Pull, Push, Socket, SocketType, Storage, Stream};

const CONFIG: Config<'static> = Config::new(SocketType::Pair);

type Pipe = Rc<RefCell<VecDeque<u8>>>;

/// One end of two pipes; each holds at most `room` octets and shows `piece` of them at a time.
struct End {
    incoming: Pipe,
    outgoing: Pipe,
    room: usize,
    piece: usize,
}

impl Stream for End {
    fn receive<T>(&mut self, take: impl FnOnce(&[u8]) -> (usize, T)) -> Option<T> {
        let mut pipe = self.incoming.borrow_mut();
        let shown: Vec<u8> = pipe.iter().copied().take(self.piece).collect();
        let (used, result) = take(&shown);
        pipe.drain(..used);
        Some(result)
    }

    fn send<T>(&mut self, fill: impl FnOnce(&mut [u8]) -> (usize, T)) -> Option<T> {
        let mut pipe = self.outgoing.borrow_mut();
        let mut shown = vec![0; self.piece.min(self.room - pipe.len())];
        let (written, result) = fill(&mut shown);
        pipe.extend(&shown[..written]);
        Some(result)
    }

    fn may_receive(&self) -> bool {
        true
    }

    fn may_send(&self) -> bool {
        true
    }
}

fn peer(octets: usize) -> Peer<'static> {
    let lend = |octets| vec![0; octets].leak();
    Peer::new(Storage { command: lend(64), incoming: lend(octets), outgoing: lend(octets), messages: 0 })
}

#[test]
fn messages_pass_in_order_through_pipes_of_any_size_shown_in_any_pieces() {
    for (room, piece) in [(1, 1), (2, 1), (3, 2), (7, 3), (64, 5), (256, 256)] {
        let pipes: [Pipe; 2] = Default::default();
        let end = |incoming: usize| End {
            incoming: pipes[incoming].clone(),
            outgoing: pipes[1 - incoming].clone(),
            room,
            piece,
        };
        let (mut near, mut far) = (end(0), end(1));
        let (mut out, mut into) = ([peer(64)], [peer(64)]);
        let (mut push, mut pull) = (Push::new(CONFIG, &mut out), Pull::new(CONFIG, &mut into));
        let now = Instant::from_millis(1);
        assert_eq!((push.attach(0, now), pull.attach(0, now)), (Some(0), Some(0)));
        let (mut sent, mut received, mut buffer) = (0_u32, 0_u32, [0; 64]);
        for _ in 0..100_000 {
            push.drive(0, &mut near, now, &mut |_| {}).unwrap();
            pull.drive(0, &mut far, now, &mut |_| {}).unwrap();
            if push.send(&[&sent.to_be_bytes(), &[7; 40][..(sent % 40) as usize]]).is_ok() {
                sent += 1;
            }
            while let Ok(frame) = pull.recv(&mut buffer) {
                assert_eq!((&*frame.octets, frame.more), (&received.to_be_bytes()[..], true));
                let body = pull.recv(&mut buffer).unwrap();
                assert_eq!((body.octets.len(), body.more), ((received % 40) as usize, false));
                received += 1;
            }
            if received == 100 {
                break;
            }
        }
        assert_eq!(received, 100, "with {room} octets of room, {piece} at a time");
    }
}
