//! The driver as a smoltcp device: a token borrows one of the two frame buffers.

use crate::driver::{Lan9118, write_frame};
use crate::registers::Registers;
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

/// A received frame, already in the receive buffer.
#[derive(Debug)]
pub struct RxToken<'a> {
    frame: &'a [u8],
}

impl phy::RxToken for RxToken<'_> {
    fn consume<T, F: FnOnce(&[u8]) -> T>(self, f: F) -> T {
        f(self.frame)
    }
}

/// Room for a frame in the transmit buffer and in the chip's FIFO.
#[derive(Debug)]
pub struct TxToken<'a, R> {
    registers: &'a mut R,
    buffer: &'a mut [u8],
}

impl<R: Registers> phy::TxToken for TxToken<'_, R> {
    /// # Panics
    ///
    /// If `len` is larger than the MTU the device announces, which the stack does not do.
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, len: usize, f: F) -> T {
        let frame = &mut self.buffer[..len];
        let result = f(frame);
        write_frame(self.registers, frame);
        result
    }
}

impl<R: Registers> Device for Lan9118<'_, R> {
    type RxToken<'a>
        = RxToken<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = TxToken<'a, R>
    where
        Self: 'a;

    /// A frame is taken from the chip only when its answer could be sent: until then the chip's FIFO keeps it.
    fn receive(&mut self, _: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        if !self.can_transmit() {
            return None;
        }
        let length = self.receive_frame()?;
        let received = RxToken { frame: self.receive.get(..length)? };
        Some((received, TxToken { registers: &mut self.registers, buffer: self.transmit }))
    }

    fn transmit(&mut self, _: Instant) -> Option<Self::TxToken<'_>> {
        if !self.can_transmit() {
            return None;
        }
        Some(TxToken { registers: &mut self.registers, buffer: self.transmit })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = self.mtu();
        capabilities
    }
}
