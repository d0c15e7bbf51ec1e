//! A hard fault ends the run with a failure, instead of cortex-m-rt's endless loop.

#![allow(unsafe_code)]

use cortex_m_rt::{ExceptionFrame, exception};
use semihosting::{eprintln, process};

// SAFETY: asked for by the attribute, because a fault may interrupt anything: the handler touches no state but its own
// stack and never returns.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    eprintln!("hard fault at {:#010x}, called from {:#010x}", frame.pc(), frame.lr());
    process::exit(102)
}
