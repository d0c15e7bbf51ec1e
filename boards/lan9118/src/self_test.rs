//! A frame through the transceiver's loop and back: proves bus, FIFOs and driver without any network.

use crate::driver::{Lan9118, PATIENCE, write_frame};
use crate::link;
use crate::registers::Registers;

/// Octets of the test frame: the smallest legal one, so that silicon adds no padding.
const LENGTH: usize = 60;

/// The local experimental EtherType 1 (IEEE 802): no stack takes such a frame for its own.
const ETHERTYPE: [u8; 2] = [0x88, 0xB5];

/// Why the self-test failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelfTestError {
    /// The transceiver does not take commands, or the transmit FIFO is not empty.
    NotReady,
    /// The frame went out and never came back.
    NothingReceived,
    /// It came back with other octets than it left with.
    Corrupted,
}

impl core::fmt::Display for SelfTestError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NotReady => "the transceiver or the transmit FIFO is not ready for the self-test",
            Self::NothingReceived => "the self-test's frame did not come back",
            Self::Corrupted => "the self-test's frame came back damaged",
        })
    }
}

impl core::error::Error for SelfTestError {}

impl<R: Registers> Lan9118<'_, R> {
    /// Sends a frame to itself through the transceiver's loop and compares. Leaves the link to be negotiated anew.
    /// For use before the network is: frames that arrive meanwhile are thrown away.
    ///
    /// # Errors
    ///
    /// [`SelfTestError`].
    pub fn self_test(&mut self) -> Result<(), SelfTestError> {
        let address = self.hardware_address().unwrap_or([0xFF; 6]);
        link::set_loopback(&mut self.registers, true).ok_or(SelfTestError::NotReady)?;
        let result = self.send_to_self(&test_frame(address));
        link::set_loopback(&mut self.registers, false).ok_or(SelfTestError::NotReady)?;
        result
    }

    fn send_to_self(&mut self, sent: &[u8; LENGTH]) -> Result<(), SelfTestError> {
        if self.mtu() < LENGTH || !self.can_transmit() {
            return Err(SelfTestError::NotReady);
        }
        write_frame(&mut self.registers, sent);
        for _ in 0..PATIENCE {
            let Some(length) = self.receive_frame() else { continue };
            match self.receive.get(..length) {
                Some(frame) if frame == sent => return Ok(()),
                Some(frame) if frame.get(12..14) == Some(&ETHERTYPE) => return Err(SelfTestError::Corrupted),
                _ => {} // Someone else's, from before the loop was closed.
            }
        }
        Err(SelfTestError::NothingReceived)
    }
}

/// A frame from `address` to itself, its payload counting up: every octet lane of the bus sees other values.
fn test_frame(address: [u8; 6]) -> [u8; LENGTH] {
    let head = address.into_iter().chain(address).chain(ETHERTYPE);
    let mut octets = head.chain(0..);
    core::array::from_fn(|_| octets.next().unwrap_or(0))
}
