//! A link to a peer that speaks no ZMTP: octets as they come, for STREAM.

use super::{Link, QueueError};
use crate::mechanism::Mechanism;
use crate::wire::FrameHead;

/// Up to so many octets the head of a frame is short.
const SHORT: usize = u8::MAX as usize;

/// Nothing is said by itself to such a peer, and no handshake awaited. Take with [`take_frame`](Self::take_frame) what has
/// come: a frame of one message is what came at once and there was room for.
impl<M: Mechanism> Link<'_, M> {
    /// Queues octets from the stream; returns for how many there was room.
    pub fn receive_plain(&mut self, input: &[u8]) -> usize {
        let head = |len| FrameHead::message(false, len as u64).encode().len();
        let room = self.incoming.room();
        // The longest body that fits with its head: a long head wants more of the room.
        let len = match room.saturating_sub(head(room)) {
            long if long > SHORT => long,
            _ => room.saturating_sub(head(0)).min(SHORT),
        };
        let body = input.get(..len.min(input.len())).unwrap_or_default();
        let queued = !body.is_empty() && self.incoming.push(&[body]).is_ok();
        if queued { body.len() } else { 0 }
    }

    /// Gives octets for the stream, without any frames around them. Returns how many.
    pub fn transmit_plain(&mut self, out: &mut [u8]) -> usize {
        let mut written: usize = 0;
        while let Some(room) = out.get_mut(written..)
            && !room.is_empty()
            && let Ok(taken) = self.outgoing.take_piece(room)
        {
            written = written.saturating_add(taken.octets);
        }
        written
    }

    /// Queues octets: all, or none.
    ///
    /// # Errors
    /// [`QueueError`]; nothing has changed then.
    pub fn send_plain(&mut self, octets: &[u8]) -> Result<(), QueueError> {
        Ok(self.outgoing.push(&[octets])?)
    }
}

#[cfg(test)]
mod tests {
    use crate::link::{Link, QueueError, Storage};
    use crate::mechanism::Null;
    use proptest::prelude::*;

    fn link(octets: usize) -> Link<'static> {
        let lend = |len| Vec::leak(vec![0; len]);
        let storage =
            Storage { command: &mut [], incoming: lend(octets), outgoing: lend(octets), messages: 0 };
        Link::idle(Null, storage)
    }

    proptest! {
        #[test]
        fn octets_pass_unchanged_both_ways_however_they_are_cut_and_whatever_the_room(
            octets in 3usize..600, sent in proptest::collection::vec(any::<u8>(), 0..2_000), cuts in proptest::collection::vec(1usize..700, 1..8)
        ) {
            let (mut a, mut b) = (link(octets), link(octets));
            let (mut given, mut stream, mut taken) = (0, Vec::new(), Vec::new());
            for cut in cuts.iter().cycle() {
                let body = &sent[given..sent.len().min(given + cut.min(&(octets / 2)))];
                if a.send_plain(body).is_ok() {
                    given += body.len();
                }
                let mut out = vec![0; *cut];
                let written = a.transmit_plain(&mut out);
                stream.extend_from_slice(&out[..written]);
                let used = b.receive_plain(&stream[..stream.len().min(*cut)]);
                stream.drain(..used);
                let mut body = [0; 600];
                while let Ok((len, more)) = b.take_frame(&mut body) {
                    prop_assert!(len > 0 && !more);
                    taken.extend_from_slice(&body[..len]);
                }
                if taken.len() == sent.len() {
                    break;
                }
                prop_assert!(b.is_flushed(), "it says nothing");
            }
            prop_assert_eq!(taken, sent);
            prop_assert!(a.is_flushed());
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_whole_and_the_room_is_used_to_its_last_octet() {
        for room in [3, 10, 257, 258, 264, 265, 266, 300] {
            let (mut link, input) = (link(room), [7; 400]);
            let used = link.receive_plain(&input);
            let heads = if used > 255 { 9 } else { 2 };
            assert!(used + heads <= room && (used == 255 || used + heads == room), "{used} of {room}");
            assert_eq!(link.receive_plain(&input[..1]), usize::from(room - used - heads >= 3));
        }
        let mut link = link(16);
        assert_eq!(link.send_plain(&[1; 15]), Err(QueueError::TooLarge));
        assert_eq!((link.send_plain(&[1; 10]), link.send_plain(&[2; 10])), (Ok(()), Err(QueueError::Full)));
        let mut out = [0; 32];
        assert_eq!((link.transmit_plain(&mut out), &out[..11]), (10, &[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0][..]));
        assert!(link.is_flushed());
    }
}
