//! The board as its main loop sees it.

use crate::clock::Clock;
use crate::peripherals_unsafe::{Interrupt, Peripherals};
use crate::uart::Uart;
use cortex_m::{asm, interrupt, peripheral::NVIC};
use lan9118::{InitError, Lan9118, Mmio};

/// The board's Ethernet controller.
pub type Ethernet<'b> = Lan9118<'b, Mmio>;

/// What a main loop needs: frames, time, and sleep.
#[derive(Debug)]
pub struct Board<'b> {
    /// A smoltcp device.
    pub ethernet: Ethernet<'b>,
    /// Microseconds since [`Board::take`].
    pub clock: Clock,
    /// UART0, for whoever takes it.
    pub uart: Option<Uart>,
}

/// Why the board could not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeError {
    /// It was taken before.
    Taken,
    /// The Ethernet controller does not come up.
    Ethernet(InitError),
}

impl core::fmt::Display for TakeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Taken => f.write_str("it was taken before"),
            Self::Ethernet(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for TakeError {}

impl<'b> Board<'b> {
    /// Brings the board up, once. The two buffers hold a frame each: see [`Lan9118`].
    ///
    /// # Errors
    ///
    /// [`TakeError`].
    pub fn take(receive: &'b mut [u8], transmit: &'b mut [u8]) -> Result<Self, TakeError> {
        let mut peripherals = Peripherals::take().ok_or(TakeError::Taken)?;
        interrupt::disable();
        let ethernet = Lan9118::new(peripherals.ethernet, receive, transmit).map_err(TakeError::Ethernet)?;
        peripherals.wake_sources.enable();
        let clock = Clock::new(peripherals.counter, peripherals.alarm);
        Ok(Self { ethernet, clock, uart: Some(Uart::new(peripherals.uart)) })
    }

    /// Sleeps until a frame or, if the UART is on, an octet arrives, or the clock reads `until` microseconds; at most about a minute, so that a
    /// spurious return is normal. Returns at once if a frame waits already.
    pub fn sleep(&mut self, until: Option<u64>) {
        if !self.clock.set_alarm(until) {
            return;
        }
        // In this order: a frame that arrives after the question asserts the line anew, and `wfi` falls through.
        self.ethernet.acknowledge();
        NVIC::unpend(Interrupt::Ethernet);
        if !self.ethernet.frame_waiting() {
            asm::wfi();
        }
        self.clock.clear_alarm();
        NVIC::unpend(Interrupt::Alarm);
    }
}
