//! The SMSC LAN9118 Ethernet controller (and its pin-compatible sibling LAN9220) as a smoltcp device.
//!
//! ```text
//! device.rs          smoltcp::phy::Device: tokens over the two lent frame buffers
//! driver.rs          bring-up, frames in and out of the FIFOs, interrupt, counters
//! link.rs            the MAC's and the transceiver's registers, behind their mailboxes; link state
//! self_test.rs       a frame through the transceiver's loop and back, without any network
//! registers.rs       names and bits; the trait `Registers` is all that the files above know of the hardware
//! mmio_unsafe.rs     `Registers` on a memory-mapped chip: the only unsafe code
//! ```
//!
//! The driver is tested on the host against a model of the chip (`model.rs`), which keeps to the data sheet
//! where QEMU and silicon agree and does what QEMU does where they differ.

#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]

mod device;
mod driver;
mod link;
mod mmio_unsafe;
mod registers;
mod self_test;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

pub use device::{RxToken, TxToken};
pub use driver::{Counters, InitError, Lan9118, MAX_FRAME};
pub use link::Link;
pub use mmio_unsafe::Mmio;
pub use registers::{Register, Registers};
pub use self_test::SelfTestError;
