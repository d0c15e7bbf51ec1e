//! Messages larger than all buffers: each piece goes back before the next one is taken. Behind the last frame comes one more,
//! of 8 octets: the FNV-1a checksum of all that was received, highest octet first.

use zmtp_smoltcp::{Dealer, SendError};

/// Octets of a piece.
const PIECE: usize = 32;

/// A message on its way through.
#[derive(Default)]
pub(crate) struct InPieces {
    piece: [u8; PIECE],
    /// What of it is still to be sent.
    at: usize,
    end: usize,
    state: State,
    sum: u64,
}

#[derive(Clone, Copy, Default)]
enum State {
    /// The next frame is waited for.
    #[default]
    Between,
    /// A frame of so many octets has come, and is to be begun; another one follows if `more`.
    Begin { len: u64, more: bool },
    /// So many octets of it are still to be taken.
    Body { left: u64, more: bool },
    /// All has passed but the checksum; it is begun.
    Checksum { begun: bool },
}

impl InPieces {
    /// Passes on what it can; returns whether there was something.
    pub(crate) fn step(&mut self, socket: &mut Dealer<'_, '_>) -> bool {
        match self.pass(socket) {
            Ok(()) => true,
            Err(nb::Error::WouldBlock) => false,
            // The peer is gone, and its message with it.
            Err(nb::Error::Other(())) => {
                *self = Self::default();
                true
            }
        }
    }

    fn pass(&mut self, socket: &mut Dealer<'_, '_>) -> nb::Result<(), ()> {
        if self.at < self.end && !matches!(self.state, State::Begin { .. }) {
            self.at += socket.write(&self.piece[self.at..self.end]).map_err(gone)?;
            return Ok(());
        }
        match self.state {
            State::Between => {
                let (left, more) = self.take(socket)?;
                self.state = State::Begin { len: left + self.end as u64, more };
            }
            State::Begin { len, more } => {
                socket.begin(len, true).map_err(gone)?;
                self.state = State::Body { left: len - self.end as u64, more };
            }
            State::Body { left: 0, more: true } => self.state = State::Between,
            State::Body { left: 0, more: false } => self.state = State::Checksum { begun: false },
            State::Body { more, .. } => {
                let (left, _) = self.take(socket)?;
                self.state = State::Body { left, more };
            }
            State::Checksum { begun: false } => {
                socket.begin(8, false).map_err(gone)?;
                self.piece[..8].copy_from_slice(&self.sum.to_be_bytes());
                (self.at, self.end, self.state) = (0, 8, State::Checksum { begun: true });
            }
            State::Checksum { begun: true } => *self = Self::default(),
        }
        Ok(())
    }

    /// Takes the next piece; returns what is left of its frame, and whether another frame follows.
    fn take(&mut self, socket: &mut Dealer<'_, '_>) -> nb::Result<(u64, bool), ()> {
        let piece = socket.recv_piece(&mut self.piece).map_err(|error| error.map(drop))?;
        for octet in piece.octets.iter() {
            self.sum = (self.sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01B3);
        }
        (self.at, self.end) = (0, piece.octets.len());
        Ok((piece.left, piece.more))
    }
}

fn gone(error: nb::Error<SendError>) -> nb::Error<()> {
    error.map(drop)
}
