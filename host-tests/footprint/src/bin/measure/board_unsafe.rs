//! What can only be had from the hardware: a count of instructions, and the depth of the stack.

#![allow(unsafe_code)]
#![allow(dead_code)] // one image measures what the other does not

use core::hint::black_box;
use core::ptr;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::register::msp;

/// The timer counts down at 25 MHz, and QEMU takes a nanosecond for an instruction: one tick is 40 of them.
const INSTRUCTIONS_PER_TICK: u32 = 40;
/// Ticks before the timer repeats.
const TICKS: u32 = 1 << 24;
/// How far below the stack pointer is painted; nothing here goes deeper.
const DEPTH: usize = 16 * 1024;
const PAINT: u32 = 0x5AA5_C33C;

/// How many instructions `work` takes, up to 600 million, to a tick.
pub fn instructions(work: impl FnOnce()) -> u32 {
    // SAFETY: nothing else in this image uses the peripherals.
    let mut timer = unsafe { cortex_m::Peripherals::steal() }.SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(TICKS - 1);
    timer.clear_current();
    timer.enable_counter();
    let before = SYST::get_current();
    work();
    let after = SYST::get_current();
    (before.wrapping_sub(after) % TICKS) * INSTRUCTIONS_PER_TICK
}

/// How many octets of stack `work` takes, and what it returns.
pub fn stack<R>(work: impl FnOnce() -> R) -> (usize, R) {
    let (empty, ()) = painted(|| ());
    let (deepest, result) = painted(work);
    (deepest - empty, result)
}

#[inline(never)]
fn painted<R>(work: impl FnOnce() -> R) -> (usize, R) {
    let top = msp::read() as usize;
    let bottom = top - DEPTH;
    for at in (bottom..top).step_by(4) {
        // SAFETY: memory below the stack pointer, above everything else, that is nobody's before the next call.
        unsafe { ptr::write_volatile(at as *mut u32, PAINT) };
    }
    let result = call(work);
    let untouched = (bottom..top).step_by(4).take_while(|&at| {
        // SAFETY: as above; it was written there.
        unsafe { ptr::read_volatile(at as *const u32) == PAINT }
    });
    (DEPTH - 4 * untouched.count(), result)
}

/// So that the frame of `work` is its own.
#[inline(never)]
fn call<R>(work: impl FnOnce() -> R) -> R {
    black_box(work())
}

/// A static that is lent once.
pub fn lend<const N: usize>(octets: *mut [u8; N]) -> &'static mut [u8] {
    // SAFETY: the one static that comes in here is named in one function, which runs once.
    unsafe { &mut *octets }
}
