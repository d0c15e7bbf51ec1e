//! The registers of a chip that sits in the processor's address space.

#![allow(unsafe_code)]

use crate::registers::{Register, Registers};

/// A memory-mapped chip.
#[derive(Debug)]
pub struct Mmio {
    base: *mut u32,
}

impl Mmio {
    /// Takes possession of the chip at `base`.
    ///
    /// # Safety
    ///
    /// From `base` on, [`Register::WINDOW`] octets are the registers of a LAN9118, mapped as device memory
    /// for the rest of the program, 4-aligned, and nobody else accesses them while this value lives.
    #[must_use]
    pub const unsafe fn new(base: usize) -> Self {
        Self { base: core::ptr::with_exposed_provenance_mut(base) }
    }

    /// Where a register is.
    fn address(&self, register: Register) -> *mut u32 {
        self.base.wrapping_byte_add(register.offset())
    }
}

impl Registers for Mmio {
    fn read(&mut self, register: Register) -> u32 {
        // SAFETY: `Register` values are made in this crate alone: multiples of 4 below WINDOW. With the contract of
        // `new` the address is therefore that of a readable device register, aligned, and ours (`&mut self`).
        unsafe { self.address(register).read_volatile() }
    }

    fn write(&mut self, register: Register, value: u32) {
        // SAFETY: as for `read`; a write reaches the chip alone and never memory that Rust knows about.
        unsafe { self.address(register).write_volatile(value) }
    }
}
