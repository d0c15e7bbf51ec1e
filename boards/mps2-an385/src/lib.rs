//! Support for Arm's MPS2 board with the AN385 image (Cortex-M3, LAN9118), as QEMU's `mps2-an385` emulates it.
//!
//! ```text
//! board.rs               Board: the Ethernet controller, the clock, and sleep until either has news
//! clock.rs               microseconds out of a 25 MHz timer
//! entropy.rs             a number that differs from start to start
//! network.rs             the interface to QEMU's user network
//! panic.rs               a panic is printed by semihosting and ends the run with a failure
//! peripherals_unsafe.rs  addresses, registers, interrupt enables: taken once
//! uart.rs                UART0 as a stream of embedded-io
//! faults_unsafe.rs       a hard fault ends the run too
//! vectors_unsafe.rs      a short vector table
//! ```
//!
//! No interrupt handler ever runs: interrupts stay masked from [`Board::take`] on and serve to end `wfi`, so
//! nothing races with the main loop and nothing needs a critical section.

#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]

mod board;
mod clock;
#[cfg(target_os = "none")]
mod entropy;
#[cfg(target_os = "none")]
mod faults_unsafe;
mod network;
#[cfg(target_os = "none")]
mod panic;
mod peripherals_unsafe;
mod uart;
#[cfg(target_os = "none")]
mod vectors_unsafe;

pub use board::{Board, Ethernet, TakeError};
pub use clock::Clock;
#[cfg(target_os = "none")]
pub use entropy::{entropy, random_of_host};
pub use network::interface;
pub use uart::Uart;
