//! The vector table of the interrupts in use: 14 entries instead of cortex-m-rt's 240 save 900 octets of flash.

#![allow(unsafe_code)]

use crate::peripherals_unsafe::Interrupt;

unsafe extern "C" {
    /// Stops: cortex-m-rt's, or the program's own.
    safe fn DefaultHandler();
}

/// One entry: never taken, as interrupts stay masked; see [`crate::Board`].
type Vector = extern "C" fn();

extern "C" fn unexpected() {
    DefaultHandler();
}

// SAFETY: cortex-m-rt's linker script places this section right behind the core's own 16 vectors, as the architecture wants
// it (ARMv7-M B1.5.3), and expects the name; every entry is a function that may run at any time.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [Vector; Interrupt::Ethernet as usize + 1] =
    [unexpected; Interrupt::Ethernet as usize + 1];
