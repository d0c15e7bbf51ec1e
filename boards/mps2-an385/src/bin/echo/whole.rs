//! Messages as they are: received whole, kept until there is room, and sent back.

use zmtp_smoltcp::{Frame, RecvError, SendError};

/// Octets of the largest message, and the most frames of one.
const LARGEST: usize = 512;
const FRAMES: usize = 8;

/// A message on its way back.
pub(crate) struct Whole {
    octets: [u8; LARGEST],
    /// Where its frames end.
    ends: [usize; FRAMES],
    count: usize,
    whole: bool,
}

impl Whole {
    pub(crate) fn new() -> Self {
        Self { octets: [0; LARGEST], ends: [0; FRAMES], count: 0, whole: false }
    }

    /// Receives what it can, up to a whole message.
    pub(crate) fn take(
        &mut self,
        mut recv: impl for<'b> FnMut(&'b mut [u8]) -> nb::Result<Frame<'b>, RecvError>,
    ) {
        while !self.whole {
            let used = self.end();
            match recv(&mut self.octets[used..]) {
                Ok(frame) if self.count < FRAMES => {
                    self.ends[self.count] = used + frame.octets.len();
                    self.count += 1;
                    self.whole = !frame.more;
                }
                Err(nb::Error::WouldBlock) => return,
                Ok(_) | Err(nb::Error::Other(_)) => panic!("a message is more than this program takes"),
            }
        }
    }

    /// Sends the message, if there is one and room for it; returns whether it is on its way.
    pub(crate) fn give(&mut self, send: impl FnOnce(&[&[u8]]) -> nb::Result<(), SendError>) -> bool {
        if !self.whole {
            return false;
        }
        let mut parts: [&[u8]; FRAMES] = [&[]; FRAMES];
        let mut start = 0;
        for (part, &end) in parts.iter_mut().zip(&self.ends[..self.count]) {
            *part = &self.octets[start..end];
            start = end;
        }
        if send(&parts[..self.count]) == Err(nb::Error::WouldBlock) {
            return false;
        }
        // If its sender is gone, nobody waits for it.
        (self.count, self.whole) = (0, false);
        true
    }

    fn end(&self) -> usize {
        self.count.checked_sub(1).map_or(0, |last| self.ends[last])
    }
}
