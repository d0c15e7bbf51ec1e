//! Entry point and panic handler of an image that is weighed, and never run. Unsafe is what makes an image an image: a name
//! without mangling, and memory of its own.

use core::panic::PanicInfo;

use crate::Memory;

/// The linker's default name for where an image begins.
// SAFETY: nothing else in the image has this name.
#[unsafe(no_mangle)]
pub extern "C" fn _start() -> ! {
    static mut MEMORY: Memory = Memory::new();
    let memory = &raw mut MEMORY;
    // SAFETY: an image begins once, and nobody else knows of the static.
    crate::image(unsafe { &mut *memory })
}

/// Never called by zmtp-core: `cargo xtask probe` proves it.
#[panic_handler]
fn on_panic(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
