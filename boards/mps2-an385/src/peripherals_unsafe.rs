//! Addresses, registers of timers and UART, interrupt enables: everything the board's safe code rests on, taken once.
//!
//! Source: Arm DAI 0385 (the AN385 image) for the map, Arm DDI 0479 (CMSDK) for timers and UART.

#![allow(unsafe_code)]

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;
use lan9118::Mmio;

const TIMER0: usize = 0x4000_0000;
const TIMER1: usize = 0x4000_1000;
const UART0: usize = 0x4000_4000;
const ETHERNET: usize = 0x4020_0000;

/// The peripherals in use, each with one owner.
#[derive(Debug)]
pub(crate) struct Peripherals {
    pub(crate) ethernet: Mmio,
    pub(crate) counter: Timer,
    pub(crate) alarm: Timer,
    pub(crate) uart: UartRegisters,
    pub(crate) wake_sources: WakeSources,
}

impl Peripherals {
    /// The peripherals; `None` from the second call on.
    pub(crate) fn take() -> Option<Self> {
        let _once = cortex_m::Peripherals::take()?;
        // SAFETY: the board has a LAN9118 at this address, always mapped. `take` above succeeds once in a program, and
        // no other code in this crate names the address, so this is its only owner.
        let ethernet = unsafe { Mmio::new(ETHERNET) };
        Some(Self {
            ethernet,
            counter: Timer { base: core::ptr::with_exposed_provenance_mut(TIMER0) },
            alarm: Timer { base: core::ptr::with_exposed_provenance_mut(TIMER1) },
            uart: UartRegisters { base: core::ptr::with_exposed_provenance_mut(UART0) },
            wake_sources: WakeSources(()),
        })
    }
}

/// The interrupts that end a sleep.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Interrupt {
    /// UART0 has received an octet.
    Uart = 0,
    /// TIMER1.
    Alarm = 9,
    Ethernet = 13,
}

// SAFETY: the numbers are fixed, distinct and below the 32 interrupts of the AN385 image.
unsafe impl InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self as u16
    }
}

/// The right to enable the interrupts that end a sleep.
#[derive(Debug)]
pub(crate) struct WakeSources(());

impl WakeSources {
    /// Enables them in the NVIC. To be called with interrupts masked: there are no handlers.
    pub(crate) fn enable(&mut self) {
        for interrupt in [Interrupt::Uart, Interrupt::Alarm, Interrupt::Ethernet] {
            // SAFETY: unmasking can break a critical section that is built on masking; this program has none, and as
            // PRIMASK is set no handler runs: the interrupt only ends `wfi`.
            unsafe { NVIC::unmask(interrupt) }
        }
    }
}

/// A CMSDK timer: counts down at 25 MHz, reloads at zero.
#[derive(Debug)]
pub(crate) struct Timer {
    base: *mut u32,
}

impl Timer {
    const CTRL: usize = 0;
    const VALUE: usize = 1;
    const RELOAD: usize = 2;
    const INTCLEAR: usize = 3;

    const ENABLE: u32 = 1;
    const INTERRUPT: u32 = 1 << 3;

    /// Counts through all 32 bits, for ever, without interrupts.
    pub(crate) fn run_free(&mut self) {
        self.start(u32::MAX, Self::ENABLE);
    }

    /// Interrupts after so many ticks, until [`Timer::stop`].
    pub(crate) fn interrupt_after(&mut self, ticks: u32) {
        self.start(ticks, Self::ENABLE | Self::INTERRUPT);
    }

    /// Stops counting and withdraws the interrupt.
    pub(crate) fn stop(&mut self) {
        self.write(Self::CTRL, 0);
        self.write(Self::INTCLEAR, 1);
    }

    /// Ticks left.
    pub(crate) fn value(&mut self) -> u32 {
        // SAFETY: `base` is TIMER0 or TIMER1, always mapped, aligned; `take` gave each to one owner; VALUE is readable.
        unsafe { self.base.wrapping_add(Self::VALUE).read_volatile() }
    }

    fn start(&mut self, ticks: u32, control: u32) {
        self.stop();
        self.write(Self::RELOAD, ticks);
        self.write(Self::VALUE, ticks);
        self.write(Self::CTRL, control);
    }

    fn write(&mut self, register: usize, value: u32) {
        // SAFETY: as in `value`; `register` is one of the four constants above, all writable.
        unsafe { self.base.wrapping_add(register).write_volatile(value) }
    }
}

/// The registers of a CMSDK UART.
#[derive(Debug)]
pub(crate) struct UartRegisters {
    base: *mut u32,
}

/// A register of a UART, by its place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum UartRegister {
    /// The octet received, or the one to send.
    Data = 0,
    State = 1,
    Control = 2,
    /// When read, which interrupts are asserted; writing ones withdraws them.
    Interrupts = 3,
    Divider = 4,
}

impl UartRegisters {
    pub(crate) fn read(&mut self, register: UartRegister) -> u32 {
        // SAFETY: `base` is UART0, always mapped, aligned; `take` gave it to one owner; all five registers are readable.
        unsafe { self.base.wrapping_add(register as usize).read_volatile() }
    }

    pub(crate) fn write(&mut self, register: UartRegister, value: u32) {
        // SAFETY: as in `read`; all five are writable.
        unsafe { self.base.wrapping_add(register as usize).write_volatile(value) }
    }
}
