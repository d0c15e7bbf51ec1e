//! Counts instructions and stack, and prints a line of each: a name and a number. Runs under QEMU with `-icount shift=0`,
//! where time is counted in instructions.
//!
//! ```text
//! script.rs          what a peer says, and a connection that has heard it
//! instructions.rs    loops of 10,000, less the same loop without the work
//! stack.rs           a handshake and traffic on a painted stack
//! deepest.rs         the deepest of several calls
//! board_unsafe.rs    the timer and the paint
//! small_buffers.rs   a mebioctet through 64 octets: zmtp-core's own test
//! ```

#![no_std]
#![no_main]
#![deny(unsafe_code)]

mod board_unsafe;
mod deepest;
mod instructions;
mod script;
#[path = "../../../../../zmtp-core/tests/small_buffers.rs"]
mod small_buffers;
mod stack;

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use semihosting::{println, process};

#[entry]
fn main() -> ! {
    println!("streamed {}", small_buffers::stream());
    println!("decode {}", instructions::decode());
    println!("publish {}", instructions::publish());
    println!("stack-null {}", stack::null());
    process::exit(0)
}

#[panic_handler]
fn on_panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    process::exit(101)
}
