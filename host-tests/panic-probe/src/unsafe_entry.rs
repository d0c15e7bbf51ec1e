//! Entry point and panic handler. Unsafe is what makes an image an image: a name without mangling, a symbol from outside.

use core::panic::PanicInfo;

/// The linker's default name for where an image begins.
// SAFETY: nothing else in the image has this name.
#[unsafe(no_mangle)]
pub extern "C" fn _start() -> ! {
    crate::drive();
    loop {
        core::hint::spin_loop();
    }
}

#[cfg(not(feature = "locate"))]
#[panic_handler]
fn on_panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        fn a_panic_is_reachable() -> !;
    }
    // SAFETY: never called: an image that refers to it does not link.
    unsafe { a_panic_is_reachable() }
}

#[cfg(feature = "locate")]
#[panic_handler]
fn on_panic(info: &PanicInfo<'_>) -> ! {
    core::hint::black_box(info.location());
    loop {
        core::hint::spin_loop();
    }
}
