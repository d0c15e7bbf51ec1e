//! A panic is printed by semihosting and ends the run with a failure.

use core::panic::PanicInfo;
use semihosting::{eprintln, process};

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    eprintln!("{info}");
    process::exit(101)
}
