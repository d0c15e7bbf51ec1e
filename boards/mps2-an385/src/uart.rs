//! UART0 as a stream of `embedded-io`: one octet each way at a time, as this UART has no more.

use core::convert::Infallible;

use cortex_m::peripheral::NVIC;
use embedded_io::{ErrorType, Read, ReadReady, Write, WriteReady};

use crate::peripherals_unsafe::{Interrupt, UartRegister, UartRegisters};

/// State: an octet to send, or one received, is there.
const SEND_FULL: u32 = 1;
const RECEIVE_FULL: u32 = 1 << 1;

/// Control: both directions, and an interrupt for what is received.
const ENABLE: u32 = 1 | 1 << 1 | 1 << 3;

/// Interrupts: an octet was received.
const RECEIVED: u32 = 1 << 1;

/// 25 MHz by this is 115,200 baud.
const DIVIDER: u32 = 217;

/// UART0, off until it is [switched on](Self::enable).
#[derive(Debug)]
pub struct Uart {
    registers: UartRegisters,
}

impl Uart {
    pub(crate) fn new(registers: UartRegisters) -> Self {
        Self { registers }
    }

    /// Switches it on: 115,200 baud, 8 bits, no parity.
    pub fn enable(&mut self) {
        self.registers.write(UartRegister::Divider, DIVIDER);
        self.registers.write(UartRegister::Control, ENABLE);
    }

    /// Whether an octet waits to be read.
    pub fn has_received(&mut self) -> bool {
        self.registers.read(UartRegister::State) & RECEIVE_FULL != 0
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.has_received())
    }
}

impl Read for Uart {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        let Some(first) = buf.first_mut() else { return Ok(0) };
        while !self.has_received() {}
        // In this order: the next octet asserts the interrupt anew, and ends a sleep.
        self.registers.write(UartRegister::Interrupts, RECEIVED);
        NVIC::unpend(Interrupt::Uart);
        *first = self.registers.read(UartRegister::Data) as u8;
        Ok(1)
    }
}

impl WriteReady for Uart {
    fn write_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.registers.read(UartRegister::State) & SEND_FULL == 0)
    }
}

impl Write for Uart {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        let Some(&first) = buf.first() else { return Ok(0) };
        while self.registers.read(UartRegister::State) & SEND_FULL != 0 {}
        self.registers.write(UartRegister::Data, u32::from(first));
        Ok(1)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while self.registers.read(UartRegister::State) & SEND_FULL != 0 {}
        Ok(())
    }
}
